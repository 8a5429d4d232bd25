import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { testCluster } from './database.ts';

interface Teardown {
  teardown(fn: () => unknown): void;
}

/** An empty database on the tests' server that belongs to a user who is no superuser and may make roles. Gone at the end, with every role that user made. `more` ends the statement that creates it. */
export const emptyDatabase = async (t: Teardown, more = ''): Promise<string> => {
  const cluster = await testCluster();
  const admin = new pg.Client({ connectionString: cluster.adminUrl('postgres') });
  await admin.connect();
  const name = `test_${randomBytes(6).toString('hex')}`;
  await admin.query(`create role ${name} login createrole password 'x'`);
  await admin.query(`create database ${name} owner ${name} ${more}`);
  t.teardown(async () => {
    await admin.query(`drop database ${name} with (force)`);
    // who makes a role is its administrator; the shared one was somebody else's before
    const { rows } = await admin.query<{ rolname: string }>(
      `select distinct r.rolname from pg_auth_members m join pg_roles r on r.oid = m.roleid
        where m.member = $1::regrole and m.admin_option and r.rolname <> 'orgonaut_service'`,
      [name],
    );
    await admin.query(`drop owned by ${name} cascade`);
    for (const { rolname } of rows) await admin.query(`drop role ${rolname}`);
    await admin.query(`drop role ${name}`);
    await admin.end();
  });
  const url = new URL(cluster.adminUrl(name));
  url.username = name;
  url.password = 'x';
  return url.href;
};
