import test from 'ava';
import { branchTotals, readOperations, resolveBasis } from '../src/application/read/index.ts';
import { change } from '../src/domain/changes.ts';
import { streams } from '../src/domain/events.ts';
import type { Sql } from '../src/projections/sql.ts';
import { type Answer, ask, refusal } from './queries/ask.ts';
import { type Engine, engine, id } from './support/engine.ts';

const start = '2026-01-01';
const seat = (name: string, set: Parameters<typeof change>[3]) =>
  change('PositionCreated', id(name), start, {
    title: name,
    unit_id: id('root'),
    status: 'open',
    reporting: 'unit_head',
    capacity_fte: '1',
    ...set,
  });
const person = (name: string, set: Parameters<typeof change>[3] = {}) =>
  change(
    'ActorAdded',
    id(name),
    start,
    { kind: 'human', external_uid: `uid-${name}`, contract_fte: '1', employment_type: 'permanent', ...set },
    { personal: { name: `Person ${name}`, email: `${name}@example.org` } },
  );
const placed = (actor: string, position: string | null, unit = 'root') =>
  change('PlacementStarted', id(`${actor}@${position}`), start, {
    actor_id: id(actor),
    unit_id: id(unit),
    position_id: position && id(position),
    allocation: '100',
    is_primary: true,
    role: 'member',
  });

/** Root with Sales and Sales North; five seats, one of them vacant, one planned; two people, a robot. */
const company = async (e: Engine): Promise<number> =>
  e.givenBaseline([
    change('OrgUnitCreated', id('root'), start, { name: 'Acme', kind: 'company', parent_id: null, head_id: id('chief') }),
    change('OrgUnitCreated', id('sales'), start, {
      name: 'Sales',
      kind: 'department',
      parent_id: id('root'),
      head_id: id('head of sales'),
      code: 'S-1',
    }),
    change('OrgUnitCreated', id('north'), start, { name: 'Sales North', kind: 'team', parent_id: id('sales') }),
    seat('chief', { pay_amount: '200000', pay_basis: 'annual', pay_currency: 'GBP', grade: 'A' }),
    seat('head of sales', { unit_id: id('sales'), pay_amount: '100000.00', pay_basis: 'annual', pay_currency: 'GBP', grade: 'B' }),
    seat('seller', { unit_id: id('north'), capacity_fte: '0.5', pay_amount: '40000', pay_basis: 'annual', pay_currency: 'GBP' }),
    seat('buyer', { unit_id: id('north'), reporting: 'explicit', manager_id: id('chief') }),
    seat('next hire', { unit_id: id('north'), status: 'planned' }),
    person('ann'),
    person('bob', { employment_type: 'contractor', contract_fte: '0.5' }),
    person('r2', { kind: 'robot' }),
    placed('ann', 'chief'),
    placed('bob', 'seller', 'north'),
    placed('r2', null, 'sales'),
    change('CompensationSet', id('pay of ann'), start, { actor_id: id('ann'), amount: '210000', basis: 'annual', currency: 'GBP' }),
  ]);

const given = async (t: Parameters<typeof engine>[0]): Promise<Engine> => {
  const e = await engine(t, { settings: { currency: 'GBP' }, now: new Date('2026-06-15T10:00:00Z') });
  await company(e);
  return e;
};

