import test from 'ava';
import pg from 'pg';
import { listProposals } from '../src/application/proposal/index.ts';
import { getScenario, listScenarios } from '../src/application/scenario/index.ts';
import { eventPositions } from '../src/projections/queries/events.ts';
import { changesOfEvent, changesOfThings, changeTypesOfEvent } from '../src/projections/queries/recorded.ts';
import type { Sql } from '../src/projections/sql.ts';
import { stage } from './governed/support.ts';
import { readBy } from './queries/explain.ts';

const SCENARIOS = 400;
const EVENTS = 30_000;
const PROPOSALS = 3_000;
const thing = (n: number) => `0000000b-0000-7000-8000-${String(n).padStart(12, '0')}`;

/** A long history beside the small one, written by SQL: events, one import of 100,000 changes, scenarios that touch 50 things each, and one with many proposals. */
const history = async (adminUrl: string, sql: Sql, tenant: number, scenario_id: string, branch: number): Promise<void> => {
  const admin = new pg.Client({ connectionString: adminUrl });
  await admin.connect();
  try {
    await admin.query(
      `insert into log.event (tenant, position, stream, revision, event_id, type, recorded_at, bytes)
       select $1::int, 1000 + g, 'access-' || $1::int, 1000 + g, gen_random_uuid(), 'RoleChanged', now(),
         convert_to('{"metadata":{"user":"' || case when g % 500 = 0 then '${thing(1)}' else '${thing(2)}' end || '","via":"cli"}}', 'UTF8')
       from generate_series(1, ${EVENTS}) g`,
      [tenant],
    );
  } finally {
    await admin.end();
  }
  const id = (n: string) => `('0000000b-0000-7000-8000-' || lpad((${n})::text, 12, '0'))::uuid`;
  await sql.query(
    `insert into entity_change (tenant, branch, kind, id, position, index, type, effective_from, set)
     select $1::int, 0, 'position', ${id('g')}, 1500, g, case when g % 2 = 0 then 'PositionCreated' else 'PositionUpdated' end, date '2020-01-01', '{"title":"T"}'::jsonb from generate_series(1, 100000) g
     union all select $1::int, 100000 + s, 'position', ${id('s * 50 + k')}, 2000 + s, k, 'PositionUpdated', date '2020-01-01', '{"grade":"L1"}'::jsonb
       from generate_series(1, ${SCENARIOS}) s, generate_series(1, 50) k`,
    [tenant],
  );
  await sql.query(
    `insert into scenario_version (tenant, id, branch, from_position, name, owner, visibility, state, content_position, created_position)
     select $1::int, gen_random_uuid(), 100000 + s, 1000 + s, 'S' || s, $2::uuid, 'private', 'open', 1000 + s, 1000 + s from generate_series(1, ${SCENARIOS}) s`,
    [tenant, thing(1)],
  );
  await sql.query(
    `insert into proposal_version (tenant, id, scenario_id, branch, from_position, state, title, planner, digest, content_sha256, content_version, expires_at, replaces,
       change_count, warnings, approval_required, planned_position)
     select $1::int, ${id('900000 + g')}, $2::uuid, $3::bigint, 10000 + g, 'planned', 'P', $4::uuid, 'd', 'c', 0, timestamptz '2999-01-01', case when g % 3 = 0 then ${id('900000 + g - 1')} end,
       1, 0, g % 2 = 0, 10000 + g from generate_series(1, ${PROPOSALS}) g`,
    [tenant, scenario_id, branch, thing(1)],
  );
  await sql.query('update projection_checkpoint set position = $2::bigint where tenant = $1::int', [tenant, 1000 + EVENTS]);
  await sql.query('analyze entity_change');
  await sql.query('analyze proposal_version');
  await sql.query('analyze scenario_version');
};

test('history is found by its indexes: no read walks the log or the changes of everything', async (t) => {
  const s = await stage(t, { background: false });
  const [row] = await s.sql.query<{ branch: number }>('select branch::int from scenario_version where id = $1::uuid', [s.scenario_id]);
  await history(s.db.adminUrl, s.sql, s.tenant, s.scenario_id, row?.branch ?? 0);
  const at = { tenant: s.tenant, branch: 0, position: 1500 };
  const all = { tenant: s.tenant, from: 1, to: 1000 + EVENTS, newestFirst: true, limit: 51 };
  const see = (work: (sql: Sql) => Promise<unknown>) => readBy(s.sql, work);
  const everything = () => 'true';

  let found: number[] = [];
  const touched = await see(async (sql) => {
    found = await eventPositions(sql, { ...all, entity_id: thing(120) }, everything);
  });
  t.deepEqual(found, [2002, 1500], 'the import and the one scenario');
  t.true(touched.rows < 20 * SCENARIOS, `${touched.rows} rows`);
  t.is(touched.whole.get('entity_change'), undefined);
  t.is(touched.whole.get('event'), undefined);

  const since = await see((sql) => eventPositions(sql, { ...all, from: EVENTS }, everything));
  t.true(since.rows < 1_100 && since.whole.size === 0, `${since.rows} rows`);
  const by = await see((sql) => eventPositions(sql, { ...all, user: thing(1), limit: 10 }, everything));
  t.true(by.rows <= 5_000 && by.whole.size === 0, `${by.rows} rows: it stops when it has enough`);

  const first = await see((sql) => changesOfEvent(sql, at, 10));
  t.true(first.rows <= 10, `${first.rows} rows for the first ten of 100,000`);
  const one = await see((sql) => changesOfEvent(sql, { ...at, id: thing(5) }, 10));
  t.true(one.rows <= 100, `${one.rows} rows for one thing of 100,000`);
  t.deepEqual(await changeTypesOfEvent(s.sql, at), { PositionCreated: 50_000, PositionUpdated: 50_000 });
  const few = await see((sql) =>
    changesOfThings(sql, { tenant: s.tenant, branch: 100_001, position: 5_000, kind: 'position', ids: [thing(51), thing(60)] }, 5),
  );
  t.true(few.rows <= 10 && few.whole.size === 0, `${few.rows} rows`);

  // Of one scenario's 3,000 proposals each is read a few times, never all of them for each.
  const given = { limit: 20, scenario_id: s.scenario_id };
  const listed = await see((sql) => listProposals({ ...s.deps, sql }, s.planner, { ...given, as_of: undefined }));
  t.true(listed.rows < 20 * PROPOSALS, `${listed.rows} rows`);
  const waits = await see((sql) => listProposals({ ...s.deps, sql }, s.planner, { ...given, waiting_for_me: true }));
  t.true(waits.rows < 20 * PROPOSALS, `${waits.rows} rows`);
  const got = await see((sql) => getScenario({ ...s.deps, sql }, s.planner, { scenario_id: s.scenario_id }));
  t.true(got.rows < 20 * PROPOSALS, `${got.rows} rows`);
  const scenarios = await see((sql) => listScenarios({ ...s.deps, sql }, s.caller('owner'), { limit: 20 }));
  t.true(scenarios.rows < 10 * SCENARIOS + 20 * PROPOSALS, `${scenarios.rows} rows`);
  t.log(
    `rows read: of one thing ${touched.rows}, since ${since.rows}, by one user ${by.rows}, lists ${listed.rows}, ${waits.rows}, ${got.rows}, ${scenarios.rows}`,
  );
});
