import test from 'ava';
import fc from 'fast-check';
import { type Change, change, readChange } from '../src/domain/changes.ts';
import { derivedId } from '../src/import/identity.ts';
import { checkWhole } from '../src/import/whole.ts';
import { importText, MemoryBaseline, planText, root } from './support/plan-import.ts';

const stops = (text: string, more = {}) =>
  planText(text, new MemoryBaseline(), more)
    .findings.filter((f) => f.severity === 'stop')
    .map((f) => `${f.line} ${f.column} ${f.code}`);
const uk =
  'position_id,manager_position_id,org_unit,organisation,title,grade,profession,status,fte,posts,salary_min,salary_max,currency,source';

test('every fault of a row is told with its line, column and code', (t) => {
  const head =
    'position_id,title,manager_position_id,fte,pay,currency,status,start_date,holder_id,allocation,holder_fte,posts,reporting,end_date';
  for (const [row, expected] of [
    [',T,,1,1,EUR', ['2 position_id ROW_INVALID']],
    ['A,,,1,1,EUR', ['2 title ROW_INVALID']],
    ['A,T,B,1,1,EUR', ['2 manager_position_id MANAGER_UNKNOWN']],
    ['A,T,A,1,1,EUR', ['2 manager_position_id SELF_MANAGER']],
    ['A,T,,-1,1,EUR', ['2 fte FTE_RANGE']],
    ['A,T,,0.12345,1,EUR', ['2 fte FTE_RANGE']],
    ['A,T,,half,1,EUR', ['2 fte ROW_INVALID']],
    ['A,T,,1,-5,EUR', ['2 pay AMOUNT_NEGATIVE']],
    ['A,T,,1,1.005,EUR', ['2 pay ROW_INVALID']],
    ['A,T,,1,1.0050,EUR', ['2 pay AMOUNT_SCALE']],
    ['A,T,,1,100,XYZ', ['2 currency CURRENCY_UNKNOWN']],
    ['A,T,,1,100,USD', ['2 currency CURRENCY_UNKNOWN']],
    ['A,T,,1,100,EUR,gone', ['2 status ROW_INVALID']],
    ['A,T,,1,100,EUR,open,03/04/2026,H', ['2 start_date ROW_INVALID']],
    ['A,T,,1,100,EUR,open,2099-01-01,H', ['2 start_date DATE_HORIZON']],
    ['A,T,,1,100,EUR,open,,H,301', ['2 allocation FTE_RANGE']],
    ['A,T,,1,100,EUR,open,,H,100,3.5', ['2 holder_fte FTE_RANGE']],
    ['A,T,,1,100,EUR,open,,H,100,1,2', ['2 holder_id ROW_INVALID']],
    ['A,T,,1,100,EUR,closed,,H,100,1,1', ['2 holder_id ROW_INVALID']],
    ['A,T,,1,100,EUR,open,,,,,0', ['2 posts ROW_INVALID']],
    ['A,T,,1,100,EUR,open,,,,,1,explicit', ['2 reporting ROW_INVALID']],
    ['A,T,,1,100,EUR,open,2026-05-05,H,,,,,2026-05-01', ['2 end_date DATE_ORDER']],
  ] as const) {
    const width = head.split(',').length;
    t.deepEqual(stops(`${head}\n${row}${','.repeat(width - row.split(',').length)}\n`), [...expected], row);
  }
  t.deepEqual(stops('position_id,title\nA,T,extra\n'), ['2  ROW_INVALID']);
  t.deepEqual(stops('position_id,title\nA,T\0\n'), ['2  ROW_INVALID']);
});

