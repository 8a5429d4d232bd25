import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { Browser, localFetch } from '../support/browser.ts';
import { knownScenarios, runSuite } from './suite.ts';
import type { Tap } from './tap.ts';

/** The suite's scenarios for authorization servers; all of them have to hold, with no check left out. */
const scenarios = ['authorization-server-metadata-endpoint', 'authorization-code-grant'];

export interface SignIn {
  email: string;
  password: string;
}

/** A port that is free now. */
const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });

/** Does what the suite asks a person to do: opens the address, signs in, lets the client in, and arrives where it is sent. */
const asPerson = async (address: string, { email, password }: SignIn): Promise<void> => {
  const browser = new Browser();
  let page = await browser.follow(address);
  if (page.at.pathname === '/sign-in') {
    const csrf = /name="csrf" value="([^"]+)"/.exec(page.text)?.[1] ?? '';
    const form = { csrf, email, password, return_to: page.at.searchParams.get('return_to') ?? '/' };
    const sent = await browser.go(new URL('/sign-in', page.at), { form, headers: { origin: page.at.origin } });
    if (sent.location === undefined) throw new Error(`nobody came in: ${sent.status}`);
    page = await browser.follow(sent.location);
  }
  const end = await browser.decide(page, 'allow');
  await (await localFetch(end)).text();
};

const registered = async (issuer: string, redirect: string): Promise<string> => {
  const answer = await localFetch(new URL('/oauth/register', issuer), {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ client_name: 'conformance', redirect_uris: [redirect], token_endpoint_auth_method: 'none' }),
  });
  const { client_id } = (await answer.json()) as { client_id?: string };
  if (client_id === undefined) throw new Error(`the client was not registered: ${answer.status}`);
  return client_id;
};

/** Runs both scenarios for authorization servers as a public client that registered itself, for a person who signs in. */
export const checkAuthorization = async (issuer: string, person: SignIn, out: Tap): Promise<void> => {
  const known = [...(await knownScenarios('authorization')).keys()];
  out.line(known.sort().join() === [...scenarios].sort().join(), 'every scenario for authorization servers is run', known);
  const port = await freePort();
  const client = await registered(issuer, `http://127.0.0.1:${port}/callback`);
  let opened: Promise<void> | undefined;
  const ran = await runSuite(
    'authorization',
    ['--url', issuer, '--client-id', client, '--resource', issuer, '--port', String(port)],
    (soFar) => {
      const address = /^(https?:\/\/\S+\/oauth\/authorize\?\S+)$/m.exec(soFar)?.[1];
      if (address !== undefined) opened ??= asPerson(address, person);
    },
  );
  await opened;
  for (const name of scenarios) {
    const checks = ran.get(name) ?? [];
    const bad = checks.filter((c) => c.status !== 'SUCCESS').map((c) => `${c.id}: ${c.status}: ${c.errorMessage ?? ''}`);
    out.line(checks.length > 0 && bad.length === 0, `authorization ${name}`, checks.length > 0 ? bad : ['it did not run']);
  }
};
