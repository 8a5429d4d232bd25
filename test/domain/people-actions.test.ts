import test from 'ava';
import { change } from '../../src/domain/changes.ts';
import { recheck } from '../../src/domain/plan.ts';
import { runDecision } from '../../src/domain/run.ts';
import { actor, type Branch, company, facts, pay, placed, pos, unit } from './kit.ts';

const on = '2026-07-01';
const later = '2027-01-01';
const code = async (b: Branch, ...actions: Record<string, unknown>[]) => (await b.refusal(...actions)).code;
const sets = (plan: { changes: { type: string; id: string; set: unknown }[] }) => plan.changes.map((c) => [c.type, c.id, c.set]);

test('ID_UNIQUE: given an actor with an external uid, when another is added with it, then it is refused, also within one list', async (t) => {
  const b = company();
  const add = { type: 'actor.add', external_uid: 'A4', effective_on: on };
  const refused = await b.refusal(add);
  t.is(refused.code, 'ID_UNIQUE');
  t.deepEqual(refused.findings[0]?.ids, [actor(4)]);
  await t.notThrowsAsync(b.plan({ ...add, external_uid: 'A44' }));
  t.is(await code(b, { ...add, external_uid: 'new' }, { ...add, external_uid: 'new' }), 'ID_UNIQUE');
  await b.confirm({ type: 'actor.exit', actor_id: actor(4), effective_on: on });
  t.is(await code(b, { ...add, effective_on: later }), 'ID_UNIQUE', 'an identity is not used again');
});

test('given an actor, when it is updated, then FTE follows; personal fields go apart; twice changes nothing', async (t) => {
  const b = company();
  const action = { type: 'actor.update', actor_id: actor(4), contract_fte: '0.5', country: 'DE', effective_on: on };
  const plan = await b.confirm(action);
  t.deepEqual(sets(plan), [['ActorUpdated', actor(4), { contract_fte: '0.5', country: 'DE' }]]);
  t.is(plan.delta.fte.toFixed(), '-0.5');
  t.deepEqual((await b.plan(action)).changes, []);
  const named = await b.plan({ type: 'actor.update', actor_id: actor(4), personal: { name: 'Jo', email: null }, effective_on: on });
  t.deepEqual([named.changes[0]?.set, named.changes[0]?.personal], [{}, { name: 'Jo', email: null }]);
  t.false(named.changes[0]?.sentence.includes('Jo'));
  t.is((await b.plan({ ...action, employment_type: 'contractor' })).delta.contractors.toFixed(), '1');
  for (const contract_fte of ['0', '3.01']) t.is(await code(b, { ...action, contract_fte }), 'FTE_RANGE');
  t.is(await code(b, { type: 'actor.update', actor_id: actor(4), effective_on: on }), 'INPUT_INVALID');
  t.is(await code(b, { ...action, external_uid: 'other' }), 'INPUT_INVALID', 'the identity stays');
});

test('given a placed actor with pay, when it exits, then placements and pay end, seats that close when vacated close, others stay vacant', async (t) => {
  const b = company();
  b.record([facts.pay(4, 4, '70000'), facts.position(7, 3, { close_on_vacate: true })]);
  b.record([facts.placement(7, 4, 3, 7, { is_primary: false, allocation: '20' })]);
  const action = { type: 'actor.exit', actor_id: actor(4), reason: 'retirement', effective_on: on };
  const plan = await b.confirm(action);
  t.deepEqual(sets(plan), [
    ['PlacementEnded', placed(4), { status: 'ended', end_reason: 'retirement' }],
    ['PlacementEnded', placed(7), { status: 'ended', end_reason: 'retirement' }],
    ['CompensationEnded', pay(4), { status: 'ended' }],
    ['ActorExited', actor(4), { status: 'exited', exit_reason: 'retirement' }],
    ['PositionClosed', pos(7), { status: 'closed', close_reason: 'exit' }],
  ]);
  t.is(plan.delta.headcount.toFixed(), '-1');
  t.is(plan.delta.seats.toFixed(), '-1');
  t.is(plan.delta.vacant_positions.toFixed(), '1');
  t.is(plan.delta.actual_annualised.toFixed(), '-107520', '70,000 x 1.2 x 1.28');
  t.deepEqual((await b.plan(action)).changes, [], 'twice changes nothing');
  t.is(await code(b, { type: 'placement.start', actor_id: actor(4), position_id: pos(5), effective_on: later }), 'CLOSED_TARGET');
});

