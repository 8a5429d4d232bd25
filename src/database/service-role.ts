import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { LIVE_SCHEMA } from '../projections/sql.ts';
import { SERVICE_ROLE } from './role.ts';
import { roleOf, separated } from './separate.ts';

/** Any fixed number: of the processes on one database one at a time looks after the roles. */
const LOCK = 7_202_610_503;

/** A URL with another user. */
export const urlAs = (url: string, user: string, password: string): string => {
  const other = new URL(url);
  other.username = encodeURIComponent(user);
  other.password = encodeURIComponent(password);
  return other.href;
};

/** Whether the login is let in and then works as the role. */
const logsIn = async (url: string, role: string): Promise<boolean> => {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 20_000 });
  client.on('error', () => {});
  try {
    await client.connect();
    return (await client.query<{ role: string }>('select current_user as role')).rows[0]?.role === role;
  } catch (error) {
    // class 28: no such role, no login, wrong password, or the server's own rules keep it out
    if ((error as { code?: string }).code?.startsWith('28')) return false;
    throw error;
  } finally {
    await client.end().catch(() => {});
  }
};

/** Ends the sessions of a login that began under another role, before `until`: processes that run then go on under the new one. */
const endSessions = async (url: string, until: string): Promise<void> => {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => {});
  await client.connect();
  try {
    await client.query('set role none');
    await client.query(
      'select pg_terminate_backend(pid) from pg_stat_activity where usename = session_user and datname = current_database() and backend_start < $1',
      [until],
    );
  } finally {
    await client.end();
  }
};

const makeRole = (admin: pg.Client, role: string): Promise<unknown> =>
  admin.query(`do $$ begin
      if not exists (select from pg_roles where rolname = ${pg.escapeLiteral(role)}) then create role ${pg.escapeIdentifier(role)} nologin; end if;
    exception when duplicate_object or unique_violation then null; end $$`);

/**
 * Makes a login that works as the service's role, so that nothing at run time holds the administrator's rights.
 * @param login the service's role itself, or another role that becomes a member of it
 * @param role the service's role
 */
export const allowLogin = async (admin: pg.Client, login: string, password: string, role: string = SERVICE_ROLE): Promise<void> => {
  const name = pg.escapeIdentifier(login);
  await makeRole(admin, role);
  if (login !== role) {
    await makeRole(admin, login);
    await admin.query(`grant ${pg.escapeIdentifier(role)} to ${name}`);
    await admin.query(`alter role ${name} set role = ${pg.escapeIdentifier(role)}`);
  }
  await admin.query(`alter role ${name} set search_path = ${LIVE_SCHEMA}`);
  await admin.query(`alter role ${name} login password ${pg.escapeLiteral(password)}`);
};

/** From PostgreSQL 16 on, who makes a role may not yet act as it. */
const actAs = (role: string): string => `do $$ begin
    if not pg_has_role(current_user, ${pg.escapeLiteral(role)}, case when current_setting('server_version_num')::int >= 160000 then 'SET' else 'MEMBER' end) then execute format('grant %I to %I', ${pg.escapeLiteral(role)}, current_user); end if;
  end $$`;

/** Roles belong to the whole server, and that lock to one database: another may just have changed the same role. */
const again = async <T>(work: () => Promise<T>, tries = 5): Promise<T> => {
  try {
    return await work();
  } catch (error) {
    // XX000: tuple concurrently updated
    if (tries === 0 || (error as { code?: string }).code !== 'XX000') throw error;
    // At random, so that those who met here do not meet again.
    await sleep(10 + Math.random() * 90);
    return again(work, tries - 1);
  }
};

/** The service's role in this database: the one it belongs to, and its own where that is still the one all installations shared. */
const settledRole = async (admin: pg.Client, login: string, own: string): Promise<string> => {
  const found = (await roleOf(admin)) ?? own;
  if (found === own || found !== SERVICE_ROLE) return found;
  try {
    await makeRole(admin, own);
    await admin.query(actAs(own));
  } catch (error) {
    if ((error as { code?: string }).code !== '42501') throw error;
    return found;
  }
  const role = await separated(admin, own);
  if (role === own) await admin.query(`revoke ${SERVICE_ROLE} from ${pg.escapeIdentifier(login)}`).catch(() => {});
  return role;
};

/**
 * Makes sure that the service can log in.
 * @param own the service's role, for a database that does not belong to one yet
 * @returns its URL, and the role it works as
 * @throws Error that says what an administrator has to do, when the given user may not make roles
 */
export const admitService = async (
  admin: pg.Client,
  adminUrl: string,
  { login, password, own }: { login: string; password: string; own: string },
): Promise<{ url: string; role: string }> => {
  const url = urlAs(adminUrl, login, password);
  const there = await roleOf(admin);
  if (there !== undefined && (there === own || there !== SERVICE_ROLE) && (await logsIn(url, there))) return { url, role: there };
  await admin.query('select pg_advisory_lock($1)', [LOCK]);
  let role = own;
  try {
    const before = await roleOf(admin);
    const { rows } = await admin.query<{ now: string }>('select clock_timestamp()::text as now');
    role = await settledRole(admin, login, own);
    if (await logsIn(url, role)) return { url, role };
    await again(() => allowLogin(admin, login, password, role));
    if (before !== undefined && before !== role) await endSessions(url, rows[0]?.now ?? '');
  } catch (cause) {
    if ((cause as { code?: string }).code !== '42501') throw cause;
    throw new Error(
      `the user of DATABASE_URL may not make the roles ${role} and ${login}: give it CREATEROLE, and ADMIN OPTION on ${role} if another user made that role`,
      { cause },
    );
  } finally {
    await admin.query('select pg_advisory_unlock($1)', [LOCK]);
  }
  if (!(await logsIn(url, role))) throw new Error(`the role ${login} may not log in: let it in by a line of pg_hba.conf`);
  return { url, role };
};