test('double ids, loops and a second primary placement are found where they stand', (t) => {
  t.deepEqual(stops('position_id,title\nA,T\nB,T\nA,T\n'), ['4 position_id DUPLICATE_ID']);
  t.deepEqual(stops('position_id,title,posts\nX,T,2\nX#2,T,1\n'), ['3 position_id DUPLICATE_ID']);
  const loop = planText('position_id,title,manager_position_id\nA,T,C\nB,T,A\nC,T,B\nD,T,A\n', new MemoryBaseline());
  t.deepEqual(
    loop.findings.filter((f) => f.code === 'REPORTS_CYCLE').map((f) => f.line),
    [2, 3, 4],
  );
  t.true(loop.findings.some((f) => f.message.includes('A -> C -> B -> A')));
  t.deepEqual(stops('position_id,title,holder_id,primary\nA,T,H,yes\nB,T,H,yes\n'), ['3 primary PRIMARY']);
  t.true(stops('position_id,title,holder_id\nA,T,H\nB,T,H\nC,T,H\nD,T,H\n').some((s) => s.endsWith('ACTOR_FTE')));
  t.deepEqual(stops('position_id,title,holder_id,holder_name\nA,T,H,Ann\nB,T,H,Ben\n'), ['3 holder_name ROW_INVALID']);
  t.deepEqual(stops('position_id,title,org_unit,unit_head\nA,T,U,yes\nB,T,U,yes\n'), ['3 unit_head ROW_INVALID']);
  t.deepEqual(stops('position_id,title,org_unit,org_unit_id\nA,T,U,1\nB,T,V,1\n'), ['3 org_unit_id ROW_INVALID']);
  t.deepEqual(stops('position_id,title,manager_position_id,posts\nX,T,,3\nB,T,X,1\n'), ['3 manager_position_id MANAGER_UNKNOWN']);
  t.deepEqual(stops('position_id,title,manager_position_id,posts\nX,T,,3\nB,T,X#3,1\n'), []);
  // The reading through heads of units closes a loop that no row shows alone.
  t.true(
    stops('position_id,title,manager_position_id,org_unit,unit_head,reporting\nA,T,B,U,yes,\nB,T,,U,,unit_head\n').some((s) =>
      s.endsWith('REPORTS_CYCLE'),
    ),
  );
});

test('one error refuses the whole file and says what would have passed; skipping leaves out what hangs on a refused row too', (t) => {
  const text = 'position_id,title,manager_position_id,fte\nA,T,,1\nB,T,A,x\nC,T,B,1\nD,T,C,1\nE,T,A,1\n';
  const refused = planText(text, new MemoryBaseline());
  t.like(refused, { passes: false, rows: 5, accepted: 4, rejected: 1, passing_rows: 2 });
  const skipped = planText(text, new MemoryBaseline(), { skipRejected: true });
  t.like(skipped, { passes: true, rows: 5, accepted: 2, rejected: 3, outcome: { created: { positions: 2 } } });
  t.deepEqual(
    skipped.findings.filter((f) => f.severity === 'stop').map((f) => [f.line, f.code]),
    [
      [3, 'ROW_INVALID'],
      [4, 'MANAGER_UNKNOWN'],
      [5, 'MANAGER_UNKNOWN'],
    ],
  );
});

test('repairs mend what they name, are recorded, and nothing is mended unasked', (t) => {
  const row = (id: string, manager: string, title = 'T') => `${id},${manager},U,O,${title},G,P,filled,1,1,1,3,EUR,senior`;
  const text = [uk, row('A', ''), row('B', 'XX'), row('C', 'gone'), row('D', 'D'), row('A', '', 'Second'), row('E', 'D'), ''].join('\n');
  t.deepEqual(stops(text), [
    '3 manager_position_id MULTIPLE_ROOTS',
    '4 manager_position_id MANAGER_UNKNOWN',
    '5 manager_position_id SELF_MANAGER',
    '6 position_id DUPLICATE_ID',
    '6 manager_position_id MULTIPLE_ROOTS',
  ]);
  const baseline = new MemoryBaseline();
  const plan = importText(text, baseline, { repairs: { roots: 'virtual', orphans: 'park', self: 'root', duplicates: 'last' } });
  t.deepEqual(plan.repaired.map((r) => `${r.line} ${r.repair}`).sort(), [
    '2 duplicates=last',
    '3 roots=virtual',
    '4 orphans=park',
    '5 roots=virtual',
    '5 self=root',
    '6 roots=virtual',
  ]);
  const positions = baseline.bySource('position', '2026-06-01');
  const virtual = positions.get('(virtual root)');
  t.like(virtual, { reporting: 'none', status: 'open', capacity_fte: '0' });
  for (const id of ['A', 'B', 'D']) t.like(positions.get(id), { reporting: 'explicit', manager_id: virtual?.['id'] });
  t.is(positions.get('A')?.['title'], 'Second');
  t.like(positions.get('C'), { reporting: 'none', unit_id: baseline.bySource('org_unit', '2026-06-01').get('Unplaced')?.['id'] });
  t.is(importText(text, baseline, { repairs: { roots: 'virtual', orphans: 'park', self: 'root', duplicates: 'last' } }).changes.length, 0);
});

