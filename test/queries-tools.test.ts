import test from 'ava';
import { importFile } from '../src/application/import/index.ts';
import { change } from '../src/domain/changes.ts';
import { Decimal } from '../src/domain/decimal.ts';
import { type Cell, LEAST_CELL, suppressed } from '../src/domain/suppression.ts';
import { streams } from '../src/domain/events.ts';
import { metrics as registry } from '../src/domain/metrics.ts';
import fc from 'fast-check';
import { type Answer, ask, refusal } from './queries/ask.ts';
import { type Engine, engine, id } from './support/engine.ts';
import { importEngine } from './support/import.ts';

const start = '2026-01-01';
const unit = (name: string, parent: string | null, set: Parameters<typeof change>[3] = {}) =>
  change('OrgUnitCreated', id(name), start, { name, kind: 'department', parent_id: parent && id(parent), ...set });
const seat = (name: string, unitName: string, set: Parameters<typeof change>[3] = {}) =>
  change('PositionCreated', id(name), start, {
    title: name,
    unit_id: id(unitName),
    status: 'open',
    reporting: 'unit_head',
    capacity_fte: '1',
    ...set,
  });
const actor = (name: string, set: Parameters<typeof change>[3] = {}, personal: Record<string, string> = {}) =>
  change(
    'ActorAdded',
    id(name),
    start,
    { kind: 'human', external_uid: `uid-${name}`, contract_fte: '1', employment_type: 'permanent', ...set },
    { personal: { name: `Person ${name}`, ...personal } },
  );
const placed = (actorName: string, unitName: string, set: Parameters<typeof change>[3] = {}) =>
  change('PlacementStarted', id(`${actorName}@${unitName}`), start, {
    actor_id: id(actorName),
    unit_id: id(unitName),
    position_id: null,
    allocation: '100',
    is_primary: true,
    role: 'member',
    ...set,
  });
const paid = (actorName: string, amount: string, currency = 'GBP') =>
  change('CompensationSet', id(`pay of ${actorName}`), start, { actor_id: id(actorName), amount, basis: 'annual', currency });

/** Root, Sales with its team North, Works with its team Press; teams have plain memberships beside seats. */
const given = async (t: Parameters<typeof engine>[0]): Promise<Engine> => {
  const e = await engine(t, { settings: { currency: 'GBP' }, now: new Date('2026-06-15T10:00:00Z') });
  const pay = (amount: string, grade: string, currency = 'GBP') => ({
    pay_amount: amount,
    pay_basis: 'annual',
    pay_currency: currency,
    grade,
  });
  await e.givenBaseline([
    unit('root', null, { kind: 'company', head_id: id('chief') }),
    unit('sales', 'root', { head_id: id('head of sales') }),
    unit('north', 'sales', { kind: 'team', unit_type: 'stream-aligned', purpose: 'Sells in the north' }),
    unit('works', 'root'),
    unit('press', 'works', { kind: 'team', unit_type: 'platform' }),
    change('AssumptionSet', id('dollar'), start, { name: 'fx_rate', scope: 'tenant', scope_ref: 'USD', value: '0.8' }),
    change('AssumptionSet', id('dearer dollar'), '2026-07-01', { name: 'on_cost_rate', scope: 'tenant', scope_ref: null, value: '0.5' }),
    seat('chief', 'root', pay('200000', 'A')),
    seat('head of sales', 'sales', pay('100000', 'B')),
    seat('seller', 'north', pay('50000', 'C', 'USD')),
    seat('second seller', 'north', { ...pay('40000', 'C'), status: 'frozen', capacity_fte: '0.5' }),
    seat('next seller', 'north', { status: 'planned' }),
    actor('ann', { country: 'GB' }),
    actor('bob', { country: 'DE', employment_type: 'contractor', contract_fte: '0.5' }),
    actor('cyd', { country: 'DE' }),
    actor('r2', { kind: 'robot' }),
    actor('idle', { kind: 'ai_agent' }),
    actor('gone', { status: 'active' }),
    change('ActorExited', id('gone'), '2026-03-01', { exit_reason: 'resigned' }),
    placed('ann', 'root', { position_id: id('chief') }),
    placed('ann', 'press', { is_primary: false, allocation: '0', role: 'lead' }),
    placed('bob', 'north', { position_id: id('seller') }),
    placed('cyd', 'north', { role: 'lead' }),
    placed('cyd', 'press', { is_primary: false, allocation: '0' }),
    placed('r2', 'press'),
    paid('ann', '210000'),
    paid('bob', '100000', 'USD'),
    paid('cyd', '60000'),
  ]);
  return e;
};

