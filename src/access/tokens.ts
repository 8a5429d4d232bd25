import { type AccessRole, effectiveAbilities } from '../domain/abilities.ts';
import { refuse } from '../domain/codes.ts';
import type { EventMetadata } from '../domain/events.ts';
import type { Sql } from '../projections/sql.ts';
import { formMade, type FormOnce, unlessUsed } from './form-keys.ts';
import { checkedEmail, checkedName, checkedRole, checkedScopes, withTransport } from './input.ts';
import { type AccessSteps, type DirectoryParts, iso } from './parts.ts';
import { hashToken, looksLikeToken, newToken, sameHash } from './secret.ts';
import type { AccessDirectory, ListedToken, TokenVerdict } from './types.ts';

/** Tokens hold for 30 days unless asked otherwise. */
export const TOKEN_DAYS = 30;
const LAST_USE_EVERY_MS = 60_000;
const DAY_MS = 86_400_000;

interface TokenLookup {
  id: string;
  tenant: number;
  slug: string;
  user_id: string;
  label: string;
  name: string;
  hash: Uint8Array;
  scopes: string[];
  role: AccessRole;
  client: string | null;
  expires_at: string | null;
  last_used_at: string | null;
  revoked_at: string | null;
}

interface NewToken {
  tenant: number;
  user_id: string;
  name: string;
  scopes: string[];
  client: string | null;
  created: Date;
  expiresAt: Date | null;
  /** The token it stands in for. */
  replaces?: string;
  once?: FormOnce | undefined;
}

/** What a replaced token hands on; `held_ms` is how long it was made for, null for ever. */
interface Replaced {
  user_id: string;
  name: string;
  scopes: string[];
  client: string | null;
  held_ms: number | null;
}

