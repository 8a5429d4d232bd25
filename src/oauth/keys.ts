import { generateKeyPairSync, randomBytes } from 'node:crypto';
import type { JWK } from 'jose';
import type { Secrets } from '../access/secret.ts';
import type { Sql } from '../projections/sql.ts';

const DAY_MS = 86_400_000;
/** A key is replaced when it is this old. */
export const KEY_DAYS = 90;
/** A new key is known for this long before it is used, so that every process that still works with older ones has met it by then. */
export const SETTLE_MS = 15 * 60_000;
/** How long a replaced key is still known: what was signed with it is long over by then. */
const KEPT_DAYS = { sign: 30, cookie: 1 } as const;
type Purpose = keyof typeof KEPT_DAYS;

const made: Record<Purpose, (id: string) => string> = {
  sign: (id) =>
    JSON.stringify({
      ...generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' }),
      kid: id,
      use: 'sig',
      alg: 'ES256',
    }),
  cookie: () => randomBytes(32).toString('base64url'),
};

export interface TenantKeys {
  /** The first signs, all of them verify. */
  sign: JWK[];
  cookie: string[];
}

interface Row {
  id: string;
  purpose: Purpose;
  sealed: Buffer;
  created_ms: number;
}

/** The keys of tenants' authorization servers: made at the first use, replaced by age, encrypted where they lie. */
export const keyRing = (sql: Sql, parts: { secrets: Secrets; now(): Date; newId(): string }) => {
  const context = (tenant: number, purpose: Purpose, id: string): string => `the ${purpose} key ${id} of tenant ${tenant}`;

  const rows = (on: Sql, tenant: number): Promise<Row[]> =>
    on.query<Row & Record<string, unknown>>(
      `select id, purpose, sealed, (extract(epoch from created_at) * 1000)::float8 as created_ms from access.oauth_key
        where tenant = $1 and (expires_at is null or expires_at > $2) order by created_at desc, id desc`,
      [tenant, parts.now().toISOString()],
    );

  const due = (found: readonly Row[], force: boolean): Purpose[] => {
    const oldest = parts.now().getTime() - KEY_DAYS * DAY_MS;
    return (['sign', 'cookie'] as const).filter((p) => force || !found.some((r) => r.purpose === p && r.created_ms > oldest));
  };

  const renew = (tenant: number, force: boolean): Promise<Row[]> =>
    sql.transaction(async (tx) => {
      // Of several processes one makes the key; the others then find it.
      await tx.query('select 1 from access.tenant where id = $1 for no key update', [tenant]);
      const now = parts.now();
      for (const purpose of due(await rows(tx, tenant), force)) {
        await tx.query('update access.oauth_key set expires_at = $3 where tenant = $1 and purpose = $2 and expires_at is null', [
          tenant,
          purpose,
          new Date(now.getTime() + KEPT_DAYS[purpose] * DAY_MS).toISOString(),
        ]);
        const id = parts.newId();
        await tx.query('insert into access.oauth_key (id, tenant, purpose, sealed, created_at) values ($1, $2, $3, $4, $5)', [
          id,
          tenant,
          purpose,
          parts.secrets.seal(context(tenant, purpose, id), Buffer.from(made[purpose](id))),
          now.toISOString(),
        ]);
      }
      await tx.query('delete from access.oauth_key where tenant = $1 and expires_at <= $2', [tenant, now.toISOString()]);
      return rows(tx, tenant);
    });

  return {
    /** Throws when the master key is another one than that the keys were sealed under. */
    async load(tenant: number): Promise<TenantKeys> {
      let found = await rows(sql, tenant);
      if (due(found, false).length > 0) found = await renew(tenant, false);
      const settled = parts.now().getTime() - SETTLE_MS;
      const inOrder = [...found.filter((r) => r.created_ms <= settled), ...found.filter((r) => r.created_ms > settled)];
      const open = (purpose: Purpose): string[] =>
        inOrder
          .filter((r) => r.purpose === purpose)
          .map((r) => parts.secrets.open(context(tenant, purpose, r.id), r.sealed).toString('utf8'));
      return { sign: open('sign').map((text) => JSON.parse(text) as JWK), cookie: open('cookie') };
    },
    /** Replaces both keys in one step, whatever their age. Gives the new signing key's id and when it comes into use (ISO). */
    async rotate(tenant: number): Promise<{ kid: string; used_from: string }> {
      const fresh = (await renew(tenant, true)).find((r) => r.purpose === 'sign');
      if (!fresh) throw new Error('a key that was just made is not there');
      return { kid: fresh.id, used_from: new Date(fresh.created_ms + SETTLE_MS).toISOString() };
    },
  };
};
export type KeyRing = ReturnType<typeof keyRing>;
