import test from 'ava';
import { importFile } from '../src/application/import/index.ts';
import { overview } from '../src/application/read/overview.ts';
import { dirtOf } from '../src/generate/dirt.ts';
import { fileOf } from '../src/generate/file.ts';
import { passMonth } from '../src/generate/months.ts';
import { generate, type Organisation } from '../src/generate/organisation.ts';
import { summaryOf } from '../src/generate/summary.ts';
import { importEngine } from './support/import.ts';

const now = new Date('2026-01-05T12:00:00Z');
const settings = { positions: 2_500, seed: 20_260_101, currency: 'EUR', on: '2026-01-01', names: true };
const bytesOf = (o: Organisation) => ({ bytes: Buffer.from([...fileOf(o)].join('')), file_name: 'generated.csv' });

test('a generated organisation imports without a finding, and its months change exactly what they say', async (t) => {
  const e = await importEngine(t, { currency: 'EUR' }, now);
  const owner = e.caller('owner');
  const o = generate(settings);
  const report = await importFile(e.deps, owner, { ...bytesOf(o), effective_on: '2026-01-01' });
  const s = summaryOf(o);
  t.deepEqual(report.rows_report, []);
  t.like(report, { status: 'applied', rows: 2_500, accepted: 2_500, unknown_columns: [] });
  const held = s.standings.filled + s.standings.planned_hire;
  t.deepEqual(report.created, { org_units: s.units - 1, positions: 2_500, actors: held, placements: held });
  const seats = 2_500 - s.standings.closed;
  t.like(await overview.run(e.deps, owner, { effective_on: '2026-01-05' }), {
    seats,
    headcount: s.holders.human + s.holders.contractor - s.standings.planned_hire,
    robots: s.holders.robot,
    ai_agents: s.holders.ai_agent,
    units: s.units,
    layers: s.layers.map((positions, i) => ({ layer: i + 1, positions })),
  });
  for (const month of [1, 2]) {
    const m = passMonth(o, month);
    const next = await importFile(e.deps, owner, { ...bytesOf(o), effective_on: m.effective_on });
    t.deepEqual(next.rows_report, []);
    const hired = m.created.filter((c) => c.holder_id).length + m.filled.length;
    t.log(m.effective_on, m.moved.length, m.closed.length, m.left.length, m.filled.length, m.created.length);
    t.true(m.moved.length > 30 && m.closed.length > 30 && m.left.length > 3 && m.created.length > 30);
    t.like(next, {
      status: 'applied',
      created: { org_units: 0, positions: m.created.length, actors: hired },
      changed: m.moved.length + m.left.length + m.filled.length,
      closed: m.closed.length,
    });
    t.is((await importFile(e.deps, owner, { ...bytesOf(o), effective_on: m.effective_on })).status, 'unchanged');
  }
});

test('the import finds exactly the faults that were put in, each with its line, column and code', async (t) => {
  const e = await importEngine(t, { currency: 'EUR' }, now);
  const owner = e.caller('owner');
  const o = generate({ ...settings, positions: 3_000 });
  const { filter, injected } = dirtOf(o, 100_000);
  const dirty = { bytes: Buffer.from([...fileOf(o, filter)].join('')), file_name: 'dirty.csv', effective_on: '2026-01-01' };
  const report = await importFile(e.deps, owner, dirty);
  t.is(report.status, 'refused');
  const said = (list: readonly { line: number; column: string; code: string | null }[]) =>
    list.map((f) => `${f.line} ${f.column} ${f.code}`).sort();
  const wrong = injected.filter((f) => f.code !== null);
  t.true(new Set(wrong.map((f) => f.code)).size === 5 && wrong.length > 100);
  t.deepEqual(said(report.rows_report), said(wrong));
});