/** Manual tokens: made, replaced, verified, listed, revoked. */
export const tokenRegistry = (
  sql: Sql,
  { now, newId }: Pick<DirectoryParts, 'now' | 'newId'>,
  steps: AccessSteps,
): Pick<AccessDirectory, 'createToken' | 'verifyToken' | 'listTokens' | 'revokeToken' | 'replaceToken'> => {
  const insert = async (tx: Sql, t: NewToken, by: EventMetadata | undefined) => {
    const { token, hash, prefix } = newToken();
    const token_id = newId();
    const expires_at = t.expiresAt?.toISOString() ?? null;
    await tx.query(
      `insert into access.token (id, tenant, user_id, name, prefix, hash, scopes, client, created_at, expires_at)
       values ($1, $2, $3, $4, $5, $6, $7::text[], $8, $9, $10)`,
      [token_id, t.tenant, t.user_id, t.name, prefix, hash, t.scopes, t.client, t.created.toISOString(), expires_at],
    );
    if (t.once) await formMade(tx, t.tenant, t.once, token_id, t.created);
    const data = { token_id, user_id: t.user_id, name: t.name, abilities: t.scopes, expires_at };
    await steps.record(tx, t.tenant, { type: 'TokenCreated', data: { ...data, ...(t.replaces ? { replaces: t.replaces } : {}) } }, by);
    return { token, token_id, expires_at };
  };
  const end = async (tx: Sql, tenant: number, token_id: string, user_id: string, by: EventMetadata | undefined) => {
    await tx.query('update access.token set revoked_at = $3 where tenant = $1 and id::text = $2', [tenant, token_id, now().toISOString()]);
    await steps.record(tx, tenant, { type: 'TokenRevoked', data: { token_id, user_id } }, by);
  };
  return {
    async createToken({ tenant, name: givenName, user, role, abilities = [], transport = true, client, expires, once, by }) {
      const name = checkedName(givenName);
      const scopes = withTransport(checkedScopes(abilities), transport);
      const wanted = role === undefined ? undefined : checkedRole(role);
      const email = user === undefined ? undefined : checkedEmail(user);
      await steps.known(tenant);
      const created = now();
      const expiresAt = expires === null ? null : (expires ?? new Date(created.getTime() + TOKEN_DAYS * DAY_MS));
      return steps.change(tenant, async (tx) => {
        const user_id = email === undefined ? await steps.service(tx, name) : await steps.person(tx, email);
        const has = await steps.roleOf(tx, tenant, user_id);
        if (has === undefined) {
          if (wanted === undefined) throw refuse('INPUT_INVALID', 'the user has no role in this tenant', { wayOut: 'Say the role.' });
          await steps.join(tx, tenant, user_id, wanted, by);
        } else if (wanted !== undefined && wanted !== has) {
          throw refuse('INPUT_INVALID', `this user is ${has} in this tenant, not ${wanted}`, {
            wayOut: 'Leave the role out, or change the role of the user first: it holds for all of the tokens of that user.',
          });
        }
        return { ...(await insert(tx, { tenant, user_id, name, scopes, client: client ?? null, created, expiresAt, once }, by)), user_id };
      });
    },

    async replaceToken({ tenant, token_id: old, expires, once, by }) {
      const created = now();
      return steps.change(tenant, async (tx) => {
        const [row] = await tx.query<Replaced & Record<string, unknown>>(
          `select user_id, name, scopes, client, (extract(epoch from expires_at - created_at) * 1000)::float8 as held_ms
           from access.token where tenant = $1 and id::text = $2 and revoked_at is null for update`,
          [tenant, old],
        );
        if (!row && once) await unlessUsed(tx, tenant, once);
        if (!row)
          throw refuse('NOT_FOUND', 'there is no such token in this tenant, or it was revoked', {
            wayOut: 'List the tokens with `orgonaut token list`, or make a new one.',
          });
        const expiresAt = expires === undefined ? (row.held_ms === null ? null : new Date(created.getTime() + row.held_ms)) : expires;
        await end(tx, tenant, old, row.user_id, by);
        const { user_id, name, scopes, client } = row;
        const next = { tenant, user_id, name, scopes, client, created, expiresAt, replaces: old, once };
        return { ...(await insert(tx, next, by)), user_id, name };
      });
    },

    async verifyToken(token): Promise<TokenVerdict> {
      if (!looksLikeToken(token)) return { status: 'unknown' };
      const hash = hashToken(token);
      const [row] = await sql.query<TokenLookup & Record<string, unknown>>(
        `select t.id, t.tenant, n.slug, t.user_id, coalesce(u.email, u.service_name) as label, t.name, t.hash, t.scopes, m.role, t.client,
              ${['t.expires_at', 't.last_used_at', 't.revoked_at'].map(iso).join(', ')}
         from access.token t
         join access.tenant n on n.id = t.tenant
         join access.app_user u on u.id = t.user_id
         join access.membership m on m.tenant = t.tenant and m.user_id = t.user_id
        where t.hash = $1`,
        [hash],
      );
      if (!row || !sameHash(row.hash, hash)) return { status: 'unknown' };
      if (row.revoked_at !== null) return { status: 'revoked', at: row.revoked_at };
      const at = now();
      if (row.expires_at !== null && new Date(row.expires_at) <= at) return { status: 'expired', at: row.expires_at };
      if (row.last_used_at === null || at.getTime() - new Date(row.last_used_at).getTime() > LAST_USE_EVERY_MS)
        await sql.query('update access.token set last_used_at = $2 where id = $1 and (last_used_at is null or last_used_at < $2)', [
          row.id,
          at.toISOString(),
        ]);
      return {
        status: 'valid',
        scopes: row.scopes,
        client: row.client,
        caller: {
          tenant: row.tenant,
          tenantSlug: row.slug,
          user: { id: row.user_id, label: row.label },
          role: row.role,
          abilities: effectiveAbilities(row.role, row.scopes),
          with: { kind: 'token', id: row.id, name: row.name },
        },
      };
    },

    async listTokens(tenant): Promise<ListedToken[]> {
      return sql.query<ListedToken & Record<string, unknown>>(
        `select t.id as token_id, t.name, t.prefix, t.user_id, coalesce(u.email, u.service_name) as "user", m.role, t.scopes as abilities, t.client,
              ${['t.created_at', 't.expires_at', 't.last_used_at', 't.revoked_at'].map(iso).join(', ')}
         from access.token t join access.app_user u on u.id = t.user_id join access.membership m on m.tenant = t.tenant and m.user_id = t.user_id
        where t.tenant = $1 order by t.created_at, t.id`,
        [tenant],
      );
    },

    async revokeToken({ tenant, token_id, by }) {
      return steps.change(tenant, async (tx) => {
        const [row] = await tx.query<{ user_id: string; revoked_at: unknown }>(
          'select user_id, revoked_at from access.token where tenant = $1 and id::text = $2 for update',
          [tenant, token_id],
        );
        if (!row)
          throw refuse('NOT_FOUND', 'there is no such token in this tenant', { wayOut: 'List the tokens with `orgonaut token list`.' });
        if (row.revoked_at !== null) return { revoked: false };
        await end(tx, tenant, token_id, row.user_id, by);
        return { revoked: true };
      });
    },
  };
};
