import test from 'ava';
import { change } from '../../src/domain/changes.ts';
import { recheck } from '../../src/domain/plan.ts';
import { runDecision } from '../../src/domain/run.ts';
import { actor, Branch, company, facts, placed, pos, unit } from './kit.ts';

const on = '2026-07-01';
const code = async (b: Branch, ...actions: Record<string, unknown>[]) => (await b.refusal(...actions)).code;
const warned = async (b: Branch, ...actions: Record<string, unknown>[]) => (await b.plan(...actions)).findings.map((f) => f.code);

test('TREE_CYCLE: a unit does not move below itself, and the loop is printed', async (t) => {
  const refused = await company().refusal({ type: 'org_unit.move', org_unit_id: unit(2), new_parent_id: unit(4), effective_on: on });
  t.is(refused.code, 'TREE_CYCLE');
  t.deepEqual(refused.findings[0]?.ids, [unit(2), unit(4), unit(2)]);
  t.is(await code(company(), { type: 'org_unit.move', org_unit_id: unit(2), new_parent_id: unit(2) }), 'TREE_CYCLE');
});

test('TREE_CYCLE: a loop that only a later date closes is found, with that date', async (t) => {
  const b = company();
  await b.confirm({ type: 'org_unit.move', org_unit_id: unit(3), new_parent_id: unit(4), effective_on: '2027-01-01' });
  const refused = await b.refusal({ type: 'org_unit.move', org_unit_id: unit(2), new_parent_id: unit(3), effective_on: on });
  t.is(refused.code, 'TREE_CYCLE');
  t.deepEqual(refused.findings[0]?.dates, ['2027-01-01']);
});

test('TREE_CYCLE: two moves of one list that close a loop together are refused, in either order', async (t) => {
  const moves = [
    { type: 'org_unit.move', org_unit_id: unit(2), new_parent_id: unit(3) },
    { type: 'org_unit.move', org_unit_id: unit(3), new_parent_id: unit(4) },
  ];
  t.is(await code(company(), ...moves), 'TREE_CYCLE');
  t.is(await code(company(), ...moves.reverse()), 'TREE_CYCLE');
});

test('TREE_ROOT: the root neither moves nor closes', async (t) => {
  t.is(await code(company(), { type: 'org_unit.move', org_unit_id: unit(1), new_parent_id: unit(2) }), 'TREE_ROOT');
  t.is(await code(company(), { type: 'org_unit.close', org_unit_id: unit(1), mode: 'cascade' }), 'TREE_ROOT');
});

test('TREE_ROOT: stored changes that close the root, move it or make a second one stop when they are decided again', async (t) => {
  const b = company();
  const stored = (c: ReturnType<typeof change>) => [{ ...c, kind: 'org_unit' as const, before: {}, after: c.set, sentence: '' }];
  for (const c of [
    change('OrgUnitClosed', unit(1), '2026-07-01'),
    change('OrgUnitMoved', unit(1), '2026-07-01', { parent_id: unit(3) }),
    change('OrgUnitMoved', unit(2), '2026-07-01', { parent_id: null }),
  ]) {
    const { findings } = await runDecision(recheck(stored(c), b.context), b);
    t.true(
      findings.some((f) => f.code === 'TREE_ROOT' && f.dates[0] === '2026-07-01'),
      JSON.stringify(c),
    );
  }
});

test('REPORTS_CYCLE: explicit lines, the line of a head, and a new head whose line leads through the unit', async (t) => {
  const refused = await company().refusal({ type: 'position.set_manager', position_id: pos(4), manager_position_id: pos(6) });
  t.is(refused.code, 'REPORTS_CYCLE');
  t.deepEqual(refused.findings[0]?.ids, [pos(4), pos(6), pos(4)]);
  t.is(await code(company(), { type: 'position.set_manager', position_id: pos(4), manager_position_id: pos(4) }), 'REPORTS_CYCLE');
  t.is(
    await code(company(), { type: 'position.set_manager', position_id: pos(2), manager_position_id: pos(5) }),
    'REPORTS_CYCLE',
    'P5 reports to P2 as the head above it',
  );
  t.is(
    await code(company(), { type: 'org_unit.set_head', org_unit_id: unit(2), head_position_id: pos(6) }),
    'REPORTS_CYCLE',
    'P4 would report to P6, which reports to P4',
  );
});