test('the overview counts people, seats, FTE, layers and cost, and says on what it rests', async (t) => {
  const e = await given(t);
  const o = await ask(e, 'org.overview');
  t.like(o, {
    headcount: 2,
    contractors: 1,
    robots: 1,
    ai_agents: 0,
    seats: 5,
    planned: 1,
    frozen: 0,
    vacant_positions: 2,
    units: 3,
    fte: '2.5',
    establishment_fte: '4.5',
    fte_in_post: '1.5',
    vacancy_fte: '3',
  });
  t.deepEqual(o.layers, [
    { layer: 1, positions: 1 },
    { layer: 2, positions: 2 },
    { layer: 3, positions: 2 },
  ]);
  t.deepEqual(o.spans, [{ reports: '2-3', managers: 2 }]);
  t.is(o.mean_span, '2.00');
  // 200000 x 1.28 + 100000 x 1.28 + 40000 x 0.5 x 1.28
  t.deepEqual(o.cost.planned, {
    annual_base: '340000.00',
    annualised: '409600.00',
    in_year: '409600.00',
    currency: 'GBP',
    coverage: { with_pay: 3, of: 5 },
  });
  t.deepEqual(o.cost.actual, {
    annual_base: '210000.00',
    annualised: '268800.00',
    in_year: '268800.00',
    currency: 'GBP',
    coverage: { with_pay: 1, of: 3 },
  });
  t.deepEqual(o.basis, {
    event_position: 2,
    baseline_position: 2,
    effective_on: '2026-06-15',
    projection: 'read_v1',
    citation: 'baseline at event 2, effective 2026-06-15',
  });
});

test('a closed manager passes its reports on to its own manager', async (t) => {
  const e = await given(t);
  await e.givenBaseline([
    change('PositionManagerSet', id('next hire'), start, { reporting: 'explicit', manager_id: id('seller') }),
    change('PositionClosed', id('seller'), '2026-03-01', { close_reason: 'not_needed' }),
  ]);
  const o = await ask(e, 'org.overview');
  t.deepEqual(o.layers, [
    { layer: 1, positions: 1 },
    { layer: 2, positions: 2 },
    { layer: 3, positions: 1 },
  ]);
  t.is(o.unreached_positions, undefined);
});

test('seats in a loop of lines stand in no layer and are counted aloud', async (t) => {
  const e = await given(t);
  await e.givenBaseline([
    change('PositionManagerSet', id('buyer'), start, { reporting: 'explicit', manager_id: id('seller') }),
    change('PositionManagerSet', id('seller'), start, { reporting: 'explicit', manager_id: id('buyer') }),
  ]);
  t.is((await ask(e, 'org.overview')).unreached_positions, 2);
});

test('the tree nests units to the depth asked for and says how many more there are', async (t) => {
  const e = await given(t);
  const whole = await ask(e, 'org.tree');
  t.like(whole.nodes[0], { id: id('root'), name: 'Acme', positions: 1, head_title: 'chief' });
  t.like(whole.nodes[0].children[0], { id: id('sales'), name: 'Sales', code: 'S-1', vacant_positions: 1 });
  t.is(whole.nodes[0].children[0].children[0].name, 'Sales North');
  t.is(whole.more, undefined);
  const cut = await ask(e, 'org.tree', { depth: 2 });
  t.is(cut.nodes[0].children[0].more_children, 1);
  t.is(cut.more, 1);
  t.is((await ask(e, 'org.tree', { org_unit_id: id('north') })).nodes[0].name, 'Sales North');
  await refusal(t, ask(e, 'org.tree', { org_unit_id: id('nowhere') }), 'NOT_FOUND');
});

test('search finds units, positions and external uids; names of persons only with the ability', async (t) => {
  const e = await given(t);
  t.deepEqual(
    (await ask(e, 'org.search', { query: 'sales' })).results.map((r: Answer) => r.name),
    ['Sales', 'Sales North', 'head of sales'],
  );
  t.deepEqual(
    (await ask(e, 'org.search', { query: 's-1' })).results.map((r: Answer) => r.matched),
    ['code'],
  );
  t.deepEqual(
    (await ask(e, 'org.search', { query: 'UID-ann' })).results.map((r: Answer) => r.kind),
    ['actor'],
  );
  t.is((await ask(e, 'org.search', { query: 'person a' })).results[0].name, 'Person ann');
  t.deepEqual((await ask(e, 'org.search', { query: 'person a' }, e.caller('viewer'))).results, []);
  for (const sign of ['%', '_', '\\', 's%s', 's_les'])
    t.deepEqual((await ask(e, 'org.search', { query: sign })).results, [], 'signs of patterns are text');
  const few = await ask(e, 'org.search', { query: 's', limit: 2 });
  t.is(few.results.length, 2);
  t.true(few.more > 0);
});

