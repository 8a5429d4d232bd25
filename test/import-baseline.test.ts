import { readFileSync } from 'node:fs';
import test from 'ava';
import { importFile } from '../src/application/import/index.ts';
import { stage } from '../src/application/import/stage.ts';
import { overview } from '../src/application/read/overview.ts';
import { change } from '../src/domain/changes.ts';
import { Refusal } from '../src/domain/codes.ts';
import { streams } from '../src/domain/events.ts';
import { Changes } from '../src/import/batches.ts';
import type { EventStore } from '../src/store/port.ts';
import { id } from './support/engine.ts';
import { importEngine, rootUnit } from './support/import.ts';

const now = new Date('2026-06-01T12:00:00Z');
const file = (text: string) => ({ bytes: Buffer.from(text), file_name: 'people.csv' });
const columns =
  'position_id;title;manager_position_id;org_unit;unit_head;fte;pay;currency;fx_rate;holder_id;holder_kind;holder_name;holder_pay;allocation;start_date';
const people = [
  columns,
  'P1;Chief;;;yes;1;200.000,00;EUR;;H1;human;Ada Lind;190000;;',
  'P2;Lead;P1;Shop;yes;1;90000;EUR;;H2;human;Jun Ito;88000;;2020-01-01',
  'P3;Clerk;P2;Shop > Counter;;0,5;60000;USD;0,9;H3;human;Kim Roe;;;',
  'P4;Packer;P2;Shop;;1;;EUR;;R1;robot;;;;',
  'P5;Clerk;P2;Shop;;1;50000;EUR;;;;;;;',
  'P6;Buyer;P2;Shop;;1;50000;EUR;;H6;human;New Hire;48000;;2026-09-01',
  'P7;Adviser;P1;;;1;50000;EUR;;H2;;;;20;',
  '',
].join('\n');

/** The store with one thing done before the first append to the baseline. */
const before = (store: EventStore, tenant: number, act: () => Promise<unknown>): EventStore => {
  let done = false;
  return {
    ...store,
    append: async (to, stream, expected, events, options) => {
      if (stream === streams.baseline(tenant) && !done) {
        done = true;
        await act();
      }
      return store.append(to, stream, expected, events, options);
    },
    readStream: (...a) => store.readStream(...a),
    head: (...a) => store.head(...a),
    readLog: (...a) => store.readLog(...a),
    heads: (...a) => store.heads(...a),
    subscribe: (...a) => store.subscribe(...a),
    onAppend: (l) => store.onAppend(l),
    close: () => store.close(),
  };
};

test('a file of people becomes units, seats, actors, placements and pay, from the dates it says', async (t) => {
  const e = await importEngine(t, { currency: 'EUR' }, now);
  const owner = e.caller('owner');
  const report = await importFile(e.deps, owner, file(people));
  t.like(report, {
    status: 'applied',
    rows: 7,
    accepted: 7,
    delimiter: ';',
    format: 'csv',
    source: 'csv',
    effective_on: '2026-06-01',
    created: { org_units: 2, positions: 7, actors: 5, placements: 6 },
  });
  t.deepEqual(
    report.findings.map((f) => `${f.code} ${f.count}`),
    ['ACTOR_FTE 1', 'PAY_MISSING 1'],
  );
  const today = await overview.run(e.deps, owner, {});
  t.like(today, {
    headcount: 3,
    seats: 7,
    units: 3,
    establishment_fte: '6.5',
    vacant_positions: 2,
    layers: [
      { layer: 1, positions: 1 },
      { layer: 2, positions: 2 },
      { layer: 3, positions: 4 },
    ],
  });
  const september = await overview.run(e.deps, owner, { effective_on: '2026-09-01' });
  t.like(september, { headcount: 4, vacant_positions: 1 });
  const heads = await e.sql.query<{ name: string; title: string }>(
    'select u.name, p.title from org_unit_version u join position_version p on p.id = u.head_id where u.tenant = $1 and u.to_position = 9223372036854775807 order by u.name',
    [e.tenant],
  );
  t.deepEqual(heads, [
    { name: 'Shop', title: 'Lead' },
    { name: 'Whole', title: 'Chief' },
  ]);
  const names = await e.sql.query<{ name: string }>('select name from actor_personal where tenant = $1 order by name', [e.tenant]);
  t.deepEqual(
    names.map((n) => n.name),
    ['Ada Lind', 'Jun Ito', 'Kim Roe', 'New Hire'],
  );
  const [bytes] = await e.sql.query<{ n: number }>(
    `select count(*)::int as n from log.event where tenant = $1 and position(convert_to('Kim Roe', 'UTF8') in bytes) > 0`,
    [e.tenant],
  );
  t.is(bytes?.n, 0, 'a name stands in the log only encrypted');

  const untouched = await e.store.heads();
  t.is((await importFile(e.deps, owner, file(people))).status, 'unchanged');
  t.deepEqual(await e.store.heads(), untouched);

  const next = people
    .replace('Kim Roe', 'Kim Roe-Ito')
    .replace('P5;Clerk;P2;Shop;;1;50000;EUR;;;', 'P5;Clerk;P2;Shop;;1;51000;EUR;;H3;')
    .replace('EUR;;R1;robot;;;;', 'EUR;;;;;;;')
    .replace('USD;0,9;H3;human', 'USD;0,95;;')
    .replace('2026-09-01', '2026-10-01');
  const second = await importFile(e.deps, owner, file(next));
  t.like(second, { status: 'applied', changed: 4, closed: 0, created: { org_units: 0, positions: 0, actors: 0, placements: 2 } });
  t.like(await overview.run(e.deps, owner, { effective_on: '2026-09-01' }), { headcount: 3, robots: 0 });
  t.like(await overview.run(e.deps, owner, { effective_on: '2026-10-01' }), { headcount: 4 });
  const past = await overview.run(e.deps, owner, { as_of: second.position_before });
  t.deepEqual({ ...past, basis: null }, { ...today, basis: null });
  t.is((await importFile(e.deps, owner, file(next))).status, 'unchanged');
});

