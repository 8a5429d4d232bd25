import test, { type ExecutionContext } from 'ava';
import { planProposal } from '../src/application/proposal/index.ts';
import { createScenario } from '../src/application/scenario/index.ts';
import { type Change, change } from '../src/domain/changes.ts';
import { openOrm } from '../src/projections/orm.ts';
import { smallCompany } from './governed/organisation.ts';
import { counted } from './governed/reads.ts';
import { rename, setPay } from './governed/support.ts';
import { engine, id } from './support/engine.ts';

/** The small company, and beside it `n` filled seats in 40 units under the same root, none of which a plan below names. */
const crowd = (n: number): Change[] => [
  ...Array.from({ length: 40 }, (_, u) =>
    change('OrgUnitCreated', id(`crowd ${u}`), '2020-01-01', { name: `Crowd ${u}`, kind: 'department', parent_id: id('acme') }),
  ),
  ...Array.from({ length: n }, (_, i) => {
    const unit_id = id(`crowd ${i % 40}`);
    return [
      change('PositionCreated', id(`seat ${i}`), '2020-01-01', {
        title: `Seat ${i}`,
        unit_id,
        status: 'open',
        reporting: i < 40 ? 'none' : 'explicit',
        manager_id: i < 40 ? null : id(`seat ${Math.floor(i / 40)}`),
        capacity_fte: '1',
        employment_type: 'permanent',
        pay_amount: '30000',
        pay_basis: 'annual',
        pay_currency: 'GBP',
      }),
      ...(i % 20 === 0
        ? [
            change('ActorAdded', id(`person ${i}`), '2020-01-01', {
              kind: 'human',
              external_uid: `P${i}`,
              contract_fte: '1',
              employment_type: 'permanent',
            }),
            change('PlacementStarted', id(`placed ${i}`), '2020-01-01', {
              actor_id: id(`person ${i}`),
              unit_id,
              position_id: id(`seat ${i}`),
              allocation: '100',
              is_primary: true,
              role: 'member',
            }),
          ]
        : []),
    ];
  }).flat(),
];

const lists = {
  'a new name': [rename('sales', 'Revenue')],
  'a new pay': [setPay('rep 1', '60000')],
  'new seats': [
    { type: 'position.create', org_unit_id: id('sales'), title: 'Rep', count: 5, pay_amount: '40000', effective_on: '2026-06-01' },
  ],
  'another manager': [
    { type: 'position.set_manager', position_id: id('rep 1'), manager_position_id: id('head of engineering'), effective_on: '2026-06-01' },
  ],
  'a unit moved': [{ type: 'org_unit.move', org_unit_id: id('platform'), new_parent_id: id('sales'), effective_on: '2026-06-01' }],
  'a seat closed': [{ type: 'position.close', position_id: id('rep 2'), reason: 'redundancy', holders: 'end', effective_on: '2026-06-01' }],
  'a unit closed': [
    { type: 'org_unit.close', org_unit_id: id('sales'), mode: 'cascade', reason: 'redundancy', effective_on: '2026-06-01' },
  ],
  'a crowded unit renamed': [rename('crowd 1', 'Multitude')],
  'a seat in a crowded unit': [
    {
      type: 'position.create',
      org_unit_id: id('crowd 1'),
      title: 'One more',
      manager_position_id: id('seat 5'),
      effective_on: '2026-06-01',
    },
  ],
  'a seat moved between crowded units': [
    {
      type: 'position.move',
      position_id: id('seat 210'),
      org_unit_id: id('crowd 2'),
      mode: 'seat_with_person',
      effective_on: '2026-06-01',
    },
  ],
  'a seat updated, frozen, doubled and backfilled': [
    { type: 'position.update', position_id: id('seat 210'), grade: 'G5', effective_on: '2026-06-01' },
    { type: 'position.freeze', position_id: id('seat 211'), effective_on: '2026-06-01' },
    { type: 'position.duplicate', position_id: id('seat 212'), effective_on: '2026-06-01' },
    { type: 'position.backfill', position_id: id('seat 200'), effective_on: '2026-06-01' },
  ],
  'people who come, change and leave': [
    { type: 'actor.add', external_uid: 'P20x', effective_on: '2026-06-01' },
    { type: 'actor.update', actor_id: id('person 20'), contract_fte: '0.5', effective_on: '2026-06-01' },
    { type: 'actor.exit', actor_id: id('person 40'), effective_on: '2026-06-01' },
    { type: 'compensation.set', actor_id: id('person 60'), amount: '30000', currency: 'GBP', effective_on: '2026-06-01' },
  ],
  'placements changed, swapped and sent on': [
    { type: 'placement.change_allocation', placement_id: id('placed 80'), allocation: '50', effective_on: '2026-06-01' },
    { type: 'placement.swap', placement_id: id('placed 100'), other_placement_id: id('placed 120'), effective_on: '2026-06-01' },
    { type: 'placement.transfer', placement_id: id('placed 140'), position_id: id('seat 143'), effective_on: '2026-06-01' },
  ],
  'a crowded unit reclassified': [
    { type: 'org_unit.reclassify', org_unit_id: id('crowd 5'), kind: 'division', effective_on: '2026-06-01' },
    { type: 'org_unit.set_cost_centre', org_unit_id: id('crowd 5'), cost_centre: 'C5', effective_on: '2026-06-01' },
  ],
  'a crowded unit moved': [{ type: 'org_unit.move', org_unit_id: id('crowd 3'), new_parent_id: id('crowd 4'), effective_on: '2026-06-01' }],
};