test('a row that grows and shrinks keeps its first posts, closes the highest and splits its FTE anew', (t) => {
  const file = (posts: number, fte: string, number = 'J1') =>
    `${uk}\nS,,U,O,Boss,G,P,filled,1,1,,,EUR,senior\n${number},S,U,O,Clerk,AO,P,group,${fte},${posts},10,20,EUR,junior\n`;
  const baseline = new MemoryBaseline();
  const on = (day: number) => ({ on: `2026-06-0${day}` });
  importText(file(3, '1'), baseline, on(1));
  const clerks = (day: number) =>
    [...baseline.bySource('position', on(day).on)]
      .filter(([id]) => id.startsWith('J'))
      .map(([id, v]) => `${id} ${v['status']} ${v['capacity_fte']}`)
      .sort();
  t.deepEqual(clerks(1), ['J1#1 open 0.3334', 'J1#2 open 0.3333', 'J1#3 open 0.3333']);
  const shrunk = importText(file(2, '1', 'J9'), baseline, on(2));
  t.like(shrunk.outcome, { created: { positions: 0 }, changed: 2, closed: 1 });
  t.deepEqual(clerks(2), ['J1#1 open 0.5', 'J1#2 open 0.5', 'J1#3 closed 0.3333']);
  const active = (day: number) => [...baseline.bySource('placement', on(day).on).values()].filter((v) => v['status'] === 'active').length;
  t.is(active(2), 3);
  const grown = importText(file(4, '2', 'J5'), baseline, on(3));
  t.like(grown.outcome, { created: { positions: 1, actors: 2, placements: 2 }, changed: 1, closed: 0 });
  t.is(active(3), 5);
  t.deepEqual(checkWhole(baseline.view(on(3).on), []), []);
  t.is(importText(file(4, '2', 'J2'), baseline, on(3)).changes.length, 0);
});

test('posts filled, vacated, eliminated and back: holders come and go, and nobody comes back under an id that left', (t) => {
  const file = (status: string) => `${uk}\nS,,U,O,Boss,G,P,filled,1,1,,,EUR,senior\nA,S,U,O,Head,G,P,${status},1,1,10,21,EUR,senior\n`;
  const baseline = new MemoryBaseline();
  const head = (on: string) => baseline.bySource('position', on).get('A');
  const holders = (on: string) =>
    [...baseline.view(on).things()]
      .filter((x) => x.kind === 'placement')
      .map((x) => baseline.view(on).at(x.id, on))
      .filter((v) => v?.['position_id'] === head(on)?.['id'] && v?.['status'] === 'active')
      .map((v) => v?.['actor_id']);
  const seen: unknown[] = [];
  for (const [i, [status, state, held]] of (
    [
      ['filled', 'open', 1],
      ['vacant', 'open', 0],
      ['undisclosed', 'open', 1],
      ['eliminated', 'closed', 0],
      ['filled', 'open', 1],
    ] as const
  ).entries()) {
    const on = `2026-06-0${i + 1}`;
    const plan = importText(file(status), baseline, { on });
    if (i > 0) t.is(plan.outcome.changed + plan.outcome.closed, 1, status);
    t.is(head(on)?.['status'], state);
    t.is(holders(on).length, held);
    t.is(
      [...baseline.view(on).things()].filter((x) => x.kind === 'actor' && baseline.view(on).at(x.id)?.['status'] === 'active').length,
      1 + held,
    );
    seen.push(...holders(on));
    t.is(planText(file(status), baseline, { on }).changes.length, 0);
  }
  t.is(new Set(seen).size, 3);
  t.is(head('2026-06-01')?.['pay_amount'], '15.50');
});

