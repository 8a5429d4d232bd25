import test from 'ava';
import { offeredTools } from '../../src/mcp/operations.ts';
import { type Read, readBy } from '../queries/explain.ts';
import { largeId, wholeSize } from '../queries/large.ts';
import { largeEngine } from '../queries/large-engine.ts';
import type { Answer } from '../queries/ask.ts';
import { newId } from '../support/engine.ts';

/** Reading a thousand units or scenarios whole is cheaper than by index: so many rows of these in one call, of other tables few. */
const small: Record<string, number> = { org_unit: 5_000, scenario: 5_000 };
const SMALL = 500;

/** Tools whose answer is made of everything: the tables they read whole on a basis that nobody asked for before. */
const ofEverything: Record<string, { why: string; tables: readonly string[] }> = {
  'org.overview': { why: 'figures and layers of all seats, people and pay', tables: ['position', 'placement', 'actor', 'compensation'] },
  'org.metrics': {
    why: 'the same, and the diversity of all people',
    tables: ['position', 'placement', 'actor', 'compensation', 'actor_personal'],
  },
  'cost.summary': { why: 'the cost of every seat and placement, by group', tables: ['position', 'placement', 'actor', 'compensation'] },
  'scenario.action.list': { why: 'every proposal is looked at for the total', tables: ['proposal'] },
  'scenario.action.plan': { why: 'the totals that the impact starts from', tables: ['position', 'placement', 'actor', 'compensation'] },
};

/** Rows that such a tool may take on a new basis: each of the some 600,000 rows of versions a few times. */
const MOST_OF_EVERYTHING = 2_500_000;
const ALL = 'all';

let large: Awaited<ReturnType<typeof largeEngine>>;
test.before('load', async () => {
  large = await largeEngine(wholeSize);
});
test.after.always(async () => large?.e.close());

const called = new Set<string>();

const call = async (name: string, input: Record<string, unknown>): Promise<{ answer: Answer; read: Read }> => {
  const tool = offeredTools().find(name);
  if (!tool) throw new Error(name);
  const { operation } = tool;
  called.add(tool.name);
  let answer: Answer;
  const read = await readBy(large.e.sql, async (sql) => {
    answer = await operation.run({ ...large.e.deps, sql }, large.e.caller(), operation.input.parse(input));
  });
  return { answer, read };
};

/** A table's name without its partition. */
const tableOf = (relation: string): string => relation.replace(/_version.*$/, '').replace(/_(baseline|scenario)$/, '');

/** Calls a tool, which reads at most so many rows and no large table whole; what it did otherwise is added to `wrong`. */
const bounded = async (
  t: { log(...what: unknown[]): void },
  wrong: string[],
  name: string,
  input: Record<string, unknown>,
  rows: number | typeof ALL,
): Promise<Answer> => {
  const { answer, read } = await call(name, input);
  const everything = ofEverything[name];
  const most = rows === ALL ? MOST_OF_EVERYTHING : rows;
  const said = `${name} ${JSON.stringify(input).slice(0, 80)}: ${read.rows} rows of ${most}, ${read.statements} statements`;
  t.log(said);
  if (read.rows > most) wrong.push(said);
  for (const [table, n] of read.whole)
    if (n > (small[tableOf(table)] ?? SMALL) && !everything?.tables.includes(tableOf(table)))
      wrong.push(`${said}, ${table} whole: ${n} rows`);
  return answer;
};

/** Every tool that only reads, with the most rows it needs. Those of plans.slow.ts ask more of the same. */
const reads: (scenario_id: string) => [name: string, input: Record<string, unknown>, rows: number | typeof ALL][] = (scenario_id) => [
  ['capability.list', {}, 0],
  ['capability.explain', { name: 'org_unit.move' }, 0],
  ['org.review.guide', { focus: 'everything' }, 0],
  ['scenario.review.guide', { scenario_id }, 20],
  ['org.overview', { scenario_id }, ALL],
  ['org.overview', {}, ALL],
  ['org.search', { query: 'Person 4999', scenario_id }, 9_000],
  ['org.tree', { scenario_id }, 50_000],
  ['org.entity', { id: largeId('b', 777), scenario_id }, 4_000],
  ['position.list', { org_unit_id: largeId('a', 901), scenario_id }, 4_000],
  ['placement.list', { org_unit_id: largeId('a', 901), scenario_id }, 3_000],
  ['team.list', { org_unit_id: largeId('a', 50), limit: 5, scenario_id }, 8_000],
  ['actor.list', { org_unit_id: largeId('a', 901), scenario_id }, 3_000],
  ['cost.summary', { scenario_id, by: 'grade' }, ALL],
  ['org.metrics', { scenario_id, by_unit: true }, ALL],
  ['scenario.list', {}, 12_000],
  ['scenario.list', { name: 'plan 50', mine: false }, 12_000],
  ['scenario.get', { scenario_id }, 2_000],
  ['scenario.compare', { scenario_ids: [null, scenario_id] }, 10_000],
  ['scenario.action.list', { scenario_id }, 1_000],
  ['audit.events', {}, 1_000],
  ['audit.events', { order: 'newest', limit: 5 }, 1_000],
  ['settings.get', { scenario_id }, 200],
  ['status.get', {}, 20],
];