test('an import that the baseline overtakes is computed again on the new one', async (t) => {
  const e = await importEngine(t, { currency: 'EUR' }, now);
  const caller = e.caller('owner');
  // The other writer makes the currency known meanwhile: the first difference would set the same rate once more.
  const other = { tries: 0 };
  const store = before(e.store, e.tenant, async () => {
    other.tries += 1;
    await e.givenBaseline([change('OrgUnitRenamed', rootUnit, '2026-05-01', { name: 'Renamed meanwhile' })]);
  });
  const report = await importFile({ ...e.deps, store }, caller, file(people));
  t.like(report, { status: 'applied', created: { positions: 7 } });
  t.is(other.tries, 1);
  const applied = (await e.store.readStream(e.tenant, streams.baseline(e.tenant))).map((x) => x.type);
  t.deepEqual(applied, ['BaselineChanged', 'BaselineChanged', 'BaselineImportApplied']);
  t.true(report.position_before > 3, 'the second try began after the other change');
  t.like(await overview.run(e.deps, caller, {}), { seats: 7 });
});

test('two imports of one file at the same moment become one', async (t) => {
  const e = await importEngine(t, { currency: 'EUR' }, now);
  const reports = await Promise.all([1, 2, 3].map(() => importFile(e.deps, e.caller('owner'), file(people))));
  t.true(reports.every((r) => r.status === 'applied' || r.status === 'unchanged'));
  t.like(await overview.run(e.deps, e.caller('owner'), {}), { seats: 7, headcount: 3 });
  t.is((await e.store.readStream(e.tenant, streams.baseline(e.tenant))).filter((x) => x.type === 'BaselineImportApplied').length, 1);
});

test('an import cut off between any two batches shows nothing, and the same import again goes on where it stood', async (t) => {
  const e = await importEngine(t, { currency: 'EUR' }, now);
  const owner = e.caller('owner');
  const many = `position_id,title,org_unit,posts,fte\n${Array.from({ length: 40 }, (_, i) => `R${i},${'Long title '.repeat(20)}${i},Unit ${i % 7},100,90`).join('\n')}\n`;
  // Every try stages one batch more and is cut off before the next one, the last before the import is made real.
  let done = 0;
  for (let last = false; !last; done++) {
    let tried = 0;
    const failing: EventStore = {
      ...before(e.store, e.tenant, async () => {}),
      append: async (tenant, stream, expected, events, options) => {
        if (stream.startsWith('import-') ? ++tried > 1 : stream.startsWith('baseline-')) throw new Error('the power is gone');
        return e.store.append(tenant, stream, expected, events, options);
      },
    };
    const steps: string[] = [];
    const onProgress = (p: { step: string; done: number }) => steps.push(`${p.step} ${p.done}`);
    await t.throwsAsync(importFile({ ...e.deps, store: failing }, owner, { ...file(many), onProgress }), { message: 'the power is gone' });
    t.deepEqual(
      steps.filter((step) => step.startsWith('stage')),
      [`stage ${done + 1}`],
    );
    t.like(await overview.run(e.deps, owner, {}), { seats: 0, units: 1 });
    last = tried === 1;
  }
  t.true(done > 2);
  const report = await importFile(e.deps, owner, file(many));
  t.like(report, { status: 'applied', created: { positions: 4000, org_units: 7 } });
  const batches = await e.store.readStream(e.tenant, streams.import(e.tenant, report.import_id));
  t.is(batches.length, done);
  t.deepEqual(
    batches.map((b) => (b.data as { batch: number }).batch),
    batches.map((_, i) => i + 1),
  );
  t.true(batches.every((b) => b.bytes.length < 1_000_000));
  t.like(await overview.run(e.deps, owner, {}), { seats: 4000, establishment_fte: '3600' });
});