test('positions are listed by unit, subtree, status, vacancy, manager, grade and title', async (t) => {
  const e = await given(t);
  const titles = async (filter: object) => (await ask(e, 'position.list', { ...filter })).positions.map((p: Answer) => p.title).sort();
  t.deepEqual(await titles({}), ['buyer', 'chief', 'head of sales', 'next hire', 'seller']);
  t.deepEqual(await titles({ org_unit_id: id('sales') }), ['head of sales']);
  t.deepEqual(await titles({ org_unit_id: id('sales'), subtree: true }), ['buyer', 'head of sales', 'next hire', 'seller']);
  t.deepEqual(await titles({ status: ['planned'] }), ['next hire']);
  t.deepEqual(await titles({ vacant: true }), ['buyer', 'head of sales']);
  t.deepEqual(await titles({ vacant: false }), ['chief', 'seller']);
  t.deepEqual(await titles({ manager_position_id: id('chief') }), ['buyer', 'head of sales']);
  t.deepEqual(await titles({ manager_position_id: id('head of sales') }), ['next hire', 'seller']);
  t.deepEqual(await titles({ grade: 'A' }), ['chief']);
  t.deepEqual(await titles({ title: 'SELL' }), ['seller']);
  const seller = (await ask(e, 'position.list', { title: 'seller' })).positions[0];
  t.like(seller, {
    org_unit_name: 'Sales North',
    manager_title: 'head of sales',
    vacant: false,
    capacity_fte: '0.5',
    target_pay: { amount: '40000.00', basis: 'annual', currency: 'GBP' },
  });
  t.like(seller.holders[0], { external_uid: 'uid-bob', name: 'Person bob', fte: '0.5' });
});

test('placements are listed with their actors, by unit, position, actor and kind', async (t) => {
  const e = await given(t);
  const uids = async (filter: object) =>
    (await ask(e, 'placement.list', { ...filter })).placements.map((p: Answer) => p.external_uid).sort();
  t.deepEqual(await uids({}), ['uid-ann', 'uid-bob', 'uid-r2']);
  t.deepEqual(await uids({ org_unit_id: id('sales'), subtree: true }), ['uid-bob', 'uid-r2']);
  t.deepEqual(await uids({ position_id: id('chief') }), ['uid-ann']);
  t.deepEqual(await uids({ actor_kind: 'robot' }), ['uid-r2']);
  t.deepEqual(await uids({ employment_type: 'contractor' }), ['uid-bob']);
  t.like((await ask(e, 'placement.list', { actor_id: id('bob') })).placements[0], {
    name: 'Person bob',
    allocation: '100',
    fte: '0.5',
    primary: true,
    position_title: 'seller',
    org_unit_name: 'Sales North',
  });
  t.is((await ask(e, 'placement.list', { actor_id: id('bob') }, e.caller('viewer'))).placements[0].name, undefined);
});

test('pages of a list rest on one basis, even when the organisation changes between them', async (t) => {
  const e = await given(t);
  const first = await ask(e, 'position.list', { limit: 2 });
  await e.givenBaseline([change('PositionClosed', id('buyer'), start, { close_reason: 'not_needed' }), seat('late', {})]);
  const seen = [...first.positions];
  for (let cursor = first.next_cursor; cursor; ) {
    const page = await ask(e, 'position.list', { limit: 2, cursor });
    seen.push(...page.positions);
    t.is(page.basis.event_position, first.basis.event_position);
    cursor = page.next_cursor;
  }
  t.deepEqual(seen.map((p) => p.title).sort(), ['buyer', 'chief', 'head of sales', 'next hire', 'seller']);
  await refusal(t, ask(e, 'position.list', { limit: 2, grade: 'A', cursor: first.next_cursor }), 'INPUT_INVALID');
  await refusal(t, ask(e, 'position.list', { cursor: 'bm9uc2Vuc2U' }), 'INPUT_INVALID');
});

