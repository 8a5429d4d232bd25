import { z } from 'zod';
import { refuse } from '../codes.ts';
import { noteText } from '../text.ts';
import { action, common, freshId, given, idOrRef, nameText, newIdText, replaceLater, shortText, target } from './action.ts';

const unitKinds = ['company', 'division', 'department', 'team', 'system'] as const;
const unitExample = '0190f6a2-0000-7000-8000-000000000001';
const positionExample = '0190f6a2-0000-7000-8000-000000000010';

export const createUnit = action({
  type: 'org_unit.create',
  title: 'Create a unit',
  doc: 'Creates an organisational unit under a parent that is open on every date from then on.',
  schema: z.strictObject({
    ...common('org_unit.create'),
    name: nameText,
    parent_id: idOrRef,
    kind: z.enum(unitKinds).default('department'),
    unit_type: shortText,
    code: shortText,
    cost_centre: shortText,
    purpose: noteText(2000).nullable().optional(),
    org_unit_id: newIdText,
  }),
  example: { type: 'org_unit.create', name: 'Data Platform', kind: 'team', parent_id: unitExample, ref: 'platform' },
  abilities: ['org-units.read'],
  *decide(input, step) {
    yield* target(step, 'org_unit', input.parent_id, 'CLOSED_TARGET');
    const id = yield* freshId(step, input.org_unit_id);
    const { name, kind, parent_id, unit_type, code, cost_centre, purpose } = input;
    step.set('OrgUnitCreated', id, given({ name, kind, parent_id, unit_type, code, cost_centre, purpose }));
    return { ids: [id], resolved: { org_unit_id: id } };
  },
});

export const renameUnit = action({
  type: 'org_unit.rename',
  title: 'Rename a unit',
  doc: 'Gives a unit another name.',
  schema: z.strictObject({ ...common('org_unit.rename'), ...replaceLater, org_unit_id: idOrRef, name: nameText }),
  example: { type: 'org_unit.rename', org_unit_id: unitExample, name: 'People & Culture' },
  abilities: ['org-units.read'],
  *decide(input, step) {
    yield* target(step, 'org_unit', input.org_unit_id);
    step.set('OrgUnitRenamed', input.org_unit_id, { name: input.name });
    return {};
  },
});

export const moveUnit = action({
  type: 'org_unit.move',
  title: 'Move a unit',
  doc: 'Moves a unit with everything below it under another parent. Positions that report to the head of their unit follow the new heads upward.',
  schema: z.strictObject({ ...common('org_unit.move'), ...replaceLater, org_unit_id: idOrRef, new_parent_id: idOrRef }),
  example: {
    type: 'org_unit.move',
    org_unit_id: unitExample,
    new_parent_id: '0190f6a2-0000-7000-8000-000000000002',
    effective_on: '2026-07-01',
  },
  abilities: ['org-units.read'],
  *decide(input, step) {
    const unit = yield* target(step, 'org_unit', input.org_unit_id);
    if (unit.parent_id === null)
      throw refuse('TREE_ROOT', `${step.world.name('org_unit', input.org_unit_id, step.effective_on)} is the root and does not move`, {
        ids: [input.org_unit_id],
        dates: [step.effective_on],
      });
    yield* target(step, 'org_unit', input.new_parent_id, 'ORPHAN_UNIT');
    step.set('OrgUnitMoved', input.org_unit_id, { parent_id: input.new_parent_id });
    return {};
  },
});

export const setHead = action({
  type: 'org_unit.set_head',
  title: 'Set the head of a unit',
  doc: 'Makes a position the head of a unit, or leaves it without one (null). Positions whose reporting is "unit_head" then report to it. It may sit in any unit.',
  schema: z.strictObject({ ...common('org_unit.set_head'), ...replaceLater, org_unit_id: idOrRef, head_position_id: idOrRef.nullable() }),
  example: { type: 'org_unit.set_head', org_unit_id: unitExample, head_position_id: positionExample },
  abilities: ['org-units.read', 'positions.read'],
  *decide(input, step) {
    yield* target(step, 'org_unit', input.org_unit_id);
    if (input.head_position_id !== null) yield* target(step, 'position', input.head_position_id, 'REPORTS_TARGET');
    step.set('OrgUnitHeadSet', input.org_unit_id, { head_id: input.head_position_id });
    return {};
  },
});
