import { type AccessRole, effectiveAbilities } from '../domain/abilities.ts';
import { refuse } from '../domain/codes.ts';
import type { EventMetadata } from '../domain/events.ts';
import type { Sql } from '../projections/sql.ts';
import type { EventStore } from '../store/port.ts';
import { type AccessEvent, deliverOutbox, putInOutbox, tenantsWaiting } from './outbox.ts';
import { hashToken, looksLikeToken, newToken, sameHash } from './secret.ts';
import { checkedEmail, checkedName, checkedRole, checkedScopes, checkedSlug, withTransport } from './input.ts';
import type { AccessDirectory, ListedToken, Membership, TokenVerdict } from './types.ts';

export interface DirectoryParts {
  store: EventStore;
  now(): Date;
  /** A new UUIDv7. */
  newId(): string;
}

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

/** A timestamp column of table alias `t` as ISO text in UTC. */
const iso = (column: string): string => `to_char(${column} at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as ${column.slice(2)}`;

/** Tenants, users, roles and tokens, on the `access` schema. Every change of them leaves an event in the tenant's access stream. */
export const accessDirectory = (sql: Sql, { store, now, newId }: DirectoryParts): AccessDirectory => {
  const bySystem = (): EventMetadata => ({ user: 'system', with: { kind: 'cli', id: 'orgonaut' }, via: 'cli', correlation_id: newId() });

  const record = (tx: Sql, tenant: number, event: AccessEvent, by: EventMetadata | undefined) =>
    putInOutbox(tx, tenant, { id: newId(), event, metadata: by ?? bySystem(), recordedAt: now() });

  /** Runs a change with its events, then carries the events to the log. When the log is away they wait for the deliverer. */
  const change = async <T>(tenant: number, work: (tx: Sql) => Promise<T>): Promise<T> => {
    const result = await sql.transaction(work);
    await deliverOutbox(sql, store, tenant).catch(() => 0);
    return result;
  };

  const membershipIn = async (on: Sql, tenant: number, user: string): Promise<AccessRole | undefined> =>
    (await on.query<{ role: AccessRole }>('select role from access.membership where tenant = $1 and user_id = $2', [tenant, user]))[0]
      ?.role;

  const join = async (tx: Sql, tenant: number, user: string, role: AccessRole, by: EventMetadata | undefined): Promise<void> => {
    await tx.query('insert into access.membership (tenant, user_id, role, created_at) values ($1, $2, $3, $4)', [
      tenant,
      user,
      role,
      now().toISOString(),
    ]);
    await record(tx, tenant, { type: 'UserAdded', data: { user_id: user, role } }, by);
  };

  /** The user with this address, made when there is none. Safe beside a second call with the same address. */
  const person = async (tx: Sql, email: string): Promise<string> => {
    await tx.query('insert into access.app_user (id, email, created_at) values ($1, $2, $3) on conflict (email) do nothing', [
      newId(),
      email,
      now().toISOString(),
    ]);
    const [row] = await tx.query<{ id: string }>('select id from access.app_user where email = $1', [email]);
    if (!row) throw new Error('a user that was just made is not there');
    return row.id;
  };

  const service = async (tx: Sql, name: string): Promise<string> => {
    const id = newId();
    await tx.query('insert into access.app_user (id, service_name, created_at) values ($1, $2, $3)', [id, name, now().toISOString()]);
    return id;
  };

  const known = async (tenant: number): Promise<void> => {
    if ((await sql.query('select 1 from access.tenant where id = $1', [tenant])).length === 0)
      throw refuse('NOT_FOUND', `there is no tenant ${tenant}`);
  };

  const directory: AccessDirectory = {
    async createTenant(given) {
      const slug = checkedSlug(given);
      const made = await sql.query<{ id: number }>(
        'insert into access.tenant (slug, created_at) values ($1, $2) on conflict (slug) do nothing returning id',
        [slug, now().toISOString()],
      );
      if (made[0]) return { tenant: made[0].id, created: true };
      const found = await directory.findTenant(slug);
      if (!found) throw new Error('a tenant that stands in the registry is not there');
      return { tenant: found.tenant, created: false };
    },

    async findTenant(slug) {
      const [row] = await sql.query<{ id: number; slug: string }>('select id, slug from access.tenant where slug = $1', [
        slug.toLowerCase(),
      ]);
      return row && { tenant: row.id, slug: row.slug };
    },

    async listTenants() {
      return (await sql.query<{ id: number; slug: string }>('select id, slug from access.tenant order by id')).map((r) => ({
        tenant: r.id,
        slug: r.slug,
      }));
    },

    async addUser({ tenant, email, role, by }) {
      const address = checkedEmail(email);
      const wanted = checkedRole(role);
      await known(tenant);
      return change(tenant, async (tx) => {
        const user_id = await person(tx, address);
        const has = await membershipIn(tx, tenant, user_id);
        if (has === undefined) await join(tx, tenant, user_id, wanted, by);
        else if (has !== wanted) {
          await tx.query('update access.membership set role = $3 where tenant = $1 and user_id = $2', [tenant, user_id, wanted]);
          await record(tx, tenant, { type: 'RoleChanged', data: { user_id, role: wanted } }, by);
        }
        return { user_id };
      });
    },

    async listUsers(tenant): Promise<Membership[]> {
      return sql.query<Membership & Record<string, unknown>>(
        `select m.user_id, m.role, u.email, u.service_name from access.membership m join access.app_user u on u.id = m.user_id
          where m.tenant = $1 order by m.created_at, m.user_id`,
        [tenant],
      );
    },

    async createToken({ tenant, name: givenName, user, role, abilities = [], transport = true, client, expires, by }) {
      const name = checkedName(givenName);
      const scopes = withTransport(checkedScopes(abilities), transport);
      const wanted = role === undefined ? undefined : checkedRole(role);
      const email = user === undefined ? undefined : checkedEmail(user);
      await known(tenant);
      const { token, hash, prefix } = newToken();
      const created = now();
      const expiresAt = expires === null ? null : (expires ?? new Date(created.getTime() + TOKEN_DAYS * DAY_MS));
      return change(tenant, async (tx) => {
        const user_id = email === undefined ? await service(tx, name) : await person(tx, email);
        const has = await membershipIn(tx, tenant, user_id);
        if (has === undefined) {
          if (wanted === undefined) throw refuse('INPUT_INVALID', 'the user has no role in this tenant', { wayOut: 'Say the role.' });
          await join(tx, tenant, user_id, wanted, by);
        } else if (wanted !== undefined && wanted !== has) {
          throw refuse('INPUT_INVALID', `this user is ${has} in this tenant, not ${wanted}`, {
            wayOut: 'Leave the role out, or change the role of the user first: it holds for all of the tokens of that user.',
          });
        }
        const token_id = newId();
        await tx.query(
          `insert into access.token (id, tenant, user_id, name, prefix, hash, scopes, client, created_at, expires_at)
           values ($1, $2, $3, $4, $5, $6, $7::text[], $8, $9, $10)`,
          [token_id, tenant, user_id, name, prefix, hash, scopes, client ?? null, created.toISOString(), expiresAt?.toISOString() ?? null],
        );
        const expires_at = expiresAt?.toISOString() ?? null;
        await record(tx, tenant, { type: 'TokenCreated', data: { token_id, user_id, name, abilities: scopes, expires_at } }, by);
        return { token, token_id, user_id, expires_at };
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
      return change(tenant, async (tx) => {
        const [row] = await tx.query<{ user_id: string; revoked_at: unknown }>(
          'select user_id, revoked_at from access.token where tenant = $1 and id::text = $2 for update',
          [tenant, token_id],
        );
        if (!row)
          throw refuse('NOT_FOUND', 'there is no such token in this tenant', { wayOut: 'List the tokens with `orgonaut token list`.' });
        if (row.revoked_at !== null) return { revoked: false };
        await tx.query('update access.token set revoked_at = $3 where tenant = $1 and id::text = $2', [
          tenant,
          token_id,
          now().toISOString(),
        ]);
        await record(tx, tenant, { type: 'TokenRevoked', data: { token_id, user_id: row.user_id } }, by);
        return { revoked: true };
      });
    },

    async deliver() {
      let delivered = 0;
      for (const tenant of await tenantsWaiting(sql)) delivered += await deliverOutbox(sql, store, tenant);
      return delivered;
    },
  };
  return directory;
};
