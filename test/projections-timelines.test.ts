import test from 'ava';
import { change } from '../src/domain/changes.ts';
import type { Kind } from '../src/domain/entities.ts';
import { at, fold } from '../src/domain/timeline.ts';
import type { LoadedThing, Need } from '../src/domain/world.ts';
import { timelineSource } from '../src/projections/load-timelines.ts';
import { engine, id } from './support/engine.ts';
import { happen, lookDates, randomOf } from './support/histories.ts';
import { readingSql } from './support/rows-read.ts';

type Node = `${Kind} ${string}`;

for (const seed of [11, 12, 13])
  test(`what a need loads is what the oracle knows, history ${seed}`, async (t) => {
    const e = await engine(t, { background: false, wait: false });
    const r = randomOf(seed);
    const { oracle, branches, last } = await happen(e, r, { events: 40, things: 5, rebases: seed === 13 });
    let compared = 0;
    // Positions at which rows begin and end are the ones where a mistake by one shows.
    const busy = (await e.sql.query<{ at: number }>('select distinct from_position::int as at from position_version order by 1')).map(
      (row) => row.at,
    );
    for (let n = 0; n < 24; n++) {
      const branch = r.pick(branches);
      const position = Math.max(branch, n % 2 ? r.pick(busy) : 1 + r.int(last));
      const source = timelineSource(e.sql, { tenant: 1, branch, position, pin: oracle.pinAt(branch, position) });
      const nodes = (['org_unit', 'position', 'actor'] as const).flatMap((kind) =>
        oracle.ids(kind).map((thing): Node => `${kind} ${thing}`),
      );
      const split = (node: Node) => node.split(' ') as [Kind, string];
      const read = (node: Node, date: string) => oracle.read(branch, ...split(node), position, date);
      const there = nodes.filter((node) => oracle.counting(branch, ...split(node), position).length > 0);
      /** Everything reached from a node by following its edges, on any date. */
      const reach = (start: Node, edges: (node: Node, date: string) => Node[]): Node[] => {
        const seen = new Set([start]);
        for (const node of seen) for (const date of lookDates) for (const next of edges(node, date)) seen.add(next);
        return [...seen].filter((node) => there.includes(node)).sort();
      };
      const to = (kind: Kind, value: unknown): Node[] => (typeof value === 'string' ? [`${kind} ${value}`] : []);
      const up = (node: Node, date: string): Node[] => to('org_unit', read(node, date)?.parent_id);
      const chain = (node: Node, date: string): Node[] => {
        const values = read(node, date);
        if (node.startsWith('org_unit')) return [...to('position', values?.head_id), ...to('org_unit', values?.parent_id)];
        if (values?.reporting === 'explicit') return to('position', values.manager_id);
        return values?.reporting === 'unit_head' ? to('org_unit', values.unit_id) : [];
      };
      const pointing = (kind: Kind, field: string, target: string): Node[] =>
        there.filter((node) => node.startsWith(`${kind} `) && lookDates.some((date) => read(node, date)?.[field] === target)).sort();
      const expect = async (need: Need, wanted: Node[]): Promise<void> => {
        const loaded: LoadedThing[] = await source.load([need]);
        const got = loaded.map((l): Node => `${l.kind} ${l.id}`);
        t.deepEqual([...got].sort(), wanted, JSON.stringify(need));
        for (const l of loaded)
          for (const date of lookDates) {
            const values = at(fold(l.entries), date);
            t.deepEqual(
              values && Object.fromEntries(Object.entries(values).filter(([, v]) => v !== null)),
              read(`${l.kind} ${l.id}`, date),
            );
            compared += 1;
          }
      };
      const anyOf = (kind: Kind): string => r.pick(oracle.ids(kind));
      const uids = oracle.ids('actor').flatMap((id) => lookDates.map((date) => read(`actor ${id}`, date)?.external_uid));
      const uid = r.pick([...uids.filter((value) => typeof value === 'string'), 'nobody']);
      await expect({ need: 'by_value', kind: 'actor', field: 'external_uid', value: uid }, pointing('actor', 'external_uid', uid));
      // Of any branch and whatever was taken back; of the branch itself only what it had recorded by then.
      const everywhere = (['org_unit', 'position', 'actor'] as const).flatMap((kind) =>
        oracle.ids(kind).map((thing) => [kind, thing] as const),
      );
      const ever = everywhere.filter(([kind, thing]) =>
        oracle.recordedIn(kind, thing).some((c) => c.branch !== branch || c.position <= position),
      );
      t.deepEqual(
        (await source.used({ ask: 'used', ids: [...everywhere.map(([, thing]) => thing), id('nobody')] })).sort(),
        [...new Set(ever.map(([, thing]) => thing))].sort(),
      );
      const one = r.pick(nodes);
      await expect(
        { need: 'thing', kind: split(one)[0], id: split(one)[1] },
        there.filter((node) => node === one),
      );
      const p = anyOf('position');
      const u = anyOf('org_unit');
      await expect({ need: 'reporting_chain', id: p }, reach(`position ${p}`, chain));
      await expect({ need: 'unit_chain', id: u }, reach(`org_unit ${u}`, up));
      const down = new Set<Node>([`org_unit ${u}`]);
      for (const node of down) for (const child of pointing('org_unit', 'parent_id', split(node)[1])) down.add(child);
      await expect({ need: 'subtree', id: u }, [...down].filter((node) => there.includes(node)).sort());
      await expect({ need: 'referrers', kind: 'position', field: 'unit_id', id: u }, pointing('position', 'unit_id', u));
      await expect({ need: 'referrers', kind: 'position', field: 'manager_id', id: p }, pointing('position', 'manager_id', p));
      await expect({ need: 'referrers', kind: 'org_unit', field: 'head_id', id: p }, pointing('org_unit', 'head_id', p));
    }
    t.true(compared > 600);
  });

