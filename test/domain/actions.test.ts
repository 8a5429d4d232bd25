import test from 'ava';
import { abilities } from '../../src/domain/abilities.ts';
import { actionTypes } from '../../src/domain/actions/index.ts';
import { readChange } from '../../src/domain/changes.ts';
import { codes } from '../../src/domain/codes.ts';
import { planActions } from '../../src/domain/plan.ts';
import { runDecision } from '../../src/domain/run.ts';
import type { TimelineSource } from '../../src/domain/world.ts';
import { actor, company, facts, placed, pos, uid, unit } from './kit.ts';

const types = (plan: { changes: { type: string }[] }) => plan.changes.map((c) => c.type);
const on = '2026-07-01';

test('every action type has a schema that takes its own example, and asks for known abilities', (t) => {
  const families = Map.groupBy([...actionTypes.keys()], (type) => type.split('.')[0] as string);
  t.deepEqual(
    Object.fromEntries(
      [...families].map(([family, of]) => [
        family,
        of
          .map((x) => x.split('.')[1])
          .sort()
          .join(' '),
      ]),
    ),
    {
      org_unit: 'close create move reclassify rename reopen set_cost_centre set_head',
      position: 'backfill close create duplicate freeze move reopen set_manager set_pay unfreeze update',
      actor: 'add exit update',
      placement: 'change_allocation end set_primary start swap transfer',
      compensation: 'set',
      scenario: 'revert_change',
    },
  );
  for (const a of actionTypes.values()) {
    t.true(a.schema.safeParse(a.example).success, a.type);
    t.false(a.schema.safeParse({ ...a.example, surprise: 1 }).success, `${a.type} takes no unknown key`);
    for (const ability of a.abilities) t.true((abilities as readonly string[]).includes(ability), ability);
  }
});

test('what a plan makes are changes the log accepts, and each says one sentence', async (t) => {
  const b = company();
  const plan = await b.plan(
    { type: 'org_unit.create', name: 'New', parent_id: unit(2), ref: 'n' },
    { type: 'position.create', org_unit_id: '$n', title: 'Dev "the" boss', count: 2, pay_amount: 82000, ref: 'd' },
    { type: 'actor.add', personal: { name: 'Somebody' }, ref: 'h' },
    { type: 'placement.start', actor_id: '$h', position_id: '$d#2' },
    { type: 'position.close', position_id: pos(4), holders: 'end', reports: 'to_manager' },
    { type: 'org_unit.set_head', org_unit_id: '$n', head_position_id: '$d' },
  );
  for (const { kind: _k, before: _b, after: _a, sentence, ...change } of plan.changes) {
    t.notThrows(() => readChange(JSON.parse(JSON.stringify(change))), change.type);
    t.regex(sentence, /^[A-Z].*\.$/);
    t.false(sentence.includes('Somebody'), 'a sentence tells no personal field');
    t.false(sentence.includes('82000'), 'a sentence tells no amount');
  }
});

test('the resolved actions plan the same ids again', async (t) => {
  const b = company();
  const first = await b.plan(
    { type: 'org_unit.create', name: 'N', parent_id: unit(2), ref: 'n' },
    { type: 'position.create', org_unit_id: '$n', title: 'D', count: 3 },
  );
  const second = await b.plan(...first.actions);
  t.deepEqual(second.changes, first.changes);
  t.is(first.actions[1]?.org_unit_id, first.changes[0]?.id);
});

