import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { EventStoreDBClient } from '@eventstore/db-client';
import type pg from 'pg';
import { type Refusal, refuse } from '../../domain/codes.ts';
import type { EncodedEvent } from '../codec.ts';
import { OutcomeUnknown } from '../port.ts';
import { backoff } from '../postgres/calls.ts';
import { type ServerExpectation, serverEvents, tryAppend } from './attempt.ts';
import { diverged } from './diverged.ts';
import { type Comparison, compareWithStore } from './fresh.ts';
import type { StreamNames } from './names.ts';

export interface MoveSettings {
  client: EventStoreDBClient;
  pool: pg.Pool;
  names: StreamNames;
  attemptMs: number;
  patienceMs: number;
}

export interface Moved extends Comparison {
  /** False when the log lived there already. */
  moved: boolean;
}

type Home = 'here' | 'arriving' | 'leaving' | null;

/** Events of one append, at most so many and so large: below what a server takes without being told to take more. */
const RUN = { events: 500, bytes: 900_000 };

const homeOf = async (pool: pg.Pool, tenant: number): Promise<Home> => {
  const { rows } = await pool.query<{ state: Home }>('select state from log.copied_tenant where tenant = $1', [tenant]);
  return rows[0]?.state ?? null;
};

const step = async (pool: pg.Pool, tenant: number, from: Home, to: Home): Promise<void> => {
  const { rows } = await pool.query<{ done: boolean }>('select log.move_home($1, $2, $3) as done', [tenant, from, to]);
  if (!rows[0]?.done) throw inBetween(tenant);
};

const inBetween = (tenant: number): Refusal =>
  refuse('LOG_ELSEWHERE', `another move of the log of tenant ${tenant} is under way, or was broken off`, {
    wayOut: 'Wait for its end, or run the same move again: it goes on where it stopped.',
  });

interface Row {
  position: string;
  stream: string;
  revision: string;
  event_id: string;
  type: string;
  bytes: Buffer;
}

/** The next events that can go into one append: one stream, side by side. */
const nextRun = async (pool: pg.Pool, tenant: number, after: number): Promise<Row[]> => {
  const { rows } = await pool.query<Row>(
    'select position, stream, revision, event_id, type, bytes from log.event where tenant = $1 and position > $2 order by position limit $3',
    [tenant, after, RUN.events],
  );
  let bytes = 0;
  const end = rows.findIndex((row, i) => {
    bytes += row.bytes.length;
    return i > 0 && (row.stream !== rows[0]?.stream || bytes > RUN.bytes);
  });
  return end < 0 ? rows : rows.slice(0, end);
};

const writeRun = async (
  { client, pool, names, attemptMs, patienceMs }: MoveSettings,
  tenant: number,
  run: readonly Row[],
): Promise<void> => {
  const first = run[0] as Row;
  const { rows } = await pool.query<{ n: string }>('select count(*) as n from log.dropped where tenant = $1 and stream = $2', [
    tenant,
    first.stream,
  ]);
  const before = BigInt(first.revision) + BigInt(rows[0]?.n ?? 0) - 1n;
  const expected: ServerExpectation = before < 0n ? 'no_stream' : before;
  const events = serverEvents(
    run.map((row): EncodedEvent => ({ event_id: row.event_id, type: row.type, recorded_at: '', bytes: row.bytes })),
    randomUUID(),
  );
  const deadline = Date.now() + patienceMs;
  for (let tries = 0; ; tries += 1) {
    const outcome = await tryAppend(client, names.of(tenant, first.stream), expected, events, attemptMs);
    if (outcome.kind === 'written') return;
    if (outcome.kind === 'conflict')
      throw diverged(
        tenant,
        Number(first.position),
        `the event store has stream ${first.stream} at revision ${outcome.actual ?? 'no_stream'}`,
      );
    if (outcome.kind === 'refused') throw outcome.error;
    if (Date.now() > deadline) throw new OutcomeUnknown('the event store does not answer', { cause: outcome.error });
    await sleep(backoff(tries));
  }
};

/**
 * Moves a tenant's log from PostgreSQL to the event store, in order, the very bytes. Appends are refused from its beginning;
 * from its end they go to the event store. A move that was broken off goes on where it stopped; one that fails leaves the log
 * where it was. Throws LOG_DIVERGED when the event store holds something else already.
 */
export const moveToStore = async (settings: MoveSettings, tenant: number, onProgress: (events: number) => void): Promise<Moved> => {
  const { pool } = settings;
  const home = await homeOf(pool, tenant);
  if (home === 'here') return { ...(await compareWithStore(settings, tenant, settings)), moved: false };
  if (home === 'leaving') throw inBetween(tenant);
  if (home === null) await step(pool, tenant, null, 'arriving');
  try {
    let { events: at } = await compareWithStore(settings, tenant, { patienceMs: 0, partial: true });
    for (let run = await nextRun(pool, tenant, at); run.length > 0; run = await nextRun(pool, tenant, at)) {
      await writeRun(settings, tenant, run);
      at += run.length;
      onProgress(at);
    }
    const compared = await compareWithStore(settings, tenant, { patienceMs: 0 });
    await step(pool, tenant, 'arriving', 'here');
    return { ...compared, moved: true };
  } catch (error) {
    await step(pool, tenant, 'arriving', null);
    throw error;
  }
};

/**
 * Moves a tenant's log from the event store to PostgreSQL. The table has it already, as far as the copy has come; so the copy
 * is waited for and compared. Somebody must be copying. What the event store still holds afterwards is no part of the log.
 */
export const moveFromStore = async (settings: MoveSettings, tenant: number): Promise<Moved> => {
  const { pool } = settings;
  const home = await homeOf(pool, tenant);
  if (home === null) {
    const compared = await compareWithStore(settings, tenant, { patienceMs: 0, partial: true });
    return { ...compared, moved: false };
  }
  if (home === 'arriving') throw inBetween(tenant);
  if (home === 'here') await step(pool, tenant, 'here', 'leaving');
  try {
    const compared = await compareWithStore(settings, tenant, settings);
    await step(pool, tenant, 'leaving', null);
    return { ...compared, moved: true };
  } catch (error) {
    await step(pool, tenant, 'leaving', 'here');
    throw error;
  }
};
