import test from 'ava';
import pg from 'pg';
import { change } from '../src/domain/changes.ts';
import { Refusal } from '../src/domain/codes.ts';
import { firstOverlap } from '../src/projections/digest.ts';
import { replayVerify } from '../src/projections/replay.ts';
import { type Engine, engine, id } from './support/engine.ts';
import { happen, randomOf } from './support/histories.ts';

const unit = (name: string, parent: string | null = 'acme') =>
  change('OrgUnitCreated', id(name), '2020-01-01', {
    name,
    kind: parent ? 'department' : 'company',
    parent_id: parent ? id(parent) : null,
  });

const given = async (t: { teardown(fn: () => Promise<void>): void }): Promise<{ e: Engine; confirmed: number }> => {
  const e = await engine(t);
  await e.givenBaseline([unit('acme', null), unit('sales')]);
  await e.givenImport([unit('north'), unit('south'), unit('west')], { batchSize: 2 });
  const scenario = await e.givenScenario();
  const confirmed = await e.givenConfirmed(scenario, [change('OrgUnitRenamed', id('sales'), '2026-01-01', { name: 'Trade' })]);
  return { e, confirmed };
};

/** As the superuser, past the triggers that keep everybody else from touching the log. */
const asSuperuser = async (e: Engine, sql: string, values: unknown[] = []): Promise<number> => {
  const client = new pg.Client({ connectionString: e.db.adminUrl });
  await client.connect();
  try {
    await client.query(`set session_replication_role = 'replica'`);
    return (await client.query(sql, values)).rowCount ?? 0;
  } finally {
    await client.end();
  }
};

const replaySchemas = async (e: Engine): Promise<number> =>
  (await e.sql.query(`select from pg_namespace where nspname like 'replay\\_%'`)).length;

test('a replay of an untouched log equals the live rows, and leaves no schema behind', async (t) => {
  const { e, confirmed } = await given(t);
  const progress: number[] = [];
  const result = await replayVerify({ ...e, onProgress: ({ events }) => progress.push(events) });
  t.true(result.equal);
  t.is(result.events, confirmed);
  t.is(result.live_digest, result.replayed_digest);
  t.is(result.tables, 15);
  t.is(result.first_difference, undefined);
  t.is(progress.at(-1), confirmed);
  t.is(await replaySchemas(e), 0);
});

const hands: [what: string, sql: string, table: string, difference: string, columns: string[]][] = [
  [
    'a row changed',
    `update org_unit_version set name = 'Salez' where id = '${id('sales')}' and branch = 0`,
    'org_unit_version',
    'changed',
    ['name'],
  ],
  ['a row deleted', `delete from org_unit_version where id = '${id('north')}'`, 'org_unit_version', 'missing', []],
  [
    'a row added',
    `insert into entity_change select tenant, branch, kind, gen_random_uuid(), position, index, type, effective_from, set from entity_change limit 1`,
    'entity_change',
    'added',
    [],
  ],
  [
    'a change retracted',
    `update entity_change set retracted_at = 5 where id = '${id('south')}'`,
    'entity_change',
    'changed',
    ['retracted_at'],
  ],
  ['a pin moved', 'update branch_pin set baseline_position = 1', 'branch_pin', 'changed', ['baseline_position']],
];
for (const [what, sql, table, difference, columns] of hands)
  test(`${what} by hand is found and named`, async (t) => {
    const { e } = await given(t);
    await e.sql.query(sql);
    const result = await replayVerify(e);
    t.false(result.equal);
    t.not(result.live_digest, result.replayed_digest);
    t.like(result.first_difference, { table, difference, columns });
    const named = sql.match(/[0-9a-f]{8}-[0-9a-f-]{27}/)?.[0];
    if (named) t.is(result.first_difference?.key.id, named);
    t.is(await replaySchemas(e), 0);
  });

test('two rows that hold at once are found', async (t) => {
  const { e } = await given(t);
  t.is(await firstOverlap(e.sql, 'read_v1', 1), undefined);
  await e.sql.query(
    `insert into org_unit_version select tenant, branch, id, from_position, to_position, date '2023-01-01', effective_to, 'Twice' from org_unit_version where id = $1`,
    [id('north')],
  );
  t.like(await firstOverlap(e.sql, 'read_v1', 1), {
    table: 'org_unit_version',
    difference: 'overlapping',
    key: { id: id('north'), effective_from: '2020-01-01' },
  });
});