test('DATE_ORDER, CLOSE_OCCUPIED: given what begins later for the actor, or reports under its seat, when it exits, then they are named', async (t) => {
  const b = company();
  b.record([facts.placement(8, 4, 4, 5, { is_primary: false }, later)]);
  const refused = await b.refusal({ type: 'actor.exit', actor_id: actor(4), effective_on: on });
  t.is(refused.code, 'DATE_ORDER');
  t.true(refused.findings[0]?.ids.includes(placed(8)));
  const c = company();
  c.record([change('PositionUpdated', pos(4), '2020-01-01', { close_on_vacate: true })]);
  t.is(await code(c, { type: 'actor.exit', actor_id: actor(4), effective_on: on }), 'CLOSE_OCCUPIED', 'P6 reports to P4');
  t.is(await code(company(), { type: 'actor.exit', actor_id: actor(4), effective_on: '2020-01-01' }), 'DATE_ORDER', 'on the day it came');
});

test('given a placement, when it is transferred, then the person takes the other seat and the old one is vacant; twice changes nothing', async (t) => {
  const b = company();
  const action = { type: 'placement.transfer', placement_id: placed(6), position_id: pos(5), effective_on: on };
  const plan = await b.confirm(action);
  t.deepEqual(sets(plan), [['PlacementTransferred', placed(6), { unit_id: unit(4), position_id: pos(5) }]]);
  t.is(plan.delta.vacant_positions.toFixed(), '0');
  t.deepEqual((await b.plan(action)).changes, []);
  const out = await b.plan({ type: 'placement.transfer', placement_id: placed(6), org_unit_id: unit(3), effective_on: later });
  t.deepEqual(out.changes[0]?.set, { unit_id: unit(3), position_id: null });
  t.is(await code(b, { ...action, org_unit_id: unit(3) }), 'POSITION_UNIT');
  t.is(await code(b, { type: 'placement.transfer', placement_id: placed(6), effective_on: on }), 'INPUT_INVALID');
});

test('CLOSED_TARGET, FTE_CAPACITY: given a frozen, closed or taken seat, when a placement is transferred there, then it is refused or warned about', async (t) => {
  const b = company();
  b.record([facts.position(7, 3, { status: 'frozen' }), facts.position(8, 3, { close_on_vacate: true })]);
  const to = (n: number) => ({ type: 'placement.transfer', placement_id: placed(6), position_id: pos(n), effective_on: on });
  t.is(await code(b, to(7)), 'CLOSED_TARGET');
  t.deepEqual(
    (await b.plan(to(4))).findings.map((f) => f.code),
    ['FTE_CAPACITY'],
  );
  await b.confirm(to(8));
  const left = await b.confirm({ ...to(5), effective_on: later });
  t.deepEqual(
    left.changes.map((c) => c.type),
    ['PlacementTransferred', 'PositionClosed'],
    'the seat closes with its last holder',
  );
  t.is(await code(b, { ...to(8), effective_on: later }), 'CLOSED_TARGET');
});

test('given a placement, when its allocation changes, then FTE follows; ACTOR_FTE, FTE_RANGE hold; twice changes nothing', async (t) => {
  const b = company();
  const action = { type: 'placement.change_allocation', placement_id: placed(6), allocation: '60', effective_on: on };
  const plan = await b.confirm(action);
  t.deepEqual(sets(plan), [['PlacementAllocationChanged', placed(6), { allocation: '60' }]]);
  t.is(plan.delta.fte.toFixed(), '-0.4');
  t.is(plan.changes[0]?.sentence, 'Changes the allocation of the placement of "A6" from 100 % to 60 % from 2026-07-01.');
  t.deepEqual((await b.plan(action)).changes, []);
  t.deepEqual(
    (await b.plan({ ...action, allocation: '100.01' })).findings.map((f) => f.code),
    ['ACTOR_FTE', 'FTE_CAPACITY'],
  );
  t.is(await code(b, { ...action, allocation: '300.01' }), 'FTE_RANGE');
});

test('PRIMARY: given two placements, when the other is made primary, then one is primary on every date, or it is refused', async (t) => {
  const b = company();
  b.record([facts.placement(7, 6, 4, 5, { is_primary: false, allocation: '10' })]);
  const action = { type: 'placement.set_primary', placement_id: placed(7), effective_on: on };
  const plan = await b.plan(action);
  t.deepEqual(sets(plan), [
    ['PlacementPrimarySet', placed(7), { is_primary: true }],
    ['PlacementPrimarySet', placed(6), { is_primary: false }],
  ]);
  await b.confirm({ type: 'placement.end', placement_id: placed(7), effective_on: later });
  t.is(await code(b, action), 'PRIMARY', 'the primary one would end before the other');
  const c = company();
  c.record([facts.placement(7, 6, 4, 5, { is_primary: false, allocation: '10' })]);
  await c.confirm(action);
  t.deepEqual((await c.plan(action)).changes, [], 'twice changes nothing');
});