test('one thing is shown whole: values, names, timeline, what is planned later, what refers to it', async (t) => {
  const e = await given(t);
  await e.givenBaseline([
    change('PositionPaySet', id('seller'), '2026-09-01', { pay_amount: '45000', pay_basis: 'annual', pay_currency: 'GBP' }),
  ]);
  const seller = await ask(e, 'org.entity', { id: id('seller') });
  t.like(seller, { kind: 'position', name: 'seller', state: 'in_force', manager: { id: id('head of sales'), title: 'head of sales' } });
  t.is(seller.names[id('north')], 'Sales North');
  t.is(seller.timeline.length, 2);
  t.deepEqual(seller.later, [{ effective_from: '2026-09-01', fields: { pay_amount: '45000.00', pay_currency: 'GBP' } }]);
  t.is(seller.related.placements.items[0].name, 'Person bob');
  t.deepEqual((await ask(e, 'org.entity', { id: id('chief') })).direct_reports.items.map((r: Answer) => r.name).sort(), [
    'buyer',
    'head of sales',
  ]);
  t.is((await ask(e, 'org.entity', { id: id('seller'), effective_on: '2025-01-01' })).state, 'not_yet');
  t.like(await ask(e, 'org.entity', { id: id('ann') }), { kind: 'actor', person: { name: 'Person ann' } });
  t.is((await ask(e, 'org.entity', { id: id('pay of ann') })).values.amount, '210000.00');
  await refusal(t, ask(e, 'org.entity', { id: id('nobody') }), 'NOT_FOUND');
});

test('without costs.read no amount leaves, and without actors.personal.read no personal field', async (t) => {
  const e = await given(t);
  const scenario = await e.givenScenario({ visibility: 'shared' });
  await e.givenConfirmed(scenario, [
    change('PositionPaySet', id('seller'), start, { pay_amount: '43210', pay_basis: 'annual', pay_currency: 'GBP' }),
    change('CompensationSet', id('pay of bob'), start, { actor_id: id('bob'), amount: '65432', basis: 'annual', currency: 'GBP' }),
  ]);
  const member = e.caller('member');
  for (const input of [{}, { scenario_id: scenario.scenario_id }])
    for (const [name, args] of [
      ['org.overview', {}],
      ['position.list', {}],
      ['placement.list', {}],
      ['team.list', {}],
      ['actor.list', {}],
      ['org.metrics', { by_unit: true }],
      ['settings.get', {}],
      ['org.search', { query: 'person' }],
      ['org.entity', { id: id('seller') }],
      ['org.entity', { id: id('ann') }],
      ['org.tree', {}],
    ] as const) {
      const text = JSON.stringify(await ask(e, name, { ...args, ...input }, member));
      t.notRegex(text, /\d{5,}\.\d\d|43210|200000|annualised|Person|example\.org|"amount"/, `${name} ${text}`);
    }
  const compared = JSON.stringify(await ask(e, 'scenario.compare', { scenario_ids: [null, scenario.scenario_id] }, member));
  t.notRegex(compared, /43210|65432|annualised|GBP|Person/);
  await refusal(t, ask(e, 'org.entity', { id: id('pay of ann') }, member), 'FORBIDDEN');
  t.regex(JSON.stringify(await ask(e, 'scenario.compare', { scenario_ids: [null, scenario.scenario_id] })), /43210\.00/);
});

