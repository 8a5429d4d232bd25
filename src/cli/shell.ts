import type { Secrets } from '../access/secret.ts';
import type { People } from '../access/people.ts';
import type { AccessDirectory } from '../access/types.ts';
import type { UsageRecorder } from '../access/usage.ts';
import type { Caller, Deps } from '../application/context.ts';
import { derivedId } from '../application/idempotency.ts';
import type { Config } from '../config.ts';
import type { Sink } from './output.ts';

/** What `replay --verify` found: the live read model against one replayed from the log. */
export interface ReplayReport {
  events: number;
  tables: number;
  live_digest: string;
  replayed_digest: string;
  equal: boolean;
  /** Where the two part: the table, the key of the first row that differs, and how. */
  first_difference?: { table: string; key: Record<string, string>; difference: string; columns: string[] };
}

export interface RebuildRequest {
  /** Only this tenant. */
  tenant?: number;
  /** Start anew, whatever an earlier run left. */
  anew: boolean;
  onProgress(progress: { tenant: number; position: number; head: number }): void;
}

/** What a rebuild did: per tenant how far, and the proof that the rebuilt rows are what was served. */
export interface RebuildReport {
  projection: string;
  version: number;
  generation: number;
  equal: boolean;
  swapped: boolean;
  resumed: boolean;
  /** Schemas of replaced generations that somebody still reads. */
  left: string[];
  events: number;
  seconds: number;
  tenants: {
    tenant: number;
    position: number;
    proof?: Pick<ReplayReport, 'live_digest' | 'equal' | 'first_difference'> & { position: number; rebuilt_digest: string };
    stuck?: { position: number; message: string };
  }[];
}

/** How far a tenant's projections are. */
export interface LaneStatus {
  position: number;
  head: number;
  /** Why it stands still, since when, and what to do about it. */
  error: { position: number; message: string; code: string; way_out: string; attempts: number; first_at: string } | null;
}

/** The opened parts a command works with. Closing leaves the embedded database, and stops it when nobody else is there. */
export interface Workplace {
  readonly deps: Deps;
  readonly directory: AccessDirectory;
  /** How people come in: invitations, passwords, sessions. */
  readonly people: People;
  readonly secrets: Secrets;
  /** Counts who uses which tool; what is counted is written when the workplace closes at the latest. */
  readonly usage: UsageRecorder;
  /** Whether the database is the embedded one of DATA_DIR. */
  readonly embedded: boolean;
  /** The version the database server says it is. */
  databaseVersion(): Promise<string>;
  lane(tenant: number): Promise<LaneStatus>;
  /** Replaces the keys of a tenant's authorization server; the new ones come into use shortly after. */
  rotateKeys(tenant: number): Promise<{ kid: string; used_from: string }>;
  /** Moves a tenant's log to or from the EventStoreDB at a connection string. The digests are over the stored bytes, in order. */
  moveLog(
    tenant: number,
    direction: 'to' | 'from',
    url: string,
    onProgress: (events: number) => void,
  ): Promise<{ moved: boolean; events: number; store_digest: string; table_digest: string }>;
  /** Asks the EventStoreDB of EVENTSTORE_URL for its last event; undefined without one. Throws when it does not answer. */
  eventStore(): Promise<string | undefined>;
  /** Whether some process copies the EventStoreDB of EVENTSTORE_URL, and what it stands still for; undefined without one. */
  copy(): Promise<
    { led: boolean; trouble?: { code: string; message: string; way_out: string; attempts: number; first_at: string } } | undefined
  >;
  /** Takes part in projecting, and in carrying access events to the log, until it is closed. Without this only what a command waits for is done. */
  startProjecting(): void;
  /** Replays the tenant's log beside the live tables and compares. Refuses with LOG_BROKEN where the log is not whole, with LOG_DIVERGED where it is not what the EventStoreDB has. */
  /** Builds the read model anew beside the live one and swaps; one tenant's, or everybody's. */
  rebuild(request: RebuildRequest): Promise<RebuildReport>;
  replay(tenant: number, onProgress: (position: number, head: number) => void): Promise<ReplayReport>;
  close(): Promise<void>;
}

/** A listening service. */
export interface Service {
  /** Without a trailing slash. */
  readonly url: string;
  readonly mcp: string;
  /** Stops taking requests, lets those under way end, stops the projections. */
  close(): Promise<void>;
}

/** What the command line stands on; main.ts makes it, tests could make another. */
export interface Shell {
  readonly version: string;
  /** The folder of the package: fixtures lie below it. */
  readonly packageFolder: URL;
  readonly stdout: Sink;
  readonly stderr: Sink;
  /** Reads the settings; throws SettingsError. */
  config(): Config;
  open(config: Config): Promise<Workplace>;
  serve(config: Config, work: Workplace): Promise<Service>;
  /** Speaks MCP on stdin and stdout as the holder of MCP_TOKEN until stdin ends. */
  stdio(work: Workplace): Promise<void>;
  /** How a client starts `orgonaut stdio` of this installation on this DATA_DIR. */
  stdioCommand(config: Config): { command: string; args: string[]; env: Record<string, string> };
  /** Resolves when the process is asked to end (SIGINT, SIGTERM). */
  untilAsked(): Promise<NodeJS.Signals>;
}

/** The user behind everything that is done with the database in hand rather than with a credential. */
const systemUser = derivedId(0, 'tenant.create', 'system user');

/** The command line as a caller: it has the database, so it has every ability; what it does is recorded as done by it. */
export const commandLineCaller = (
  deps: Deps,
  tenant: { tenant: number; slug: string },
  abilities: Caller['abilities'],
  login: string,
): Caller => ({
  tenant: tenant.tenant,
  tenantSlug: tenant.slug,
  user: { id: systemUser, label: `command line (${login})` },
  role: 'owner',
  abilities,
  with: { kind: 'cli', id: 'orgonaut', name: login },
  via: 'cli',
  correlationId: deps.newId(),
});
