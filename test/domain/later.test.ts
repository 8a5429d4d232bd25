import test from 'ava';
import { actionTypes } from '../../src/domain/actions/index.ts';
import { type Change, change } from '../../src/domain/changes.ts';
import type { Code } from '../../src/domain/codes.ts';
import { type Branch, actor, company, facts, pay, placed, pos, unit } from './kit.ts';

const on = '2026-07-01';
const later = '2027-03-01';
const after = '2028-01-01';

interface Case {
  /** What stands in the baseline besides. */
  given?: Change[];
  /** A later-dated value of the field that the action sets. */
  recorded: Change;
  action: Record<string, unknown>;
  /** The thing and the field, with what holds afterwards without and with `later: "replace"`. */
  field: [kind: 'org_unit' | 'position' | 'actor' | 'placement' | 'compensation', id: string, field: string];
  stands?: unknown;
  /** The code that refuses the action without `later: "replace"`. */
  refused?: Code;
  replaced: unknown;
}

const set = (type: Change['type'], id: string, values: Change['set']) => change(type, id, later, values);

/** Every action that takes `later`, but those that close (actions.test.ts) and move things out of what closes. */
const cases: Record<string, Case> = {
  'org_unit.rename': {
    recorded: set('OrgUnitRenamed', unit(4), { name: 'Later' }),
    action: { org_unit_id: unit(4), name: 'Now' },
    field: ['org_unit', unit(4), 'name'],
    stands: 'Later',
    replaced: 'Now',
  },
  'org_unit.move': {
    recorded: set('OrgUnitMoved', unit(4), { parent_id: unit(1) }),
    action: { org_unit_id: unit(4), new_parent_id: unit(3) },
    field: ['org_unit', unit(4), 'parent_id'],
    stands: unit(1),
    replaced: unit(3),
  },
  'org_unit.set_head': {
    recorded: set('OrgUnitHeadSet', unit(4), { head_id: pos(2) }),
    action: { org_unit_id: unit(4), head_position_id: pos(5) },
    field: ['org_unit', unit(4), 'head_id'],
    stands: pos(2),
    replaced: pos(5),
  },
  'org_unit.reclassify': {
    recorded: set('OrgUnitReclassified', unit(4), { kind: 'division' }),
    action: { org_unit_id: unit(4), kind: 'team' },
    field: ['org_unit', unit(4), 'kind'],
    stands: 'division',
    replaced: 'team',
  },
  'org_unit.set_cost_centre': {
    recorded: set('OrgUnitCostCentreSet', unit(4), { cost_centre: 'L' }),
    action: { org_unit_id: unit(4), cost_centre: 'N' },
    field: ['org_unit', unit(4), 'cost_centre'],
    stands: 'L',
    replaced: 'N',
  },
  'org_unit.reopen': {
    given: [facts.unit(7, 1), change('OrgUnitClosed', unit(7), '2026-01-01'), change('OrgUnitReopened', unit(7), '2026-08-01')],
    recorded: set('OrgUnitClosed', unit(7), {}),
    action: { org_unit_id: unit(7) },
    field: ['org_unit', unit(7), 'status'],
    stands: 'closed',
    replaced: 'active',
  },
  'position.update': {
    recorded: set('PositionUpdated', pos(5), { grade: 'L' }),
    action: { position_id: pos(5), grade: 'N' },
    field: ['position', pos(5), 'grade'],
    stands: 'L',
    replaced: 'N',
  },
  'position.set_pay': {
    recorded: set('PositionPaySet', pos(5), { pay_amount: '2', pay_basis: 'annual', pay_currency: 'USD' }),
    action: { position_id: pos(5), pay_amount: '1' },
    field: ['position', pos(5), 'pay_amount'],
    stands: '2',
    replaced: '1',
  },
  'position.move': {
    recorded: set('PositionMoved', pos(5), { unit_id: unit(1) }),
    action: { position_id: pos(5), org_unit_id: unit(3) },
    field: ['position', pos(5), 'unit_id'],
    stands: unit(1),
    replaced: unit(3),
  },
  'position.set_manager': {
    recorded: set('PositionManagerSet', pos(5), { reporting: 'explicit', manager_id: pos(1) }),
    action: { position_id: pos(5), manager_position_id: pos(3) },
    field: ['position', pos(5), 'manager_id'],
    stands: pos(1),
    replaced: pos(3),
  },
  'position.freeze': {
    recorded: set('PositionUnfrozen', pos(5), { status: 'open' }),
    given: [change('PositionFrozen', pos(5), '2026-09-01')],
    action: { position_id: pos(5) },
    field: ['position', pos(5), 'status'],
    stands: 'open',
    replaced: 'frozen',
  },
  'position.unfreeze': {
    given: [
      facts.position(7, 3),
      change('PositionFrozen', pos(7), '2026-02-01'),
      change('PositionUnfrozen', pos(7), '2026-12-01', { status: 'open' }),
    ],
    recorded: set('PositionFrozen', pos(7), {}),
    action: { position_id: pos(7) },
    field: ['position', pos(7), 'status'],
    stands: 'frozen',
    replaced: 'open',
  },
  'position.reopen': {
    given: [facts.position(7, 3), change('PositionClosed', pos(7), '2026-02-01', { close_reason: 'exit' })],
    recorded: set('PositionReopened', pos(7), { status: 'planned', close_reason: null }),
    action: { position_id: pos(7) },
    field: ['position', pos(7), 'status'],
    stands: 'planned',
    replaced: 'open',
  },
  'actor.update': {
    recorded: set('ActorUpdated', actor(6), { contract_fte: '0.9' }),
    action: { actor_id: actor(6), contract_fte: '0.5' },
    field: ['actor', actor(6), 'contract_fte'],
    stands: '0.9',
    replaced: '0.5',
  },
  'placement.transfer': {
    recorded: set('PlacementTransferred', placed(6), { unit_id: unit(1), position_id: null }),
    action: { placement_id: placed(6), position_id: pos(5) },
    field: ['placement', placed(6), 'position_id'],
    stands: null,
    replaced: pos(5),
  },
  'placement.change_allocation': {
    recorded: set('PlacementAllocationChanged', placed(6), { allocation: '90' }),
    action: { placement_id: placed(6), allocation: '50' },
    field: ['placement', placed(6), 'allocation'],
    stands: '90',
    replaced: '50',
  },
  'placement.set_primary': {
    given: [
      facts.placement(7, 6, 4, 5, { is_primary: false, allocation: '10' }),
      facts.placement(8, 6, 4, null, { is_primary: false, allocation: '0' }),
      change('PlacementPrimarySet', placed(6), later, { is_primary: false }),
    ],
    recorded: set('PlacementPrimarySet', placed(8), { is_primary: true }),
    action: { placement_id: placed(7) },
    field: ['placement', placed(8), 'is_primary'],
    refused: 'PRIMARY',
    replaced: false,
  },
  'placement.swap': {
    recorded: set('PlacementTransferred', placed(6), { unit_id: unit(1), position_id: null }),
    action: { placement_id: placed(6), other_placement_id: placed(2) },
    field: ['placement', placed(6), 'position_id'],
    stands: null,
    replaced: pos(2),
  },
  'compensation.set': {
    given: [facts.pay(6, 6, '10')],
    recorded: set('CompensationSet', pay(6), { actor_id: actor(6), amount: '20', basis: 'annual', currency: 'USD' }),
    action: { actor_id: actor(6), amount: '15' },
    field: ['compensation', pay(6), 'amount'],
    stands: '20',
    replaced: '15',
  },
  'actor.exit': {
    given: [facts.actor(7), facts.pay(7, 7, '10')],
    recorded: set('CompensationSet', pay(7), { actor_id: actor(7), amount: '20', basis: 'annual', currency: 'USD' }),
    action: { actor_id: actor(7) },
    field: ['compensation', pay(7), 'status'],
    refused: 'DATE_ORDER',
    replaced: 'ended',
  },
};