test('a scenario is compared with the baseline: figures, differences, what it changes before and after', async (t) => {
  const e = await given(t);
  const scenario = await e.givenScenario({ name: 'Fewer' });
  await e.givenConfirmed(scenario, [
    change('OrgUnitRenamed', id('north'), start, { name: 'North' }),
    change('PositionClosed', id('head of sales'), '2026-07-01', { close_reason: 'redundancy' }),
    seat('analyst', { unit_id: id('sales'), pay_amount: '50000', pay_basis: 'annual', pay_currency: 'GBP' }),
  ]);
  const {
    branches: [baseline, plan],
  } = await ask(e, 'scenario.compare', { scenario_ids: [scenario.scenario_id], effective_on: '2026-08-01' });
  t.like(baseline, { name: 'Baseline', figures: { seats: 5 } });
  t.like(plan, {
    name: 'Fewer',
    figures: { seats: 5 },
    difference: { seats: 0, headcount: 0, establishment_fte: '0', planned_annualised: '-64000.00', currency: 'GBP' },
  });
  t.deepEqual(plan.changed.map((c: Answer) => [c.name, c.change, c.effective_from]).sort(), [
    ['North', 'changed', start],
    ['analyst', 'created', start],
    ['head of sales', 'changed', '2026-07-01'],
  ]);
  const sooner = (await ask(e, 'scenario.compare', { scenario_ids: [scenario.scenario_id], effective_on: '2025-06-01' })).branches[1];
  t.deepEqual(
    sooner.changed.map((c: Answer) => [c.change, c.effective_from]).sort(),
    plan.changed.map((c: Answer) => [c.change, c.effective_from]).sort(),
    'the dates of the changes, whatever the date asked about',
  );
  t.deepEqual(plan.changed.find((c: Answer) => c.name === 'North').fields, { name: { before: 'Sales North', after: 'North' } });
  t.is((await ask(e, 'scenario.compare', { scenario_ids: [null, scenario.scenario_id], limit: 1 })).branches[1].more_changed, 2);
  t.is((await ask(e, 'org.overview')).seats, 5, 'the baseline is untouched');
  t.is((await ask(e, 'org.overview', { scenario_id: scenario.scenario_id })).seats, 6);
});

test("a private scenario is nobody else's business, in any read", async (t) => {
  const e = await given(t);
  const secret = await e.givenScenario({ name: 'Reduction', owner: id('user manager') });
  await e.givenConfirmed(secret, [change('PositionClosed', id('seller'), start, { close_reason: 'redundancy' })]);
  const manager = e.caller('manager');
  const viewer = e.caller('viewer');
  t.is((await ask(e, 'org.overview', { scenario_id: secret.scenario_id }, manager)).seats, 4);
  t.is((await ask(e, 'org.overview', { scenario_id: secret.scenario_id }, e.caller('admin'))).seats, 4);
  for (const [name, input] of [
    ['org.overview', {}],
    ['org.tree', {}],
    ['org.search', { query: 'a' }],
    ['org.entity', { id: id('seller') }],
    ['position.list', {}],
    ['placement.list', {}],
    ['team.list', {}],
    ['actor.list', {}],
    ['cost.summary', {}],
    ['org.metrics', {}],
    ['settings.get', {}],
  ] as const)
    await refusal(t, ask(e, name, { ...input, scenario_id: secret.scenario_id }, viewer), 'NOT_FOUND');
  await refusal(t, ask(e, 'scenario.compare', { scenario_ids: [null, secret.scenario_id] }, viewer), 'NOT_FOUND');
  const auditor = e.caller('auditor');
  const text = JSON.stringify(await ask(e, 'audit.events', {}, auditor));
  t.notRegex(text, new RegExp(`${secret.scenario_id}|Reduction|Proposal`));
  t.regex(JSON.stringify(await ask(e, 'audit.events', {})), new RegExp(secret.scenario_id));
  await refusal(t, ask(e, 'audit.events', { scenario_id: secret.scenario_id }, auditor), 'NOT_FOUND');
  await e.given(streams.scenario(e.tenant, secret.scenario_id), 'ScenarioShared', {
    scenario_id: secret.scenario_id,
    visibility: 'private',
    with: [viewer.user.id],
  });
  t.is((await ask(e, 'org.overview', { scenario_id: secret.scenario_id }, viewer)).seats, 4, 'named persons see it');
  await refusal(t, ask(e, 'org.overview', { scenario_id: secret.scenario_id }, e.caller('member')), 'NOT_FOUND');
  await e.given(streams.scenario(e.tenant, secret.scenario_id), 'ScenarioShared', {
    scenario_id: secret.scenario_id,
    visibility: 'shared',
    with: [],
  });
  t.is((await ask(e, 'org.overview', { scenario_id: secret.scenario_id }, e.caller('member'))).seats, 4, 'shared with everybody');
  t.true((await ask(e, 'audit.events', { scenario_id: secret.scenario_id }, auditor)).events.length > 0);
});