test('ID_UNIQUE: an id that was ever given, to a thing of any kind, is not given again', async (t) => {
  const b = company();
  const unitOf = (org_unit_id: string) => ({ type: 'org_unit.create', name: 'New', parent_id: unit(4), org_unit_id });
  const seats = (...position_ids: string[]) => ({
    type: 'position.create',
    org_unit_id: unit(4),
    title: 'D',
    count: position_ids.length,
    position_ids,
  });
  const person = (actor_id: string) => ({ type: 'actor.add', actor_id });
  for (const taken of [unitOf(pos(1)), seats(unit(2)), seats(uid(90), actor(1)), person(placed(1))])
    t.is((await b.refusal(taken)).code, 'ID_UNIQUE', taken.type);
  for (const twice of [[seats(uid(90), uid(90))], [person(uid(90)), unitOf(uid(90))], [seats(uid(90)), person(uid(90))]])
    t.is((await b.refusal(...twice)).code, 'ID_UNIQUE', JSON.stringify(twice));

  const made = await b.confirm(unitOf(uid(90)));
  const back = { type: 'scenario.revert_change', event_position: made.position, things: [{ kind: 'org_unit', id: uid(90) }] };
  await b.confirm(back);
  t.is((await b.refusal(unitOf(uid(90)))).code, 'ID_UNIQUE', 'what was taken back keeps its id');

  b.everUsed.add(uid(91));
  t.is((await b.refusal(person(uid(91)))).code, 'ID_UNIQUE', 'another scenario uses it');
});

test('whether ids were used is asked once for a list, of those that were given alone', async (t) => {
  const b = company();
  const asked: (readonly string[])[] = [];
  const source: TimelineSource = {
    load: (needs) => b.load(needs),
    followers: (question) => b.followers(question),
    below: (question) => b.below(question),
    used: (question) => {
      asked.push(question.ids);
      return b.used(question);
    },
  };
  const plan = (...actions: Record<string, unknown>[]) => runDecision(planActions(actions, b.context), source);
  const made = await plan(
    { type: 'org_unit.create', name: 'N', parent_id: unit(4), org_unit_id: uid(90), ref: 'n' },
    { type: 'position.create', org_unit_id: '$n', title: 'D', count: 2, position_ids: [uid(91), uid(92)] },
    { type: 'position.create', org_unit_id: '$n', title: 'E', count: 2 },
    { type: 'position.duplicate', position_id: pos(4), position_ids: [uid(93)] },
    { type: 'position.backfill', position_id: pos(5), new_position_id: uid(94) },
    { type: 'actor.add', actor_id: uid(95), ref: 'a' },
    { type: 'placement.start', actor_id: '$a', org_unit_id: unit(4), placement_id: uid(96) },
  );
  t.deepEqual(
    asked.map((ids) => [...ids].sort()),
    [[90, 91, 92, 93, 94, 95, 96].map((n) => uid(n))],
  );
  t.deepEqual([...made.givenIds].sort(), asked[0] && [...asked[0]].sort());
  asked.length = 0;
  t.deepEqual((await plan({ type: 'position.create', org_unit_id: unit(4), title: 'E', count: 2 })).givenIds, []);
  t.deepEqual(asked, []);
});

test('a unit is created, renamed and moved', async (t) => {
  const b = company();
  const made = await b.confirm({ type: 'org_unit.create', name: 'New', parent_id: unit(4), org_unit_id: uid(77, 1) });
  t.deepEqual(made.changes[0]?.after, { name: 'New', kind: 'department', parent_id: unit(4), status: 'active' });
  t.deepEqual(made.changes[0]?.before, {});
  t.is((await b.refusal({ type: 'org_unit.create', name: 'New', parent_id: unit(4), org_unit_id: uid(77, 1) })).code, 'ID_UNIQUE');

  const renamed = await b.confirm({ type: 'org_unit.rename', org_unit_id: unit(4), name: 'Better', effective_on: on });
  t.deepEqual([renamed.changes[0]?.before, renamed.changes[0]?.after], [{ name: 'U4' }, { name: 'Better' }]);
  t.deepEqual(
    (await b.plan({ type: 'org_unit.rename', org_unit_id: unit(4), name: 'Better', effective_on: on })).changes,
    [],
    'twice changes nothing',
  );

  const moved = await b.confirm({ type: 'org_unit.move', org_unit_id: unit(4), new_parent_id: unit(3), effective_on: on });
  t.deepEqual([moved.changes[0]?.before, moved.changes[0]?.after], [{ parent_id: unit(2) }, { parent_id: unit(3) }]);
  t.deepEqual((await b.plan({ type: 'org_unit.move', org_unit_id: unit(4), new_parent_id: unit(3), effective_on: on })).changes, []);
});