const brokenAt = async (t: { throwsAsync: (p: Promise<unknown>) => Promise<unknown> }, e: Engine): Promise<unknown> => {
  const error = (await t.throwsAsync(replayVerify(e))) as Refusal;
  return [error.code, error.details.event_position];
};

for (const position of [2, 3, 5])
  test(`an event removed at position ${position} breaks the log there`, async (t) => {
    const { e } = await given(t);
    t.is(await asSuperuser(e, 'delete from log.event where position = $1', [position]), 1);
    t.deepEqual(await brokenAt(t, e), ['LOG_BROKEN', position]);
    t.is(await replaySchemas(e), 0);
  });

test('a cut tail breaks the log where it ends', async (t) => {
  const { e, confirmed } = await given(t);
  await asSuperuser(e, 'delete from log.event where position >= $1', [confirmed - 1]);
  t.deepEqual(await brokenAt(t, e), ['LOG_BROKEN', confirmed - 1]);
});

test('an event removed together with the gap it leaves breaks its stream', async (t) => {
  const { e } = await given(t);
  // The first baseline event goes; the next of its stream, the import's last, then stands at position 4 with revision 1.
  await asSuperuser(e, 'delete from log.event where position = 2');
  await asSuperuser(e, 'update log.event set position = position - 1 where position > 2');
  t.deepEqual(await brokenAt(t, e), ['LOG_BROKEN', 4]);
});

test('bytes altered in the log break it where they stand, whatever else stays valid', async (t) => {
  const { e } = await given(t);
  // Still canonical JSON, but no longer what the import's final event hashed.
  await asSuperuser(
    e,
    `update log.event set bytes = convert_to(replace(convert_from(bytes, 'UTF8'), 'north', 'North'), 'UTF8') where type = 'ImportStaged'`,
  );
  const [applied] = await e.sql.query<{ position: number }>('select position::int from import_applied');
  t.deepEqual(await brokenAt(t, e), ['LOG_BROKEN', applied?.position]);
});

test('bytes that are no canonical JSON break the log where they stand', async (t) => {
  const { e } = await given(t);
  await asSuperuser(e, `update log.event set bytes = bytes || ' '::bytea where position = 2`);
  t.deepEqual(await brokenAt(t, e), ['LOG_BROKEN', 2]);
});

test('a replay beside a log that goes on compares one and the same position', async (t) => {
  const { e } = await given(t);
  let going = true;
  const writing = (async () => {
    for (let i = 0; going; i++) await e.givenBaseline([unit(`more ${i}`)]);
  })();
  try {
    for (let i = 0; i < 3; i++) t.true((await replayVerify(e)).equal);
  } finally {
    going = false;
    await writing;
  }
});

test('a schema that a killed replay left behind goes a day later, a fresh one stays', async (t) => {
  const { e } = await given(t);
  const name = (at: number) => `replay_${at.toString(16)}_00112233aabb`;
  const [fresh, old] = [name(Date.now()), name(Date.now() - 90_000_000)];
  await e.sql.query(`create schema ${fresh}`);
  await e.sql.query(`create schema ${old}`);
  t.true((await replayVerify(e)).equal);
  t.deepEqual(await e.sql.query(`select nspname as name from pg_namespace where nspname like 'replay\\_%'`), [{ name: fresh }]);
});

test('replaying a tenant without events is NOT_FOUND', async (t) => {
  const { e } = await given(t);
  const error = await t.throwsAsync(replayVerify({ ...e, tenant: 77 }), { instanceOf: Refusal });
  t.is((error as Refusal).code, 'NOT_FOUND');
});

test('a replay that forgets what it wrote, again and again, writes the same rows', async (t) => {
  const e = await engine(t);
  await happen(e, randomOf(11), { events: 40 });
  for (const remember of [1, 7, 50]) {
    const result = await replayVerify({ store: e.store, sql: e.sql, tenant: e.tenant, remember });
    t.true(result.equal, `${remember}: ${JSON.stringify(result.first_difference)}`);
  }
});
