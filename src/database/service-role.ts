import pg from 'pg';
import { LIVE_SCHEMA } from '../projections/sql.ts';
import { SERVICE_ROLE } from './role.ts';

/** Any fixed number: roles belong to the whole cluster, so one process at a time looks after them. */
const LOCK = 7_202_610_503;

/** The administrator's URL with the service's role and password instead. */
export const serviceUrl = (adminUrl: string, password: string): string => {
  const url = new URL(adminUrl);
  url.username = SERVICE_ROLE;
  url.password = encodeURIComponent(password);
  return url.href;
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

/** Lets the service's role log in with a password of its own, so that nothing at run time holds the administrator's rights. */
export const allowServiceLogin = async (admin: pg.Client, password: string): Promise<void> => {
  await admin.query(`do $$ begin
    if not exists (select from pg_roles where rolname = '${SERVICE_ROLE}') then create role ${SERVICE_ROLE} nologin; end if;
  exception when duplicate_object or unique_violation then null; end $$`);
  await admin.query(`alter role ${SERVICE_ROLE} login password ${pg.escapeLiteral(password)}`);
  await admin.query(`alter role ${SERVICE_ROLE} set search_path = ${LIVE_SCHEMA}`);
};

/**
 * Makes sure that the service's role can log in.
 * @returns its URL
 * @throws Error that says what an administrator has to do, when the given user may not make roles
 */
export const admitService = async (admin: pg.Client, adminUrl: string, password: string): Promise<string> => {
  const url = serviceUrl(adminUrl, password);
  if (await logsIn(url)) return url;
  await admin.query('select pg_advisory_lock($1)', [LOCK]);
  try {
    await allowServiceLogin(admin, password);
  } catch (cause) {
    if ((cause as { code?: string }).code !== '42501') throw cause;
    throw new Error(`the user of DATABASE_URL may not make the role ${SERVICE_ROLE}: give it CREATEROLE`, { cause });
  } finally {
    await admin.query('select pg_advisory_unlock($1)', [LOCK]);
  }
  if (!(await logsIn(url))) throw new Error(`the role ${SERVICE_ROLE} may not log in: let it in by a line of pg_hba.conf`);
  return url;
};