test('pay is the middle of a band, exact and half-even; N/D, 0 and nothing are not known and not zero', (t) => {
  const pay = (low: string, high: string) => {
    const baseline = new MemoryBaseline();
    const plan = importText(`${uk}\nA,,U,O,T,G,P,filled,1,1,"${low}","${high}",EUR,senior\n`, baseline);
    return plan.findings.some((f) => f.code === 'PAY_MISSING')
      ? null
      : baseline.bySource('position', '2026-06-01').get('A')?.['pay_amount'];
  };
  t.is(pay('205000', '209999'), '207499.50');
  t.is(pay('0.01', '0.02'), '0.02');
  t.is(pay('0.01', '0.04'), '0.02');
  t.is(pay('€60,000', '64,999.99'), '62500.00');
  for (const [low, high] of [
    ['N/D', 'N/D'],
    ['0', '0'],
    ['', ''],
    ['10', ''],
  ] as const)
    t.is(pay(low, high), null);
});

test('ids keep their leading zeros and stay apart from the same number without them', (t) => {
  const baseline = new MemoryBaseline();
  importText('position_id,title,manager_position_id,holder_id\n007,T,,01\n7,T,007,1\n', baseline);
  const positions = baseline.bySource('position', '2026-06-01');
  t.deepEqual([...positions.keys()].sort(), ['007', '7']);
  t.is(positions.get('7')?.['manager_id'], positions.get('007')?.['id']);
  t.deepEqual([...baseline.bySource('actor', '2026-06-01').keys()].sort(), ['01', '1']);
});

interface Row {
  id: number;
  boss: number;
  unit: number;
  title: number;
  fte: number;
  posts: number;
  pay: number;
  holder: number;
  status: number;
}
const rowOf = fc.record({
  id: fc.integer({ min: 0, max: 11 }),
  boss: fc.integer({ min: 0, max: 11 }),
  unit: fc.integer({ min: 0, max: 3 }),
  title: fc.integer({ min: 0, max: 2 }),
  fte: fc.integer({ min: 0, max: 12 }),
  posts: fc.integer({ min: 1, max: 3 }),
  pay: fc.integer({ min: 0, max: 3 }),
  holder: fc.integer({ min: 0, max: 9 }),
  status: fc.integer({ min: 0, max: 4 }),
});
const units = ['', 'U', 'U > V', 'W'];

/** A canonical file whose managers come before their reports, so that it has no loop. */
const fileOf = (given: readonly Row[]): string => {
  const rows = [...new Map(given.map((r) => [r.id, r])).values()].sort((a, b) => a.id - b.id);
  const lines = rows.map((r, i) => {
    const bosses = rows.slice(0, i).filter((b) => b.posts === 1 || b.holder < 5);
    const boss = bosses.length > 0 && r.boss > 2 ? `P${(bosses[r.boss % bosses.length] as Row).id}` : '';
    const closed = r.status === 4;
    const held = !closed && r.holder < 5;
    return [
      `P${r.id}`,
      boss,
      units[r.unit],
      `T${r.title}`,
      (r.fte / 4).toFixed(2),
      held ? 1 : r.posts,
      r.pay * 100,
      held ? `H${r.holder}` : '',
      closed ? 'closed' : 'open',
      held && r.pay === 1 ? `2026-0${7 + (r.title % 2)}-01` : '',
      held && r.pay === 2 ? '2026-10-01' : '',
    ].join(',');
  });
  return `position_id,manager_position_id,org_unit,title,fte,posts,pay,holder_id,status,start_date,end_date\n${lines.join('\n')}\n`;
};

/** What a file says by itself, read with no code of the import: seats with their state, and who sits there on a date. */
const said = (text: string, on: string, date: string) => {
  const [head, ...lines] = text
    .trimEnd()
    .split('\n')
    .map((l) => l.split(','));
  const rows = lines.map((l) => Object.fromEntries((head as string[]).map((h, i) => [h, l[i] as string])));
  const seats = rows.flatMap((r) => {
    const posts = Number(r['posts']);
    const name = (n: number) => (posts === 1 ? (r['position_id'] as string) : `${r['position_id']}#${n}`);
    const holds =
      r['holder_id'] !== '' &&
      (r['start_date'] === '' || (r['start_date'] as string) <= date || (r['start_date'] as string) <= on) &&
      (r['end_date'] === '' || date < (r['end_date'] as string));
    return Array.from({ length: posts }, (_, i) => ({
      seat: name(i + 1),
      status: r['status'] as string,
      holder: holds ? (r['holder_id'] as string) : '',
    }));
  });
  const units = new Set(
    rows
      .flatMap((r) => (r['org_unit'] as string).split(' > ').map((_, i, path) => path.slice(0, i + 1).join(' > ')))
      .filter((u) => u !== ''),
  );
  return { seats, units };
};

