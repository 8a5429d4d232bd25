import test from 'ava';
import { change } from '../src/domain/changes.ts';
import { replayVerify } from '../src/projections/replay.ts';
import { engine, id } from './support/engine.ts';

const unit = (name: string, parent: string | null, from = '2020-01-01') =>
  change('OrgUnitCreated', id(name), from, { name, kind: parent ? 'department' : 'company', parent_id: parent ? id(parent) : null });

test('a baseline change becomes rows, and a scenario change hides them for its branch alone', async (t) => {
  const e = await engine(t);
  await e.givenBaseline([unit('acme', null), unit('sales', 'acme')]);
  const scenario = await e.givenScenario();
  const position = await e.givenConfirmed(scenario, [change('OrgUnitRenamed', id('sales'), '2026-07-01', { name: 'Trade' })]);
  const rows = await e.sql.query(
    'select branch::int, name, effective_from, effective_to, from_position::int, to_position = 9223372036854775807 as open from org_unit_version where id = $1 order by branch, effective_from',
    [id('sales')],
  );
  t.deepEqual(rows, [
    { branch: 0, name: 'sales', effective_from: '2020-01-01', effective_to: 'infinity', from_position: 2, open: true },
    {
      branch: scenario.branch,
      name: 'sales',
      effective_from: '2020-01-01',
      effective_to: '2026-07-01',
      from_position: position,
      open: true,
    },
    { branch: scenario.branch, name: 'Trade', effective_from: '2026-07-01', effective_to: 'infinity', from_position: position, open: true },
  ]);
  const replayed = await replayVerify({ store: e.store, sql: e.sql, tenant: e.tenant });
  t.like(replayed, { equal: true, events: position });
});
