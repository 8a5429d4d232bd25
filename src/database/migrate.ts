import pg from 'pg';
import { accessMigrations } from '../access/migrations.ts';
import { readMigrations } from '../projections/migrations/index.ts';
import { logMigrations } from '../store/postgres/migrations.ts';
import { extensionMigrations } from './extensions.ts';
import { SERVICE_ROLE } from './role.ts';

export interface SqlMigration {
  name: string;
  up: string;
}

/** What runs as the service's role belongs to it: it may fill, replace and drop read models, but of the log it owns nothing. */
const asService = (list: readonly SqlMigration[]): SqlMigration[] =>
  list.map(({ name, up }) => ({ name, up: `set local role ${SERVICE_ROLE};\n${up};\nreset role;` }));

/** Every migration in the order in which they run. */
export const allMigrations: SqlMigration[] = [
  ...logMigrations,
  ...extensionMigrations,
  ...asService(accessMigrations),
  ...asService(readMigrations),
];

const TABLE = 'orgonaut_migration';
/** Any fixed number: the advisory lock under which a database is migrated. */
const LOCK = 7_202_610_501;

const pending = async (client: pg.Client, list: readonly SqlMigration[]): Promise<SqlMigration[]> => {
  const { rows } = await client.query<{ there: boolean }>(`select to_regclass('public.${TABLE}') is not null as there`);
  if (!rows[0]?.there) return [...list];
  const done = new Set((await client.query<{ name: string }>(`select name from public.${TABLE}`)).rows.map((r) => r.name));
  return list.filter(({ name }) => !done.has(name));
};

/**
 * Brings a database to the schema of this version, by MikroORM's migrator. Any number of processes may call it at once.
 * @param adminUrl a role that may create schemas and, the first time, roles
 * @param role the service's role in this database, which the migrations call SERVICE_ROLE
 * @returns the names of what ran now
 */
export const migrate = async (
  adminUrl: string,
  list: readonly SqlMigration[] = allMigrations,
  role: string = SERVICE_ROLE,
): Promise<string[]> => {
  const client = new pg.Client({ connectionString: adminUrl });
  client.on('error', () => {});
  await client.connect();
  try {
    if ((await pending(client, list)).length === 0) return [];
    await client.query('select pg_advisory_lock($1)', [LOCK]);
    const todo = await pending(client, list);
    if (todo.length === 0) return [];
    const named = list.map(({ name, up }) => ({ name, up: up.replaceAll(SERVICE_ROLE, role) }));
    await runMigrator(adminUrl, named);
    return todo.map(({ name }) => name);
  } finally {
    await client.end();
  }
};

// loaded only when there is something to do: most starts have nothing, and the ORM takes a while to load
const runMigrator = async (adminUrl: string, list: readonly SqlMigration[]): Promise<void> => {
  const [{ MikroORM }, { Migration, Migrator }] = await Promise.all([import('@mikro-orm/postgresql'), import('@mikro-orm/migrations')]);
  const orm = await MikroORM.init({
    clientUrl: adminUrl,
    entities: [],
    extensions: [Migrator],
    discovery: { warnWhenNoEntities: false },
    pool: { min: 0, max: 2 },
    logger: () => {},
    migrations: {
      tableName: TABLE,
      snapshot: false,
      disableForeignKeys: false,
      allOrNothing: true,
      migrationsList: list.map(({ name, up }) => ({
        name,
        class: class extends Migration {
          override up(): void {
            this.addSql(up);
          }
        },
      })),
    },
  });
  try {
    await orm.migrator.up();
  } finally {
    await orm.close(true);
  }
};