test('given two placements, when they are swapped, then each has the place of the other, and swapped again both are back', async (t) => {
  const b = company();
  const action = { type: 'placement.swap', placement_id: placed(2), other_placement_id: placed(6), effective_on: on };
  const plan = await b.confirm(action);
  t.deepEqual(sets(plan), [
    ['PlacementTransferred', placed(2), { unit_id: unit(3), position_id: pos(6) }],
    ['PlacementTransferred', placed(6), { unit_id: unit(2), position_id: pos(2) }],
  ]);
  t.is(plan.delta.headcount.toFixed(), '0');
  const back = await b.plan(action);
  t.deepEqual(
    back.changes.map((c) => c.after),
    plan.changes.map((c) => c.before),
  );
  t.is(await code(b, { ...action, other_placement_id: placed(2) }), 'INPUT_INVALID');
  b.record([change('PositionFrozen', pos(3), '2020-01-01')]);
  t.is(await code(b, { ...action, other_placement_id: placed(3) }), 'CLOSED_TARGET', 'nobody begins on a frozen seat');
});

test('given an actor with pay, when compensation is set, then the same pay changes, with basis and currency kept; twice changes nothing', async (t) => {
  const b = company();
  b.record([facts.pay(4, 4, '70000')]);
  const action = { type: 'compensation.set', actor_id: actor(4), amount: '77000', effective_on: on };
  const plan = await b.confirm(action);
  t.deepEqual(sets(plan), [
    ['CompensationSet', pay(4), { actor_id: actor(4), amount: '77000', basis: 'annual', currency: 'USD', status: 'active' }],
  ]);
  t.is(plan.delta.actual_annualised.toFixed(), '8960', '7,000 x 1.28');
  t.false(plan.changes[0]?.sentence.includes('77000'));
  t.deepEqual((await b.plan(action)).changes, []);
});

test('given an actor without pay, or with pay from a later date on, when compensation is set, then it has one pay and not two', async (t) => {
  const b = company();
  b.record([facts.pay(4, 4, '70000', later)]);
  const first = await b.plan({ type: 'compensation.set', actor_id: actor(4), amount: '60000', effective_on: on });
  t.is(first.changes[0]?.id, pay(4));
  const again = await runDecision(recheck(first.changes, b.context), b);
  t.deepEqual([again.differences, again.findings.map((f) => f.code)], [[], ['LATER_CHANGE']], 'it begins earlier, and is no new thing');
  t.deepEqual(
    first.findings.map((f) => f.code),
    ['LATER_CHANGE'],
  );
  const none = await b.confirm({ type: 'compensation.set', actor_id: actor(6), amount: '60000', basis: 'daily', effective_on: on });
  t.is(none.delta.actual_annualised.toFixed(), '16896000', '60,000 x 220 x 1.28');
  t.deepEqual((await b.plan(none.actions[0] as Record<string, unknown>)).changes, [], 'the resolved action again changes nothing');
  b.record([facts.pay(5, 3, '10'), facts.pay(6, 3, '20')]);
  const many = { type: 'compensation.set', actor_id: actor(3), amount: '30', effective_on: on };
  t.deepEqual((await b.refusal(many)).findings[0]?.ids, [pay(5), pay(6)]);
  t.is((await b.plan({ ...many, compensation_id: pay(6) })).changes[0]?.id, pay(6));
  t.is(await code(b, { ...many, compensation_id: pay(4) }), 'ID_UNIQUE', "another actor's pay");
});

test('AMOUNT_NEGATIVE, AMOUNT_SCALE, CURRENCY_UNKNOWN: given an actor, when a wrong amount is set, then it is refused and not told', async (t) => {
  const set = (amount: string, currency = 'USD') => ({ type: 'compensation.set', actor_id: actor(4), amount, currency, effective_on: on });
  t.is(await code(company(), set('-1')), 'AMOUNT_NEGATIVE');
  t.is(await code(company(), set('1.005')), 'AMOUNT_SCALE');
  t.is(await code(company(), set('1', 'EUR')), 'CURRENCY_UNKNOWN');
  t.is(await code(company(), set('1', 'QQQ')), 'CURRENCY_UNKNOWN');
  t.is(await code(company(), { ...set('1'), actor_id: actor(99) }), 'REFERENCE_UNKNOWN');
});