test.serial('every tool that reads takes what its answer needs from 100,000 positions and 1,000 scenarios', async (t) => {
  t.timeout(600_000);
  const wrong: string[] = [];
  for (const [name, input, rows] of reads(large.scenario_id)) await bounded(t, wrong, name, input, rows);
  t.deepEqual(wrong, []);
});

test.serial(
  'proposals of a thousand scenarios are listed, the waiting ones too, each looked at once for the page and once for the total',
  async (t) => {
    const wrong: string[] = [];
    await bounded(t, wrong, 'scenario.action.list', { limit: 20 }, 90_000);
    await bounded(t, wrong, 'scenario.action.list', { waiting_for_me: true }, 90_000);
    t.deepEqual(wrong, []);
  },
);

test.serial('a scenario is made, planned in, confirmed and withdrawn on the neighbourhood of what it changes', async (t) => {
  t.timeout(600_000);
  const wrong: string[] = [];
  const { scenario_id } = await bounded(t, wrong, 'scenario.create', { name: 'Another' }, 100);
  const plan = (title: string) =>
    bounded(
      t,
      wrong,
      'scenario.action.plan',
      {
        scenario_id,
        title: 'One more',
        actions: [{ type: 'position.create', org_unit_id: largeId('a', 901), title, effective_on: '2026-09-01' }],
      },
      ALL,
    );
  const one = await plan('Analyst');
  await bounded(t, wrong, 'scenario.action.get', { proposal_id: one.proposal_id }, 200);
  await bounded(t, wrong, 'scenario.action.confirm', { proposal_id: one.proposal_id, digest: one.digest }, 500);
  const two = await plan('Clerk');
  await bounded(t, wrong, 'scenario.action.withdraw', { proposal_id: two.proposal_id }, 200);
  t.deepEqual(wrong, []);
});

test.serial('a second plan on the same date reads its neighbourhood alone', async (t) => {
  const { scenario_id } = (await call('scenario.create', { name: 'A third' })).answer;
  const actions = [{ type: 'position.create', org_unit_id: largeId('a', 902), title: 'Clerk', effective_on: '2026-09-01' }];
  await large.e.deps.projected(1);
  const operation = offeredTools().find('scenario.action.plan')?.operation;
  await operation?.run(large.e.deps, large.e.caller(), operation.input.parse({ scenario_id, actions }));
  const read = await readBy(large.e.sql, async (sql) => {
    await operation?.run({ ...large.e.deps, sql }, large.e.caller(), operation.input.parse({ scenario_id, actions }));
  });
  t.log(`${read.rows} rows, ${read.statements} statements`);
  t.true(read.rows < 1_000, `${read.rows} rows`);
  t.deepEqual(
    [...read.whole].filter(([table, n]) => n > (small[tableOf(table)] ?? SMALL)),
    [],
  );
});

test.serial('whether given ids were used is looked up in every scenario by index, and confirmed so', async (t) => {
  const { scenario_id } = (await call('scenario.create', { name: 'A fourth' })).answer;
  const planWith = (title: string, more: Record<string, unknown>) =>
    call('scenario.action.plan', {
      scenario_id,
      actions: [{ type: 'position.create', org_unit_id: largeId('a', 903), title, effective_on: '2026-09-01', ...more }],
    });
  await planWith('First', {});
  const made = (await planWith('Clerk', {})).read;
  const given = await planWith('Clerk', { position_ids: [newId()] });
  t.log(`${given.read.rows} rows with an id given, ${made.rows} with one made`);
  // One row for each scenario, and nothing of what they hold.
  t.true(given.read.rows <= made.rows + 1_100, `${given.read.rows} rows`);
  const { read } = await call('scenario.action.confirm', { proposal_id: given.answer.proposal_id });
  t.true(read.rows <= 1_600, `${read.rows} rows`);
  for (const one of [given.read, read])
    t.deepEqual(
      [...one.whole].filter(([table, n]) => n > (small[tableOf(table)] ?? SMALL)),
      [],
    );
});

test.serial('every tool that is offered was called above', (t) => {
  t.deepEqual(
    offeredTools()
      .tools.map((tool) => tool.name)
      .filter((name) => !called.has(name)),
    [],
    'a new tool belongs into this file',
  );
});