test('REPORTS_CYCLE: moving a unit turns the lines of its members to the head above the new parent', async (t) => {
  const b = company();
  await b.confirm({ type: 'position.set_manager', position_id: pos(3), manager_position_id: pos(5) });
  t.is(
    await code(b, { type: 'org_unit.move', org_unit_id: unit(4), new_parent_id: unit(3), effective_on: on }),
    'REPORTS_CYCLE',
    'P5 would report to P3, which reports to P5',
  );
});

test('REPORTS_CYCLE: taking a head away turns lines to the next head upward', async (t) => {
  const b = company();
  await b.confirm(
    { type: 'position.set_manager', position_id: pos(1), manager_position_id: pos(4) },
    { type: 'position.set_manager', position_id: pos(2), manager_position_id: null },
  );
  t.is(await code(b, { type: 'org_unit.set_head', org_unit_id: unit(2), head_position_id: null }), 'REPORTS_CYCLE');
});

test('REPORTS_CYCLE: a loop that begins on a later date is found', async (t) => {
  const b = company();
  await b.confirm({ type: 'position.set_manager', position_id: pos(3), manager_position_id: pos(6), effective_on: '2028-01-01' });
  const refused = await b.refusal({ type: 'position.set_manager', position_id: pos(4), manager_position_id: pos(3), effective_on: on });
  t.is(refused.code, 'REPORTS_CYCLE');
  t.deepEqual(refused.findings[0]?.dates, ['2028-01-01']);
});

test('REPORTS_CYCLE: a loop that is recorded already does not hide a new one through the same position', async (t) => {
  const b = new Branch();
  b.record([
    facts.unit(1, null),
    facts.unit(2, 1),
    facts.position(2, 2),
    facts.position(3, 1),
    facts.reports(4, 1, 3),
    facts.head(1, 4, '2025-12-31'),
    facts.head(2, 4, '2026-03-15'),
    facts.head(2, 2, '2026-07-01'),
  ]);
  const refused = await b.refusal({ type: 'position.move', position_id: pos(3), org_unit_id: unit(2), effective_on: '2025-06-30' });
  t.deepEqual(
    refused.findings.map((f) => [f.code, f.dates, [...f.ids].sort()]),
    [['REPORTS_CYCLE', ['2026-07-01'], [pos(2), pos(3), pos(3), pos(4)]]],
  );
});

test('ORPHAN_UNIT, POSITION_UNIT, REPORTS_TARGET: what is referred to is open on every date on which the change holds', async (t) => {
  const b = company();
  b.record([facts.unit(7, 1), facts.position(7, 3)]);
  await b.confirm(
    { type: 'org_unit.close', org_unit_id: unit(7), mode: 'cascade', effective_on: '2027-01-01' },
    { type: 'position.close', position_id: pos(7), effective_on: '2027-01-01' },
  );
  const orphan = await b.refusal({ type: 'org_unit.move', org_unit_id: unit(4), new_parent_id: unit(7), effective_on: on });
  t.is(orphan.code, 'ORPHAN_UNIT');
  t.deepEqual(orphan.findings[0]?.dates, ['2027-01-01']);
  t.is(await code(b, { type: 'position.move', position_id: pos(5), org_unit_id: unit(7), effective_on: on }), 'POSITION_UNIT');
  t.is(
    await code(b, { type: 'position.set_manager', position_id: pos(5), manager_position_id: pos(7), effective_on: on }),
    'REPORTS_TARGET',
  );
  t.is(await code(b, { type: 'org_unit.set_head', org_unit_id: unit(4), head_position_id: pos(7), effective_on: on }), 'REPORTS_TARGET');
  t.is(await code(b, { type: 'org_unit.move', org_unit_id: unit(4), new_parent_id: unit(7), effective_on: '2027-01-01' }), 'ORPHAN_UNIT');
  t.is(await code(b, { type: 'position.create', org_unit_id: unit(7), title: 'X', effective_on: '2027-06-01' }), 'CLOSED_TARGET');
  t.is(await code(b, { type: 'org_unit.create', parent_id: unit(7), name: 'X', effective_on: on }), 'ORPHAN_UNIT');
  t.is(await code(b, { type: 'org_unit.rename', org_unit_id: unit(7), name: 'X', effective_on: '2027-01-01' }), 'CLOSED_TARGET');
  await t.notThrowsAsync(b.plan({ type: 'org_unit.rename', org_unit_id: unit(7), name: 'X', effective_on: '2026-12-31' }));
});

