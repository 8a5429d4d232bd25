import { randomBytes } from 'node:crypto';
import { refuse } from '../domain/codes.ts';
import type { EventStore, StoredEvent } from '../store/port.ts';
import { logBroken, logChecker, readPage } from './check-log.ts';
import { type Difference, firstDifference, firstOverlap, type TableDigest, tableDigests, wholeDigest } from './digest.ts';
import { checkpointOf, pageSize } from './lane.ts';
import { memoryOf } from './memory.ts';
import { PROJECTION, project } from './projector.ts';
import { projectionRunner } from './runner.ts';
import { readModelSql } from './schema.ts';
import { LIVE_SCHEMA, type Sql } from './sql.ts';
import { LogFault } from './staged.ts';

export interface ReplaySettings {
  store: EventStore;
  /** The live read model; its role may create schemas. */
  sql: Sql;
  tenant: number;
  liveSchema?: string;
  /** Waits until the live projection has reached a position; by default this process projects when nobody else does. */
  reached?: (tenant: number, position: number) => Promise<void>;
  onProgress?: (progress: { events: number; of: number }) => void;
  /** Changes remembered at most; for tests of what was forgotten. */
  remember?: number;
}

export interface ReplayResult {
  /** Events of the log that were replayed: all of them. */
  events: number;
  /** Tables that were compared. */
  tables: number;
  live_digest: string;
  replayed_digest: string;
  /** The two are equal, and no two rows of a thing hold at the same position and date. */
  equal: boolean;
  /** The first row that is not what the log says, by table and primary key. */
  first_difference?: Difference;
  by_table: { table: string; rows: number; replayed_rows: number; equal: boolean }[];
}

/** Projects events into the replay's own schema by the same code that fills the live one. */
const filler = (settings: ReplaySettings, schema: string, of: number) => {
  const { store, sql, tenant, onProgress, remember } = settings;
  const check = logChecker(tenant);
  // The schema is empty, and whatever fails ends the replay: what it remembers is what it wrote.
  const memory = memoryOf(true, remember);
  let at = 0;
  let limit = 50;
  const write = (events: readonly StoredEvent[]): Promise<number> =>
    sql.transaction(async (tx) => {
      await tx.query(`set local search_path to ${schema}`);
      return project(tx, store, tenant, events, memory);
    });
  return async (to: number): Promise<void> => {
    while (at < to) {
      const events = await readPage(store, tenant, at, Math.min(limit, to - at));
      if (events.length === 0) throw logBroken(tenant, at + 1, 'there is no event at this position');
      limit = pageSize(events);
      for (const event of events) check(event);
      try {
        await write(events);
      } catch (error) {
        if (!(error instanceof LogFault)) throw error;
        throw logBroken(tenant, error.position, error.message);
      }
      at += events.length;
      onProgress?.({ events: at, of: Math.max(of, at) });
    }
  };
};

/**
 * Replays a tenant's log into a schema of its own beside the live one and compares the two, table by table. Checks the log on
 * the way. Throws a Refusal LOG_BROKEN that names the first bad position; UNAVAILABLE when the live projection does not get
 * there. The schema is dropped in the end, whatever happens.
 */
export const replayVerify = async (settings: ReplaySettings): Promise<ReplayResult> => {
  const { store, sql, tenant, liveSchema = LIVE_SCHEMA } = settings;
  const head = (await store.heads()).get(tenant) ?? 0;
  if (head === 0 && (await checkpointOf(sql, tenant)) === 0) throw refuse('NOT_FOUND', 'this tenant has no events');
  await dropForgotten(sql);
  const schema = `replay_${Date.now().toString(16)}_${randomBytes(6).toString('hex')}`;
  try {
    await sql.query(withoutSearches(readModelSql(schema)));
    const fill = filler(settings, schema, head);
    await fill(head);
    await reach(settings, head);
    const behind = await checkpointOf(sql, tenant);
    if (behind > head && ((await store.heads()).get(tenant) ?? 0) < behind)
      throw logBroken(tenant, head + 1, `the log ends before this position; it was projected up to ${behind}`);
    await fill(behind);
    return await sql.transaction(async (tx) => {
      // Holds the live lane still for as long as the comparison takes, so that both sides are of one position.
      const [row] = await tx.query<{ position: string }>(
        'select position from projection_checkpoint where projection = $1 and version = $2 and tenant = $3 for share',
        [PROJECTION.name, PROJECTION.version, tenant],
      );
      const position = Number(row?.position ?? 0);
      await fill(position);
      return compare(tx, tenant, liveSchema, schema, position);
    });
  } finally {
    await sql.query(`drop schema if exists ${schema} cascade`);
  }
};

/** Rows of things are compared by their primary keys, and nobody looks for one in a replay: other indexes of theirs would only take time. */
const withoutSearches = (sql: string): string =>
  sql.replaceAll(/^create index on \S+\.(entity_change|(?!scenario|proposal)\w+_version) .*;$/gm, '');

/** Replays that were killed leave their schema behind; a day later nobody can be using it. */
const dropForgotten = async (sql: Sql): Promise<void> => {
  const schemas = await sql.query<{ name: string }>(
    `select nspname as name from pg_namespace where nspname ~ '^replay_[0-9a-f]+_[0-9a-f]{12}$'`,
  );
  for (const { name } of schemas)
    if (Number.parseInt(name.split('_')[1] as string, 16) < Date.now() - 86_400_000)
      await sql.query(`drop schema if exists ${name} cascade`);
};

const reach = async ({ store, sql, tenant, reached }: ReplaySettings, position: number): Promise<void> => {
  if (reached) return reached(tenant, position);
  const runner = projectionRunner({ store, sql });
  try {
    await runner.catchUp(tenant, position, { waitMs: 600_000 });
  } finally {
    await runner.stop();
  }
};

const compare = async (sql: Sql, tenant: number, live: string, replayed: string, events: number): Promise<ReplayResult> => {
  const mine = await tableDigests(sql, live, tenant);
  const theirs = await tableDigests(sql, replayed, tenant);
  const by_table = mine.map((m, i) => {
    const r = theirs[i] as TableDigest;
    return { table: m.table, rows: m.rows, replayed_rows: r.rows, equal: m.digest === r.digest };
  });
  const unequal = by_table.find((t) => !t.equal);
  const difference = unequal
    ? await firstDifference(sql, unequal.table, live, replayed, tenant)
    : await firstOverlap(sql, replayed, tenant);
  return {
    events,
    tables: by_table.length,
    live_digest: wholeDigest(mine),
    replayed_digest: wholeDigest(theirs),
    equal: unequal === undefined && difference === undefined,
    ...(difference ? { first_difference: difference } : {}),
    by_table,
  };
};