test('every need comes with what it asks for and with nothing twice; what is not there is left out', async (t) => {
  const e = await engine(t);
  const rate = (name: string, value: string) =>
    change('AssumptionSet', id(name), '2020-01-01', { name: 'on_cost_rate', scope: 'tenant', scope_ref: null, value });
  const position = await e.givenBaseline([
    change('OrgUnitCreated', id('acme'), '2020-01-01', { name: 'Acme', kind: 'company', parent_id: null }),
    rate('a', '0.2'),
    rate('b', '0.3'),
  ]);
  const source = timelineSource(e.sql, { tenant: 1, branch: 0, position, pin: position });
  const loaded = await source.load([
    { need: 'assumptions' },
    { need: 'thing', kind: 'org_unit', id: id('acme') },
    { need: 'unit_chain', id: id('acme') },
    { need: 'subtree', id: id('acme') },
    { need: 'thing', kind: 'position', id: id('nobody') },
    { need: 'reporting_chain', id: id('nobody') },
  ]);
  t.deepEqual(loaded.map((l) => l.id).sort(), [id('acme'), id('a'), id('b')].sort());
  t.deepEqual(await source.load([]), []);
  const before = timelineSource(e.sql, { tenant: 1, branch: 0, position: position - 1, pin: position - 1 });
  t.deepEqual(await before.load([{ need: 'thing', kind: 'org_unit', id: id('acme') }]), []);
  const foreign = timelineSource(e.sql, { tenant: 2, branch: 0, position, pin: position });
  t.deepEqual(await foreign.load([{ need: 'assumptions' }, { need: 'thing', kind: 'org_unit', id: id('acme') }]), []);
});

test('a field that is no reference is not put into a statement', async (t) => {
  const e = await engine(t);
  const source = timelineSource(e.sql, { tenant: 1, branch: 0, position: 1, pin: 1 });
  await t.throwsAsync(source.load([{ need: 'referrers', kind: 'position', field: 'title = $5; drop', id: id('x') }]), {
    instanceOf: TypeError,
  });
  await t.throwsAsync(source.load([{ need: 'by_value', kind: 'position', field: 'title', value: 'x' }]), {
    instanceOf: TypeError,
    message: 'position is not looked up by title',
  });
});

test('with 12,000 positions each need still reads about as many rows as it loads', async (t) => {
  const e = await engine(t, { background: false });
  const units = Array.from({ length: 40 }, (_, i) =>
    change('OrgUnitCreated', id(`unit ${i}`), '2020-01-01', {
      name: `Unit ${i}`,
      kind: i ? 'department' : 'company',
      parent_id: i ? id(`unit ${Math.floor((i - 1) / 3)}`) : null,
      head_id: id(`position ${i}`),
    }),
  );
  const positions = Array.from({ length: 12_000 }, (_, i) =>
    change('PositionCreated', id(`position ${i}`), '2020-01-01', {
      title: `Officer ${i}`,
      unit_id: id(`unit ${i % 40}`),
      status: 'open',
      ...(i % 2
        ? { reporting: 'explicit', manager_id: id(`position ${Math.floor((i - 1) / 8)}`) }
        : { reporting: 'unit_head', manager_id: null }),
    }),
  );
  await e.givenImport([...units, ...positions], { batchSize: 1500 });
  const scenario = await e.givenScenario();
  const position = await e.givenConfirmed(scenario, [change('PositionMoved', id('position 500'), '2021-01-01', { unit_id: id('unit 7') })]);
  const pin = scenario.branch - 1;
  for (const branch of [0, scenario.branch]) {
    const { sql, reading, reset } = readingSql(e.sql);
    const source = timelineSource(sql, branch === 0 ? { tenant: 1, branch, position: pin, pin } : { tenant: 1, branch, position, pin });
    const needs: [Need, number][] = [
      [{ need: 'thing', kind: 'position', id: id('position 500') }, 1],
      [{ need: 'reporting_chain', id: id('position 11999') }, 4],
      [{ need: 'reporting_chain', id: id('position 500') }, 4],
      [{ need: 'unit_chain', id: id('unit 39') }, 4],
      [{ need: 'subtree', id: id('unit 1') }, 10],
      [{ need: 'referrers', kind: 'position', field: 'manager_id', id: id('position 3') }, 4],
      [{ need: 'referrers', kind: 'position', field: 'unit_id', id: id('unit 7') }, 300],
      [{ need: 'referrers', kind: 'placement', field: 'position_id', id: id('position 3') }, 0],
      [{ need: 'assumptions' }, 0],
    ];
    for (const [need, least] of needs) {
      reset();
      const loaded = (await source.load([need])).length;
      t.true(loaded >= least, `${JSON.stringify(need)} loads ${loaded}`);
      // Found by an index on the version rows, hidden or not, then read from the changes: three lookups for each thing.
      t.true(reading.rows <= 50 + 3 * loaded, `${JSON.stringify(need)} in branch ${branch} reads ${reading.rows} rows to load ${loaded}`);
      for (const [table, rows] of Object.entries(reading.scanned))
        t.true(rows < 100, `${JSON.stringify(need)} scans ${rows} rows of ${table}`);
      t.true(reading.statements <= 2);
    }
    reset();
    t.deepEqual(
      await source.used({ ask: 'used', ids: [id('position 500'), id('unit 7'), id('nobody')] }),
      [id('position 500'), id('unit 7')].sort(),
    );
    t.true(reading.rows <= 50, `${reading.rows} rows read for three ids`);
    t.deepEqual(reading.scanned, {});
  }
});