test('events say who, with what, by which way, why, and what changed, page by page', async (t) => {
  const e = await given(t);
  await e.given(
    streams.baseline(e.tenant),
    'BaselineChanged',
    { changes: [change('OrgUnitRenamed', id('north'), start, { name: 'North' })] },
    {
      metadata: {
        reason: 'shorter',
        assistant: { client: 'probe', model: 'm' },
        via: 'mcp',
        with: { kind: 'token', id: 'T', name: 'laptop' },
      },
    },
  );
  const {
    events: [event],
  } = await ask(e, 'audit.events', { type: 'BaselineChanged', limit: 1 });
  t.like(event, {
    position: 3,
    type: 'BaselineChanged',
    via: 'mcp',
    reason: 'shorter',
    with: { kind: 'token', id: 'T', name: 'laptop' },
    assistant: { client: 'probe', model: 'm' },
    change_count: 1,
  });
  t.deepEqual(event.changes, ['Renames unit "Sales North" to "North" from 2026-01-01.']);
  const scenario = await e.givenScenario();
  await e.givenConfirmed(scenario, [change('OrgUnitRenamed', id('north'), start, { name: 'Northern' })]);
  const own = await ask(e, 'audit.events', { scenario_id: scenario.scenario_id, order: 'oldest' });
  t.deepEqual(
    own.events.map((x: Answer) => x.type),
    ['ScenarioCreated', 'ProposalContentStored', 'ProposalPlanned', 'ProposalConfirmed'],
  );
  t.true(own.events.every((x: Answer) => x.scenario_id === scenario.scenario_id));
  const seen: number[] = [];
  let page = await ask(e, 'audit.events', { limit: 3 });
  seen.push(...page.events.map((x: Answer) => x.position));
  while (page.next_cursor) {
    page = await ask(e, 'audit.events', { limit: 3, cursor: page.next_cursor });
    seen.push(...page.events.map((x: Answer) => x.position));
  }
  t.deepEqual(seen, [7, 6, 5, 4, 3, 2, 1]);
  t.deepEqual(
    (await ask(e, 'audit.events', { scenario_id: null })).events.map((x: Answer) => x.position),
    [3, 2, 1],
  );
  t.deepEqual(
    (await ask(e, 'audit.events', { from_position: 2, to_position: 3, order: 'oldest' })).events.map((x: Answer) => x.position),
    [2, 3],
  );
  t.notRegex(JSON.stringify(page), /210000|Person/);
  t.deepEqual(readOperations.find((o) => o.name === 'audit.events')?.abilities, ['audit.read']);
});

test('as_of shows the past by position and by time, and says what is wrong with what it cannot mean', async (t) => {
  const e = await given(t);
  e.setNow(new Date('2026-06-16T10:00:00Z'));
  await e.givenBaseline([change('PositionClosed', id('seller'), start, { close_reason: 'not_needed' })]);
  t.is((await ask(e, 'org.overview')).seats, 4);
  t.is((await ask(e, 'org.overview', { as_of: 2 })).seats, 5);
  t.is((await ask(e, 'org.overview', { as_of: '2026-06-15T23:00:00Z' })).basis.event_position, 2);
  t.is((await ask(e, 'org.overview', { as_of: '2026-06-16T12:00:00+02:00' })).basis.event_position, 3);
  // A writer whose clock is behind: what it recorded counts from its own time on.
  e.setNow(new Date('2026-06-16T09:00:00Z'));
  await e.givenBaseline([change('PositionClosed', id('buyer'), start, { close_reason: 'not_needed' })]);
  t.is((await ask(e, 'org.overview', { as_of: '2026-06-16T09:30:00Z' })).basis.event_position, 4);
  t.is((await ask(e, 'org.overview', { as_of: '2026-06-16T11:00:00Z' })).basis.event_position, 4);
  t.is((await ask(e, 'org.overview', { as_of: '2026-06-16T08:59:59Z' })).basis.event_position, 2);
  for (const wrong of [
    { as_of: 99 },
    { as_of: 0 },
    { as_of: -1 },
    { as_of: 'yesterday' },
    { as_of: '2020-01-01T00:00:00Z' },
    { as_of: '2026-06-15' },
    { effective_on: '2026-02-30' },
    { effective_on: 'infinity' },
  ])
    await refusal(t, ask(e, 'org.overview', wrong), 'INPUT_INVALID');
  const scenario = await e.givenScenario();
  const error = await refusal(t, ask(e, 'org.overview', { scenario_id: scenario.scenario_id, as_of: 2 }), 'INPUT_INVALID');
  t.deepEqual(error.details, { created_position: scenario.branch });
  await refusal(t, ask(e, 'org.overview', { scenario_id: id('no scenario') }), 'NOT_FOUND');
});

