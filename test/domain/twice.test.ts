import test from 'ava';
import { actionTypes } from '../../src/domain/actions/index.ts';
import { change } from '../../src/domain/changes.ts';
import type { Code } from '../../src/domain/codes.ts';
import { actor, type Branch, company, facts, placed, pos, unit } from './kit.ts';

const on = '2026-07-01';

interface Case {
  action: (b: Branch) => Record<string, unknown> | Promise<Record<string, unknown>>;
  given?: (b: Branch) => void;
  /** Takes no effective date. */
  dateless?: true;
  /** What doing it again comes to: no change, as many changes on other things, the opposite, or a refusal by this code. */
  again: 'nothing' | 'another' | 'back' | { code: Code };
}

const closed = (b: Branch) =>
  b.record([facts.position(9, 2), change('PositionClosed', pos(9), '2021-01-01', { status: 'closed', close_reason: 'not_needed' })]);

/** Every action type, done twice. A new type without a line here fails the first test below. */
const cases: Record<string, Case> = {
  'org_unit.create': { action: () => ({ parent_id: unit(2), name: 'New', kind: 'team' }), again: 'another' },
  'org_unit.rename': { action: () => ({ org_unit_id: unit(2), name: 'New' }), again: 'nothing' },
  'org_unit.reclassify': { action: () => ({ org_unit_id: unit(2), kind: 'division' }), again: 'nothing' },
  'org_unit.set_cost_centre': { action: () => ({ org_unit_id: unit(2), cost_centre: 'CC1' }), again: 'nothing' },
  'org_unit.move': { action: () => ({ org_unit_id: unit(4), new_parent_id: unit(3) }), again: 'nothing' },
  'org_unit.close': { action: () => ({ org_unit_id: unit(4), mode: 'cascade', reason: 'not_needed' }), again: 'nothing' },
  'org_unit.reopen': {
    given: (b) => b.record([facts.unit(8, 2), change('OrgUnitClosed', unit(8), '2021-01-01', { status: 'closed' })]),
    action: () => ({ org_unit_id: unit(8) }),
    again: 'nothing',
  },
  'org_unit.set_head': { action: () => ({ org_unit_id: unit(4), head_position_id: pos(5) }), again: 'nothing' },
  'position.create': { action: () => ({ org_unit_id: unit(2), title: 'New' }), again: 'another' },
  'position.duplicate': { action: () => ({ position_id: pos(4) }), again: 'another' },
  'position.update': { action: () => ({ position_id: pos(4), title: 'New' }), again: 'nothing' },
  'position.set_pay': {
    action: () => ({ position_id: pos(4), pay_amount: '90000', pay_basis: 'annual', pay_currency: 'USD' }),
    again: 'nothing',
  },
  'position.move': { action: () => ({ position_id: pos(5), org_unit_id: unit(3), mode: 'seat_with_person' }), again: 'nothing' },
  'position.set_manager': { action: () => ({ position_id: pos(6), manager_position_id: pos(2) }), again: 'nothing' },
  'position.freeze': { action: () => ({ position_id: pos(5) }), again: 'nothing' },
  'position.unfreeze': { action: () => ({ position_id: pos(5) }), again: 'nothing' },
  'position.close': { action: () => ({ position_id: pos(5), reason: 'not_needed' }), again: 'nothing' },
  'position.reopen': { given: closed, action: () => ({ position_id: pos(9) }), again: 'nothing' },
  'position.backfill': { action: () => ({ position_id: pos(5) }), again: 'nothing' },
  'actor.add': { action: () => ({ external_uid: 'new' }), again: { code: 'ID_UNIQUE' } },
  'actor.update': { action: () => ({ actor_id: actor(4), contract_fte: '0.5' }), again: 'nothing' },
  'actor.exit': { action: () => ({ actor_id: actor(6), reason: 'retirement' }), again: 'nothing' },
  'placement.start': {
    given: (b) => b.record([facts.actor(8)]),
    action: () => ({ actor_id: actor(8), position_id: pos(5) }),
    again: 'nothing',
  },
  'placement.transfer': { action: () => ({ placement_id: placed(6), position_id: pos(5) }), again: 'nothing' },
  'placement.change_allocation': { action: () => ({ placement_id: placed(6), allocation: '50' }), again: 'nothing' },
  'placement.set_primary': {
    given: (b) => b.record([facts.placement(8, 6, 4, 5, { is_primary: false, allocation: '20' })]),
    action: () => ({ placement_id: placed(8) }),
    again: 'nothing',
  },
  'placement.swap': { action: () => ({ placement_id: placed(4), other_placement_id: placed(6) }), again: 'back' },
  'placement.end': { action: () => ({ placement_id: placed(6) }), again: 'nothing' },
  'compensation.set': { action: () => ({ actor_id: actor(4), amount: '70000', basis: 'annual', currency: 'USD' }), again: 'nothing' },
  'scenario.revert_change': {
    dateless: true,
    action: async (b) => {
      const { position } = await b.confirm({ type: 'org_unit.rename', org_unit_id: unit(2), name: 'Mistaken', effective_on: on });
      return { event_position: position, things: [{ kind: 'org_unit', id: unit(2) }] };
    },
    again: { code: 'REFERENCE_UNKNOWN' },
  },
};

const outcome = { nothing: 'nothing changes', another: 'another one is made', back: 'it is undone' };

test('every action type is done twice here', (t) => {
  t.deepEqual(Object.keys(cases).sort(), [...actionTypes.keys()].sort());
});

for (const [type, c] of Object.entries(cases))
  test(`given ${type} was done, when it is done again, then ${typeof c.again === 'string' ? outcome[c.again] : `it is refused with ${c.again.code}`}`, async (t) => {
    const b = company();
    c.given?.(b);
    if (type === 'position.unfreeze') await b.confirm({ type: 'position.freeze', position_id: pos(5), effective_on: '2026-03-01' });
    const action = { type, ...(c.dateless ? {} : { effective_on: on }), ...(await c.action(b)) };
    const first = await b.confirm(action);
    t.true(first.changes.length > 0, 'it does something at all');
    if (typeof c.again === 'object') {
      t.is((await b.refusal(action)).code, c.again.code);
      return;
    }
    const second = await b.plan(action);
    const ids = (plan: typeof second) => plan.changes.map((x) => x.id);
    switch (c.again) {
      case 'nothing':
        t.deepEqual(second.changes, []);
        break;
      case 'another':
        t.is(second.changes.length, first.changes.length);
        t.false(ids(second).some((id) => ids(first).includes(id)));
        break;
      case 'back':
        t.deepEqual(
          second.changes.map((x) => [x.id, x.after]),
          first.changes.map((x) => [x.id, x.before]),
        );
        break;
      default:
        c.again satisfies never;
    }
  });
