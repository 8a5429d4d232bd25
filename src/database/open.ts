import { hkdfSync } from 'node:crypto';
import { join } from 'node:path';
import pg from 'pg';
import { tolerateLosses } from '../store/postgres/calls.ts';
import { PersonalKeys } from '../store/personal-keys.ts';
import { type Cluster, joinCluster } from './cluster.ts';
import { checkFit } from './fit.ts';
import { masterKey } from './master-key.ts';
import { SERVICE_ROLE } from './role.ts';
import { type SecretBox, secretBox } from './secret-box.ts';
import type { WatchNews } from './watch.ts';
import { admitService } from './service-role.ts';

export interface DatabaseSettings {
  /** A PostgreSQL 15 or newer, as a user who may create schemas and roles. The embedded one when not given. */
  databaseUrl?: string;
  /** Holds the embedded database's records and the master key. */
  dataDir: string;
  /** 32 bytes in hex or base64; kept in dataDir when not given. */
  masterKey?: string;
}

export interface Database {
  /** For everything at run time: the service's role. */
  url: string;
  /** For migrations. */
  adminUrl: string;
  /** The service's role in this database; SERVICE_ROLE on a server of one's own only where several installations still share it. */
  role: string;
  /** What whoever runs this should know of the database, with what to do. */
  notices: readonly string[];
  /** Of the service's role. */
  pool: pg.Pool;
  keys: PersonalKeys;
  /** For the service's own secrets. */
  secrets: SecretBox;
  /** A name for this installation (this master key) where several share a server: letters and digits. */
  installation: string;
  /** Keeps the embedded database running: one that died is started again. Nothing on a server of one's own. */
  watch(tell: (news: WatchNews) => void): void;
  /** Ends the pool and gives up the embedded database; its last user stops it. */
  close(): Promise<void>;
}

const NAME = 'orgonaut';

const connected = async <T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> => {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 20_000 });
  client.on('error', () => {});
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
};

const createDatabase = (client: pg.Client): Promise<unknown> =>
  client.query(`create database ${NAME}`).catch((error: unknown) => {
    // another process was first: 42P04 duplicate_database, 23505 on the catalogue's index
    if (!['42P04', '23505'].includes((error as { code: string }).code)) throw error;
  });

interface Found {
  adminUrl: string;
  login: string;
  password: string;
  /** The service's role of this installation. */
  own: string;
  cluster?: Cluster;
}

/** On a server that others share, each installation (each master key) has a role and a login of its own; its processes derive the same ones. */
const external = (adminUrl: string, master: Buffer): Found => {
  const derive = (what: string, bytes: number): Buffer => Buffer.from(hkdfSync('sha256', master, '', what, bytes));
  const login = `orgonaut_${derive('login', 6).toString('hex')}`;
  return { adminUrl, login, own: `${login}_service`, password: derive('password', 24).toString('base64url') };
};

const sharedRole = `this database belongs to the role ${SERVICE_ROLE}, which other installations on the server share: give the user of DATABASE_URL CREATEROLE and start again`;

const embedded = async (settings: DatabaseSettings): Promise<Found> => {
  const cluster = await joinCluster(join(settings.dataDir, 'database'));
  try {
    const adminUrl = cluster.adminUrl(NAME);
    await connected(cluster.adminUrl('postgres'), async (client) => {
      const { rowCount } = await client.query('select from pg_database where datname = $1', [NAME]);
      if (rowCount === 0) await createDatabase(client);
    });
    return { adminUrl, login: SERVICE_ROLE, own: SERVICE_ROLE, password: cluster.servicePassword, cluster };
  } catch (error) {
    await cluster.leave();
    throw error;
  }
};

/**
 * Opens the database: the one at `databaseUrl`, or the embedded one, which is joined or started. The role of the service exists
 * afterwards; the schemas do not until `migrate` has run.
 */
export const openDatabase = async (settings: DatabaseSettings): Promise<Database> => {
  const master = masterKey(settings.dataDir, settings.masterKey);
  const found = settings.databaseUrl ? external(settings.databaseUrl, master) : await embedded(settings);
  const { adminUrl, cluster } = found;
  try {
    const { url, role, shortcoming } = await connected(adminUrl, async (client) => ({
      shortcoming: await checkFit(client),
      ...(await admitService(client, adminUrl, found)),
    }));
    const shared = settings.databaseUrl !== undefined && role === SERVICE_ROLE ? sharedRole : undefined;
    const pool = new pg.Pool({
      connectionString: url,
      max: 20,
      application_name: SERVICE_ROLE,
      options: '-c search_path=read_v1 -c timezone=UTC',
      keepAlive: true,
    });
    tolerateLosses(pool);
    const close = async (): Promise<void> => {
      await pool.end();
      await cluster?.leave();
    };
    const installation = Buffer.from(hkdfSync('sha256', master, '', 'installation', 6)).toString('hex');
    return {
      url,
      adminUrl,
      role,
      notices: [shortcoming, shared].filter((n) => n !== undefined),
      pool,
      keys: new PersonalKeys(pool, master),
      secrets: secretBox(master),
      installation,
      watch: (tell) => cluster?.watch(tell),
      close,
    };
  } catch (error) {
    await cluster?.leave();
    throw error;
  }
};
