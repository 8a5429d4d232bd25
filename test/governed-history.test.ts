import test from 'ava';
import pg from 'pg';
import type { Operation } from '../src/application/operation.ts';
import { planProposal } from '../src/application/proposal/index.ts';
import { readOperations } from '../src/application/read/index.ts';
import { createScenario } from '../src/application/scenario/index.ts';
import { createSnapshot, listSnapshots } from '../src/application/snapshot/index.ts';
import { change } from '../src/domain/changes.ts';
import { migrate } from '../src/database/migrate.ts';
import { LIVE_SCHEMA } from '../src/projections/sql.ts';
import { offeredOperations } from '../src/mcp/operations.ts';
import { refused, rename, replaysEqual, setPay, type Stage, stage } from './governed/support.ts';
import { id } from './support/engine.ts';

// biome-ignore lint/suspicious/noExplicitAny: answers are read by what they are expected to hold
type Answer = Record<string, any>;
const ask = async (s: Stage, name: string, input: Answer = {}, by = s.caller('owner')): Promise<Answer> => {
  const op = readOperations.find((o) => o.name === name);
  if (!op) throw new TypeError(name);
  return (await op.run(s.deps, by, op.input.parse(input) as never)) as Answer;
};
const owner = (s: Stage) => ({ ...s.caller('owner'), via: 'cli' as const });
const unitNames = (answer: Answer): string[] =>
  (answer.nodes as Answer[]).flatMap((n) => [String(n.name), ...unitNames({ nodes: n.children ?? [] })]);
const positionsOf = (answer: Answer): number[] => answer.events.map((e: Answer) => e.position);

/** What an operation needs beside a point in history to answer at all. */
const least = (s: Stage, proposal_id: string): Record<string, Answer> => ({
  'scenario.action.get': { proposal_id },
  'org.search': { query: 'sales' },
  'org.entity': { id: id('sales') },
  'scenario.get': { scenario_id: s.scenario_id },
  'scenario.compare': { scenario_ids: [null, s.scenario_id] },
});

test('every read tool takes a point in history as position, time and snapshot, and answers the same', async (t) => {
  const s = await stage(t);
  const { proposal_id } = await s.plan([rename('sales', 'Revenue', '2026-01-01')]);
  await s.confirm(proposal_id);
  s.setNow(new Date('2026-03-01T12:30:00Z'));
  const then = (await createSnapshot(s.deps, owner(s), { name: 'Before the merger' })).position;
  s.setNow(new Date('2026-03-01T13:00:00Z'));
  await s.givenBaseline([change('OrgUnitRenamed', id('sales'), '2026-01-01', { name: 'Trade' })]);
  await s.confirm((await s.plan([rename('engineering', 'Technology', '2026-01-01')])).proposal_id);

  const asked: string[] = [];
  for (const op of offeredOperations as readonly Operation[]) {
    if (!('as_of' in op.input.shape)) continue;
    const run = async (as_of?: number | string): Promise<unknown> =>
      op.run(
        s.deps,
        s.caller('owner'),
        op.input.parse({ ...least(s, proposal_id)[op.name], ...(as_of === undefined ? {} : { as_of }) }) as never,
      );
    const answer = await run(then);
    t.deepEqual(await run('snapshot:Before the merger'), answer, op.name);
    t.deepEqual(await run('snapshot: Before the merger '), answer, op.name);
    t.deepEqual(await run('2026-03-01T13:15:00+01:00'), answer, op.name);
    t.notDeepEqual(await run(), answer, `${op.name} answers otherwise now`);
    asked.push(op.name);
  }
  for (const name of ['org.tree', 'org.overview', 'position.list', 'scenario.list', 'scenario.get', 'scenario.action.list', 'audit.events'])
    t.true(asked.includes(name), name);
  t.true(unitNames(await ask(s, 'org.tree', { as_of: 'snapshot:Before the merger' })).includes('sales'));
  t.true(unitNames(await ask(s, 'org.tree')).includes('Trade'));
});