test('a head is set, and set to nobody', async (t) => {
  const b = company();
  t.deepEqual((await b.confirm({ type: 'org_unit.set_head', org_unit_id: unit(4), head_position_id: pos(5) })).changes[0]?.set, {
    head_id: pos(5),
  });
  t.deepEqual((await b.plan({ type: 'org_unit.set_head', org_unit_id: unit(4), head_position_id: pos(5) })).changes, []);
  t.deepEqual((await b.plan({ type: 'org_unit.set_head', org_unit_id: unit(4), head_position_id: null })).changes[0]?.before, {
    head_id: pos(5),
  });
});

test('closing a unit by reparent hands everything in it to the new parent', async (t) => {
  const b = company();
  const plan = await b.confirm({
    type: 'org_unit.close',
    org_unit_id: unit(2),
    mode: 'reparent',
    new_parent_id: unit(3),
    effective_on: on,
  });
  t.deepEqual(types(plan).sort(), [
    'OrgUnitClosed',
    'OrgUnitMoved',
    'PlacementUpdated',
    'PlacementUpdated',
    'PositionMoved',
    'PositionMoved',
  ]);
  t.deepEqual(
    (await b.plan({ type: 'org_unit.close', org_unit_id: unit(2), mode: 'reparent', new_parent_id: unit(3), effective_on: on })).changes,
    [],
  );
  t.is(plan.delta.seats.toFixed(), '0');
});

test('closing a unit by cascade closes the subtree, its seats, and ends the placements', async (t) => {
  const b = company();
  const refused = await b.refusal({ type: 'org_unit.close', org_unit_id: unit(2), mode: 'cascade', effective_on: on });
  t.is(refused.code, 'CLOSE_OCCUPIED', 'P6 elsewhere still reports to P4');
  t.true(refused.findings[0]?.ids.includes(pos(6)));
  const plan = await b.plan(
    { type: 'position.set_manager', position_id: pos(6), reporting: 'unit_head', effective_on: on },
    { type: 'org_unit.close', org_unit_id: unit(2), mode: 'cascade', reason: 'redundancy', effective_on: on },
  );
  t.deepEqual(
    plan.changes.filter((c) => c.type === 'OrgUnitClosed').map((c) => c.id),
    [unit(4), unit(2)],
  );
  t.deepEqual(
    plan.changes
      .filter((c) => c.type === 'PositionClosed')
      .map((c) => [c.id, c.set.close_reason])
      .sort(),
    [pos(2), pos(4), pos(5)].map((p) => [p, 'redundancy']),
  );
  t.is(plan.changes.filter((c) => c.type === 'PlacementEnded').length, 2);
  t.deepEqual([plan.delta.headcount.toFixed(), plan.delta.seats.toFixed(), plan.delta.vacant_positions.toFixed()], ['-2', '-3', '-1']);
});

test('what arrives in a closing unit later is named, or sent on with later: replace', async (t) => {
  const b = company();
  b.record([{ ...facts.unit(5, 3), effective_from: '2026-01-01' }]);
  await b.confirm({ type: 'org_unit.move', org_unit_id: unit(5), new_parent_id: unit(4), effective_on: '2027-03-01' });
  const close = { type: 'org_unit.close', org_unit_id: unit(4), mode: 'reparent', new_parent_id: unit(2), effective_on: on };
  const refused = await b.refusal(close);
  t.is(refused.code, 'CLOSE_UNIT');
  t.true(refused.findings[0]?.ids.includes(unit(5)));
  t.deepEqual(refused.findings[0]?.dates, ['2027-03-01']);
  const plan = await b.plan({ ...close, later: 'replace' });
  t.true(plan.changes.some((c) => c.id === unit(5) && c.effective_from === '2027-03-01' && c.set.parent_id === unit(2)));
});

