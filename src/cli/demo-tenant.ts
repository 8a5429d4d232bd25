import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { importFile } from '../application/import/index.ts';
import { createTenant } from '../application/tenant/index.ts';
import { demoAccess } from './files.ts';
import type { Caller } from '../application/context.ts';
import type { Workplace } from './shell.ts';

export const demoSlug = 'demo';
const demoEmail = 'owner@brightwater.example';
const fixture = 'demo-company.csv';

export interface DemoAccess {
  tenant: string;
  token: string;
  token_expires_at: string | null;
  /** The owner's sign-in in a browser, as it was first set. */
  email: string;
  password: string;
}

const stillValid = async (work: Workplace, token: string): Promise<boolean> => (await work.directory.verifyToken(token)).status === 'valid';

/**
 * Makes the demo tenant from the fixture where it is not there yet, and gives a token of it that holds. Every step may have
 * been done before by a start that was interrupted: each is then a repetition that changes nothing.
 */
export const ensureDemoTenant = async (
  work: Workplace,
  dataDir: string,
  packageFolder: URL,
  callerIn: (tenant: { tenant: number; slug: string }) => Caller,
  step: (text: string) => void,
): Promise<DemoAccess> => {
  const kept = demoAccess.read(dataDir);
  const valid = kept !== undefined && (await stillValid(work, kept.token));
  if (valid && kept.email !== undefined && kept.password !== undefined) return { ...kept, email: kept.email, password: kept.password };
  if (!kept) {
    step('Creating the demo tenant from fixtures/demo-company.csv.');
    await createTenant(work.deps, work.directory, {
      slug: demoSlug,
      name: 'Brightwater Instruments',
      subscription: 'enterprise',
      currency: 'EUR',
    });
    const tenant = await work.directory.findTenant(demoSlug);
    if (!tenant) throw new Error('the demo tenant that was just made is not there');
    await importFile(work.deps, callerIn(tenant), {
      bytes: readFileSync(new URL(`fixtures/${fixture}`, packageFolder)),
      file_name: fixture,
    });
  }
  const tenant = await work.directory.findTenant(demoSlug);
  if (!tenant) throw new Error('the demo tenant is not there');
  const by = { tenant: tenant.tenant, email: demoEmail };
  const password = kept?.password ?? randomBytes(15).toString('base64url');
  if (kept?.password === undefined) {
    await work.directory.addUser({ ...by, role: 'owner' });
    await work.people.setPassword({ ...by, password });
  }
  const made = valid ? undefined : await work.directory.createToken({ tenant: tenant.tenant, name: 'demo owner', role: 'owner' });
  const access = {
    tenant: demoSlug,
    token: made?.token ?? kept?.token ?? '',
    token_expires_at: made ? made.expires_at : (kept?.token_expires_at ?? null),
    email: demoEmail,
    password,
  };
  demoAccess.write(dataDir, access);
  return access;
};