test('whatever file follows whatever file: the baseline says what the file says, keeps its invariants, and the same file again changes nothing', (t) => {
  const applied = { files: 0, refused: new Set<string>() };
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.array(rowOf, { minLength: 1, maxLength: 12 }), fc.boolean(), fc.integer({ min: 1, max: 9 })), {
        minLength: 1,
        maxLength: 4,
      }),
      (files) => {
        const baseline = new MemoryBaseline();
        let day = 0;
        for (const [rows, complete, step] of files) {
          day += step;
          const on = `2026-06-${String(Math.min(day, 30)).padStart(2, '0')}`;
          const text = fileOf(rows);
          const plan = planText(text, baseline, { on, complete });
          if (!plan.passes) {
            for (const f of plan.findings) if (f.severity === 'stop') applied.refused.add(f.code);
            continue;
          }
          applied.files++;
          for (const c of plan.changes) readChange(JSON.parse(JSON.stringify(c)));
          baseline.record(plan.changes);
          const breaches = checkWhole(baseline.view(on), []).filter((b) => !b.warn);
          if (breaches.length > 0) throw new Error(`after ${text}: ${JSON.stringify(breaches)}`);
          const again = planText(text, baseline, { on, complete });
          if (again.changes.length > 0) throw new Error(`again ${text}: ${JSON.stringify(again.changes)}`);
          for (const date of [on, '2026-07-15', '2026-08-15', '2026-12-01']) {
            const { seats, units } = said(text, on, date);
            const positions = baseline.bySource('position', date);
            const actors = new Map([...baseline.bySource('actor', date)].map(([source, v]) => [v['id'], source]));
            const sitting = [
              ...baseline.bySource('placement', date).values(),
              ...[...baseline.view(date).things()].filter((x) => x.kind === 'placement').map((x) => baseline.view(date).at(x.id, date)),
            ].filter((v) => v?.['status'] === 'active');
            for (const { seat, status, holder } of seats) {
              const position = positions.get(seat);
              const there = new Set(
                sitting.filter((v) => v?.['position_id'] === position?.['id']).map((v) => actors.get(v?.['actor_id'] as string)),
              );
              if (position?.['status'] !== status || [...there].join() !== holder)
                throw new Error(`${on} ${date} ${seat} ${position?.['status']} ${[...there]} of ${text}`);
            }
            if (!complete) continue;
            const open = [...positions.values()].filter((v) => v['status'] !== 'closed').length;
            if (open !== seats.filter((s) => s.status === 'open').length) throw new Error(`${open} seats after the complete file ${text}`);
            const standing = [...baseline.bySource('org_unit', date)]
              .filter(([, v]) => v['status'] === 'active' && v['parent_id'] !== null)
              .map(([source]) => source);
            if (standing.sort().join() !== [...units].sort().join()) throw new Error(`units ${standing} after ${text}`);
          }
        }
      },
    ),
    { numRuns: 300 },
  );
  t.log(`${applied.files} files applied; refused for ${[...applied.refused].sort()}`);
  t.true(applied.files > 300);
  // An allocation above 300 %, or a manager that an earlier file closed: nothing else may refuse these files.
  t.deepEqual(
    [...applied.refused].filter((code) => !['ACTOR_FTE', 'MANAGER_UNKNOWN'].includes(code)),
    [],
  );
});

