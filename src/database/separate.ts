import pg from 'pg';
import { SERVICE_ROLE } from './role.ts';

/** An installation from before each had a role of its own keeps the shared one when a move needs rights or a quiet moment that are not there. */
const STAYS = new Set(['42501', '40P01', '55P03']);

const OF_THE_SERVICE = new RegExp(`^(${SERVICE_ROLE}|orgonaut_[0-9a-f]{12}_service)$`);

/**
 * The service's role that this database belongs to; undefined before the first migration.
 * @throws Error when it belongs to somebody else, as after a restore where the role was missing
 */
export const roleOf = async (admin: pg.Client): Promise<string | undefined> => {
  const { rows } = await admin.query<{ role: string }>(
    `select pg_get_userbyid(nspowner) as role from pg_namespace where nspname = 'access'`,
  );
  const role = rows[0]?.role;
  if (role !== undefined && !OF_THE_SERVICE.test(role))
    throw new Error(
      `the schema access belongs to ${role} and not to the role of a service, as after a restore without the roles: bring them over with pg_dumpall --roles-only, then restore with owners and privileges`,
    );
  return role;
};

/** Gives one role what another one was granted in this database, and takes it from that one. */
const moveGrants = `
do $$
declare g record;
begin
  for g in
    select 'schema' as kind, format('%I', n.nspname) as name, a.privilege_type as what, '' as columns
      from pg_namespace n, aclexplode(n.nspacl) a where a.grantee = 'FROM_ROLE'::regrole and n.nspowner <> a.grantee
    union all
    select 'table', c.oid::regclass::text, a.privilege_type, '' from pg_class c, aclexplode(c.relacl) a
      where a.grantee = 'FROM_ROLE'::regrole and c.relowner <> a.grantee and c.relkind <> 'S'
    union all
    select 'table', c.oid::regclass::text, a.privilege_type, format('(%I)', t.attname)
      from pg_class c join pg_attribute t on t.attrelid = c.oid, aclexplode(t.attacl) a
      where a.grantee = 'FROM_ROLE'::regrole and c.relowner <> a.grantee
    union all
    select 'function', p.oid::regprocedure::text, a.privilege_type, '' from pg_proc p, aclexplode(p.proacl) a
      where a.grantee = 'FROM_ROLE'::regrole and p.proowner <> a.grantee
    union all
    select 'database', format('%I', d.datname), a.privilege_type, '' from pg_database d, aclexplode(d.datacl) a
      where a.grantee = 'FROM_ROLE'::regrole and d.datname = current_database()
  loop
    execute format('grant %s %s on %s %s to TO_ROLE', g.what, g.columns, g.kind, g.name);
    execute format('revoke %s %s on %s %s from FROM_ROLE', g.what, g.columns, g.kind, g.name);
  end loop;
end $$`;

/**
 * Moves a database from the role that all installations of a server once shared to a role of its own, whole or not at all.
 * @param own the role, which exists
 * @returns the role that this database belongs to afterwards
 */
export const separated = async (admin: pg.Client, own: string): Promise<string> => {
  const to = pg.escapeIdentifier(own);
  await admin.query('begin');
  try {
    await admin.query(`set local lock_timeout = '10s'`);
    await admin.query(moveGrants.replaceAll('FROM_ROLE', SERVICE_ROLE).replaceAll('TO_ROLE', to));
    await admin.query(`reassign owned by ${SERVICE_ROLE} to ${to}`);
    await admin.query('commit');
    return own;
  } catch (error) {
    await admin.query('rollback');
    if (STAYS.has((error as { code?: string }).code ?? '')) return SERVICE_ROLE;
    throw error;
  }
};
