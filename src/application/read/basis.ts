import { z } from 'zod';
import { dateText, uuid } from '../../domain/changes.ts';
import { refuse } from '../../domain/codes.ts';
import { dateIn, isDate } from '../../domain/dates.ts';
import type { TenantSettings } from '../../domain/events.ts';
import type { Basis, PrintedBasis } from '../../projections/basis.ts';
import { LIVE_SCHEMA } from '../../projections/sql.ts';
import type { Caller, Deps } from '../context.ts';
import { type Point, pointInput, resolvePoint } from './point.ts';
import { findScenario } from './visibility.ts';

/** The part of every read's input that says on what the answer rests. */
export const basisInput = {
  scenario_id: uuid.nullable().optional().describe('The scenario to read; null or left out reads the baseline.'),
  as_of: pointInput
    .optional()
    .describe('Read history up to here: an event position, a time with a zone (2026-03-31T12:00:00Z) or snapshot:NAME. Default: now.'),
  effective_on: z
    .string()
    .optional()
    .describe('The date the answer is about, YYYY-MM-DD; may lie in the future. Default: today in the time zone of the tenant.'),
};

/** The part of every answer that says on what it rests: the same basis gives the same answer for good. */
export const basisOutput = z.object({
  scenario_id: z.string().optional().describe('The scenario read; absent for the baseline.'),
  event_position: z.int().describe('History counts up to and including this event position.'),
  baseline_position: z.int().describe('The baseline position in force: the pin of a scenario.'),
  effective_on: dateText,
  projection: z.string(),
  citation: z.string().describe('A short text that names this basis, to be quoted beside the figures.'),
});

export interface BasisInput {
  scenario_id?: string | null | undefined;
  as_of?: Point | undefined;
  effective_on?: string | undefined;
}

/** The settings in force at a position. */
export const settingsAt = async (deps: Deps, tenant: number, position: number): Promise<TenantSettings> => {
  const [row] = await deps.sql.query<{ settings: TenantSettings }>(
    'select settings from tenant_settings where tenant = $1::int and from_position <= $2::bigint and to_position > $2::bigint',
    [tenant, position],
  );
  if (!row)
    throw refuse('INPUT_INVALID', `at position ${position} this tenant had no settings yet`, {
      wayOut: 'Use a later as_of, or leave it out.',
    });
  return row.settings;
};

/**
 * Resolves what a read rests on: which branch, up to which event position, on which date. Checks that the caller may see the
 * scenario (else NOT_FOUND), waits until the projections have reached the position, and refuses positions and dates that are none.
 */
export const resolveBasis = async (deps: Deps, caller: Caller, input: BasisInput): Promise<Basis> => {
  if (input.effective_on !== undefined && !isDate(input.effective_on))
    throw refuse('INPUT_INVALID', `effective_on is no date: ${JSON.stringify(input.effective_on.slice(0, 40))}`, {
      wayOut: 'Give a calendar date as YYYY-MM-DD.',
    });
  // The fiscal year around the date has to be dates too.
  if (input.effective_on !== undefined && (input.effective_on < '0002' || input.effective_on >= '9999'))
    throw refuse('INPUT_INVALID', `effective_on ${input.effective_on} lies outside the years that can be read`, {
      wayOut: 'Give a date from 0002-01-01 to 9998-12-31.',
    });
  const position = input.as_of === undefined ? await deps.projected(caller.tenant) : await resolvePoint(deps, caller, 'as_of', input.as_of);
  const scenario = input.scenario_id ? await findScenario(deps, caller, input.scenario_id) : undefined;
  const settings = await settingsAt(deps, caller.tenant, position);
  const common = { tenant: caller.tenant, position, settings, effective_on: input.effective_on ?? dateIn(deps.now(), settings.time_zone) };
  if (!scenario) return { ...common, branch: 0, scenario_id: null, pin: position };
  const [pin] = await deps.sql.query<{ pin: number }>(
    `select baseline_position::float8 as pin from branch_pin
     where tenant = $1::int and branch = $2::bigint and from_position <= $3::bigint order by from_position desc limit 1`,
    [caller.tenant, scenario.branch, position],
  );
  if (!pin)
    throw refuse(
      'INPUT_INVALID',
      `the scenario ${scenario.id} did not exist at position ${position}; it was created at ${scenario.created_position}`,
      {
        ids: [scenario.id],
        wayOut: `Use as_of ${scenario.created_position} or later, or leave it out.`,
      },
      { created_position: scenario.created_position },
    );
  return { ...common, branch: scenario.branch, scenario_id: scenario.id, pin: pin.pin };
};

/** The basis as an answer prints it, with a citation that a person can quote. */
export const printBasis = (basis: Basis): PrintedBasis => ({
  ...(basis.scenario_id ? { scenario_id: basis.scenario_id } : {}),
  event_position: basis.position,
  baseline_position: basis.pin,
  effective_on: basis.effective_on,
  projection: LIVE_SCHEMA,
  citation: basis.scenario_id
    ? `scenario ${basis.scenario_id} at event ${basis.position} on baseline ${basis.pin}, effective ${basis.effective_on}`
    : `baseline at event ${basis.position}, effective ${basis.effective_on}`,
});