test('a snapshot names one point for good: the same again is done already, another point is refused, in parallel too', async (t) => {
  const s = await stage(t);
  const who = owner(s);
  const baseline = await s.baselineHead();
  const first = await createSnapshot(s.deps, who, { name: '  Q1\u0301 ', reason: 'board meeting' });
  t.deepEqual(first, { name: 'Q1\u0301'.normalize('NFC'), position: (await s.head()) - 1, created: true, event_position: await s.head() });
  const head = await s.head();
  t.deepEqual(
    await createSnapshot(s.deps, who, { name: 'Q1\u0301' }),
    { ...first, created: false },
    'without a point the name is the question',
  );
  t.deepEqual(await createSnapshot(s.deps, who, { name: 'Q1\u0301', at: first.position }), { ...first, created: false });
  const taken = await refused(t, createSnapshot(s.deps, who, { name: 'Q1\u0301', at: 1 }), 'SNAPSHOT_NAME_TAKEN');
  t.is(taken.details.position, first.position);
  t.is(await s.head(), head, 'and nothing was written');

  const tries = await Promise.allSettled(
    Array.from({ length: 12 }, (_, i) => createSnapshot(s.deps, who, { name: 'race', at: i + 1 > baseline ? 1 : i + 1 })),
  );
  t.is(tries.filter((r) => r.status === 'fulfilled' && r.value.created).length, 1);
  t.is((await s.eventsAfter(head)).length, 1);
  const won = tries.find((r) => r.status === 'fulfilled' && r.value.created) as PromiseFulfilledResult<{ position: number }>;
  t.deepEqual(
    (await listSnapshots(s.deps, who)).map((x) => [x.name, x.position]),
    [
      [first.name, first.position],
      ['race', won.value.position],
    ],
    'the latest point first',
  );
  t.is((await createSnapshot(s.deps, who, { name: 'copy', at: 'snapshot:race' })).position, won.value.position, 'a point by name');

  const unknown = await refused(t, ask(s, 'org.tree', { as_of: 'snapshot:nope' }), 'NOT_FOUND');
  t.deepEqual((unknown.details.snapshots as Answer[]).map((x) => x.name).sort(), [first.name, 'copy', 'race'].sort());
  for (const name of ['', '   ', 'two\nlines', 'a\u0000b', '\u202etxt', 'x'.repeat(101)])
    await refused(t, createSnapshot(s.deps, who, { name }), 'INPUT_INVALID');
  for (const at of [0, -1, 10_000, 'yesterday', '2026-03-01'] as const)
    await refused(t, createSnapshot(s.deps, who, { name: 'n', at }), 'INPUT_INVALID');
  await refused(t, createSnapshot(s.deps, s.planner, { name: 'mine' }), 'FORBIDDEN');
  await replaysEqual(t, s);
});

test('naming a point changes no figure, and plans, pins and imports go on over it', async (t) => {
  const s = await stage(t);
  const plan = await s.plan([rename('sales', 'Revenue')]);
  const before = await ask(s, 'org.overview', { effective_on: '2026-03-01' });
  await createSnapshot(s.deps, owner(s), { name: 'one' });
  const { basis: _b, ...figures } = await ask(s, 'org.overview', { effective_on: '2026-03-01' });
  const { basis: _a, ...were } = before;
  t.deepEqual(figures, were);
  t.is((await s.confirm(plan.proposal_id, { digest: plan.digest })).content_version, 1, 'what was planned before is not stale');
  const { scenario_id } = await createScenario(s.deps, s.planner, { name: 'After' });
  t.is((await planProposal(s.deps, s.planner, { scenario_id, actions: [rename('sales', 'Revenue')] })).changes[0]?.before.name, 'sales');
  await s.givenImport([change('OrgUnitRenamed', id('sales'), '2026-01-01', { name: 'Trade' })]);
  t.true(unitNames(await ask(s, 'org.tree')).includes('Trade'));
  t.true(unitNames(await ask(s, 'org.tree', { as_of: 'snapshot:one' })).includes('sales'));
  await replaysEqual(t, s);
});

test('a database from before there were snapshots takes them by a migration', async (t) => {
  const s = await stage(t);
  const admin = new pg.Client({ connectionString: s.db.adminUrl });
  t.teardown(() => admin.end());
  await admin.connect();
  await admin.query(`drop table ${LIVE_SCHEMA}.snapshot_named; drop index ${LIVE_SCHEMA}.proposal_version_replaces;
    delete from public.orgonaut_migration where name = 'read-0003-snapshots'`);
  t.deepEqual(await migrate(s.db.adminUrl), ['read-0003-snapshots']);
  await createSnapshot(s.deps, owner(s), { name: 'one' });
  t.is((await listSnapshots(s.deps, owner(s))).length, 1);
  await replaysEqual(t, s);
});

