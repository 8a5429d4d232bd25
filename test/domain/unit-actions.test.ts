import test from 'ava';
import { type Branch, company, facts, placed, pos, unit } from './kit.ts';

const on = '2026-07-01';
const later = '2027-01-01';
const code = async (b: Branch, ...actions: Record<string, unknown>[]) => (await b.refusal(...actions)).code;
const sets = (plan: { changes: { type: string; id: string; set: unknown }[] }) => plan.changes.map((c) => [c.type, c.id, c.set]);

test('given a department, when it is reclassified, then kind and type change alone, and twice changes nothing', async (t) => {
  const b = company();
  const action = { type: 'org_unit.reclassify', org_unit_id: unit(4), kind: 'team', unit_type: 'platform', effective_on: on };
  const plan = await b.confirm(action);
  t.deepEqual(sets(plan), [['OrgUnitReclassified', unit(4), { kind: 'team', unit_type: 'platform' }]]);
  t.deepEqual(plan.changes[0]?.before, { kind: 'department', unit_type: null });
  t.is(plan.changes[0]?.sentence, 'Makes unit "U4" a team of type platform from 2026-07-01.');
  t.deepEqual((await b.plan(action)).changes, []);
  t.deepEqual(sets(await b.plan({ ...action, unit_type: null })), [['OrgUnitReclassified', unit(4), { unit_type: null }]]);
  t.is(await code(b, { type: 'org_unit.reclassify', org_unit_id: unit(4) }), 'INPUT_INVALID', 'nothing to change');
  t.is(await code(b, { ...action, org_unit_id: unit(99) }), 'REFERENCE_UNKNOWN');
});

test('given a unit, when its cost centre is set, then it is, to nothing too, and twice changes nothing', async (t) => {
  const b = company();
  const action = { type: 'org_unit.set_cost_centre', org_unit_id: unit(2), cost_centre: 'CC-1', effective_on: on };
  const plan = await b.confirm(action);
  t.deepEqual(sets(plan), [['OrgUnitCostCentreSet', unit(2), { cost_centre: 'CC-1' }]]);
  t.is(plan.changes[0]?.sentence, 'Sets the cost centre of unit "U2" from nothing to "CC-1" from 2026-07-01.');
  t.deepEqual((await b.plan(action)).changes, []);
  t.deepEqual(sets(await b.plan({ ...action, cost_centre: null })), [['OrgUnitCostCentreSet', unit(2), { cost_centre: null }]]);
});

test('given a closed unit, when it is reopened, then it is there again under its parent, empty, and twice changes nothing', async (t) => {
  const b = company();
  await b.confirm({ type: 'org_unit.close', org_unit_id: unit(4), mode: 'cascade', effective_on: on });
  t.is(await code(b, { type: 'org_unit.set_cost_centre', org_unit_id: unit(4), cost_centre: 'X', effective_on: on }), 'CLOSED_TARGET');
  const reopen = { type: 'org_unit.reopen', org_unit_id: unit(4), effective_on: later };
  const plan = await b.confirm(reopen);
  t.deepEqual(sets(plan), [['OrgUnitReopened', unit(4), { status: 'active' }]]);
  t.is(plan.delta.seats.toFixed(), '0', 'its seats stay closed');
  t.deepEqual((await b.plan(reopen)).changes, []);
  await t.notThrowsAsync(b.plan({ type: 'position.create', org_unit_id: unit(4), title: 'X', effective_on: later }));
  t.is(await code(b, { type: 'position.create', org_unit_id: unit(4), title: 'X', effective_on: '2026-12-31' }), 'CLOSED_TARGET');
  t.deepEqual((await b.plan({ ...reopen, org_unit_id: unit(3) })).changes, [], 'a unit that is open stays open');
});

test('ORPHAN_UNIT, REPORTS_TARGET: given a closed parent or head, when a unit is reopened, then another is given in the same list', async (t) => {
  const b = company();
  b.record([facts.head(4, 5)]);
  await b.confirm(
    { type: 'org_unit.close', org_unit_id: unit(4), mode: 'cascade', effective_on: on },
    { type: 'org_unit.close', org_unit_id: unit(2), mode: 'reparent', new_parent_id: unit(3), effective_on: on },
  );
  const reopen = { type: 'org_unit.reopen', org_unit_id: unit(4), effective_on: later };
  const move = { type: 'org_unit.move', org_unit_id: unit(4), new_parent_id: unit(3), effective_on: later };
  const head = { type: 'org_unit.set_head', org_unit_id: unit(4), head_position_id: null, effective_on: later };
  t.is(await code(b, reopen, head), 'ORPHAN_UNIT');
  t.is(await code(b, reopen, move), 'REPORTS_TARGET');
  await t.notThrowsAsync(b.plan(reopen, move, head));
});

test('given a closing that is recorded for later, when the unit is reopened before with later: "replace", then it stays open', async (t) => {
  const b = company();
  await b.confirm({ type: 'org_unit.close', org_unit_id: unit(4), mode: 'cascade', effective_on: later });
  const reopen = { type: 'org_unit.reopen', org_unit_id: unit(4), effective_on: on };
  t.deepEqual((await b.plan(reopen)).changes, [], 'it is open on the date');
  const plan = await b.confirm({ ...reopen, later: 'replace' });
  t.deepEqual([plan.findings, plan.changes.map((c) => c.type)], [[], ['OrgUnitReopened']]);
  await t.notThrowsAsync(b.plan({ type: 'position.create', org_unit_id: unit(4), title: 'X', effective_on: '2028-01-01' }));
});

test('given a moved unit, when the plan is told, then the old parent, unit and manager are told by name', async (t) => {
  const b = company();
  const told = async (action: Record<string, unknown>) => (await b.plan({ effective_on: on, ...action })).changes.map((c) => c.sentence);
  t.deepEqual(await told({ type: 'org_unit.move', org_unit_id: unit(4), new_parent_id: unit(3) }), [
    'Moves unit "U4" from "U2" to "U3" from 2026-07-01.',
  ]);
  t.deepEqual(await told({ type: 'org_unit.set_head', org_unit_id: unit(2), head_position_id: pos(4) }), [
    'Sets the head of unit "U2" from "P2" to "P4" from 2026-07-01.',
  ]);
  t.deepEqual(await told({ type: 'position.move', position_id: pos(5), org_unit_id: unit(3) }), [
    'Moves position "P5" from "U4" to "U3" from 2026-07-01.',
  ]);
  t.deepEqual(await told({ type: 'placement.transfer', placement_id: placed(6), position_id: pos(5) }), [
    'Moves the placement of "A6" from position "P6" to position "P5" from 2026-07-01.',
  ]);
});