test('only who may import does, and what is no file of a known shape says so', async (t) => {
  const e = await importEngine(t, { currency: 'EUR' }, now);
  const heads = await e.store.heads();
  for (const role of ['manager', 'member', 'viewer', 'auditor'] as const)
    await t.throwsAsync(importFile(e.deps, e.caller(role), { ...file(people), dry_run: true }), { message: /^FORBIDDEN/ }, role);
  const owner = e.caller('owner');
  await t.throwsAsync(importFile(e.deps, owner, file('')), { message: /^INPUT_INVALID/ });
  await t.throwsAsync(importFile(e.deps, owner, file('a,b\n1,2\n')), { message: /^INPUT_INVALID.*position_id/ });
  await t.throwsAsync(importFile(e.deps, owner, { ...file(people), repair: { roots: 'cut' } }), { message: /^INPUT_INVALID.*roots=cut/ });
  const headed = { ...file(`${people.split('\n')[0]}\n`), complete: true, dry_run: true };
  await t.throwsAsync(importFile(e.deps, owner, headed), { message: /^INPUT_INVALID.*no rows.*would close all/ });
  await t.throwsAsync(importFile(e.deps, owner, { ...file(people), effective_on: '2026-02-30' }), { message: /^INPUT_INVALID/ });
  t.deepEqual(await e.store.heads(), heads);
});

test('files of two sources stand beside each other, and a complete one closes only its own', async (t) => {
  const e = await importEngine(t, { currency: 'EUR' }, now);
  const owner = e.caller('owner');
  await importFile(e.deps, owner, { ...file('position_id,title,org_unit,fte\nP1,Chief,Shop,1\n'), source: 'paper' });
  const first = await importFile(e.deps, owner, file(people));
  t.like(first.created, { org_units: 2, positions: 7 });
  const left = await importFile(e.deps, owner, { ...file(people.split('\n').slice(0, 3).join('\n')), complete: true });
  t.like(left, { status: 'applied', closed: 5, closed_as_absent: 5, created: { positions: 0 } });
  t.like(await overview.run(e.deps, owner, { effective_on: '2026-12-01' }), { seats: 3, headcount: 2, units: 3 });
});

test('the demo company imports without a finding that stops', async (t) => {
  const e = await importEngine(t, { currency: 'EUR' });
  const report = await importFile(e.deps, e.caller('owner'), {
    bytes: readFileSync(new URL('../fixtures/demo-company.csv', import.meta.url)),
    file_name: 'demo-company.csv',
  });
  t.deepEqual(
    report.rows_report.filter((f) => f.severity === 'stop'),
    [],
  );
  t.is(report.status, 'applied');
  t.is(report.created.positions, report.rows);
});

test('a later-dated value that was set again without changing stands after an import for an earlier date, and is told', async (t) => {
  const e = await importEngine(t, { currency: 'EUR' }, now);
  const owner = e.caller('owner');
  const text = (title: string) => file(`position_id,title,org_unit,fte\nP1,${title},Shop,1\n`);
  await importFile(e.deps, owner, text('Clerk'));
  const [seat] = await e.sql.query<{ id: string }>('select id from position_version where tenant = $1', [e.tenant]);
  const id = (seat as { id: string }).id;
  await e.givenBaseline([change('PositionUpdated', id, '2026-09-01', { title: 'Clerk' })]);
  const report = await importFile(e.deps, owner, text('Packer'));
  t.deepEqual(
    report.rows_report.filter((f) => f.code === 'LATER_CHANGE').map((f) => `${f.line} ${f.message}`),
    ['2 another value stands from 2026-09-01 on'],
  );
  const titles = await e.sql.query<{ from: string; title: string }>(
    'select effective_from::text as from, title from position_version where tenant = $1 and to_position = 9223372036854775807 order by 1',
    [e.tenant],
  );
  t.deepEqual(titles, [
    { from: '2026-06-01', title: 'Packer' },
    { from: '2026-09-01', title: 'Clerk' },
  ]);
});

test('a change that the projection could not read back is refused with its row before anything is written', async (t) => {
  const e = await importEngine(t);
  const unit = (line: number) => ({
    ...change('OrgUnitCreated', id(`unit ${line}`), '2026-01-01', { name: 'U', kind: 'team', parent_id: rootUnit }),
    line,
  });
  const head = await e.store.heads();
  for (const bad of [
    { ...unit(9), effective_from: '2026-02-30' },
    { ...unit(9), set: { ...unit(9).set, kind: 'squad' } },
    { ...unit(9), set: { name: 'U' } },
    { ...unit(9), type: 'OrgUnitWished' as 'OrgUnitCreated' },
  ]) {
    const changes = new Changes();
    // The first fills more than a batch: what could be written of it is not.
    for (const one of [...Array.from({ length: 5_000 }, (_, i) => unit(10 + i)), bad]) changes.push(one);
    t.true(changes.batches > 1);
    const refusal = await t.throwsAsync(
      stage(e.deps, e.caller('owner'), id('import'), changes, () => t.fail('a batch was written')),
      { instanceOf: Refusal },
    );
    t.is(refusal?.code, 'FAULT');
    t.regex(refusal?.message as string, /line 9 of the file.*nothing was written/);
  }
  t.deepEqual(await e.store.heads(), head);
});