test('teams are listed with leads and members, counts and FTE; a plain membership adds no FTE', async (t) => {
  const e = await given(t);
  const { teams } = await ask(e, 'team.list');
  const [north, press] = ['north', 'press'].map((n) => teams.find((x: Answer) => x.name === n));
  t.is(teams.length, 2);
  t.like(north, {
    team_type: 'stream-aligned',
    parent_name: 'sales',
    purpose: 'Sells in the north',
    member_count: 2,
    lead_count: 1,
    fte: '1.5',
  });
  t.deepEqual(
    north.leads.map((m: Answer) => [m.external_uid, m.name, m.fte]),
    [['uid-cyd', 'Person cyd', '1']],
  );
  t.deepEqual(
    north.members.map((m: Answer) => [m.external_uid, m.position_id, m.fte]),
    [['uid-bob', id('seller'), '0.5']],
  );
  t.like(press, { member_count: 3, lead_count: 1, fte: '1' });
  t.deepEqual(
    press.members.map((m: Answer) => [m.external_uid, m.allocation, m.kind]),
    [
      ['uid-cyd', '0', 'human'],
      ['uid-r2', '100', 'robot'],
    ],
  );
  const names = async (filter: object) => (await ask(e, 'team.list', { ...filter })).teams.map((x: Answer) => x.name).sort();
  t.deepEqual(await names({ org_unit_id: id('sales') }), ['north']);
  t.deepEqual(await names({ org_unit_id: id('press') }), ['press']);
  t.deepEqual(await names({ team_type: 'platform' }), ['press']);
  t.deepEqual(await names({ name: 'ORT' }), ['north']);
  t.deepEqual(await names({ actor_id: id('cyd') }), ['north', 'press']);
  t.deepEqual(await names({ actor_id: id('bob') }), ['north']);
  t.deepEqual(await names({ status: ['closed'] }), []);
  t.deepEqual(await names({ effective_on: '2025-12-31' }), []);
  const few = (await ask(e, 'team.list', { name: 'press', members_limit: 1 })).teams[0];
  t.deepEqual([few.leads.length, few.members.length, few.more_members, few.member_count], [1, 0, 2, 3]);
  const none = (await ask(e, 'team.list', { name: 'press', members_limit: 0 })).teams[0];
  t.deepEqual([none.leads.length, none.more_members, none.member_count], [0, 3, 3]);
  t.is((await ask(e, 'team.list', { name: 'north' }, e.caller('viewer'))).teams[0].leads[0].name, undefined);
  const page = await ask(e, 'team.list', { limit: 1 });
  const next = await ask(e, 'team.list', { limit: 1, cursor: page.next_cursor });
  t.deepEqual([...page.teams, ...next.teams].map((x) => x.name).sort(), ['north', 'press']);
  t.is(next.next_cursor, undefined);
});

test('team memberships are read at any point and date, and in a scenario', async (t) => {
  const e = await given(t);
  await e.givenBaseline([change('PlacementEnded', id('cyd@press'), '2026-05-01')]);
  const count = async (input: object) => (await ask(e, 'team.list', { name: 'press', ...input })).teams[0].member_count;
  t.is(await count({}), 2);
  t.is(await count({ effective_on: '2026-04-30' }), 3);
  t.is(await count({ as_of: 2 }), 3);
  const scenario = await e.givenScenario();
  await e.givenConfirmed(scenario, [change('PlacementEnded', id('r2@press'), '2026-05-01')]);
  t.is(await count({ scenario_id: scenario.scenario_id }), 1);
  t.is(await count({}), 2);
});

