import { createHash, randomBytes } from 'node:crypto';
import type { AccessRole } from '../domain/abilities.ts';
import type { Sql } from '../projections/sql.ts';

/** A session ends after a week, and after twelve hours in which nothing was asked with it. */
export const SESSION_MS = 7 * 86_400_000;
export const SESSION_IDLE_MS = 12 * 3_600_000;
const SEEN_EVERY_MS = 60_000;

const shape = /^[A-Za-z0-9_-]{43}$/;
const hashOf = (cookie: string): Buffer => createHash('sha256').update(cookie, 'utf8').digest();
const secret = (): string => randomBytes(32).toString('base64url');

/** Who is signed in, as every page and the consent page need it. `csrf` stands in each form of this session. */
export interface WebSession {
  user_id: string;
  email: string;
  role: AccessRole;
  csrf: string;
}

export interface WebSessions {
  /** The session of a cookie in this tenant, with the role its person has now. A cookie of another tenant finds nothing. */
  find(tenant: number, cookieValue: string | undefined): Promise<WebSession | undefined>;
  /** A new session; the cookie is in this answer and nowhere else. `on` is the transaction it belongs to. */
  open(tenant: number, user_id: string, on?: Sql): Promise<{ cookie: string; csrf: string }>;
  /** Ends one session; says whether there was one. */
  end(tenant: number, cookieValue: string | undefined, on?: Sql): Promise<boolean>;
  /** Ends every session of a person in a tenant. */
  endAll(tenant: number, user_id: string, on?: Sql): Promise<number>;
}

/** Sessions of browsers, opaque to them: the database has only the hash of the cookie. */
export const webSessions = (sql: Sql, { now }: { now(): Date }): WebSessions => ({
  async find(tenant, cookieValue) {
    if (cookieValue === undefined || !shape.test(cookieValue)) return undefined;
    const at = now();
    const hash = hashOf(cookieValue);
    const [row] = await sql.query<WebSession & { stale: boolean }>(
      `select s.user_id, u.email, m.role, s.csrf, s.last_seen_at < $5 as stale
         from access.web_session s
         join access.membership m on m.tenant = s.tenant and m.user_id = s.user_id
         join access.app_user u on u.id = s.user_id
        where s.hash = $1 and s.tenant = $2 and s.expires_at > $3 and s.last_seen_at > $4 and u.email is not null`,
      [
        hash,
        tenant,
        at.toISOString(),
        new Date(at.getTime() - SESSION_IDLE_MS).toISOString(),
        new Date(at.getTime() - SEEN_EVERY_MS).toISOString(),
      ],
    );
    if (!row) return undefined;
    if (row.stale) await sql.query('update access.web_session set last_seen_at = $2 where hash = $1', [hash, at.toISOString()]);
    return { user_id: row.user_id, email: row.email, role: row.role, csrf: row.csrf };
  },

  async open(tenant, user_id, on = sql) {
    const at = now();
    const cookie = secret();
    const csrf = secret();
    await on.query('delete from access.web_session where expires_at <= $1', [at.toISOString()]);
    await on.query(
      `insert into access.web_session (hash, tenant, user_id, csrf, created_at, last_seen_at, expires_at) values ($1, $2, $3, $4, $5, $5, $6)`,
      [hashOf(cookie), tenant, user_id, csrf, at.toISOString(), new Date(at.getTime() + SESSION_MS).toISOString()],
    );
    return { cookie, csrf };
  },

  async end(tenant, cookieValue, on = sql) {
    if (cookieValue === undefined || !shape.test(cookieValue)) return false;
    const gone = await on.query('delete from access.web_session where hash = $1 and tenant = $2 returning 1', [
      hashOf(cookieValue),
      tenant,
    ]);
    return gone.length > 0;
  },

  async endAll(tenant, user_id, on = sql) {
    const gone = await on.query('delete from access.web_session where tenant = $1 and user_id = $2 returning 1', [tenant, user_id]);
    return gone.length;
  },
});
