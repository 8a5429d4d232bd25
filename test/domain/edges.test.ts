import test from 'ava';
import { change } from '../../src/domain/changes.ts';
import { actor, company, facts, placed, pos, unit } from './kit.ts';

const on = '2026-07-01';

test('what rests on an action that failed is not told as a second mistake, however long the chain', async (t) => {
  const refusal = await company().refusal(
    { type: 'org_unit.create', parent_id: unit(99), name: 'Lost', ref: 'u' },
    { type: 'position.create', org_unit_id: '$u', title: 'Seat', ref: 'p' },
    { type: 'position.set_pay', position_id: '$p#1', pay_amount: '1' },
    { type: 'org_unit.rename', org_unit_id: unit(98), name: 'Another mistake' },
  );
  t.deepEqual(
    refusal.findings.map((f) => [f.code, f.message.slice(0, 10)]),
    [
      ['REFERENCE_UNKNOWN', 'actions[0]'],
      ['REFERENCE_UNKNOWN', 'actions[3]'],
    ],
  );
});

test('given a seat that two hold and leave one after the other, when it is backfilled, then it closes with the last to go', async (t) => {
  for (const [first, second] of [
    ['2026-12-01', '2026-09-01'],
    ['2026-09-01', '2026-12-01'],
  ] as const) {
    const b = company();
    b.record([
      facts.position(8, 2, { capacity_fte: '2' }),
      facts.actor(8),
      facts.actor(9),
      facts.placement(8, 8, 2, 8),
      facts.placement(9, 9, 2, 8),
    ]);
    await b.confirm(
      { type: 'placement.end', placement_id: placed(8), effective_on: first },
      { type: 'placement.end', placement_id: placed(9), effective_on: second },
    );
    const { changes } = await b.plan({ type: 'position.backfill', position_id: pos(8), effective_on: on });
    t.deepEqual(
      changes.map((c) => [c.type, c.effective_from]),
      [
        ['PositionCreated', on],
        ['PositionClosed', '2026-12-01'],
      ],
    );
  }
});

test('a seat that closes when vacated stays while one of two holders stays, and closes with the second', async (t) => {
  const b = company();
  b.record([
    facts.position(8, 2, { capacity_fte: '2', close_on_vacate: true }),
    facts.actor(8),
    facts.actor(9),
    facts.placement(8, 8, 2, 8),
    facts.placement(9, 9, 2, 8),
  ]);
  const one = await b.confirm({ type: 'placement.end', placement_id: placed(8), effective_on: on });
  t.deepEqual(
    one.changes.map((c) => c.type),
    ['PlacementEnded'],
  );
  const two = await b.plan({ type: 'placement.end', placement_id: placed(9), effective_on: '2026-08-01' });
  t.deepEqual(
    two.changes.map((c) => [c.type, c.id]),
    [
      ['PlacementEnded', placed(9)],
      ['PositionClosed', pos(8)],
    ],
  );
});

test('an unfrozen seat is what it was last before the freeze, not what it was at first', async (t) => {
  const b = company();
  b.record([facts.position(8, 2, { status: 'planned' })]);
  b.record([change('PositionUpdated', pos(8), '2021-01-01', { status: 'open' })]);
  await b.confirm({ type: 'position.freeze', position_id: pos(8), effective_on: on });
  const { changes } = await b.plan({ type: 'position.unfreeze', position_id: pos(8), effective_on: '2026-09-01' });
  t.deepEqual(
    changes.map((c) => c.set),
    [{ status: 'open' }],
  );
});

test('planned on a leap day, the horizon ends on 28 February', async (t) => {
  const b = company();
  b.today = '2028-02-29';
  const rename = (effective_on: string) => ({ type: 'org_unit.rename', org_unit_id: unit(2), name: 'New', effective_on });
  await t.notThrowsAsync(b.plan(rename('2038-02-28')));
  t.is((await b.refusal(rename('2038-03-01'))).code, 'DATE_HORIZON');
});

test('placing somebody where they are placed is nothing with the same allocation, however written, and refused with another', async (t) => {
  const b = company();
  const start = { type: 'placement.start', actor_id: actor(4), position_id: pos(4), effective_on: on };
  t.deepEqual((await b.plan({ ...start, allocation: '100.00' })).changes, []);
  const refusal = await b.refusal({ ...start, allocation: '50' });
  t.deepEqual([refusal.code, refusal.findings[0]?.ids], ['INPUT_INVALID', [placed(4)]]);
});
