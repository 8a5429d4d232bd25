import { z } from 'zod';
import { dateText, type PlannedChange, uuid } from '../../domain/changes.ts';
import { type Code, codes, type Finding, Refusal } from '../../domain/codes.ts';
import { kinds, type Values } from '../../domain/entities.ts';
import type { ProposalContent } from '../../domain/events.ts';
import type { Impact } from '../../domain/impact.ts';
import type { Caller } from '../context.ts';

const delta = z.object({ before: z.string(), after: z.string(), delta: z.string() }).meta({ id: 'Figure' });
const values = z.record(z.string(), z.union([z.string(), z.boolean()]));

/** One change as an answer shows it. Fields without a value are left out of `before` and `after`. */
export const changeOutput = z.object({
  type: z.string(),
  kind: z.enum(kinds),
  id: uuid,
  effective_from: dateText,
  before: values,
  after: values,
  sentence: z.string(),
  personal: z.record(z.string(), z.string()).optional(),
  replace_later: z.boolean().optional(),
});

export const findingOutput = z.object({
  code: z.string(),
  severity: z.enum(['stop', 'approval', 'warn']),
  message: z.string(),
  ids: z.array(z.string()),
  dates: z.array(z.string()),
  way_out: z.string(),
});

/** Counts and money of the whole branch on `effective_on`, before and after. Money only with costs.read. */
export const impactOutput = z.object({
  effective_on: dateText,
  fiscal_year: z.string(),
  currency: z.string(),
  headcount: delta,
  contractors: delta,
  robots: delta,
  ai_agents: delta,
  seats: delta,
  vacant_positions: delta,
  establishment_fte: delta,
  fte: delta,
  annualised: delta.optional(),
  in_year: delta.optional(),
  full_year_effect: z.string().optional(),
  actual_annualised: delta.optional(),
  actual_in_year: delta.optional(),
  one_off: delta.optional(),
  run_rate_by_month: z.array(z.object({ month: z.string(), before: z.string(), after: z.string() })).optional(),
  spans: z.array(z.object({ position_id: uuid, delta: z.int() })),
  more_spans: z.int().optional(),
  layers: z.array(z.object({ position_id: uuid, before: z.int().optional(), after: z.int().optional() })),
  more_layers: z.int().optional(),
  layer_shifts: z
    .array(z.object({ before: z.int().optional(), after: z.int().optional(), positions: z.int() }))
    .describe('Everybody whose layer changes, followers too.')
    .optional(),
  touched: z.record(z.string(), z.int()),
});

/** How many entries a list inside an answer shows unless more are asked for. */
export const SHOWN = 100;

/** Fields that hold amounts, in changes and in actions alike. */
const amountFields = new Set(['pay_amount', 'amount', 'value', 'pay', 'severance']);
/** Findings whose message may say an amount. */
const amountCodes = new Set<string>([
  'GRADE_BAND',
  'BUDGET_GUARD',
  'IMPACT_LIMIT',
  'POLICY_STOP',
  'AMOUNT_NEGATIVE',
  'AMOUNT_SCALE',
] satisfies Code[]);

const seesCosts = (caller: Caller): boolean => caller.abilities.has('costs.read');
const seesPersonal = (caller: Caller): boolean => caller.abilities.has('actors.personal.read');

const shown = (caller: Caller, of: Values): Record<string, string | boolean> =>
  Object.fromEntries(Object.entries(of).filter(([f, v]) => v !== null && (seesCosts(caller) || !amountFields.has(f)))) as Record<
    string,
    string | boolean
  >;

/** A change as this caller may see it: no amounts without costs.read, no personal fields without actors.personal.read. */
export const showChange = (caller: Caller, change: PlannedChange): z.input<typeof changeOutput> => {
  const { type, id, effective_from } = change;
  // What is taken back belongs to the first thing it is taken from.
  const kind = change.reverts?.[0]?.kind ?? change.kind;
  const amounts = [change.set, change.before, change.after].some((v) => Object.keys(v).some((f) => amountFields.has(f)));
  const veiled = (amounts && !seesCosts(caller)) || (change.personal !== undefined && !seesPersonal(caller));
  const personal = change.personal && seesPersonal(caller) ? Object.entries(change.personal).filter(([, v]) => v != null) : [];
  return {
    type,
    kind,
    id,
    effective_from,
    before: shown(caller, change.before),
    after: shown(caller, change.after),
    sentence: veiled ? `${type} on ${kind} ${id} from ${effective_from}` : change.sentence,
    ...(personal.length > 0 ? { personal: Object.fromEntries(personal) as Record<string, string> } : {}),
    ...(change.replace_later ? { replace_later: true } : {}),
  };
};

export const showFinding = (caller: Caller, found: Finding): Finding =>
  seesCosts(caller) || !amountCodes.has(found.code) ? found : { ...found, message: codes[found.code].rule };

/** Runs a decision for a caller: what it refuses says no amount to those who may not see one. */
export const veiled = async <T>(caller: Caller, decision: Promise<T>): Promise<T> => {
  try {
    return await decision;
  } catch (error) {
    if (!(error instanceof Refusal) || seesCosts(caller)) throw error;
    throw new Refusal(
      error.findings.map((f) => showFinding(caller, f)),
      error.details,
    );
  }
};

/** Two layers, of which one may be none. */
const between = <T extends { before: number | null; after: number | null }>({ before, after, ...rest }: T) => ({
  ...rest,
  ...(before === null ? {} : { before }),
  ...(after === null ? {} : { after }),
});

/** The impact as this caller may see it; long lists are cut, and say by how much. */
export const showImpact = (caller: Caller, impact: Impact): z.input<typeof impactOutput> => {
  const {
    annualised,
    in_year,
    full_year_effect,
    actual_annualised,
    actual_in_year,
    one_off,
    run_rate_by_month,
    spans,
    layers,
    layer_shifts,
    ...counts
  } = impact;
  return {
    ...counts,
    ...(seesCosts(caller) ? { annualised, in_year, full_year_effect, actual_annualised, actual_in_year, one_off, run_rate_by_month } : {}),
    spans: spans.slice(0, SHOWN),
    ...(spans.length > SHOWN ? { more_spans: spans.length - SHOWN } : {}),
    layers: layers.slice(0, SHOWN).map(between),
    ...(layers.length > SHOWN ? { more_layers: layers.length - SHOWN } : {}),
    ...(layer_shifts ? { layer_shifts: layer_shifts.map(between) } : {}),
  };
};

/** True when a value, at any depth, holds one of these fields. */
const holds = (value: unknown, names: ReadonlySet<string>): boolean =>
  Array.isArray(value)
    ? value.some((v) => holds(v, names))
    : typeof value === 'object' && value !== null && Object.entries(value).some(([k, v]) => names.has(k) || holds(v, names));

/** Actions, unless they say what this caller may not see: amounts, or an actor's personal fields. */
export const showActions = (caller: Caller, actions: ProposalContent['actions']): ProposalContent['actions'] | undefined => {
  if (!seesCosts(caller) && holds(actions, amountFields)) return undefined;
  return !seesPersonal(caller) && actions.some((a) => a.personal !== undefined) ? undefined : actions;
};

/** Whether a field of a difference may be shown to this caller. */
export const maySeeField = (caller: Caller, field: string): boolean => seesCosts(caller) || !amountFields.has(field);