test('what changed between two points: after one, up to and including the other, given in any way', async (t) => {
  const s = await stage(t);
  const all = (): Promise<Answer> => ask(s, 'audit.events', { order: 'oldest', limit: 500 });
  const p1 = (await createSnapshot(s.deps, owner(s), { name: 'start' })).event_position;
  s.setNow(new Date('2026-03-08T12:00:00Z'));
  const from = await s.head();
  await s.confirm((await s.plan([rename('sales', 'Revenue')])).proposal_id);
  const to = await s.head();
  s.setNow(new Date('2026-03-15T12:00:00Z'));
  await s.givenBaseline([change('OrgUnitRenamed', id('platform'), '2026-01-01', { name: 'Base' })]);
  const between = (a: number, b: number) => Array.from({ length: b - a }, (_, i) => a + 1 + i);
  const asked = async (given: Answer) => positionsOf(await ask(s, 'audit.events', { order: 'oldest', ...given }));
  t.deepEqual(await asked({ after: from, before: to }), between(from, to));
  t.deepEqual(await asked({ after: 'snapshot:start', before: to }), between(p1 - 1, to), 'the naming itself came after the point it names');
  t.deepEqual(await asked({ after: '2026-03-07T00:00:00Z', before: '2026-03-08T23:59:59Z' }), between(from, to));
  t.deepEqual(await asked({ after: to }), between(to, await s.head()), 'what changed since');
  t.deepEqual(await asked({ before: from }), between(0, from));
  t.deepEqual(await asked({ after: to, before: from }), [], 'the other way round there is nothing');
  t.deepEqual(await asked({ after: from, before: to, from_position: to }), [to], 'with the other bounds');
  t.is((await all()).events.length, await s.head());
  const told = await ask(s, 'audit.events', { after: 'snapshot:start' });
  t.is(told.after_position, p1 - 1);
  t.is(told.before_position, undefined);
  await refused(t, ask(s, 'audit.events', { after: 10_000 }), 'INPUT_INVALID');
  await refused(t, ask(s, 'audit.events', { before: 'snapshot:nope' }), 'NOT_FOUND');
  const pages: number[] = [];
  for (let cursor: string | undefined, more = true; more; ) {
    const page = await ask(s, 'audit.events', { after: 'snapshot:start', limit: 2, ...(cursor ? { cursor } : {}) });
    pages.push(...positionsOf(page));
    cursor = page.next_cursor;
    more = cursor !== undefined;
  }
  t.deepEqual(pages, between(p1 - 1, await s.head()).reverse(), 'page by page, newest first');
});

test('events are found by type, by user and by the one thing they touched, and tell of that thing alone', async (t) => {
  const s = await stage(t);
  const planned = await s.plan([rename('sales', 'Revenue'), setPay('rep 1', '60000'), rename('platform', 'Base')], {}, s.caller('owner'));
  const { event_position } = await s.confirm(planned.proposal_id);
  await s.givenBaseline([
    change('OrgUnitRenamed', id('sales'), '2026-01-01', { name: 'Trade' }),
    change('OrgUnitRenamed', id('platform'), '2026-01-01', { name: 'P' }),
  ]);
  const last = await s.head();
  const events = await s.store.readLog(s.tenant, 0, 1000);
  for (const user of [s.planner.user.id, s.caller('owner').user.id, id('nobody')])
    t.deepEqual(
      positionsOf(await ask(s, 'audit.events', { user, order: 'oldest', limit: 500 })),
      events.filter((e) => e.metadata.user === user).map((e) => e.position),
    );
  t.true(events.some((e) => e.metadata.user === s.planner.user.id) && events.some((e) => e.metadata.user !== s.planner.user.id));
  const sales = await ask(s, 'audit.events', { entity_id: id('sales') });
  t.deepEqual(positionsOf(sales), [last, event_position, 2]);
  t.deepEqual(sales.events[0].changes, ['Renames unit "sales" to "Trade" from 2026-01-01.']);
  t.is(sales.events[0].change_count, 1);
  t.deepEqual(sales.events[1].changes, ['Renames unit "sales" to "Revenue" from 2026-06-01.']);
  t.deepEqual(sales.events[1].change_types, { OrgUnitRenamed: 1 });
  t.deepEqual(positionsOf(await ask(s, 'audit.events', { entity_id: id('rep 1') })), [event_position, 2]);
  t.deepEqual(positionsOf(await ask(s, 'audit.events', { entity_id: id('sales'), type: 'ProposalConfirmed' })), [event_position]);
  t.deepEqual(positionsOf(await ask(s, 'audit.events', { entity_id: id('never') })), []);
  const auditor = s.caller('auditor');
  t.deepEqual(
    positionsOf(await ask(s, 'audit.events', { entity_id: id('sales') }, auditor)),
    [last, 2],
    'a private scenario is nobody else’s business',
  );
  const reverted = await s.plan([
    { type: 'scenario.revert_change', event_position, things: [{ kind: 'org_unit', id: id('sales') }] } as never,
  ]);
  const back = (await s.confirm(reverted.proposal_id)).event_position;
  const after = await ask(s, 'audit.events', { entity_id: id('sales') });
  t.deepEqual(positionsOf(after), [back, last, event_position, 2], 'taking a change back touches the thing');
  t.regex(after.events[0].changes[0], /^Takes back/);
});

