import test from 'ava';
import { actor, type Branch, company, facts, placed, pos, uid, unit } from './kit.ts';

const on = '2026-07-01';
const later = '2027-01-01';
const code = async (b: Branch, ...actions: Record<string, unknown>[]) => (await b.refusal(...actions)).code;
const sets = (plan: { changes: { type: string; id: string; set: unknown }[] }) => plan.changes.map((c) => [c.type, c.id, c.set]);
const types = (plan: { changes: { type: string }[] }) => plan.changes.map((c) => c.type);

test('given a seat, when it is updated, then only what differs is set, and twice changes nothing', async (t) => {
  const b = company();
  const action = {
    type: 'position.update',
    position_id: pos(4),
    title: 'New',
    grade: 'G1',
    employment_type: 'permanent',
    effective_on: on,
  };
  const plan = await b.confirm(action);
  t.deepEqual(sets(plan), [['PositionUpdated', pos(4), { title: 'New', grade: 'G1' }]]);
  t.deepEqual(plan.changes[0]?.before, { title: 'P4', grade: null });
  t.deepEqual((await b.plan(action)).changes, []);
  t.is(await code(b, { type: 'position.update', position_id: pos(4) }), 'INPUT_INVALID');
  t.is(await code(b, { ...action, pay_amount: '1' }), 'INPUT_INVALID', 'pay has an action of its own');
});

test('given a seat of one FTE, when its capacity falls, then establishment and cost fall with it; FTE_CAPACITY warns, FTE_RANGE stops', async (t) => {
  const b = company();
  const update = (capacity_fte: string | null) => ({ type: 'position.update', position_id: pos(4), capacity_fte, effective_on: on });
  const half = await b.plan(update('0.5'));
  t.is(half.delta.establishment_fte.toFixed(), '-0.5');
  t.is(half.delta.annualised.toFixed(), '-51200', '80,000 x 0.5 x 1.28');
  t.deepEqual(
    half.findings.map((f) => f.code),
    ['FTE_CAPACITY'],
  );
  t.is((await b.plan(update(null))).delta.establishment_fte.toFixed(), '-1', 'unknown counts as 0');
  for (const fte of ['-0.01', '3.01']) t.is(await code(b, update(fte)), 'FTE_RANGE');
});

test('given a seat with pay and a manager, when it is duplicated, then the copies are like it but for holders and reports', async (t) => {
  const b = company();
  const plan = await b.confirm({ type: 'position.duplicate', position_id: pos(4), count: 2, effective_on: on, ref: 'more' });
  t.deepEqual(types(plan), ['PositionCreated', 'PositionCreated']);
  t.deepEqual(plan.changes[0]?.set, {
    title: 'P4',
    unit_id: unit(2),
    capacity_fte: '1',
    employment_type: 'permanent',
    pay_amount: '80000',
    pay_basis: 'annual',
    pay_currency: 'USD',
    reporting: 'unit_head',
    status: 'open',
  });
  t.is(plan.delta.seats.toFixed(), '2');
  t.is(plan.delta.vacant_positions.toFixed(), '2');
  t.is(plan.delta.annualised.toFixed(), '204800');
  t.deepEqual(plan.delta.spans, [{ position_id: pos(2), delta: 2 }]);
  t.is(await code(b, plan.actions[0] as Record<string, unknown>), 'ID_UNIQUE', 'the same ids are not made twice');
});

test('given the head of a unit, when it is duplicated, then the copy reports to the manager of the head and not to the head', async (t) => {
  const plan = await company().plan({ type: 'position.duplicate', position_id: pos(2), title: 'Deputy', effective_on: on });
  t.like(plan.changes[0]?.set, { title: 'Deputy', reporting: 'explicit', manager_id: pos(1) });
  t.deepEqual(plan.delta.spans, [{ position_id: pos(1), delta: 1 }]);
  const root = await company().plan({ type: 'position.duplicate', position_id: pos(1), effective_on: on });
  t.is(root.changes[0]?.set.reporting, 'none');
});

