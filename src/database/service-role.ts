import pg from 'pg';
import { LIVE_SCHEMA } from '../projections/sql.ts';
import { SERVICE_ROLE } from './role.ts';

/** Any fixed number: roles belong to the whole cluster, so one process at a time looks after them. */
const LOCK = 7_202_610_503;

/** A URL with another user. */
export const urlAs = (url: string, user: string, password: string): string => {
  const other = new URL(url);
  other.username = encodeURIComponent(user);
  other.password = encodeURIComponent(password);
  return other.href;
};

const logsIn = async (url: string): Promise<boolean> => {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 20_000 });
  client.on('error', () => {});
  try {
    await client.connect();
    return true;
  } catch (error) {
    // class 28: no such role, no login, wrong password, or the server's own rules keep it out
    if ((error as { code?: string }).code?.startsWith('28')) return false;
    throw error;
  } finally {
    await client.end().catch(() => {});
  }
};

/**
 * Makes a login that works as the service's role, so that nothing at run time holds the administrator's rights.
 * @param login the service's role itself, or a role of one installation where several share a server
 */
export const allowLogin = async (admin: pg.Client, login: string, password: string): Promise<void> => {
  const make = (role: string): Promise<unknown> =>
    admin.query(`do $$ begin
      if not exists (select from pg_roles where rolname = ${pg.escapeLiteral(role)}) then create role ${pg.escapeIdentifier(role)} nologin; end if;
    exception when duplicate_object or unique_violation then null; end $$`);
  const name = pg.escapeIdentifier(login);
  await make(SERVICE_ROLE);
  if (login !== SERVICE_ROLE) {
    await make(login);
    await admin.query(`grant ${SERVICE_ROLE} to ${name}`);
    await admin.query(`alter role ${name} set role = ${SERVICE_ROLE}`);
  }
  await admin.query(`alter role ${name} set search_path = ${LIVE_SCHEMA}`);
  await admin.query(`alter role ${name} login password ${pg.escapeLiteral(password)}`);
};

/**
 * Makes sure that the service can log in.
 * @returns its URL
 * @throws Error that says what an administrator has to do, when the given user may not make roles
 */
export const admitService = async (admin: pg.Client, adminUrl: string, login: string, password: string): Promise<string> => {
  const url = urlAs(adminUrl, login, password);
  if (await logsIn(url)) return url;
  await admin.query('select pg_advisory_lock($1)', [LOCK]);
  try {
    await allowLogin(admin, login, password);
  } catch (cause) {
    if ((cause as { code?: string }).code !== '42501') throw cause;
    throw new Error(
      `the user of DATABASE_URL may not make the roles ${SERVICE_ROLE} and ${login}: give it CREATEROLE, and ADMIN OPTION on ${SERVICE_ROLE} if another user made that role`,
      { cause },
    );
  } finally {
    await admin.query('select pg_advisory_unlock($1)', [LOCK]);
  }
  if (!(await logsIn(url))) throw new Error(`the role ${login} may not log in: let it in by a line of pg_hba.conf`);
  return url;
};