test('CLOSED_TARGET: no placement begins on a closed or frozen position, nor in a closed unit', async (t) => {
  const b = company();
  b.record([facts.position(7, 3, { status: 'frozen' }), facts.actor(7)]);
  const start = { type: 'placement.start', actor_id: actor(7), effective_on: on };
  t.is(await code(b, { ...start, position_id: pos(7) }), 'CLOSED_TARGET');
  await b.confirm({ type: 'position.close', position_id: pos(5), effective_on: on });
  t.is(await code(b, { ...start, position_id: pos(5) }), 'CLOSED_TARGET');
  t.is(
    await code(b, { ...start, position_id: pos(5), effective_on: '2026-06-30' }),
    'CLOSED_TARGET',
    'the seat closes while the placement holds',
  );
  await t.notThrowsAsync(b.plan({ ...start, position_id: pos(5), effective_on: '2026-06-01', ends_on: on }));
  await b.confirm({ type: 'org_unit.close', org_unit_id: unit(4), mode: 'cascade', effective_on: on });
  t.is(await code(b, { ...start, org_unit_id: unit(4) }), 'CLOSED_TARGET');
});

test('CLOSE_OCCUPIED: a holder, a report or a headed unit is told, also one that comes later', async (t) => {
  const b = company();
  t.is(await code(b, { type: 'position.close', position_id: pos(4), holders: 'end', effective_on: on }), 'CLOSE_OCCUPIED');
  t.is(await code(b, { type: 'position.close', position_id: pos(4), reports: 'to_manager', effective_on: on }), 'CLOSE_OCCUPIED');
  t.is(await code(b, { type: 'position.close', position_id: pos(3), holders: 'end', effective_on: on }), 'CLOSE_OCCUPIED');
  b.record([facts.actor(7), facts.placement(7, 7, 4, 5, {}, '2027-05-01')]);
  const later = await b.refusal({ type: 'position.close', position_id: pos(5), holders: 'end', effective_on: on });
  t.is(later.code, 'CLOSE_OCCUPIED');
  t.deepEqual(later.findings[0]?.dates, ['2027-05-01']);
});

test('CLOSE_UNIT: a unit closes only with cascade, or reparent and a new parent', async (t) => {
  t.is(await code(company(), { type: 'org_unit.close', org_unit_id: unit(4) }), 'CLOSE_UNIT');
  t.is(await code(company(), { type: 'org_unit.close', org_unit_id: unit(4), mode: 'reparent' }), 'CLOSE_UNIT');
  t.is(await code(company(), { type: 'org_unit.close', org_unit_id: unit(4), mode: 'cascade', new_parent_id: unit(2) }), 'CLOSE_UNIT');
  t.is(await code(company(), { type: 'org_unit.close', org_unit_id: unit(2), mode: 'reparent', new_parent_id: unit(4) }), 'TREE_CYCLE');
});

test('DATE_ORDER: nothing happens to a thing before it is there, and it ends after it starts', async (t) => {
  const b = company();
  b.record([facts.actor(7, {}, '2026-05-01'), facts.position(7, 3, {}, '2026-05-01')]);
  t.is(await code(b, { type: 'position.set_pay', position_id: pos(7), pay_amount: '1', effective_on: '2026-04-30' }), 'DATE_ORDER');
  t.is(await code(b, { type: 'placement.start', actor_id: actor(7), position_id: pos(7), effective_on: '2026-04-30' }), 'DATE_ORDER');
  t.is(await code(b, { type: 'placement.start', actor_id: actor(7), position_id: pos(7), effective_on: on, ends_on: on }), 'DATE_ORDER');
  t.is(await code(b, { type: 'position.close', position_id: pos(7), effective_on: '2026-05-01' }), 'DATE_ORDER');
  t.is(await code(b, { type: 'placement.end', placement_id: placed(6), effective_on: '2020-01-01' }), 'DATE_ORDER');
});