test('given a closed unit or seat, when a seat is duplicated there, then it is refused', async (t) => {
  const b = company();
  await b.confirm({ type: 'org_unit.close', org_unit_id: unit(4), mode: 'cascade', effective_on: on });
  t.is(await code(b, { type: 'position.duplicate', position_id: pos(5), effective_on: on }), 'CLOSED_TARGET');
  t.is(
    await code(b, { type: 'position.duplicate', position_id: pos(5), effective_on: '2026-06-30' }),
    'POSITION_UNIT',
    'the unit closes under it',
  );
});

test('given an open and a planned seat, when they are frozen and thawed, then each is what it was before; twice changes nothing', async (t) => {
  const b = company();
  b.record([facts.position(7, 3, { status: 'planned' })]);
  for (const [n, was] of [
    [5, 'open'],
    [7, 'planned'],
  ] as const) {
    const freeze = { type: 'position.freeze', position_id: pos(n), effective_on: on };
    t.deepEqual(sets(await b.confirm(freeze)), [['PositionFrozen', pos(n), { status: 'frozen' }]]);
    t.deepEqual((await b.plan(freeze)).changes, []);
    const thaw = { type: 'position.unfreeze', position_id: pos(n), effective_on: later };
    t.deepEqual(sets(await b.confirm(thaw)), [['PositionUnfrozen', pos(n), { status: was }]]);
    t.deepEqual((await b.plan(thaw)).changes, []);
  }
});

test('CLOSED_TARGET: given a frozen seat, when somebody is placed on it, or it is frozen before somebody comes, then it is refused', async (t) => {
  const b = company();
  b.record([facts.actor(7)]);
  const freeze = { type: 'position.freeze', position_id: pos(5), effective_on: on };
  const start = { type: 'placement.start', actor_id: actor(7), position_id: pos(5), effective_on: later };
  t.is(await code(b, freeze, start), 'CLOSED_TARGET');
  await t.notThrowsAsync(b.plan(freeze, { type: 'position.unfreeze', position_id: pos(5), effective_on: later }, start));
  await b.confirm(start);
  const refused = await b.refusal(freeze);
  t.is(refused.code, 'CLOSED_TARGET');
  t.deepEqual(refused.findings[0]?.dates, [later]);
  await t.notThrowsAsync(b.plan({ ...freeze, effective_on: '2027-01-02' }), 'who is there stays there');
});

test('given a closed seat, when it is reopened, then it is open and vacant, and twice changes nothing', async (t) => {
  const b = company();
  await b.confirm({ type: 'position.close', position_id: pos(6), holders: 'end', effective_on: on });
  const reopen = { type: 'position.reopen', position_id: pos(6), effective_on: later };
  const plan = await b.confirm(reopen);
  t.deepEqual(sets(plan), [['PositionReopened', pos(6), { status: 'open', close_reason: null }]]);
  t.is(plan.delta.vacant_positions.toFixed(), '1');
  t.deepEqual(plan.delta.spans, [{ position_id: pos(4), delta: 1 }]);
  t.deepEqual((await b.plan(reopen)).changes, []);
  t.deepEqual((await b.plan({ ...reopen, position_id: pos(5) })).changes, [], 'what is open stays open');
});

test('POSITION_UNIT, REPORTS_TARGET: given a closed unit or manager, when a seat is reopened, then another is given in the same list', async (t) => {
  const b = company();
  await b.confirm({ type: 'org_unit.close', org_unit_id: unit(4), mode: 'cascade', effective_on: on });
  const reopen = { type: 'position.reopen', position_id: pos(5), effective_on: later };
  t.is(await code(b, reopen), 'POSITION_UNIT');
  await t.notThrowsAsync(b.plan(reopen, { type: 'position.move', position_id: pos(5), org_unit_id: unit(3), effective_on: later }));
  await b.confirm(
    { type: 'position.close', position_id: pos(6), holders: 'end', effective_on: on },
    { type: 'position.close', position_id: pos(4), holders: 'end', effective_on: on },
  );
  const again = { type: 'position.reopen', position_id: pos(6), effective_on: later };
  t.is(await code(b, again), 'REPORTS_TARGET');
  await t.notThrowsAsync(
    b.plan(again, { type: 'position.set_manager', position_id: pos(6), manager_position_id: pos(3), effective_on: later }),
  );
});