test('actors are listed by kind, status, employment type, country, unit and whether they are placed', async (t) => {
  const e = await given(t);
  const uids = async (filter: object) =>
    (await ask(e, 'actor.list', { ...filter })).actors.map((a: Answer) => a.external_uid.slice(4)).sort();
  t.deepEqual(await uids({}), ['ann', 'bob', 'cyd', 'idle', 'r2']);
  t.deepEqual(await uids({ kind: 'human' }), ['ann', 'bob', 'cyd']);
  t.deepEqual(await uids({ status: ['exited'] }), ['gone']);
  t.deepEqual(await uids({ employment_type: 'contractor' }), ['bob']);
  t.deepEqual(await uids({ country: 'DE' }), ['bob', 'cyd']);
  t.deepEqual(await uids({ unplaced: true }), ['idle']);
  t.deepEqual(await uids({ unplaced: false, kind: 'robot' }), ['r2']);
  t.deepEqual(await uids({ org_unit_id: id('press') }), ['ann', 'cyd', 'r2']);
  t.deepEqual(await uids({ org_unit_id: id('sales') }), []);
  t.deepEqual(await uids({ org_unit_id: id('sales'), subtree: true }), ['bob', 'cyd']);
  t.deepEqual(await uids({ external_uid: 'UID-a' }), ['ann']);
  t.deepEqual(await uids({ effective_on: '2026-02-28', status: ['active'], unplaced: true }), ['gone', 'idle']);
  const [ann] = (await ask(e, 'actor.list', { external_uid: 'ann' })).actors;
  t.like(ann, { name: 'Person ann', kind: 'human', contract_fte: '1', placed_fte: '1' });
  t.deepEqual(
    ann.placements.map((p: Answer) => [p.org_unit_name, p.position_title, p.allocation, p.primary]),
    [
      ['root', 'chief', '100', true],
      ['press', undefined, '0', false],
    ],
  );
  const viewer = JSON.stringify(await ask(e, 'actor.list', { limit: 500 }, e.caller('viewer')));
  t.notRegex(viewer, /Person/);
  const narrow = e.caller('owner', { abilities: new Set(['actors.read'] as const) });
  t.notRegex(JSON.stringify(await ask(e, 'actor.list', {}, narrow)), /placements|placed_fte/);
  await refusal(t, ask(e, 'actor.list', { unplaced: true }, narrow), 'FORBIDDEN');
  const seen: string[] = [];
  for (let cursor: string | undefined, n = 0; n < 9 && (n === 0 || cursor); n++) {
    const page = await ask(e, 'actor.list', { limit: 2, ...(cursor ? { cursor } : {}) });
    seen.push(...page.actors.map((a: Answer) => a.external_uid.slice(4)));
    cursor = page.next_cursor;
  }
  t.deepEqual(seen.sort(), ['ann', 'bob', 'cyd', 'idle', 'r2']);
});