test('every read refuses a credential that lacks its abilities', async (t) => {
  const e = await given(t);
  const inputs: Record<string, object> = {
    'org.search': { query: 'a' },
    'org.entity': { id: id('seller') },
    'scenario.compare': { scenario_ids: [null] },
  };
  for (const op of readOperations) {
    t.true(op.readOnly);
    await refusal(t, ask(e, op.name, { ...inputs[op.name] }, e.caller('owner', { abilities: new Set() })), 'FORBIDDEN');
  }
  await refusal(t, ask(e, 'audit.events', {}, e.caller('manager')), 'FORBIDDEN');
});

test('many who ask for the same new basis at once cause one count of the baseline', async (t) => {
  const e = await given(t);
  const basis = await resolveBasis(e.deps, e.caller(), { effective_on: '2026-07-01' });
  let statements = 0;
  const counting = (sql: Sql): Sql => ({
    query: (text, values) => {
      statements += Number(text.includes('planned_in_year'));
      return sql.query(text, values);
    },
    transaction: (work) => sql.transaction((tx) => work(counting(tx))),
  });
  const counted = counting(e.sql);
  const answers = await Promise.all(Array.from({ length: 20 }, () => branchTotals(counted, basis)));
  t.is(statements, 1);
  t.is(new Set(answers.map((a) => JSON.stringify(a))).size, 1);
  t.like(answers[0], { effective_on: '2026-07-01', fiscal_year: '2026', currency: 'GBP' });
  t.is(answers[0]?.annualised.toFixed(), '409600');
  t.deepEqual(answers[0]?.run_rate_by_month.map((m) => [m.month, m.annualised.toFixed()]).at(-1), ['2026-12-01', '409600']);
});

test('today is the date in the time zone of the tenant', async (t) => {
  const e = await engine(t, { settings: { time_zone: 'Pacific/Auckland' }, now: new Date('2026-06-15T20:00:00Z') });
  t.is((await ask(e, 'org.overview')).basis.effective_on, '2026-06-16');
});

test('a kept baseline total is not used after the baseline, the currency or the fiscal year changed', async (t) => {
  const e = await given(t);
  const cost = async () => (await ask(e, 'org.overview')).cost.planned;
  const before = await cost();
  await e.givenBaseline([
    change('AssumptionSet', id('on-cost'), start, { name: 'on_cost_rate', scope: 'tenant', scope_ref: null, value: '0' }),
  ]);
  t.is((await cost()).annualised, '320000.00');
  t.is(before.annualised, '409600.00');
  await e.given(streams.settings(e.tenant), 'SettingsChanged', { settings: { fiscal_year_start: '07-01' } });
  t.is((await cost()).in_year, '158684.93', '181 of the 365 days of the year that began in July 2025');
  await e.given(streams.settings(e.tenant), 'SettingsChanged', { settings: { currency: 'EUR' } });
  t.deepEqual(await cost(), {
    annual_base: '0.00',
    annualised: '0.00',
    in_year: '0.00',
    currency: 'EUR',
    coverage: { with_pay: 0, of: 5 },
  });
});