test('positions are created in number, with the manager given, none, or the head of the unit', async (t) => {
  const b = company();
  const plan = await b.plan(
    { type: 'position.create', org_unit_id: unit(4), title: 'Dev', count: 3, pay_amount: '90000.50', effective_on: on },
    { type: 'position.create', org_unit_id: unit(4), title: 'Lead', manager_position_id: pos(1) },
    { type: 'position.create', org_unit_id: unit(4), title: 'Free', manager_position_id: null, status: 'planned', capacity_fte: null },
  );
  t.deepEqual(
    plan.changes.map((c) => c.set.reporting),
    ['unit_head', 'unit_head', 'unit_head', 'explicit', 'none'],
  );
  t.is(new Set(plan.changes.map((c) => c.id)).size, 5);
  t.is(plan.delta.seats.toFixed(), '5');
  t.is(plan.delta.vacant_positions.toFixed(), '4', 'a planned seat is not vacant');
  t.is(plan.delta.annualised.toFixed(), '345601.92', '3 x 90000.50 x 1.28');
  t.is(plan.delta.in_year.toFixed(), '174221.25', '184 of 365 days, rounded once for each seat');
  t.is(plan.delta.effective_on, on);
});

test('target pay is set; basis and currency stay', async (t) => {
  const b = company();
  const plan = await b.confirm({ type: 'position.set_pay', position_id: pos(4), pay_amount: '81000', effective_on: on });
  t.deepEqual(plan.changes[0]?.set, { pay_amount: '81000', pay_basis: 'annual', pay_currency: 'USD' });
  t.is(plan.delta.annualised.toFixed(), '1280');
  t.deepEqual((await b.plan({ type: 'position.set_pay', position_id: pos(4), pay_amount: '81000', effective_on: on })).changes, []);
});

test('a seat moves with its person, without it, or the person without the seat', async (t) => {
  const b = company();
  const move = { type: 'position.move', position_id: pos(4), org_unit_id: unit(3), effective_on: on };
  const together = await b.plan(move);
  t.deepEqual(
    together.changes.map((c) => [c.type, c.id, c.set]),
    [
      ['PositionMoved', pos(4), { unit_id: unit(3) }],
      ['PlacementUpdated', placed(4), { unit_id: unit(3) }],
    ],
  );
  const seat = await b.plan({ ...move, mode: 'seat_only' });
  t.deepEqual(
    seat.changes.map((c) => [c.type, c.set]),
    [
      ['PositionMoved', { unit_id: unit(3) }],
      ['PlacementUpdated', { position_id: null }],
    ],
  );
  t.is(seat.delta.vacant_positions.toFixed(), '1');
  t.is(seat.delta.headcount.toFixed(), '0');
  const person = await b.plan({ ...move, mode: 'person_only' });
  t.deepEqual(
    person.changes.map((c) => [c.type, c.set]),
    [['PlacementUpdated', { position_id: null, unit_id: unit(3) }]],
  );
  const seated = await b.plan({ ...move, org_unit_id: unit(4), mode: 'person_only', to_position_id: pos(5) });
  t.deepEqual(seated.changes[0]?.set, { position_id: pos(5), unit_id: unit(4) });
  t.is(seated.delta.vacant_positions.toFixed(), '0', 'one seat filled, one vacated');
  await b.confirm(move);
  t.deepEqual((await b.plan(move)).changes, []);
});

test('a placement that begins later on a moved seat begins in its new unit', async (t) => {
  const b = company();
  b.record([facts.actor(9), facts.placement(9, 9, 4, 5, {}, '2027-01-01')]);
  const plan = await b.plan({ type: 'position.move', position_id: pos(5), org_unit_id: unit(3), effective_on: on });
  t.deepEqual(
    plan.changes.map((c) => [c.type, c.effective_from]),
    [
      ['PositionMoved', on],
      ['PlacementUpdated', '2027-01-01'],
    ],
  );
});

