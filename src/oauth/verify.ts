import { abilitiesIn, type Naming } from '../access/connected-apps.ts';
import { iso } from '../access/parts.ts';
import type { AccessRole } from '../domain/abilities.ts';
import type { Sql } from '../projections/sql.ts';
import type { OauthHolder, VerifyOauthToken } from './bearer.ts';
import { rowHash } from './rows.ts';

const LAST_USE_EVERY_MS = 60_000;
const shape = /^[A-Za-z0-9_-]{43}$/;

interface Row extends Record<string, unknown> {
  tenant: number;
  slug: string;
  user_id: string;
  label: string;
  role: AccessRole;
  scope: string | null;
  app_scopes: string[];
  client_id: string;
  client_name: string;
  grant_id: string;
  issuer: string;
  naming: Naming | null;
  last_used_at: string | null;
}

/** What is left of a token's scopes under those of its app; undefined when its person took every ability away that it had. */
const leftOf = (token: readonly string[], app: readonly string[]): string[] | undefined => {
  const has = abilitiesIn(token);
  const may = abilitiesIn(app);
  const transport = token.filter((s) => s === 'mcp:use');
  if (has.length === 0 || may.length === 0) return [...transport, ...has, ...may];
  const both = has.filter((a) => may.includes(a));
  return both.length === 0 ? undefined : [...transport, ...both];
};

/**
 * Looks an access token up, each time: what was revoked, narrowed or expired, or is of somebody who lost their role, is over at once. Undefined for a text that opens
 * nothing. Remembers when the app was last used, to the minute.
 */
export const oauthVerifier =
  (sql: Sql, { now }: { now(): Date }): VerifyOauthToken =>
  async (token): Promise<OauthHolder | undefined> => {
    if (!shape.test(token)) return undefined;
    const at = now();
    const [row] = await sql.query<Row>(
      `select r.tenant, n.slug, a.user_id, coalesce(u.email, u.service_name) as label, m.role, r.payload->>'scope' as scope, a.scopes as app_scopes, a.client_id, a.client_name, a.grant_id, r.issuer, a.naming,
              ${iso('a.last_used_at')}
         from access.oauth_row r
         join access.connected_app a on a.grant_id = r.grant_id and a.tenant = r.tenant and a.issuer = r.issuer
         join access.tenant n on n.id = r.tenant
         join access.app_user u on u.id = a.user_id
         join access.membership m on m.tenant = a.tenant and m.user_id = a.user_id
        where r.hash = $1 and r.kind = 'AccessToken' and r.expires_at > $2 and a.revoked_at is null
          and r.payload->>'aud' = r.issuer and r.payload->>'accountId' = a.user_id::text`,
      [rowHash('AccessToken', token), at.toISOString()],
    );
    const scopes = row && leftOf((row.scope ?? '').split(' '), row.app_scopes);
    if (!row || scopes === undefined) return undefined;
    if (row.last_used_at === null || at.getTime() - new Date(row.last_used_at).getTime() > LAST_USE_EVERY_MS)
      await sql.query(
        'update access.connected_app set last_used_at = $2 where grant_id = $1 and (last_used_at is null or last_used_at < $2)',
        [row.grant_id, at.toISOString()],
      );
    return {
      tenant: row.tenant,
      tenantSlug: row.slug,
      user_id: row.user_id,
      label: row.label,
      role: row.role,
      scopes,
      client: { id: row.client_id, name: row.client_name },
      grant_id: row.grant_id,
      resource: row.issuer,
      naming: row.naming,
    };
  };
