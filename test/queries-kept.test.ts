import test from 'ava';
import { costSummary } from '../src/application/read/cost-summary.ts';
import { change } from '../src/domain/changes.ts';
import { openOrm } from '../src/projections/orm.ts';
import { KeptTexts, kept } from '../src/projections/queries/kept.ts';
import { shape } from '../src/projections/queries/layers.ts';
import { figures } from '../src/projections/queries/figures.ts';
import { loadRates } from '../src/projections/queries/rates.ts';
import { branchFigures, branchShape } from '../src/projections/queries/totals.ts';
import { rebuild } from '../src/projections/rebuild/rebuild.ts';
import type { Sql } from '../src/projections/sql.ts';
import { resolveBasis } from '../src/application/read/basis.ts';
import { ask } from './queries/ask.ts';
import { history } from './queries/history.ts';
import { random } from './queries/organisation.ts';
import { engine, id } from './support/engine.ts';

const now = new Date('2026-06-15T10:00:00Z');
const units = (...names: string[]) =>
  names.map((name) => change('OrgUnitCreated', id(name), '2020-01-01', { name, kind: 'department', parent_id: null }));
const seat = (name: string, unit: string, pay: string) =>
  change('PositionCreated', id(name), '2020-01-01', {
    title: name,
    unit_id: id(unit),
    status: 'open',
    reporting: 'none',
    capacity_fte: '1',
    pay_amount: pay,
    pay_basis: 'annual',
    pay_currency: 'GBP',
  });

/** The same database for a process that has kept nothing yet, with a count of the statements that ran. */
const anew = (sql: Sql): { sql: Sql; ran: string[] } => {
  const ran: string[] = [];
  const on = (inner: Sql): Sql => ({
    query: (text, values) => {
      ran.push(text);
      return inner.query(text, values);
    },
    transaction: (work) => inner.transaction((tx) => work(on(tx))),
  });
  return { sql: on(sql), ran };
};

test('what is kept equals what is counted, on every branch, position and date of a history, asked for twice and in any order', async (t) => {
  const seed = Number(process.env.SEED ?? Date.now() % 1_000_000);
  t.log(`SEED=${seed}`);
  const r = random(seed);
  const { e, basis } = await history(t, r, 'GBP', 2, 30);
  // Few dates, so that the same branch is asked on the same date before and after it changed.
  const dates = [basis[0]?.effective_on, '2026-06-30'] as [string, string];
  const asked = [...basis, ...basis].map((b) => ({ ...b, effective_on: r.pick(dates) })).sort(() => (r.chance(0.5) ? 1 : -1));
  const costs = async (sql: Sql, scenario_id: string | null, as_of: number, effective_on: string) => {
    const answer = await costSummary.run(
      { ...e.deps, sql },
      e.caller(),
      costSummary.input.parse({ scenario_id, as_of, effective_on, limit: 500 }),
    );
    return answer.groups;
  };
  for (const b of asked) {
    const where = `branch ${b.branch} position ${b.position} on ${b.effective_on}`;
    t.deepEqual(await branchShape(e.sql, b), await shape(e.sql, b), where);
    t.deepEqual(JSON.stringify(await branchFigures(e.sql, b)), JSON.stringify(await figures(e.sql, b, await loadRates(e.sql, b))), where);
    t.deepEqual(
      await costs(e.sql, b.scenario_id, b.position, b.effective_on),
      await costs(anew(e.sql).sql, b.scenario_id, b.position, b.effective_on),
      where,
    );
  }
});