test('a manager is set by name, to nobody, or back to the head of the unit', async (t) => {
  const b = company();
  const set = { type: 'position.set_manager', position_id: pos(6), effective_on: on };
  const plan = await b.confirm({ ...set, manager_position_id: pos(3) });
  t.deepEqual(plan.changes[0]?.set, { reporting: 'explicit', manager_id: pos(3) });
  t.deepEqual(plan.delta.spans, [
    { position_id: pos(3), delta: 1 },
    { position_id: pos(4), delta: -1 },
  ]);
  t.deepEqual(plan.delta.layers, [{ position_id: pos(6), before: 4, after: 3 }]);
  t.deepEqual((await b.plan({ ...set, manager_position_id: pos(3) })).changes, []);
  t.deepEqual((await b.plan({ ...set, manager_position_id: null })).changes[0]?.set, { reporting: 'none', manager_id: null });
  t.deepEqual((await b.plan({ ...set, reporting: 'unit_head' })).changes[0]?.set, { reporting: 'unit_head', manager_id: null });
  t.is((await b.refusal(set)).code, 'INPUT_INVALID');
});

test('a position closes with what becomes of its holders and reports', async (t) => {
  const b = company();
  const close = { type: 'position.close', position_id: pos(4), reason: 'redundancy', effective_on: on };
  t.is((await b.refusal(close)).code, 'CLOSE_OCCUPIED');
  const ended = await b.plan({ ...close, holders: 'end', reports: 'to_manager' });
  t.deepEqual(
    ended.changes.map((c) => [c.type, c.id, c.set]),
    [
      ['PlacementEnded', placed(4), { status: 'ended', end_reason: 'redundancy' }],
      ['PositionManagerSet', pos(6), { reporting: 'explicit', manager_id: pos(2) }],
      ['PositionClosed', pos(4), { status: 'closed', close_reason: 'redundancy' }],
    ],
  );
  const handed = await b.confirm({ ...close, holders: { position_id: pos(5) }, reports: { position_id: pos(3) } });
  t.deepEqual(
    handed.changes.slice(0, 2).map((c) => c.set),
    [
      { position_id: pos(5), unit_id: unit(4) },
      { manager_id: pos(3), reporting: 'explicit' },
    ],
  );
  t.deepEqual((await b.plan(close)).changes, [], 'closing it again changes nothing');
});

test('closing the head of a unit gives its members to the manager of the seat', async (t) => {
  const b = company();
  const plan = await b.plan({ type: 'position.close', position_id: pos(2), holders: 'end', reports: 'to_manager', effective_on: on });
  t.deepEqual(plan.changes.find((c) => c.type === 'OrgUnitHeadSet')?.set, { head_id: null }, 'the next head upward is that manager');
  const named = await b.plan({
    type: 'position.close',
    position_id: pos(2),
    holders: 'end',
    reports: { position_id: pos(3) },
    effective_on: on,
  });
  t.deepEqual(named.changes.find((c) => c.type === 'OrgUnitHeadSet')?.set, { head_id: pos(3) });
});

test('actors are added: a human, a robot, an agent, with personal fields apart', async (t) => {
  const b = company();
  const plan = await b.plan(
    { type: 'actor.add', personal: { name: 'X', email: 'x@example.com' }, contract_fte: 0.8 },
    { type: 'actor.add', kind: 'robot', external_uid: 'R-1' },
    { type: 'actor.add', kind: 'ai_agent' },
  );
  t.deepEqual(plan.changes[0]?.personal, { name: 'X', email: 'x@example.com' });
  t.false(JSON.stringify(plan.changes.map((c) => [c.set, c.before, c.after])).includes('x@example.com'));
  t.deepEqual(
    plan.changes.map((c) => c.set.kind),
    ['human', 'robot', 'ai_agent'],
  );
  t.is(plan.changes[0]?.set.contract_fte, '0.8');
  t.is(plan.delta.headcount.toFixed(), '0', 'nobody counts before being placed');
});

