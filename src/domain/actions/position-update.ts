import { z } from 'zod';
import { refuse } from '../codes.ts';
import { employmentTypes } from '../entities.ts';
import { action, common, decimalInput, given, idOrRef, nameText, replaceLater, shortText, target } from './action.ts';

export const updatePosition = action({
  type: 'position.update',
  title: 'Change what a position is',
  doc:
    'Changes title, grade, job family, location, country, employment type or capacity of a seat. What is left out stays; null takes a value away (capacity_fte: null means unknown). ' +
    'Pay, unit, manager and status have actions of their own.',
  schema: z.strictObject({
    ...common('position.update'),
    ...replaceLater,
    position_id: idOrRef,
    title: nameText.optional(),
    job_family: shortText,
    grade: shortText,
    location: shortText,
    country: shortText,
    employment_type: z.enum(employmentTypes).optional(),
    capacity_fte: decimalInput.nullable().optional(),
  }),
  example: {
    type: 'position.update',
    position_id: '0190f6a2-0000-7000-8000-000000000010',
    title: 'Senior Data Engineer',
    grade: 'P4',
    effective_on: '2026-10-01',
  },
  abilities: ['positions.read'],
  *decide(input, step) {
    const { title, job_family, grade, location, country, employment_type, capacity_fte } = input;
    const values = given({ title, job_family, grade, location, country, employment_type, capacity_fte });
    if (Object.keys(values).length === 0) throw refuse('INPUT_INVALID', 'give at least one field to change');
    yield* target(step, 'position', input.position_id);
    step.set('PositionUpdated', input.position_id, values);
    return {};
  },
});
