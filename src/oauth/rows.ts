import { createHash } from 'node:crypto';
import { type Adapter, type AdapterFactory, type AdapterPayload, errors } from 'oidc-provider';
import type { Sql } from '../projections/sql.ts';

/** The SHA-256 under which a row of the library stands. Ids are 256 random bits, so a slow hash would add nothing. */
export const rowHash = (kind: string, id: string): Buffer => createHash('sha256').update(`${kind}\n${id}`, 'utf8').digest();

export interface Place {
  tenant: number;
  issuer: string;
}

export interface RowParts {
  now(): Date;
  /** Ends a grant with everything that came from it. */
  endGrant(grant_id: string): Promise<void>;
}

/**
 * The rows of the OAuth library for one issuer, in access.oauth_row. The id of a row is what its holder shows (a token, a code), so
 * it stands nowhere but as a hash: it is put back into the payload when somebody shows it.
 */
export const rowsOf =
  (sql: Sql, { tenant, issuer }: Place, parts: RowParts): AdapterFactory =>
  (kind): Adapter => {
    const found = async (where: string, value: unknown, id: string | undefined): Promise<AdapterPayload | undefined> => {
      const [row] = await sql.query<{ payload: AdapterPayload; consumed: number | null }>(
        `select payload, extract(epoch from consumed_at)::float8 as consumed from access.oauth_row
          where ${where} = $1 and kind = $2 and tenant = $3 and issuer = $4`,
        [value, kind, tenant, issuer],
      );
      if (!row) return undefined;
      const shown = kind === 'Client' || id === undefined ? {} : { jti: id };
      return { ...row.payload, ...shown, ...(row.consumed === null ? {} : { consumed: Math.floor(row.consumed) }) };
    };

    return {
      async upsert(id, { jti: _, ...payload }, expiresIn) {
        const now = parts.now();
        await sql.query(
          `insert into access.oauth_row (hash, tenant, issuer, kind, payload, grant_id, uid_hash, user_code, created_at, expires_at)
           values ($1, $2, $3, $4, $5::jsonb, $6, $7, $8, $9, $10)
           on conflict (hash) do update set payload = excluded.payload, grant_id = excluded.grant_id, uid_hash = excluded.uid_hash,
             user_code = excluded.user_code, expires_at = excluded.expires_at
           where oauth_row.tenant = excluded.tenant and oauth_row.issuer = excluded.issuer`,
          [
            rowHash(kind, id),
            tenant,
            issuer,
            kind,
            JSON.stringify(payload),
            kind === 'Grant' ? id : (payload.grantId ?? null),
            payload.uid === undefined ? null : rowHash(`${kind} uid`, payload.uid),
            payload.userCode ?? null,
            now.toISOString(),
            expiresIn === undefined ? null : new Date(now.getTime() + expiresIn * 1000).toISOString(),
          ],
        );
      },
      find: (id) => found('hash', rowHash(kind, id), id),
      findByUid: (uid) => found('uid_hash', rowHash(`${kind} uid`, uid), undefined),
      findByUserCode: (code) => found('user_code', code, undefined),
      async consume(id) {
        const [row] = await sql.query<{ grant_id: string | null; spent: boolean }>(
          `with spent as (
             update access.oauth_row set consumed_at = $4 where hash = $1 and tenant = $2 and issuer = $3 and consumed_at is null returning hash
           ) select r.grant_id, exists (select from spent) as spent from access.oauth_row r where r.hash = $1 and r.tenant = $2 and r.issuer = $3`,
          [rowHash(kind, id), tenant, issuer, parts.now().toISOString()],
        );
        if (row?.spent) return;
        // Two requests with one code or refresh token at the same moment both found it fresh: the second is a reuse like any other.
        if (row?.grant_id) await parts.endGrant(row.grant_id);
        throw new errors.InvalidGrant('it was used already');
      },
      async destroy(id) {
        if (kind === 'Grant') await parts.endGrant(id);
        else
          await sql.query('delete from access.oauth_row where hash = $1 and tenant = $2 and issuer = $3', [
            rowHash(kind, id),
            tenant,
            issuer,
          ]);
      },
      // The end of a grant takes all of its rows in one transaction, and the library ends the grant with them (see revokeGrantPolicy).
      async revokeByGrantId() {},
    };
  };

/** A client that nobody connected in this time is forgotten, as are rows that expired. */
const IDLE_CLIENT_DAYS = 30;

/** Deletes what has no use any more, in every tenant. Returns how many rows went. */
export const sweepRows = async (sql: Sql, now: Date): Promise<number> => {
  const gone = await sql.query(
    `delete from access.oauth_row r
      where r.expires_at < $1::timestamptz - interval '1 hour'
         or (r.kind = 'Client' and r.created_at < $1::timestamptz - make_interval(days => $2)
             and not exists (select from access.connected_app a
                              where a.tenant = r.tenant and a.client_id = r.payload->>'client_id' and a.revoked_at is null))
      returning 1`,
    [now.toISOString(), IDLE_CLIENT_DAYS],
  );
  return gone.length;
};