test('an import and a change of the baseline are told by counts of each type and their first sentences', async (t) => {
  const s = await stage(t);
  const units = Array.from({ length: 30 }, (_, i) =>
    change('OrgUnitCreated', id(`new unit ${i}`), '2026-01-01', {
      name: `Unit ${i}`,
      kind: 'team',
      parent_id: i === 0 ? id('sales') : id('new unit 0'),
    }),
  );
  const more = [
    change('OrgUnitRenamed', id('new unit 0'), '2026-01-01', { name: 'Zero' }),
    change('OrgUnitRenamed', id('new unit 0'), '2026-02-01', { name: 'Nought' }),
    change('PlacementEnded', id('cat placed'), '2026-02-01'),
    change('CompensationSet', id('cat pay'), '2026-02-01', { actor_id: id('cat'), amount: '43210', basis: 'annual', currency: 'GBP' }),
  ];
  const position = await s.givenImport([...more.slice(2), ...units, ...more.slice(0, 2)], { batchSize: 7 });
  const [event] = (await ask(s, 'audit.events', { type: 'BaselineImportApplied' })).events;
  t.is(event.position, position);
  t.deepEqual(event.change_types, { CompensationSet: 1, OrgUnitCreated: 30, OrgUnitRenamed: 2, PlacementEnded: 1 });
  t.is(event.change_count, 34);
  t.is(event.changes.length, 10);
  t.is(event.more_changes, 24);
  t.deepEqual(event.changes.slice(0, 4), [
    'Ends the placement of "E-cat" from 2026-02-01.',
    'Sets the pay of "E-cat" from 2026-02-01.',
    'Creates the team "Unit 0" under "sales" from 2026-01-01.',
    'Creates the team "Unit 1" under "Zero" from 2026-01-01.',
  ]);
  t.false(JSON.stringify(event).includes('43210'));
  const [unit] = (await ask(s, 'audit.events', { entity_id: id('new unit 0') })).events;
  t.deepEqual(unit.changes.slice(1), [
    'Renames unit "Unit 0" to "Zero" from 2026-01-01.',
    'Renames unit "Zero" to "Nought" from 2026-02-01.',
  ]);
  t.is((await ask(s, 'audit.events', { type: 'BaselineImportApplied', sentences: 0 })).events[0].changes.length, 0);
  t.is((await ask(s, 'audit.events', { type: 'BaselineImportApplied', sentences: 100 })).events[0].changes.length, 34);
});

test('a comparison says what the scenario did to each thing in the sentences of its plans', async (t) => {
  const s = await stage(t);
  const plans = [
    await s.plan([
      rename('sales', 'Revenue'),
      setPay('rep 1', '60000'),
      { type: 'position.create', org_unit_id: id('sales'), title: 'Rep', pay_amount: '1', effective_on: '2026-06-01' },
    ]),
  ];
  await s.confirm(plans[0]?.proposal_id as string);
  plans.push(
    await s.plan([
      rename('sales', 'Income'),
      { type: 'placement.end', placement_id: id('cat placed'), effective_on: '2026-06-01' } as never,
    ]),
  );
  await s.confirm(plans[1]?.proposal_id as string);
  const compared = async (by = s.caller('owner')): Promise<Answer[]> =>
    (await ask(s, 'scenario.compare', { scenario_ids: [s.scenario_id], effective_on: '2026-06-01' }, by)).branches[1].changed;
  const told = await compared();
  t.deepEqual(told.find((x) => x.id === id('sales'))?.changes, [
    'Renames unit "sales" to "Revenue" from 2026-06-01.',
    'Renames unit "Revenue" to "Income" from 2026-06-01.',
  ]);
  for (const plan of plans) for (const c of plan.changes) t.true(told.find((x) => x.id === c.id)?.changes.includes(c.sentence), c.sentence);
  const blind = await compared({
    ...s.caller('owner'),
    abilities: new Set([...s.caller('owner').abilities].filter((a) => a !== 'costs.read')),
  });
  t.false(JSON.stringify(blind).includes('pay of'));
  t.true(JSON.stringify(blind).includes('Creates position'));
});
