import { readFileSync } from 'node:fs';
import test from 'ava';
import { zero } from '../src/domain/decimal.ts';
import { importFile } from '../src/application/import/index.ts';
import { streams } from '../src/domain/events.ts';
import { overview } from '../src/application/read/overview.ts';
import { importEngine, naiveRows, type RawRow, sharedFile } from './support/import.ts';
import { matched, mid, naiveSeats, posts } from './support/naive-returns.ts';

const bytesOf = (path: string) => ({ bytes: readFileSync(path), file_name: path.split('/').at(-1) as string });
/** Layers counted from the file alone: every post under its manager's layer. */
const layersOf = (rows: readonly RawRow[]): Record<number, number> => {
  const manager = new Map(rows.map((r) => [r['position_id'] as string, r['manager_position_id'] as string]));
  const layer = (id: string): number => {
    const up = manager.get(id) as string;
    return up === '' || up === 'XX' ? 1 : 1 + layer(up);
  };
  const counts: Record<number, number> = {};
  for (const row of rows) counts[layer(row['position_id'] as string)] = (counts[layer(row['position_id'] as string)] ?? 0) + posts(row);
  return counts;
};

test.serial(
  'the return of HMRC becomes 67,196 positions whose every figure is that of the file, and a second time changes nothing',
  async (t) => {
    t.timeout(150_000);
    const path = sharedFile(t, 'hmrc_2011-03-31.csv');
    if (!path) return;
    const e = await importEngine(t);
    const owner = e.caller('owner');
    const started = Date.now();
    const dry = await importFile(e.deps, owner, { ...bytesOf(path), dry_run: true });
    t.log(`dry run ${Date.now() - started} ms`);
    t.is(dry.status, 'checked');
    t.is(dry.event_position, dry.position_before);
    const report = await importFile(e.deps, owner, bytesOf(path));
    t.log(`dry run and import with projection ${Date.now() - started} ms, at most ${Math.round(process.resourceUsage().maxRSS / 1024)} MB`);
    t.deepEqual([dry.created, dry.findings, dry.import_id], [report.created, report.findings, report.import_id]);

    const rows = naiveRows(path);
    const number = rows.reduce((n, r) => n + posts(r), 0);
    const units = new Set(rows.map((r) => r['org_unit'])).size;
    t.is(number, 67_196);
    t.is(units, 40);
    t.like(report, {
      status: 'applied',
      refused: false,
      rows: rows.length,
      accepted: 6138,
      rejected: 0,
      created: { org_units: 40, positions: number, actors: number, placements: number },
      changed: 0,
      closed: 0,
    });
    t.deepEqual(report.findings, [
      { code: 'FTE_MISSING', severity: 'warn', count: 1 },
      { code: 'PAY_MISSING', severity: 'warn', count: 304 },
    ]);

    const answer = await overview.run(e.deps, owner, {});
    const fte = rows.reduce((sum, r) => sum.plus(r['fte'] || '0'), zero).toFixed();
    t.is(fte, '66973.84');
    const planned = rows.reduce((sum, r) => sum.plus((mid(r) ?? zero).times(posts(r))), zero).toFixed(2);
    t.is(planned, '1761435019.00');
    const withPay = rows.filter((r) => mid(r) !== null).reduce((n, r) => n + posts(r), 0);
    const layers = layersOf(rows);
    t.deepEqual(layers, { 1: 1, 2: 9, 3: 330, 4: 8851, 5: 38_983, 6: 19_022 });
    t.like(answer, {
      headcount: number,
      seats: number,
      units: units + 1,
      establishment_fte: fte,
      fte,
      vacancy_fte: '0',
      vacant_positions: 0,
    });
    t.deepEqual(
      answer.layers,
      Object.entries(layers).map(([layer, positions]) => ({ layer: Number(layer), positions })),
    );
    t.like((answer as unknown as { cost: { planned: object } }).cost.planned, {
      annual_base: planned,
      currency: 'GBP',
      coverage: { with_pay: withPay, of: number },
    });

    const heads = await e.store.heads();
    const again = await importFile(e.deps, owner, bytesOf(path));
    t.like(again, {
      status: 'unchanged',
      changed: 0,
      closed: 0,
      event_position: report.event_position,
      position_before: report.event_position,
    });
    t.deepEqual(again.created, { org_units: 0, positions: 0, actors: 0, placements: 0 });
    t.deepEqual(await e.store.heads(), heads);
  },
);