test('cost is grouped by grade, country and kind, converted at the rate of the date, and adds up to the overview', async (t) => {
  const e = await given(t);
  const groups = async (input: object) =>
    Object.fromEntries((await ask(e, 'cost.summary', { ...input })).groups.map((g: Answer) => [g.key, g]));
  const grade = await groups({ by: 'grade' });
  // 50,000 USD x 0.8 x 1.28 + 40,000 x 0.5 x 1.28
  t.like(grade.C.planned, { annual_base: '80000.00', annualised: '76800.00', currency: 'GBP', coverage: { with_pay: 2, of: 2 } });
  // Bob: 100,000 USD x 0.8 x 0.5 x 1.28
  t.like(grade.C.actual, { annual_base: '80000.00', annualised: '51200.00', coverage: { with_pay: 1, of: 1 } });
  t.like(grade[''].planned, { annualised: '0.00', coverage: { with_pay: 0, of: 1 } });
  t.like(grade[''].actual, { annual_base: '60000.00', annualised: '76800.00', coverage: { with_pay: 1, of: 2 } });
  const country = await groups({ by: 'country' });
  t.is(country.GB.actual.annualised, '268800.00');
  t.is(country.DE.actual.annualised, '128000.00');
  const kind = await groups({ by: 'actor_kind' });
  t.deepEqual(Object.keys(kind).sort(), ['human', 'robot']);
  t.like(kind.robot.actual, { annualised: '0.00', coverage: { with_pay: 0, of: 1 } });
  t.is(kind.human.planned, undefined);
  // From July on the on-cost is 50 %: every figure of an answer uses the rates of its date.
  t.is((await groups({ by: 'grade', effective_on: '2026-07-01' })).C.planned.annualised, '90000.00');
  await e.givenBaseline([
    change('AssumptionSet', id('dollar'), '2026-09-01', { name: 'fx_rate', scope: 'tenant', scope_ref: 'USD', value: '0.5' }),
  ]);
  t.is((await groups({ by: 'grade', effective_on: '2026-09-01' })).C.planned.annualised, '67500.00');
  t.is((await groups({ by: 'grade' })).C.planned.annualised, '76800.00');
});

test('cost by unit rolls up on demand; budgets of the tenant and of a unit give a variance against planned in-year cost', async (t) => {
  const e = await given(t);
  const own = await ask(e, 'cost.summary');
  const by = (answer: Answer, name: string) => answer.groups.find((g: Answer) => g.name === name);
  t.is(by(own, 'sales').planned.annualised, '128000.00');
  t.is(by(own, 'north').planned.annualised, '76800.00');
  const rolled = await ask(e, 'cost.summary', { subtree: true });
  t.is(by(rolled, 'sales').planned.annualised, '204800.00');
  t.deepEqual(by(rolled, 'root').planned, rolled.total.planned);
  t.deepEqual(by(rolled, 'root').actual, rolled.total.actual);
  t.is(rolled.groups[0].name, 'root', 'the largest first');
  t.is(rolled.total.budget, undefined);
  const below = await ask(e, 'cost.summary', { org_unit_id: id('sales') });
  t.deepEqual(below.groups.map((g: Answer) => g.name).sort(), ['north', 'sales']);
  t.deepEqual(below.total, own.total);
  await e.given(streams.settings(e.tenant), 'SettingsChanged', {
    settings: {
      policies: [
        { name: 'budget', level: 'warn', limit: '400000' },
        { name: 'budget', level: 'warn', limit: '250000.50', subject: id('sales') },
      ],
    },
  });
  const budgeted = await ask(e, 'cost.summary', { subtree: true });
  t.like(budgeted.total, { budget: '400000.00', variance: new Decimal('400000').minus(budgeted.total.planned.in_year).toFixed(2) });
  t.like(by(budgeted, 'sales'), { budget: '250000.50', variance: '45200.50' });
  t.is(by(budgeted, 'north').budget, undefined);
  t.is(by(await ask(e, 'cost.summary'), 'sales').budget, undefined, 'a unit alone is not what its budget is for');
  const pages: string[] = [];
  for (let cursor: string | undefined, n = 0; n < 9 && (n === 0 || cursor); n++) {
    const page = await ask(e, 'cost.summary', { limit: 2, ...(cursor ? { cursor } : {}) });
    pages.push(...page.groups.map((g: Answer) => g.name));
    cursor = page.next_cursor;
  }
  t.deepEqual(
    pages,
    own.groups.map((g: Answer) => g.name),
  );
  await refusal(t, ask(e, 'cost.summary', { by: 'grade', org_unit_id: id('sales') }), 'INPUT_INVALID');
  await refusal(t, ask(e, 'cost.summary', { org_unit_id: id('nowhere') }), 'NOT_FOUND');
  await refusal(t, ask(e, 'cost.summary', {}, e.caller('member')), 'FORBIDDEN');
});