test('placements start and end; the first is primary and the next is not', async (t) => {
  const b = company();
  const start = { type: 'placement.start', actor_id: actor(6), position_id: pos(5), allocation: '20', effective_on: on };
  const second = await b.confirm(start);
  t.false(second.changes[0]?.set.is_primary);
  t.is(second.changes[0]?.set.unit_id, unit(4));
  t.deepEqual(
    second.findings.map((f) => f.code),
    ['ACTOR_FTE'],
  );
  t.deepEqual((await b.plan(start)).changes, [], 'placing there twice changes nothing');
  const ended = await b.confirm({ type: 'placement.end', placement_id: placed(6), effective_on: '2026-09-01' });
  t.deepEqual(
    ended.changes.map((c) => [c.type, c.set]),
    [
      ['PlacementEnded', { status: 'ended' }],
      ['PlacementUpdated', { is_primary: true }],
    ],
  );
  t.deepEqual((await b.plan({ type: 'placement.end', placement_id: placed(6), effective_on: '2026-09-01' })).changes, []);
});

test('a placement is primary when no other primary one holds on its dates', async (t) => {
  const b = company();
  await b.confirm({ type: 'placement.end', placement_id: placed(6), effective_on: '2026-03-01' });
  const start = { type: 'placement.start', actor_id: actor(6), position_id: pos(5) };
  t.true((await b.confirm({ ...start, effective_on: on })).changes[0]?.set.is_primary, 'the other one ended before');
  t.true(
    (await b.plan({ ...start, position_id: pos(4), effective_on: '2026-04-01', ends_on: on })).changes[0]?.set.is_primary,
    'the other one starts when this ends',
  );
  t.false((await b.plan({ ...start, position_id: pos(4), effective_on: on, ends_on: '2026-08-01' })).changes[0]?.set.is_primary);
});

test('a placement in a unit alone is a membership and adds no FTE', async (t) => {
  const plan = await company().plan({ type: 'actor.add', ref: 'a' }, { type: 'placement.start', actor_id: '$a', org_unit_id: unit(3) });
  t.deepEqual(
    [plan.changes[1]?.set.position_id, plan.changes[1]?.set.allocation, plan.delta.fte.toFixed(), plan.delta.headcount.toFixed()],
    [null, '0', '0', '1'],
  );
});

test('a seat that closes when it is vacated closes with its last holder', async (t) => {
  const b = company();
  b.record([facts.position(8, 3, { close_on_vacate: true }), facts.actor(8), facts.placement(8, 8, 3, 8)]);
  t.deepEqual(types(await b.plan({ type: 'placement.end', placement_id: placed(8), effective_on: on })), [
    'PlacementEnded',
    'PositionClosed',
  ]);
});

test('a confirmed change is taken back as if it had not been made', async (t) => {
  const b = company();
  const done = await b.confirm(
    { type: 'position.set_pay', position_id: pos(4), pay_amount: '90000', effective_on: on },
    { type: 'org_unit.rename', org_unit_id: unit(4), name: 'Else' },
  );
  const revert = { type: 'scenario.revert_change', event_position: done.position, things: [{ kind: 'position', id: pos(4) }] };
  const plan = await b.confirm(revert);
  t.deepEqual(types(plan), ['ChangesReverted']);
  t.deepEqual(plan.changes[0]?.reverts, [{ kind: 'position', id: pos(4), position: done.position, index: 0 }]);
  t.is(plan.delta.annualised.toFixed(), '-12800');
  t.is((await b.refusal(revert)).code, 'REFERENCE_UNKNOWN', 'it is taken back once');
  t.is((await b.refusal({ ...revert, event_position: 1 })).code, 'REFERENCE_UNKNOWN', 'the baseline is not taken back');
});

test('taking back a creation that others rest on is refused', async (t) => {
  const b = company();
  const made = await b.confirm({ type: 'org_unit.create', name: 'N', parent_id: unit(2), ref: 'n' });
  const id = made.changes[0]?.id as string;
  await b.confirm({ type: 'position.create', org_unit_id: id, title: 'Dev' });
  t.is(
    (await b.refusal({ type: 'scenario.revert_change', event_position: made.position, things: [{ kind: 'org_unit', id }] })).code,
    'REFERENCE_UNKNOWN',
  );
});