const held = (b: Branch, [kind, id, field]: Case['field'], date: string): unknown => {
  const entries = b.entries(kind, id);
  // Read back by hand: the latest date wins, of equal ones the last recorded; what a replacing change drops is gone.
  let settings: { from: string; value: unknown }[] = [];
  for (const e of entries)
    if (field in e.set) {
      settings = settings.filter((s) => s.from !== e.effective_from && !(e.replace_later && s.from > e.effective_from));
      settings.push({ from: e.effective_from, value: e.set[field] });
    }
  return (
    settings
      .filter((s) => s.from <= date)
      .sort((x, y) => (x.from < y.from ? -1 : 1))
      .at(-1)?.value ?? null
  );
};

test('every action that sets what may be set for later takes later: "replace"', (t) => {
  const takes = [...actionTypes.values()].filter((a) => 'later' in a.schema.shape).map((a) => a.type);
  t.deepEqual(
    takes.filter((type) => !(type in cases)).sort(),
    ['org_unit.close', 'placement.end', 'position.close'],
    'closing is proven with what it does to others',
  );
});

for (const [type, c] of Object.entries(cases))
  test(`LATER_CHANGE: given a later value, when ${type} is planned, then it stands and is told, or is dropped with later: "replace"`, async (t) => {
    const make = () => {
      const b = company();
      b.record([...(c.given ?? []), c.recorded]);
      return b;
    };
    const action = { type, ...c.action, effective_on: on };
    if (c.refused) t.is((await make().refusal(action)).code, c.refused);
    else {
      const plain = make();
      const { findings } = await plain.confirm(action);
      const told = findings.filter((f) => f.code === 'LATER_CHANGE');
      t.true(
        told.some((f) => f.dates.includes(later)),
        JSON.stringify(findings),
      );
      t.is(held(plain, c.field, after), c.stands);
    }
    const replacing = make();
    const replaced = await replacing.confirm({ ...action, later: 'replace' });
    t.false(replaced.findings.some((f) => f.code === 'LATER_CHANGE'));
    t.is(held(replacing, c.field, on), c.replaced);
    t.is(held(replacing, c.field, after), c.replaced);
    // Swapping twice puts both back.
    if (type !== 'placement.swap')
      t.deepEqual((await replacing.plan({ ...action, later: 'replace' })).changes, [], 'twice changes nothing');
  });
