import { randomUUID } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { migrate } from '../src/database/migrate.ts';
import { openDatabase } from '../src/database/open.ts';
import type { EventStore, NewEvent } from '../src/store/port.ts';
import { tolerateLosses } from '../src/store/postgres/calls.ts';
import { postgresStore } from '../src/store/postgres/store.ts';

/**
 * Acknowledged appends per second on one tenant, beside two floors measured in the same run on the same server: one bare row
 * an insert, and one insert of many rows. The server is durable (fsync on). Needs nothing but a free minute.
 */
const SECONDS = Number(process.env['BENCH_SECONDS'] ?? 3);

const event = (): NewEvent => ({
  event_id: randomUUID(),
  type: 'BaselineChanged',
  schema_version: 1,
  data: {
    changes: [
      { type: 'PositionUpdated', v: 1, id: randomUUID(), effective_from: '2026-01-01', set: { title: 'Engineer', capacity_fte: '1' } },
    ],
  },
  metadata: { user: randomUUID(), with: { kind: 'token', id: randomUUID() }, via: 'mcp', correlation_id: randomUUID() },
  recorded_at: new Date().toISOString(),
});

/** Runs `work` from `writers` loops at once and says how many units per second were done. */
const rate = async (writers: number, work: (writer: number) => Promise<number>): Promise<number> => {
  const from = performance.now();
  const until = from + SECONDS * 1000;
  let done = 0;
  await Promise.all(
    Array.from({ length: writers }, async (_, w) => {
      while (performance.now() < until) {
        const more = await work(w);
        done += more;
      }
    }),
  );
  return Math.round((done / (performance.now() - from)) * 1000);
};

const print = (name: string, perSecond: number): void => console.log(`${name.padEnd(64)} ${String(perSecond).padStart(8)} /s`);

const dataDir = mkdtempSync(join(tmpdir(), 'orgonaut-bench-'));
// the account that PostgreSQL runs as under root must pass, or the cluster would stand where this does not clean up
chmodSync(dataDir, 0o755);
const database = await openDatabase({ dataDir });
await migrate(database.adminUrl);
const admin = new pg.Pool({ connectionString: database.adminUrl, max: 20 });
tolerateLosses(admin);
await admin.query('create table bare (n bigserial primary key, id uuid unique, bytes bytea)');
const bytes = Buffer.from(JSON.stringify(event()));
const bare = { name: 'bare', text: 'insert into bare (id, bytes) values ($1, $2)' };

print(
  'floor: bare rows, one an insert, 1 connection',
  await rate(1, async () => (await admin.query({ ...bare, values: [randomUUID(), bytes] })).rowCount ?? 0),
);
print(
  'floor: bare rows, one an insert, 16 connections',
  await rate(16, async () => (await admin.query({ ...bare, values: [randomUUID(), bytes] })).rowCount ?? 0),
);
print(
  'floor: bare rows, 500 an insert, 1 connection',
  await rate(
    1,
    async () =>
      (await admin.query('insert into bare (id, bytes) select gen_random_uuid(), $1 from generate_series(1, 500)', [bytes])).rowCount ?? 0,
  ),
);

const stores: EventStore[] = Array.from({ length: 4 }, () => postgresStore(database.pool, database.keys));
const one = stores[0] as EventStore;
for (const [writers, count] of [
  [1, 1],
  [16, 1],
  [256, 1],
  [1000, 1],
  [1000, 4],
] as const)
  print(
    `appends of one event, ${writers} writers, ${count} store(s)`,
    await rate(writers, async (w) => {
      await (stores[w % count] as EventStore).append(1, `s-${w}`, 'any', [event()]);
      return 1;
    }),
  );
const heads = new Map<number, number>();
print(
  'appends of one event at the exact revision, 256 writers',
  await rate(256, async (w) => {
    const at = heads.get(w);
    heads.set(w, (await one.append(1, `exact-${w}`, at ?? 'no_stream', [event()])).revision);
    return 1;
  }),
);
print(
  'events, 500 an append, 1 writer',
  await rate(1, async () => {
    await one.append(1, 'large', 'any', Array.from({ length: 500 }, event));
    return 500;
  }),
);
let after = 0;
print(
  'events read back through the codec, pages of 1000',
  await rate(1, async () => {
    const page = await one.readLog(1, after, 1000);
    after = page.at(-1)?.position ?? 0;
    return page.length;
  }),
);
const { rows } = await admin.query<{ gaps: string }>('select max(position) - count(*) as gaps from log.event where tenant = 1');
console.log(`gaps in the positions: ${rows[0]?.gaps}`);

for (const store of stores) await store.close();
await admin.end();
await database.close();
rmSync(dataDir, { recursive: true, force: true });