test('pages of a cost summary, and what is asked again after events that change nothing, cost no count', async (t) => {
  const e = await engine(t, { settings: { currency: 'GBP' }, now });
  await e.givenBaseline([...units('a', 'b', 'c'), seat('s', 'a', '100'), seat('t', 'b', '200'), seat('u', 'c', '300')]);
  const process = anew(e.sql);
  const one = { ...e, deps: { ...e.deps, sql: process.sql } };
  const counts = () => process.ran.filter((text) => /\bleaf as|\brounded as|\bwho as|with recursive/.test(text)).length;
  const first = await ask(one, 'cost.summary', { limit: 1 });
  await ask(one, 'org.overview');
  const counted = counts();
  t.true(counted > 0);
  const second = await ask(one, 'cost.summary', { limit: 1, cursor: first.next_cursor });
  const third = await ask(one, 'cost.summary', { limit: 1, cursor: second.next_cursor });
  t.deepEqual(
    [first, second, third].map((page) => page.groups[0].planned.annual_base),
    ['300.00', '200.00', '100.00'],
  );
  const scenario = await e.givenScenario();
  await ask(one, 'org.overview');
  await ask(one, 'org.overview', { scenario_id: scenario.scenario_id });
  await ask(one, 'cost.summary', { scenario_id: scenario.scenario_id });
  t.is(counts(), counted, 'the baseline is as it was, and so is a scenario that changes nothing');
  await e.givenConfirmed(scenario, [
    change('PositionPaySet', id('s'), '2026-01-01', { pay_amount: '1000', pay_basis: 'annual', pay_currency: 'GBP' }),
  ]);
  t.is((await ask(one, 'cost.summary', { scenario_id: scenario.scenario_id })).groups[0].planned.annual_base, '1000.00');
  t.is((await ask(one, 'cost.summary')).groups[0].planned.annual_base, '300.00');
  t.true(counts() > counted);
});

test('a scenario that leaves every line as it is on the date takes the layers of the baseline; one that does not has its own', async (t) => {
  const e = await engine(t, { settings: { currency: 'GBP' }, now });
  await e.givenBaseline([
    ...units('a', 'b'),
    change('OrgUnitHeadSet', id('a'), '2020-01-01', { head_id: id('s') }),
    seat('s', 'a', '100'),
    ...['t', 'u'].map((name) => {
      const made = seat(name, 'a', '200');
      return { ...made, set: { ...made.set, reporting: 'unit_head' } };
    }),
  ]);
  const process = anew(e.sql);
  const counts = () => process.ran.filter((text) => text.includes('depth (id, in_force, layer)')).length;
  const pay = { pay_amount: '1000', pay_basis: 'annual', pay_currency: 'GBP' };
  const read = async (scenario: { scenario_id: string }, effective_on: string) => {
    const basis = await resolveBasis(e.deps, e.caller(), { scenario_id: scenario.scenario_id, effective_on });
    const answer = await branchShape(process.sql, basis);
    t.deepEqual(answer, await shape(e.sql, basis));
    return answer;
  };
  const same = await e.givenScenario();
  await e.givenConfirmed(same, [
    change('PositionPaySet', id('s'), '2026-01-01', pay),
    change('OrgUnitRenamed', id('a'), '2026-01-01', { name: 'A' }),
    change('PositionFrozen', id('t'), '2026-01-01', { status: 'frozen' }),
    change('PositionMoved', id('u'), '2027-01-01', { unit_id: id('b') }),
  ]);
  await branchShape(process.sql, await resolveBasis(e.deps, e.caller(), { effective_on: '2026-06-15' }));
  t.deepEqual((await read(same, '2026-06-15')).spans, [{ reports: '2-3', managers: 1 }]);
  t.is(counts(), 1, 'the count of the baseline');
  t.deepEqual((await read(same, '2027-06-15')).spans, [{ reports: '1', managers: 1 }]);
  t.is(counts(), 2, 'the move holds from 2027 on');
  const others = [
    change('PositionManagerSet', id('u'), '2026-01-01', { reporting: 'explicit', manager_id: id('t') }),
    change('PositionManagerSet', id('u'), '2026-01-01', { reporting: 'none', manager_id: null }),
    change('PositionClosed', id('u'), '2026-01-01', { close_reason: 'not_needed' }),
    change('OrgUnitHeadSet', id('a'), '2026-01-01', { head_id: null }),
    seat('v', 'a', '300'),
  ];
  for (const [n, other] of others.entries()) {
    const scenario = await e.givenScenario({ name: `other ${n}` });
    await e.givenConfirmed(scenario, [other]);
    await read(scenario, '2026-06-15');
    t.is(counts(), 3 + n);
  }
  const moved = await e.givenScenario({ name: 'moved' });
  await e.givenConfirmed(moved, [change('OrgUnitMoved', id('b'), '2026-01-01', { parent_id: id('a') })]);
  await read(moved, '2026-06-15');
  t.is(counts(), 3 + others.length);
});