test.serial('the messy return is refused with codes and lines, and nothing is written', async (t) => {
  const path = sharedFile(t, 'bis_2011-09-30_messy.csv');
  if (!path) return;
  const e = await importEngine(t);
  const before = await e.store.heads();
  const report = await importFile(e.deps, e.caller('owner'), bytesOf(path));
  t.deepEqual(await e.store.heads(), before);
  t.like(report, {
    status: 'refused',
    refused: true,
    rows: 942,
    accepted: 937,
    rejected: 5,
    created: { positions: 0 },
    event_position: report.position_before,
  });

  const rows = naiveRows(path);
  const faults: [code: string, line: number, value: string][] = [];
  rows.forEach((row, i) => {
    const id = row['position_id'] as string;
    if (rows.findIndex((r) => r['position_id'] === id) < i) faults.push(['DUPLICATE_ID', i + 2, id]);
    if (row['manager_position_id'] === id) faults.push(['SELF_MANAGER', i + 2, id]);
  });
  t.is(faults.length, 5);
  t.deepEqual(
    report.rows_report.filter((f) => f.severity === 'stop').map((f) => [f.code, f.line, f.value]),
    faults,
  );
  t.true(report.rows_report.every((f) => f.message !== '' && f.suggestion !== ''));
  const rejected = report.rejected_csv.trimEnd().split('\n');
  t.is(rejected.length, 6);
  t.true(rejected[0]?.endsWith('source,error_code,error_message'));

  const skipped = await importFile(e.deps, e.caller('owner'), { ...bytesOf(path), skip_rejected: true });
  // 25 rows stand under the one that reports to itself, itself counted.
  t.like(skipped, { status: 'applied', rows: 942, rejected: 4 + 25, accepted: 942 - 29 });
  t.is(skipped.created.positions, report.would?.created.positions as number);
});

test.serial('the messy return is accepted with its repairs named, and the rejected rows, mended, import the rest', async (t) => {
  const path = sharedFile(t, 'bis_2011-09-30_messy.csv');
  if (!path) return;
  const rows = naiveRows(path);
  const distinct = new Set(rows.map((r) => r['position_id']));
  const total = rows.filter((r, i) => rows.findIndex((x) => x['position_id'] === r['position_id']) === i).reduce((n, r) => n + posts(r), 0);

  const repaired = await importEngine(t);
  const repair = { duplicates: 'first', self: 'root', roots: 'virtual' };
  const whole = await importFile(repaired.deps, repaired.caller('owner'), { ...bytesOf(path), repair });
  t.like(whole, { status: 'applied', rows: 942, accepted: 942, rejected: 0 });
  t.is(whole.created.positions, total + 1, 'every post, and the virtual root above the two that report to nobody');
  const said = new Map<string, number>();
  for (const { repair: name } of whole.repaired) said.set(name, (said.get(name) ?? 0) + 1);
  t.deepEqual(
    [...said].sort(([a], [b]) => (a < b ? -1 : 1)),
    [
      ['duplicates=first', rows.length - distinct.size],
      ['roots=virtual', 2],
      ['self=root', 1],
    ],
  );
  const [event] = (await repaired.store.readStream(repaired.tenant, streams.baseline(repaired.tenant))).slice(-1);
  t.deepEqual((event as unknown as { data: { counts: { repairs: object } } }).data.counts.repairs, repair);

  const e = await importEngine(t);
  const owner = e.caller('owner');
  const first = await importFile(e.deps, owner, { ...bytesOf(path), skip_rejected: true });
  t.is(first.rejected, 29);
  const [header, ...rejects] = first.rejected_csv.trimEnd().split('\n') as [string, ...string[]];
  t.is(rejects.length, 29);
  const root = rows.find((r) => ['', 'XX'].includes(r['manager_position_id'] as string))?.['position_id'] as string;
  const self = rows.find((r) => r['manager_position_id'] === r['position_id'])?.['position_id'] as string;
  // Mended as a person would: the one under itself gets the head of the return above it, double rows get ids of their own.
  const mended = rejects.map((line, i) => {
    if (line.startsWith(`${self},${self},`)) return line.replace(`${self},${self},`, `${self},${root},`);
    return line.includes('DUPLICATE_ID') ? line.replace(/^[^,]+/, (id) => `${id}-mended-${i}`) : line;
  });
  const rest = await importFile(e.deps, owner, { bytes: Buffer.from(`${[header, ...mended].join('\n')}\n`), file_name: 'rejects.csv' });
  t.is(rest.status, 'applied', JSON.stringify(rest.rows_report.filter((f) => f.severity === 'stop').slice(0, 3)));
  t.like(rest, { rows: 29, accepted: 29, closed: 0 });
  t.is(
    first.created.positions + rest.created.positions,
    rows.reduce((n, r) => n + posts(r), 0),
  );
  t.like(await overview.run(e.deps, owner, {}), { seats: first.created.positions + rest.created.positions });
});