test('DATE_HORIZON: the first and last dates allowed are allowed, a day further is not', async (t) => {
  const add = (effective_on: string) => ({ type: 'actor.add', effective_on });
  for (const good of ['1900-01-01', '2036-01-01']) await t.notThrowsAsync(company().plan(add(good)), good);
  for (const bad of ['1899-12-31', '2036-01-02']) t.is(await code(company(), add(bad)), 'DATE_HORIZON', bad);
});

test('LATER_CHANGE: a later value that stands is told; replace drops it', async (t) => {
  const b = company();
  await b.confirm({ type: 'org_unit.rename', org_unit_id: unit(4), name: 'Later', effective_on: '2027-01-01' });
  const rename = { type: 'org_unit.rename', org_unit_id: unit(4), name: 'Now', effective_on: on };
  const plan = await b.plan(rename);
  t.like(plan.findings[0], { code: 'LATER_CHANGE', severity: 'warn', dates: ['2027-01-01'] });
  const replaced = await b.confirm({ ...rename, later: 'replace' });
  t.deepEqual(replaced.findings, []);
  t.true(replaced.changes[0]?.replace_later);
  t.deepEqual((await b.plan({ ...rename, later: 'replace' })).changes, []);
});

test('FTE_CAPACITY and ACTOR_FTE warn; above 300 % is refused', async (t) => {
  const b = company();
  b.record([facts.actor(7)]);
  t.deepEqual(await warned(b, { type: 'placement.start', actor_id: actor(7), position_id: pos(4), effective_on: on }), ['FTE_CAPACITY']);
  t.deepEqual(await warned(b, { type: 'placement.start', actor_id: actor(7), position_id: pos(5), effective_on: on }), []);
  t.deepEqual(await warned(b, { type: 'placement.start', actor_id: actor(6), position_id: pos(5), allocation: '0.01', effective_on: on }), [
    'ACTOR_FTE',
  ]);
  t.is(
    await code(b, { type: 'placement.start', actor_id: actor(6), position_id: pos(5), allocation: '200.01', effective_on: on }),
    'ACTOR_FTE',
  );
  t.deepEqual(await warned(b, { type: 'placement.start', actor_id: actor(6), position_id: pos(5), allocation: '200', effective_on: on }), [
    'ACTOR_FTE',
    'FTE_CAPACITY',
  ]);
});

test('PRIMARY: an actor has one primary placement on every date', async (t) => {
  const b = company();
  t.is(await code(b, { type: 'placement.start', actor_id: actor(6), position_id: pos(5), is_primary: true, effective_on: on }), 'PRIMARY');
  b.record([facts.actor(7)]);
  t.is(await code(b, { type: 'placement.start', actor_id: actor(7), position_id: pos(5), is_primary: false, effective_on: on }), 'PRIMARY');
  await b.confirm(
    ...[3, 5].map((n) => ({
      type: 'placement.start',
      actor_id: actor(6),
      position_id: pos(n),
      allocation: '0',
      effective_on: '2026-02-01',
      placement_id: placed(60 + n),
    })),
  );
  t.is(
    await code(b, { type: 'placement.end', placement_id: placed(6), effective_on: on }),
    'PRIMARY',
    'two others go on and none was named',
  );
  const named = await b.plan({ type: 'placement.end', placement_id: placed(6), primary_placement_id: placed(65), effective_on: on });
  t.deepEqual(named.changes[1]?.set, { is_primary: true });
});

