import { createHash } from 'node:crypto';
import type { AllStreamResolvedEvent, EventStoreDBClient } from '@eventstore/db-client';
import type pg from 'pg';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Arrived, arrivedOf, wholeGroups } from './arrived.ts';
import { diverged } from './diverged.ts';
import type { StreamNames } from './names.ts';

/** An event with the place that a copy made now gives it. */
export interface FreshEvent extends Arrived {
  position: number;
  /** In the log; on the server it may be further. */
  logRevision: number;
}

/** $all from start to end; who stops earlier ends the call, which nothing else would. */
async function* readWhole(client: EventStoreDBClient): AsyncGenerator<AllStreamResolvedEvent> {
  const reading = client.readAll();
  try {
    yield* reading;
  } finally {
    await reading.cancel();
  }
}

/**
 * What a copy of one tenant made now would hold: $all from its start to its end, whole appends, repeated ids left out. Reads
 * every event of the server: its unfiltered read is the one that says where the end is.
 */
export async function* freshCopy(client: EventStoreDBClient, names: StreamNames, tenant: number): AsyncGenerator<FreshEvent> {
  const own = names.of(tenant, '');
  const known = new Set<string>();
  const heads = new Map<string, number>();
  let waiting: Arrived[] = [];
  let position = 0;
  for await (const resolved of readWhole(client)) {
    if (!resolved.event?.streamId.startsWith(own)) continue;
    const event = arrivedOf(names, resolved);
    if (!event) continue;
    waiting.push(event);
    const { groups, taken } = wholeGroups(waiting, { events: Number.POSITIVE_INFINITY, bytes: Number.POSITIVE_INFINITY });
    if (taken === 0) continue;
    waiting = waiting.slice(taken);
    for (const group of groups) {
      if (group.some((e) => known.has(e.event_id))) continue;
      for (const member of group) {
        known.add(member.event_id);
        const logRevision = (heads.get(member.stream) ?? -1) + 1;
        heads.set(member.stream, logRevision);
        yield { ...member, position: ++position, logRevision };
      }
    }
  }
}

interface Row {
  position: string;
  stream: string;
  revision: string;
  event_id: string;
  bytes: Buffer;
  commit_position: string | null;
}

const PAGE = `select e.position, e.stream, e.revision, e.event_id, e.bytes, o.commit_position from log.event e
  left join log.origin o on o.tenant = e.tenant and o.position = e.position
  where e.tenant = $1 and e.position > $2 order by e.position limit 64`;

/** The rows of the copy one after the other; undefined at the end. */
const rowsOf = (pool: pg.Pool, tenant: number) => {
  let page: Row[] = [];
  let after = 0;
  return async (): Promise<Row | undefined> => {
    if (page.length === 0) page = (await pool.query<Row>(PAGE, [tenant, after])).rows;
    const row = page.shift();
    if (row) after = Number(row.position);
    return row;
  };
};

const difference = (row: Row, fresh: FreshEvent): string | undefined => {
  if (row.event_id !== fresh.event_id) return `the copy has event ${row.event_id} there, the event store ${fresh.event_id}`;
  if (row.stream !== fresh.stream || Number(row.revision) !== fresh.logRevision)
    return `the copy has it as revision ${row.revision} of ${row.stream}, the event store as ${fresh.logRevision} of ${fresh.stream}`;
  if (!row.bytes.equals(fresh.bytes)) return 'the copy has other bytes than the event store';
  if (row.commit_position !== null && BigInt(row.commit_position) !== fresh.commit)
    return `the copy names place ${row.commit_position} of $all, the event store ${fresh.commit}`;
  return undefined;
};

/** A digest over stored bytes in order, the same for a log in either store: SHA-256 over each event's length and bytes. */
export const logDigest = () => {
  const hash = createHash('sha256');
  return {
    add: (bytes: Buffer): void => {
      const length = Buffer.alloc(8);
      length.writeBigUInt64BE(BigInt(bytes.length));
      hash.update(length).update(bytes);
    },
    hex: (): string => hash.digest('hex'),
  };
};

export interface Comparison {
  events: number;
  /** Of the events in the event store, and of those in the table. */
  store_digest: string;
  table_digest: string;
}

/**
 * Compares a copy made now with the table. Throws LOG_DIVERGED at the first difference. What the copy has not reached yet is
 * waited for, at most `patienceMs` in all. With `partial`, the event store may end before the table does.
 */
export const compareWithStore = async (
  { client, pool, names }: { client: EventStoreDBClient; pool: pg.Pool; names: StreamNames },
  tenant: number,
  { patienceMs, partial = false }: { patienceMs: number; partial?: boolean },
): Promise<Comparison> => {
  const head = async (): Promise<number> =>
    Number(
      (await pool.query<{ head: string }>('select coalesce(max(position), 0) as head from log.event where tenant = $1', [tenant])).rows[0]
        ?.head,
    );
  const atLeast = await head();
  const deadline = Date.now() + patienceMs;
  const next = rowsOf(pool, tenant);
  const [store, table] = [logDigest(), logDigest()];
  let events = 0;
  for await (const fresh of freshCopy(client, names, tenant)) {
    let row = await next();
    while (!row && Date.now() < deadline) {
      await sleep(50);
      row = await next();
    }
    if (!row) throw diverged(tenant, fresh.position, 'the copy does not have what the event store has there');
    if (Number(row.position) !== fresh.position) throw diverged(tenant, fresh.position, 'the copy has no event there');
    const what = difference(row, fresh);
    if (what) throw diverged(tenant, fresh.position, what);
    store.add(fresh.bytes);
    table.add(row.bytes);
    events += 1;
  }
  if (!partial && events < atLeast) throw diverged(tenant, events + 1, 'the event store does not have what the copy has there');
  return { events, store_digest: store.hex(), table_digest: table.hex() };
};