test('checking what changes on each date finds what checking the whole on each date finds', (t) => {
  const days = ['2026-06-01', '2026-06-02', '2026-06-03', '2026-06-04'] as const;
  const id = (kind: string, n: number) => derivedId(kind, n);
  const day = fc.constantFrom(...days);
  const n = fc.integer({ min: 0, max: 3 });
  const step = fc.oneof(
    fc.record({ what: fc.constant('unit'), n, to: n, on: day }),
    fc.record({ what: fc.constant('unit head'), n, to: n, on: day }),
    fc.record({ what: fc.constant('unit closed'), n, to: n, on: day }),
    fc.record({ what: fc.constant('position'), n, to: n, on: day }),
    fc.record({ what: fc.constant('manager'), n, to: n, on: day }),
    fc.record({ what: fc.constant('position closed'), n, to: n, on: day }),
    fc.record({ what: fc.constant('actor left'), n, to: n, on: day }),
    fc.record({ what: fc.constant('actor works more'), n, to: n, on: day }),
    fc.record({ what: fc.constant('placement'), n, to: n, on: day }),
    fc.record({ what: fc.constant('placement ended'), n, to: n, on: day }),
    fc.record({ what: fc.constant('primary'), n, to: n, on: day }),
  );
  const made = (s: { what: string; n: number; to: number; on: string }): Change => {
    const unit = (k: number) => (k === 0 ? root : id('unit', k));
    switch (s.what) {
      case 'unit':
        return change('OrgUnitUpdated', id('unit', s.n), s.on, { parent_id: unit(s.to) });
      case 'unit head':
        return change('OrgUnitHeadSet', unit(s.n), s.on, { head_id: id('position', s.to) });
      case 'unit closed':
        return change('OrgUnitClosed', id('unit', s.n), s.on);
      case 'position':
        return change('PositionUpdated', id('position', s.n), s.on, { unit_id: unit(s.to), reporting: 'unit_head', manager_id: null });
      case 'manager':
        return change('PositionUpdated', id('position', s.n), s.on, { reporting: 'explicit', manager_id: id('position', s.to) });
      case 'position closed':
        return change('PositionClosed', id('position', s.n), s.on, { close_reason: 'not_needed' });
      case 'actor left':
        return change('ActorExited', id('actor', s.n), s.on);
      case 'actor works more':
        return change('ActorUpdated', id('actor', s.n), s.on, { contract_fte: '3' });
      case 'placement':
        return change('PlacementUpdated', id('placement', s.n), s.on, { position_id: id('position', s.to), allocation: '200' });
      case 'placement ended':
        return change('PlacementEnded', id('placement', s.n), s.on);
      default:
        return change('PlacementUpdated', id('placement', s.n), s.on, { is_primary: s.to > 0 });
    }
  };
  const begin = [0, 1, 2, 3].flatMap((k) => [
    change('OrgUnitCreated', id('unit', k), days[0], { name: `U${k}`, kind: 'team', parent_id: root }),
    change('PositionCreated', id('position', k), days[0], {
      title: `P${k}`,
      unit_id: id('unit', k),
      status: 'open',
      reporting: 'none',
      capacity_fte: '1',
    }),
    change('ActorAdded', id('actor', k), days[0], { kind: 'human', external_uid: `A${k}`, contract_fte: '1' }),
    change('PlacementStarted', id('placement', k), days[k % 2] as string, {
      actor_id: id('actor', k >> 1),
      unit_id: id('unit', k),
      position_id: id('position', k),
      allocation: '50',
      is_primary: k % 2 === 0,
      role: 'member',
    }),
  ]);
  const codes = new Set<string>();
  fc.assert(
    fc.property(fc.array(step, { maxLength: 8 }), fc.boolean(), (steps, inTwo) => {
      const changes = [...begin, ...steps.map(made)];
      const before = new MemoryBaseline();
      if (inTwo) before.record(begin);
      const found = checkWhole(before.view(days[0]), inTwo ? changes.slice(begin.length) : changes).map((b) => `${b.code} ${b.id}`);
      const after = new MemoryBaseline();
      after.record(begin);
      after.record(changes.slice(begin.length));
      const whole = days.flatMap((date) => checkWhole(after.view(date), []).filter((b) => b.date === date));
      for (const b of whole) codes.add(b.code);
      const name = (list: string[]) => [...new Set(list.filter((c) => !/CYCLE|PRIMARY|ACTOR_FTE|TREE_ROOT/.test(c)))].sort();
      // Which of a loop's members, or of an actor's placements, is told depends on where one begins to look.
      const kinds = (list: string[]) => [...new Set(list.map((c) => c.split(' ')[0]))].sort();
      t.deepEqual(name(found), name(whole.map((b) => `${b.code} ${b.id}`)), JSON.stringify(steps));
      t.deepEqual(kinds(found), kinds(whole.map((b) => b.code)), JSON.stringify(steps));
    }),
    { numRuns: 400 },
  );
  t.true(codes.size >= 8, [...codes].join());
});
