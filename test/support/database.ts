import { createHash, randomBytes } from 'node:crypto';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { type Cluster, joinCluster } from '../../src/database/cluster.ts';
import { allMigrations, migrate } from '../../src/database/migrate.ts';
import { SERVICE_ROLE } from '../../src/database/role.ts';
import { allowLogin, urlAs } from '../../src/database/service-role.ts';
import { tolerateLosses } from '../../src/store/postgres/calls.ts';
import { PersonalKeys } from '../../src/store/personal-keys.ts';

export interface TestDatabase {
  /** As the service's role. */
  url: string;
  /** As superuser. */
  adminUrl: string;
  pool: pg.Pool;
  keys: PersonalKeys;
  drop(): Promise<void>;
}

const hash = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 12);
const checkout = fileURLToPath(new URL('../..', import.meta.url));

/** One cluster for all test processes of this checkout and user, so that they share its half second of start. */
const folder = join(tmpdir(), `orgonaut-test-${userInfo().uid}-${hash(checkout)}`);
const template = `template_${hash(JSON.stringify(allMigrations))}`;

let joined: Promise<Cluster> | undefined;

/** The cluster of the tests: joined once per file, left when the file's worker ends. */
export const testCluster = (): Promise<Cluster> => {
  joined ??= joinCluster(folder, { durable: false });
  return joined;
};

const asAdmin = async <T>(cluster: Cluster, database: string, work: (client: pg.Client) => Promise<T>): Promise<T> => {
  const client = new pg.Client({ connectionString: cluster.adminUrl(database) });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
};

const exists = async (client: pg.Client, name: string): Promise<boolean> =>
  (await client.query('select from pg_database where datname = $1', [name])).rowCount === 1;

/** The database every test copies: made once per set of migrations, whole before it gets its name. */
const ensureTemplate = (cluster: Cluster): Promise<void> =>
  asAdmin(cluster, 'postgres', async (client) => {
    if (await exists(client, template)) return;
    await client.query('select pg_advisory_lock(7202610502)');
    if (await exists(client, template)) return;
    const draft = `draft_${randomBytes(6).toString('hex')}`;
    await client.query(`create database ${draft}`);
    await migrate(cluster.adminUrl(draft));
    await asAdmin(cluster, draft, (inside) => allowLogin(inside, SERVICE_ROLE, cluster.servicePassword));
    await client.query(`alter database ${draft} rename to ${template}`);
    // leftovers: templates of older migrations but the last few, and databases of runs that were killed
    const { rows } = await client.query<{ datname: string }>(
      `select datname from pg_database d where datname ~ '^template_[0-9a-f]{12}$' and datname <> $1
       and not exists (select from pg_stat_activity a where a.datid = d.oid) order by oid desc offset 5`,
      [template],
    );
    for (const { datname } of rows) await client.query(`drop database if exists ${datname}`);
  });

/**
 * A migrated database of its own, empty, on a real PostgreSQL; dropped at the end of the test that is given, or by `drop()`.
 */
export const freshDatabase = async (t?: { teardown(fn: () => Promise<void>): void }): Promise<TestDatabase> => {
  const cluster = await testCluster();
  await ensureTemplate(cluster);
  const name = `test_${randomBytes(8).toString('hex')}`;
  await asAdmin(cluster, 'postgres', (client) => client.query(`create database ${name} template ${template} strategy file_copy`));
  await asAdmin(cluster, name, (client) => client.query(`grant create, temporary on database ${name} to ${SERVICE_ROLE}`));
  const adminUrl = cluster.adminUrl(name);
  const url = urlAs(adminUrl, SERVICE_ROLE, cluster.servicePassword);
  const pool = new pg.Pool({ connectionString: url, max: 20, options: '-c search_path=read_v1 -c timezone=UTC' });
  tolerateLosses(pool);
  let dropped = false;
  const drop = async (): Promise<void> => {
    if (dropped) return;
    dropped = true;
    await pool.end();
    await asAdmin(cluster, 'postgres', async (client) => {
      // a pool that was ended is still hanging up: ending its connections for it would be an error in its process
      for (let waited = 0; waited < 1000; waited += 10) {
        const { rows } = await client.query<{ n: number }>('select count(*)::int as n from pg_stat_activity where datname = $1', [name]);
        if (rows[0]?.n === 0) break;
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      await client.query(`drop database if exists ${name} with (force)`);
    });
  };
  t?.teardown(drop);
  return { url, adminUrl, pool, keys: new PersonalKeys(pool, Buffer.alloc(32, 7)), drop };
};