test('given a vacant seat, when it is backfilled, then one seat stands for the other and nothing is counted twice', async (t) => {
  const b = company();
  const action = { type: 'position.backfill', position_id: pos(5), new_position_id: uid(70, 2), effective_on: on };
  const plan = await b.confirm(action);
  t.deepEqual(types(plan), ['PositionCreated', 'PositionClosed']);
  t.like(plan.changes[0]?.set, { title: 'P5', unit_id: unit(4), predecessor_id: pos(5), reporting: 'unit_head', status: 'open' });
  t.is(plan.changes[0]?.sentence, 'Creates position "P5" in "U4" in place of "P5" from 2026-07-01.');
  for (const f of ['seats', 'vacant_positions', 'establishment_fte', 'annualised'] as const) t.is(plan.delta[f].toFixed(), '0', f);
  t.deepEqual((await b.plan(action)).changes, [], 'twice changes nothing');
  t.deepEqual((await b.plan({ type: 'position.backfill', position_id: pos(5), effective_on: later })).changes, []);
  t.is(await code(b, { ...action, new_position_id: uid(71, 2) }), 'INPUT_INVALID', 'one seat has one successor');
});

test('given a held seat that heads a unit, when it is backfilled and its holder leaves, then the successor takes over', async (t) => {
  const b = company();
  const fill = await b.confirm({ type: 'position.backfill', position_id: pos(2), effective_on: on });
  const successor = fill.changes[0]?.id as string;
  t.deepEqual(types(fill), ['PositionCreated', 'PositionClosingOnVacate']);
  t.like(fill.changes[0]?.set, { reporting: 'explicit', manager_id: pos(1) }, 'it does not report to whom it stands in for');
  t.is(fill.delta.seats.toFixed(), '1', 'the handover: both stand');
  const exit = await b.confirm({ type: 'actor.exit', actor_id: actor(2), effective_on: later });
  t.deepEqual(sets(exit).slice(-2), [
    ['OrgUnitHeadSet', unit(2), { head_id: successor }],
    ['PositionClosed', pos(2), { status: 'closed', close_reason: 'exit' }],
  ]);
  t.is(exit.delta.seats.toFixed(), '-1');
  t.deepEqual(exit.delta.vacant_positions.toFixed(), '0', 'the successor was vacant and is');
});

test('given a seat whose holder leaves on a recorded date, when it is backfilled, then it closes on that date and its reports move then', async (t) => {
  const b = company();
  await b.confirm({ type: 'placement.end', placement_id: placed(4), effective_on: later });
  const plan = await b.confirm({ type: 'position.backfill', position_id: pos(4), effective_on: on });
  t.deepEqual(
    plan.changes.map((c) => [c.type, c.effective_from]),
    [
      ['PositionCreated', on],
      ['PositionManagerSet', later],
      ['PositionClosed', later],
    ],
  );
  t.is(plan.changes[1]?.set.manager_id, plan.changes[0]?.id);
  t.is(plan.delta.seats.toFixed(), '0', 'once all holds');
});

test('given a closed seat, when it is backfilled, then the new one has it as predecessor and the closed one stays as it is', async (t) => {
  const b = company();
  await b.confirm({ type: 'position.close', position_id: pos(6), holders: 'end', effective_on: on });
  const plan = await b.confirm({ type: 'position.backfill', position_id: pos(6), title: 'Next', status: 'planned', effective_on: later });
  t.deepEqual(types(plan), ['PositionCreated']);
  t.like(plan.changes[0]?.set, { title: 'Next', predecessor_id: pos(6), manager_id: pos(4), status: 'planned' });
  t.is(await code(company(), { type: 'position.backfill', position_id: pos(99), effective_on: on }), 'REFERENCE_UNKNOWN');
});
