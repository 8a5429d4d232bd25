import { z } from 'zod';
import { refuse } from '../codes.ts';
import { fields } from '../entities.ts';
import { lineText } from '../text.ts';
import { action, common, given, idOrRef, replaceLater, shortText, target, targetInAnyState } from './action.ts';

const unitExample = '0190f6a2-0000-7000-8000-000000000001';

export const reclassifyUnit = action({
  type: 'org_unit.reclassify',
  title: 'Reclassify a unit',
  doc:
    'Gives a unit another kind (company, division, department, team, system) or another type; what is left out stays. A team has a type (stream-aligned, platform, enabling, ' +
    'complicated-subsystem, other), a department one of its own; null takes the type away.',
  schema: z.strictObject({
    ...common('org_unit.reclassify'),
    ...replaceLater,
    org_unit_id: idOrRef,
    kind: z.enum(fields.org_unit.kind.values as [string, ...string[]]).optional(),
    unit_type: shortText,
  }),
  example: { type: 'org_unit.reclassify', org_unit_id: unitExample, kind: 'team', unit_type: 'platform' },
  abilities: ['org-units.read'],
  *decide(input, step) {
    if (input.kind === undefined && input.unit_type === undefined) throw refuse('INPUT_INVALID', 'give kind or unit_type');
    yield* target(step, 'org_unit', input.org_unit_id);
    step.set('OrgUnitReclassified', input.org_unit_id, given({ kind: input.kind, unit_type: input.unit_type }));
    return {};
  },
});

export const setCostCentre = action({
  type: 'org_unit.set_cost_centre',
  title: 'Set the cost centre of a unit',
  doc: 'Sets the cost centre of a unit, or takes it away (null). Units below keep their own.',
  schema: z.strictObject({
    ...common('org_unit.set_cost_centre'),
    ...replaceLater,
    org_unit_id: idOrRef,
    cost_centre: lineText(200).nullable(),
  }),
  example: { type: 'org_unit.set_cost_centre', org_unit_id: unitExample, cost_centre: 'CC-4711', effective_on: '2027-01-01' },
  abilities: ['org-units.read'],
  *decide(input, step) {
    yield* target(step, 'org_unit', input.org_unit_id);
    step.set('OrgUnitCostCentreSet', input.org_unit_id, { cost_centre: input.cost_centre });
    return {};
  },
});

export const reopenUnit = action({
  type: 'org_unit.reopen',
  title: 'Reopen a unit',
  doc:
    'Opens a closed unit again, under the parent and with the head it had. What was in it stays closed or where it went. Where the parent or the head is closed, ' +
    'give another with org_unit.move or org_unit.set_head later in the same list.',
  schema: z.strictObject({ ...common('org_unit.reopen'), ...replaceLater, org_unit_id: idOrRef }),
  example: { type: 'org_unit.reopen', org_unit_id: unitExample, effective_on: '2027-01-01' },
  abilities: ['org-units.read'],
  *decide(input, step) {
    yield* targetInAnyState(step, 'org_unit', input.org_unit_id);
    step.set('OrgUnitReopened', input.org_unit_id);
    return {};
  },
});