/** Rows read by each plan from the tables, and the recorded changes of the things it loaded. */
const reads = async (t: ExecutionContext, size: number) => {
  const e = await engine(t, { now: new Date('2026-03-01T12:00:00Z'), settings: { currency: 'GBP', subscription: 'enterprise' } });
  const [first, ...rest] = [smallCompany, size > 0 ? crowd(size) : []];
  await e.givenBaseline(first);
  for (const more of rest) if (more.length > 0) await e.givenImport(more, { batchSize: 1500 });
  const admin = await openOrm(e.db.adminUrl);
  for (const table of [
    'entity_change',
    'org_unit_version',
    'position_version',
    'actor_version',
    'placement_version',
    'compensation_version',
    'assumption_version',
  ])
    await admin.sql.query(`analyze read_v1.${table}`);
  await admin.close();
  const caller = e.caller('manager');
  const found: Record<string, { rows: number; touched: number; heavy: string[] }> = {};
  for (const [name, actions] of Object.entries(lists)) {
    const { scenario_id } = await createScenario(e.deps, caller, { name });
    // Totals of the baseline are kept from the first plan on a date on; what is measured is every plan after it.
    await planProposal(e.deps, caller, { scenario_id, actions });
    const { sql, reads: read } = counted(e.sql);
    await planProposal({ ...e.deps, sql }, caller, { scenario_id, actions });
    found[name] = { rows: read.rows, touched: read.touched, heavy: read.heavy };
  }
  return found;
};

test('a plan reads at most 50 rows and 3 for each it touches, on 67,000 positions as on 240', async (t) => {
  const small = await reads(t, 240);
  const large = await reads(t, 67_000);
  for (const name of Object.keys(lists)) {
    const [s, l] = [small[name], large[name]];
    if (!s || !l) return t.fail(name);
    for (const statement of [...s.heavy, ...l.heavy]) t.log(statement);
    t.log(`${name}: ${l.rows} rows read, ${l.touched} touched (small: ${s.rows}, ${s.touched})`);
    t.true(l.touched > 0);
    t.is(l.touched, s.touched, `${name} touches the same on both`);
    for (const { rows, touched } of [s, l]) t.true(rows <= 50 + 3 * touched, `${name} reads ${rows} rows and touches ${touched}`);
    t.deepEqual(l.heavy, [], name);
  }
});
