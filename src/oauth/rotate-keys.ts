import { accessSteps, type DirectoryParts } from '../access/parts.ts';
import type { Secrets } from '../access/secret.ts';
import type { EventMetadata } from '../domain/events.ts';
import type { Sql } from '../projections/sql.ts';
import { keyRing } from './keys.ts';

/** Replaces the keys of a tenant's authorization server by hand, and says so in its access stream; what age replaces is no event. */
export const rotateKeys = async (
  sql: Sql,
  parts: DirectoryParts & { secrets: Secrets },
  { tenant, by }: { tenant: number; by?: EventMetadata },
): Promise<{ kid: string; used_from: string }> => {
  const steps = accessSteps(sql, parts);
  return steps.change(tenant, async (tx) => {
    const made = await keyRing(tx, parts).rotate(tenant);
    await steps.record(tx, tenant, { type: 'KeysRotated', data: { key_id: made.kid } }, by);
    return made;
  });
};