test('CURRENCY_UNKNOWN, AMOUNT_NEGATIVE, AMOUNT_SCALE', async (t) => {
  const b = company();
  const pay = (pay_amount: string, pay_currency = 'USD') => ({
    type: 'position.set_pay',
    position_id: pos(4),
    pay_amount,
    pay_currency,
    effective_on: on,
  });
  t.is(await code(b, pay('1', 'QQQ')), 'CURRENCY_UNKNOWN');
  t.is(await code(b, pay('1', 'EUR')), 'CURRENCY_UNKNOWN', 'no rate');
  t.is(await code(b, pay('-0.01')), 'AMOUNT_NEGATIVE');
  t.is(await code(b, pay('1.005')), 'AMOUNT_SCALE');
  await t.notThrowsAsync(b.plan(pay('1.000')), 'zeros at the end are no decimals');
  b.record([facts.assumption(1, 'fx_rate', '1.1', 'tenant', 'EUR', '2026-07-02')]);
  t.is(await code(b, pay('1', 'EUR')), 'CURRENCY_UNKNOWN', 'the rate comes a day late');
  b.record([facts.assumption(2, 'fx_rate', '0.0065', 'tenant', 'JPY', on)]);
  await t.notThrowsAsync(b.plan(pay('100', 'JPY')));
  t.is(await code(b, pay('100.5', 'JPY')), 'AMOUNT_SCALE');
});

test('FTE_RANGE: both ends are inside, a hundredth further is not', async (t) => {
  const b = company();
  for (const contract_fte of ['0.01', '3.00']) await t.notThrowsAsync(b.plan({ type: 'actor.add', contract_fte }));
  for (const contract_fte of ['0', '3.01']) t.is(await code(b, { type: 'actor.add', contract_fte }), 'FTE_RANGE');
  const seat = (capacity_fte: string | null) => ({ type: 'position.create', org_unit_id: unit(4), title: 'X', capacity_fte });
  for (const fte of ['0', '3', null]) await t.notThrowsAsync(b.plan(seat(fte)));
  for (const fte of ['-0.01', '3.01']) t.is(await code(b, seat(fte)), 'FTE_RANGE');
  b.record([facts.actor(7)]);
  t.is(await code(b, { type: 'placement.start', actor_id: actor(7), position_id: pos(5), allocation: '-1' }), 'FTE_RANGE');
});

test('REFERENCE_UNKNOWN: every id named exists', async (t) => {
  for (const action of [
    { type: 'org_unit.move', org_unit_id: unit(2), new_parent_id: unit(99) },
    { type: 'position.set_manager', position_id: pos(4), manager_position_id: pos(99) },
    { type: 'placement.start', actor_id: actor(99), position_id: pos(5) },
    { type: 'placement.end', placement_id: placed(99) },
  ])
    t.is(await code(company(), action), 'REFERENCE_UNKNOWN', action.type);
});

test('what the recorded state breaks already does not stop a plan that does not make it worse', async (t) => {
  const b = company();
  b.record([facts.actor(7), facts.placement(7, 7, 3, 3), facts.placement(8, 7, 3, 5)]);
  const plan = await b.plan({ type: 'position.move', position_id: pos(5), org_unit_id: unit(2), effective_on: on });
  t.false(plan.findings.some((f) => f.severity === 'stop'));
});

test('policies warn, ask for a second person, or stop', async (t) => {
  const b = company();
  const hire = { type: 'position.create', org_unit_id: unit(4), title: 'X', count: 2, effective_on: on };
  const policies = (
    level: 'warn' | 'approval' | 'stop',
    name: 'span' | 'layers' | 'impact_limit' | 'freeze',
    limit?: string,
    subject?: string,
  ) => (b.settings = { ...b.settings, policies: [{ name, level, ...(limit ? { limit } : {}), ...(subject ? { subject } : {}) }] });
  policies('warn', 'span', '3');
  t.deepEqual(
    (await b.plan(hire)).findings.map((f) => [f.code, f.severity]),
    [['SPAN', 'warn']],
    'P2 has P4 and P5 already',
  );
  policies('warn', 'span', '4');
  t.deepEqual((await b.plan(hire)).findings, []);
  policies('approval', 'layers', '2');
  t.deepEqual(
    (await b.plan(hire)).findings.map((f) => [f.code, f.severity]),
    [
      ['LAYERS', 'approval'],
      ['LAYERS', 'approval'],
    ],
  );
  policies('stop', 'impact_limit', '1');
  t.is(await code(b, hire), 'IMPACT_LIMIT');
  policies('stop', 'freeze', undefined, unit(2));
  t.is(await code(b, hire), 'FREEZE', 'U4 lies in U2');
  await t.notThrowsAsync(b.plan({ ...hire, org_unit_id: unit(3) }));
});
