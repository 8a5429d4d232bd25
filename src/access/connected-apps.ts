import { type Ability, abilities as allAbilities } from '../domain/abilities.ts';
import { refuse } from '../domain/codes.ts';
import type { EventData, EventMetadata } from '../domain/events.ts';
import type { Sql } from '../projections/sql.ts';
import { checkedScopes } from './input.ts';
import { accessSteps, type DirectoryParts, iso } from './parts.ts';

/** How tool names are listed to an app. */
export type Naming = 'dotted' | 'underscore';

/** An app as a list shows it. `abilities` empty: it follows the role of its user. */
export interface ConnectedApp {
  grant_id: string;
  user_id: string;
  user: string;
  client_id: string;
  client_name: string;
  redirect_host: string;
  abilities: Ability[];
  naming: Naming | null;
  created_at: string;
  last_used_at: string | null;
}

interface Change {
  tenant: number;
  grant_id: string;
  /** Only an app of this user; anybody's in the tenant when left out (for who holds members.write). */
  user_id?: string;
  by?: EventMetadata;
}

/** The apps that people of a tenant let in. Refusals: NOT_FOUND for an app that is not there or not theirs; INPUT_INVALID. */
export interface ConnectedApps {
  /** Those that still stand, of one user or of everybody. */
  list(tenant: number, of?: { user_id: string }): Promise<ConnectedApp[]>;
  connect(app: {
    tenant: number;
    grant_id: string;
    user_id: string;
    issuer: string;
    client_id: string;
    client_name: string;
    redirect_host: string;
    scopes: readonly string[];
    by: EventMetadata;
  }): Promise<void>;
  /** Takes abilities away, at once and for every token of the app. What it has not cannot be given: it has to ask again. */
  narrow(change: Change & { abilities: readonly string[] }): Promise<{ abilities: Ability[] }>;
  /** null: as the client is known to need it. */
  setNaming(change: Omit<Change, 'by'> & { naming: Naming | null }): Promise<void>;
  /** Ends the grant with its codes and tokens; says whether it stood. */
  revoke(change: Change & { why?: EventData['AppRevoked']['why'] }): Promise<{ revoked: boolean }>;
}

export const abilitiesIn = (scopes: readonly string[]): Ability[] => allAbilities.filter((a) => scopes.includes(a));

const known = (user: string | undefined): string => (user === undefined ? '' : ' and user_id = $3');
const gone = () => refuse('NOT_FOUND', 'there is no such connected app', { wayOut: 'List the connected apps; it may be revoked already.' });

export const connectedApps = (sql: Sql, parts: DirectoryParts): ConnectedApps => {
  const steps = accessSteps(sql, parts);
  const now = (): string => parts.now().toISOString();

  const standing = async (tx: Sql, { tenant, grant_id, user_id }: Change): Promise<{ user_id: string; scopes: string[] } | undefined> =>
    (
      await tx.query<{ user_id: string; scopes: string[] }>(
        `select user_id, scopes from access.connected_app
          where tenant = $1 and grant_id = $2${known(user_id)} and revoked_at is null for update`,
        [tenant, grant_id, ...(user_id === undefined ? [] : [user_id])],
      )
    )[0];

  return {
    async list(tenant, of) {
      const rows = await sql.query<Omit<ConnectedApp, 'abilities'> & { scopes: string[] }>(
        `select a.grant_id, a.user_id, coalesce(u.email, u.service_name) as "user", a.client_id, a.client_name, a.redirect_host, a.scopes, a.naming,
                ${iso('a.created_at')}, ${iso('a.last_used_at')}
           from access.connected_app a join access.app_user u on u.id = a.user_id
          where a.tenant = $1${of === undefined ? '' : ' and a.user_id = $2'} and a.revoked_at is null
          order by a.created_at desc, a.grant_id`,
        [tenant, ...(of === undefined ? [] : [of.user_id])],
      );
      return rows.map(({ scopes, ...row }) => ({ ...row, abilities: abilitiesIn(scopes) }));
    },

    async connect({ tenant, by, scopes, ...app }) {
      await steps.change(tenant, async (tx) => {
        await tx.query(
          `insert into access.connected_app (grant_id, tenant, user_id, issuer, client_id, client_name, redirect_host, scopes, created_at)
           values ($1, $2, $3, $4, $5, $6, $7, $8::text[], $9)`,
          [app.grant_id, tenant, app.user_id, app.issuer, app.client_id, app.client_name, app.redirect_host, [...scopes], now()],
        );
        const { issuer: _, ...told } = app;
        await steps.record(tx, tenant, { type: 'AppConnected', data: { ...told, abilities: abilitiesIn(scopes) } }, by);
      });
    },

    async narrow({ abilities, by, ...which }) {
      const wanted = abilitiesIn(checkedScopes(abilities));
      if (wanted.length === 0)
        throw refuse('INPUT_INVALID', 'no ability would be left', { wayOut: 'Keep at least one ability, or revoke the app.' });
      return steps.change(which.tenant, async (tx) => {
        const app = await standing(tx, which);
        if (!app) throw gone();
        const has = abilitiesIn(app.scopes);
        const more = has.length === 0 ? [] : wanted.filter((a) => !has.includes(a));
        if (more.length > 0)
          throw refuse('INPUT_INVALID', `the app does not have ${more.join(', ')}`, {
            wayOut: 'Only take abilities away here; for more, connect the app again.',
          });
        await tx.query('update access.connected_app set scopes = $3::text[] where tenant = $1 and grant_id = $2', [
          which.tenant,
          which.grant_id,
          ['mcp:use', ...wanted],
        ]);
        const data = { grant_id: which.grant_id, user_id: app.user_id, abilities: wanted };
        await steps.record(tx, which.tenant, { type: 'AppNarrowed', data }, by);
        return { abilities: wanted };
      });
    },

    async setNaming({ naming, ...which }) {
      await sql.transaction(async (tx) => {
        if (!(await standing(tx, which))) throw gone();
        await tx.query('update access.connected_app set naming = $3 where tenant = $1 and grant_id = $2', [
          which.tenant,
          which.grant_id,
          naming,
        ]);
      });
    },

    async revoke({ by, why = 'person', ...which }) {
      return steps.change(which.tenant, async (tx) => {
        const app = await standing(tx, which);
        await tx.query(
          `delete from access.oauth_row where tenant = $1 and grant_id = $2
              and ($3::uuid is null or exists (select from access.connected_app a where a.grant_id = $2 and a.user_id = $3))`,
          [which.tenant, which.grant_id, which.user_id ?? null],
        );
        if (!app) return { revoked: false };
        await tx.query('update access.connected_app set revoked_at = $3 where tenant = $1 and grant_id = $2', [
          which.tenant,
          which.grant_id,
          now(),
        ]);
        await steps.record(tx, which.tenant, { type: 'AppRevoked', data: { grant_id: which.grant_id, user_id: app.user_id, why } }, by);
        return { revoked: true };
      });
    },
  };
};