test('many who ask for one new basis at once cause one count, and one that fails is not kept', async (t) => {
  const e = await engine(t, { now });
  await e.givenBaseline(units('a'));
  const basis = await resolveBasis(e.deps, e.caller(), {});
  const all = 8;
  /** Asks from all callers at once; the count ends when every one of them has looked where the branch stands. */
  const askAll = async (result: () => { n: number }) => {
    let looked = 0;
    let counts = 0;
    const { promise: gate, resolve: open } = Promise.withResolvers<void>();
    const query = async <Row>(text: string, values?: readonly unknown[]) => {
      const rows = await e.sql.query<Row>(text, values);
      looked += 1;
      if (looked === all) setImmediate(open);
      return rows;
    };
    const sql = { ...e.sql, query };
    const count = async () => {
      counts += 1;
      await gate;
      return result();
    };
    const answers = await Promise.allSettled(Array.from({ length: all }, () => kept(sql, basis, 'test', count)));
    return { answers, counts, again: () => kept(sql, basis, 'test', async () => ({ n: 2 })) };
  };
  const failed = await askAll(() => {
    throw new Error('gone');
  });
  t.is(failed.counts, 1);
  t.true(failed.answers.every((r) => r.status === 'rejected'));
  t.deepEqual(await failed.again(), { n: 2 });
  const found = await askAll(() => ({ n: 1 }));
  t.is(found.counts, 1);
  t.deepEqual(
    found.answers,
    Array.from({ length: all }, () => ({ status: 'fulfilled' as const, value: { n: 1 } })),
  );
  t.deepEqual(await found.again(), { n: 1 });
});

for (const tenant of [undefined, 1])
  test(`after a rebuild of ${tenant ? 'one tenant' : 'everything'} nothing is answered from what was kept of the wrong rows before it`, async (t) => {
    const e = await engine(t, { settings: { currency: 'GBP' }, now });
    const read = await openOrm(e.db.url, { poolMax: 2 });
    t.teardown(read.close);
    await e.givenBaseline([...units('a'), seat('s', 'a', '100')]);
    await e.settle();
    await e.sql.query(`update position_version set pay_amount = 999 where tenant = 1`);
    const asked = async () => [
      (await ask(e, 'org.overview')).cost.planned.annual_base,
      (await ask(e, 'cost.summary')).groups[0].planned.annual_base,
    ];
    t.deepEqual(await asked(), ['999.00', '999.00']);
    const result = await rebuild({ store: e.store, pool: read.pool, ...(tenant ? { tenant } : {}) });
    t.like(result, { swapped: true, equal: false });
    t.deepEqual(await asked(), ['100.00', '100.00']);
  });

test('texts are kept up to a size; what was not asked for the longest goes first, and a text that is too large is not kept', (t) => {
  const texts = new KeptTexts(80);
  for (const key of ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']) texts.put(key, '123456789');
  t.is(texts.size, 80);
  t.is(texts.get('a'), '123456789');
  texts.put('i', '123456789');
  t.deepEqual([texts.get('a'), texts.get('b'), texts.get('i')], ['123456789', undefined, '123456789']);
  texts.put('i', '1');
  t.is(texts.size, 72);
  texts.put('i', '1234567890');
  t.is(texts.get('i'), undefined);
  t.is(texts.size, 70);
});
