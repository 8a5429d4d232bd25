import { z } from 'zod';
import { refuse } from '../codes.ts';
import { employmentTypes, payBases } from '../entities.ts';
import { action, common, decimalInput, freshId, given, idOrRef, nameText, newIdText, replaceLater, shortText, target } from './action.ts';

const unitExample = '0190f6a2-0000-7000-8000-000000000001';
const positionExample = '0190f6a2-0000-7000-8000-000000000010';
const managerExample = '0190f6a2-0000-7000-8000-000000000011';
export const currencyText = z
  .string()
  .regex(/^[A-Z]{3}$/, 'an ISO 4217 code')
  .describe('ISO 4217 code; the tenant currency when left out');

export const createPosition = action({
  type: 'position.create',
  title: 'Create positions',
  doc:
    'Creates one budgeted seat, or `count` equal ones, in a unit. Without manager_position_id they report to the head of the nearest unit upward; ' +
    'with null they report to nobody. Target pay is for 1.0 FTE and asks for costs.read. "$ref" is the first seat, "$ref#2" the second.',
  schema: z.strictObject({
    ...common('position.create'),
    org_unit_id: idOrRef,
    title: nameText,
    count: z.int().min(1).max(1000).default(1),
    manager_position_id: idOrRef.nullable().optional(),
    job_family: shortText,
    grade: shortText,
    location: shortText,
    country: shortText,
    capacity_fte: decimalInput.nullable().default('1'),
    employment_type: z.enum(employmentTypes).default('permanent'),
    pay_amount: decimalInput.optional(),
    pay_basis: z.enum(payBases).optional().describe('annual when left out'),
    pay_currency: currencyText.optional(),
    status: z.enum(['planned', 'open', 'frozen']).default('open'),
    close_on_vacate: z.boolean().optional(),
    position_ids: z.array(newIdText.unwrap()).min(1).max(1000).optional().describe('ids to give, one for each seat; made when left out'),
  }),
  example: {
    type: 'position.create',
    org_unit_id: unitExample,
    title: 'Data Engineer',
    count: 2,
    pay_amount: '82000',
    pay_currency: 'USD',
    effective_on: '2026-09-01',
  },
  // Target pay asks for costs.read besides, where it is given.
  abilities: ['org-units.read', 'positions.read'],
  *decide(input, step) {
    const { org_unit_id, manager_position_id: manager, count, position_ids, pay_amount } = input;
    yield* target(step, 'org_unit', org_unit_id, 'CLOSED_TARGET');
    if (typeof manager === 'string') yield* target(step, 'position', manager, 'REPORTS_TARGET');
    if (position_ids && position_ids.length !== count)
      throw refuse('INPUT_INVALID', `position_ids has ${position_ids.length} ids for ${count} positions`);
    const pay =
      pay_amount === undefined
        ? {}
        : { pay_amount, pay_basis: input.pay_basis ?? 'annual', pay_currency: input.pay_currency ?? step.ctx.settings.currency };
    const { title, job_family, grade, location, country, capacity_fte, employment_type, status, close_on_vacate } = input;
    const ids: string[] = [];
    for (let i = 0; i < count; i++) {
      const id = yield* freshId(step, position_ids?.[i]);
      step.set(
        'PositionCreated',
        id,
        given({
          title,
          unit_id: org_unit_id,
          status,
          capacity_fte,
          employment_type,
          job_family,
          grade,
          location,
          country,
          close_on_vacate,
          ...pay,
          reporting: manager === undefined ? 'unit_head' : manager === null ? 'none' : 'explicit',
          manager_id: manager ?? undefined,
        }),
      );
      ids.push(id);
    }
    return { ids, resolved: { position_ids: ids } };
  },
});

export const setPay = action({
  type: 'position.set_pay',
  title: 'Set the target pay of a position',
  doc: 'Sets the target pay for 1.0 FTE: a year, a day or an hour. Basis and currency stay as they are when they are left out.',
  schema: z.strictObject({
    ...common('position.set_pay'),
    ...replaceLater,
    position_id: idOrRef,
    pay_amount: decimalInput,
    pay_basis: z.enum(payBases).optional(),
    pay_currency: currencyText.optional(),
  }),
  example: {
    type: 'position.set_pay',
    position_id: positionExample,
    pay_amount: '91000.00',
    pay_currency: 'GBP',
    effective_on: '2026-04-01',
  },
  abilities: ['positions.read', 'costs.read'],
  *decide(input, step) {
    const seat = yield* target(step, 'position', input.position_id);
    step.set('PositionPaySet', input.position_id, {
      pay_amount: input.pay_amount,
      pay_basis: input.pay_basis ?? seat.pay_basis ?? 'annual',
      pay_currency: input.pay_currency ?? seat.pay_currency ?? step.ctx.settings.currency,
    });
    return {};
  },
});

export const setManager = action({
  type: 'position.set_manager',
  title: 'Set the manager of a position',
  doc: 'Lets a position report to another one (manager_position_id), to nobody (null), or to the head of the nearest unit upward (reporting: "unit_head").',
  schema: z.strictObject({
    ...common('position.set_manager'),
    ...replaceLater,
    position_id: idOrRef,
    manager_position_id: idOrRef.nullable().optional(),
    reporting: z.literal('unit_head').optional(),
  }),
  example: { type: 'position.set_manager', position_id: positionExample, manager_position_id: managerExample },
  abilities: ['positions.read'],
  *decide(input, step) {
    const { position_id, manager_position_id: manager, reporting } = input;
    if ((manager === undefined) === (reporting === undefined))
      throw refuse('INPUT_INVALID', 'give either manager_position_id or reporting: "unit_head"');
    yield* target(step, 'position', position_id);
    if (typeof manager === 'string') yield* target(step, 'position', manager, 'REPORTS_TARGET');
    step.set('PositionManagerSet', position_id, {
      reporting: reporting ?? (manager === null ? 'none' : 'explicit'),
      manager_id: manager ?? null,
    });
    return {};
  },
});