test('every metric is told with its formula; a ratio with nothing below the line is absent', async (t) => {
  const e = await given(t);
  const answer = await ask(e, 'org.metrics');
  t.deepEqual(Object.fromEntries(answer.metrics.map((m: Answer) => [m.name, m.value])), {
    headcount: 3,
    contractors: 1,
    robots: 1,
    ai_agents: 0,
    seats: 5,
    planned: 1,
    frozen: 1,
    vacant_positions: 2,
    units: 5,
    fte: '3.5',
    establishment_fte: '4.5',
    fte_in_post: '1.5',
    vacancy_fte: '3',
    vacancy_rate: '0.6667',
    layers: 3,
    roots: 1,
    managers: 2,
    mean_span: '2.0000',
    manager_share: '0.4000',
    manager_to_ic: '0.6667',
  });
  for (const m of answer.metrics) t.is(m.formula, registry[m.name as keyof typeof registry].formula, m.name);
  t.deepEqual(answer.spans, [
    { reports: '1', managers: 1 },
    { reports: '2-3', managers: 1 },
  ]);
  t.deepEqual(
    answer.layers.map((l: Answer) => l.positions),
    [1, 1, 3],
  );
  t.is(answer.units, undefined);
  const byUnit = await ask(e, 'org.metrics', { by_unit: true, subtree: true });
  // Ann and Cyd are placed twice below the root and count once.
  t.like(byUnit.units[0], { name: 'root', headcount: 3, contractors: 1, robots: 1, seats: 5, managers: 2, fte: '3.5' });
  t.like(
    byUnit.units.find((u: Answer) => u.name === 'press'),
    { headcount: 2, robots: 1, seats: 0, fte: '1', vacancy_fte: '0' },
  );
  const empty = await ask(e, 'org.metrics', { effective_on: '2025-06-01' });
  const names = empty.metrics.map((m: Answer) => m.name);
  t.deepEqual(
    ['vacancy_rate', 'mean_span', 'manager_share', 'manager_to_ic'].filter((n) => names.includes(n)),
    [],
  );
  t.is(empty.metrics.find((m: Answer) => m.name === 'seats').value, 0);
  await refusal(t, ask(e, 'org.metrics', { subtree: true }), 'INPUT_INVALID');
});

test('diversity is counted by gender and age on the date, small cells left out, and only for those who may see personal data', async (t) => {
  const e = await engine(t, { now: new Date('2026-06-15T10:00:00Z') });
  const people = [
    ...Array.from({ length: 7 }, (_, n) => ['female', `1990-06-${10 + n}`]),
    ...Array.from({ length: 6 }, () => ['Male ', '1960-01-01']),
    ['diverse', '2002-01-01'],
    ['', 'unreadable'],
  ] as const;
  await e.givenBaseline([
    unit('root', null, { kind: 'company' }),
    ...people.flatMap(([gender, birth_date], n) => [actor(`p${n}`, {}, { gender, birth_date }), placed(`p${n}`, 'root')]),
    actor('unplaced', {}, { gender: 'female', birth_date: '1990-01-01' }),
    actor('robot', { kind: 'robot' }),
    placed('robot', 'root'),
  ]);
  const { diversity } = await ask(e, 'org.metrics');
  // One "diverse" and one unknown are together fewer than five: the next smallest group goes with them.
  t.deepEqual(diversity.gender, { cells: [{ group: 'female', people: 7 }], left_out: 3 });
  // Born on 10 to 15 June: 36 on the day; the 16th is 35. All in one band.
  t.deepEqual(diversity.age, { cells: [{ group: '35-44', people: 7 }], left_out: 3 });
  t.is((await ask(e, 'org.metrics', {}, e.caller('viewer'))).diversity, undefined);
});