test.serial(
  'two returns of the Home Office: what is made, changed and closed is what the matching rule says, and the past stays as it was',
  async (t) => {
    const march = sharedFile(t, 'home_office_2011-03-31.csv');
    const september = march && sharedFile(t, 'home_office_2011-09-30.csv');
    if (!march || !september) return;
    const e = await importEngine(t);
    const owner = e.caller('owner');
    const refused = await importFile(e.deps, owner, bytesOf(march));
    t.deepEqual(
      refused.rows_report.filter((f) => f.severity === 'stop').map((f) => [f.code, f.line]),
      [['DUPLICATE_ID', 101]],
    );

    const repair = { duplicates: 'first' };
    const first = await importFile(e.deps, owner, { ...bytesOf(march), repair });
    const before = naiveSeats(naiveRows(march));
    t.is(first.created.positions, before.seats.size);
    const [statuses] = await e.sql.query<{ closed: number; vacant: number; open: number }>(
      `select count(*) filter (where status = 'closed')::int as closed, count(*) filter (where status = 'open')::int as open,
       count(*) filter (where status = 'open' and not exists (select 1 from placement_version l where l.tenant = p.tenant and l.position_id = p.id and l.status = 'active'))::int as vacant
     from position_version p where tenant = $1 and to_position = 9223372036854775807`,
      [e.tenant],
    );
    t.deepEqual(statuses, { closed: 14, vacant: 4, open: before.seats.size - 14 });
    const then = await overview.run(e.deps, owner, {});
    t.like(then, { vacant_positions: 4, seats: before.seats.size - 14 });

    const second = await importFile(e.deps, owner, { ...bytesOf(september), repair });
    t.is(second.status, 'applied', JSON.stringify(second.rows_report.filter((f) => f.severity === 'stop').slice(0, 5)));
    const after = naiveSeats(naiveRows(september));
    const counts = matched(before, after);
    t.log(`created ${counts.created}, changed ${counts.changed}, closed ${counts.closed}`);
    t.true(counts.created > 0 && counts.changed > 0 && counts.closed > 0);
    t.deepEqual({ created: second.created.positions, changed: second.changed, closed: second.closed }, counts);

    const past = await overview.run(e.deps, owner, { as_of: second.position_before });
    t.deepEqual({ ...past, basis: null }, { ...then, basis: null });
    const now = await overview.run(e.deps, owner, {});
    const bornClosed = [...after.seats].filter(([name, seat]) => seat.closed && !before.seats.has(name)).length;
    const reopened = [...after.seats].filter(([name, seat]) => !seat.closed && before.seats.get(name)?.closed).length;
    t.is(now.seats, before.seats.size - 14 + counts.created - bornClosed - counts.closed + reopened);

    const heads = await e.store.heads();
    t.is((await importFile(e.deps, owner, { ...bytesOf(september), repair })).status, 'unchanged');
    t.deepEqual(await e.store.heads(), heads);

    const complete = await importFile(e.deps, owner, { ...bytesOf(september), repair, complete: true, dry_run: true });
    const absent =
      [...before.seats].filter(([name, seat]) => !seat.closed && !after.seats.has(name)).length -
      [...before.groups].reduce(
        (n, [name, was]) => n + (after.groups.has(name) ? Math.max(0, was - (after.groups.get(name) as number)) : 0),
        0,
      );
    t.like(complete, { status: 'checked', closed: absent, closed_as_absent: absent, created: { positions: 0 } });
    const closing = await importFile(e.deps, owner, { ...bytesOf(september), repair, complete: true });
    t.is(closing.closed_as_absent, absent);
    const left = await overview.run(e.deps, owner, {});
    t.is(left.seats, [...after.seats.values()].filter((s) => !s.closed).length);
    t.is((await importFile(e.deps, owner, { ...bytesOf(september), repair, complete: true })).status, 'unchanged');
  },
);