test('a list is applied in order, each action on what the ones before did, all or none', async (t) => {
  const b = company();
  const list = [
    { type: 'org_unit.create', name: 'N', parent_id: unit(3), ref: 'n' },
    { type: 'position.move', position_id: pos(5), org_unit_id: '$n' },
    { type: 'org_unit.set_head', org_unit_id: '$n', head_position_id: pos(5) },
    { type: 'org_unit.close', org_unit_id: unit(4), mode: 'cascade' },
  ];
  t.is((await b.plan(...list)).changes.length, 4);
  const refused = await b.refusal(
    ...list,
    { type: 'org_unit.rename', org_unit_id: unit(99), name: 'X' },
    { type: 'org_unit.move', org_unit_id: unit(98), new_parent_id: unit(1) },
  );
  t.deepEqual(
    refused.findings.map((f) => f.code),
    ['REFERENCE_UNKNOWN', 'REFERENCE_UNKNOWN'],
    'all that is wrong is told',
  );
  t.regex(refused.findings[0]?.message ?? '', /^actions\[4\]/);
  t.is(b.recorded.filter((r) => r.scenario).length, 0);
});

test('where one of several shapes is expected, the refusal says each of them and what was given', async (t) => {
  const told = async (action: Record<string, unknown>) => (await company().refusal(action)).findings.map((f) => f.message);
  const close = { type: 'position.close', position_id: pos(4) };
  t.deepEqual(await told({ ...close, holders: true }), ['actions[0].holders: expected "end"; or an object; received true']);
  t.deepEqual(await told({ ...close, holders: {} }), [
    'actions[0].holders: expected "end"; or position_id: string; received an empty object',
  ]);
  t.deepEqual(await told({ type: 'position.set_pay', position_id: pos(4), pay_amount: ['1', '2'] }), [
    'actions[0].pay_amount: expected string; or number; received a list of 2',
  ]);
  t.deepEqual(await told({ type: 'position.set_pay', position_id: pos(4) }), [
    'actions[0].pay_amount: expected string; or number; received nothing',
  ]);
});

test('input of the wrong form is told with its place, the schema and an example', async (t) => {
  const b = company();
  const wrong = await b.refusal(
    { type: 'org_unit.rename', org_unit_id: unit(2), name: 'X' },
    { type: 'org_unit.move', org_unit_id: unit(2), new_parent: unit(3) },
  );
  t.is(wrong.code, 'INPUT_INVALID');
  t.true(wrong.findings.some((f) => f.message.startsWith('actions[1].new_parent_id')));
  t.is(wrong.details.action, 1);
  t.like(wrong.details.schema, { type: 'object' });
  t.like(wrong.details.example, { type: 'org_unit.move' });
  t.true(Array.isArray((await b.refusal({ type: 'org_unit.explode' })).details.types));
  t.is((await b.refusal()).code, 'INPUT_INVALID');
  t.is((await b.refusal({ type: 'org_unit.rename', org_unit_id: '$nobody', name: 'X' })).code, 'REFERENCE_UNKNOWN');
  t.is((await b.refusal({ type: 'org_unit.rename', org_unit_id: unit(2), name: 'X', effective_on: '2026-02-30' })).code, 'INPUT_INVALID');
  t.true(Object.hasOwn(codes, wrong.code));
});

test('a plan asks for the neighbourhood of what it names, and for nothing twice', async (t) => {
  const b = company();
  await b.plan({ type: 'position.set_pay', position_id: pos(4), pay_amount: '1', effective_on: on });
  const asked = b.asked.flat().map((n) => JSON.stringify(n));
  t.is(new Set(asked).size, asked.length);
  t.false(
    asked.some((n) => n.includes('subtree') || n.includes('"referrers"')),
    asked.join(),
  );
});