test('what is shown of a count by group never lets what is left out be worked out', (t) => {
  const cell = fc.record({ group: fc.string({ minLength: 1, maxLength: 4 }), people: fc.integer({ min: 0, max: 12 }) });
  fc.assert(
    fc.property(fc.uniqueArray(cell, { selector: (c) => c.group, maxLength: 8 }), (cells: Cell[]) => {
      const { shown, left_out } = suppressed(cells);
      const hidden = cells.filter((c) => c.people > 0 && !shown.includes(c));
      t.true(shown.every((c) => c.people >= LEAST_CELL));
      t.is(hidden.length, left_out);
      const people = hidden.reduce((sum, c) => sum + c.people, 0);
      // Unless everybody is left out, nothing can be concluded from the total.
      t.true(hidden.length === 0 || shown.length === 0 || (hidden.length > 1 && people >= LEAST_CELL));
      if (cells.every((c) => c.people === 0 || c.people >= LEAST_CELL)) t.is(left_out, 0);
    }),
  );
});

test('settings are told as they are in force at the point and on the date; amounts and rates only with costs.read', async (t) => {
  const e = await given(t);
  await e.given(streams.settings(e.tenant), 'SettingsChanged', {
    settings: {
      fiscal_year_start: '04-01',
      policies: [
        { name: 'span', level: 'warn', limit: '12' },
        { name: 'budget', level: 'stop', limit: '123456' },
      ],
    },
  });
  const now = await ask(e, 'settings.get');
  t.like(now, {
    currency: 'GBP',
    fiscal_year_start: '04-01',
    fiscal_year: { label: '2026/27', from: '2026-04-01', to: '2027-04-01' },
    human_confirmation: false,
    settings_position: 3,
  });
  t.is(now.policies.length, 2);
  t.deepEqual(
    now.assumptions.map((a: Answer) => [a.name, a.scope_ref, a.value]),
    [['fx_rate', 'USD', '0.8']],
  );
  t.is(now.defaults.on_cost_rate, '0.28');
  const later = await ask(e, 'settings.get', { effective_on: '2026-07-01' });
  t.deepEqual(later.assumptions.map((a: Answer) => a.name).sort(), ['fx_rate', 'on_cost_rate']);
  const before = await ask(e, 'settings.get', { as_of: 2 });
  t.like(before, { fiscal_year_start: '01-01', settings_position: 1 });
  t.deepEqual(before.policies, []);
  const member = await ask(e, 'settings.get', {}, e.caller('member'));
  t.notRegex(JSON.stringify(member), /123456|0\.8|0\.28/);
  t.is(member.policies.find((p: Answer) => p.name === 'span').limit, '12');
});

test('the overview tells what the last import of each source found in its file', async (t) => {
  const e = await importEngine(t);
  const file = (rows: string[]) => Buffer.from(['position_id,title,fte,pay', ...rows].join('\n'));
  const load = (rows: string[], source: string) =>
    importFile(e.deps, e.caller(), { bytes: file(rows), file_name: `${source}.csv`, source, effective_on: '2026-01-01' });
  t.is((await ask(e, 'org.overview')).data_quality, undefined);
  const first = await load(['1,Chief,,90000', '2,Clerk,,', '3,Clerk,1,'], 'payroll');
  t.is(first.status, 'applied', JSON.stringify(first.findings));
  const point = first.event_position;
  await load(['1,Chief,1,90000', '2,Clerk,1,30000', '3,Clerk,1,31000'], 'payroll');
  await load(['9,Guard,,20000'], 'sites');
  const { data_quality } = await ask(e, 'org.overview');
  t.deepEqual(
    data_quality.map((d: Answer) => [d.source, d.file_name, d.findings]),
    [
      ['sites', 'sites.csv', [{ code: 'FTE_MISSING', severity: 'warn', count: 1 }]],
      ['payroll', 'payroll.csv', []],
    ],
  );
  const then = (await ask(e, 'org.overview', { as_of: point, effective_on: '2026-06-01' })).data_quality;
  t.is(then.length, 1);
  t.like(then[0], { source: 'payroll', event_position: point, rows: 3, rejected: 0 });
  t.deepEqual(
    then[0].findings.map((f: Answer) => [f.code, f.count]),
    [
      ['FTE_MISSING', 2],
      ['PAY_MISSING', 2],
    ],
  );
});
