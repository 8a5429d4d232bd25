import { z } from 'zod';
import { type Change, change, dateText } from './changes.ts';
import { type Finding, finding, Refusal, refuse } from './codes.ts';
import { addYears, isDate } from './dates.ts';
import { currencyDecimals, Decimal, zero } from './decimal.ts';
import { employmentTypes } from './entities.ts';
import { defaultSettings, type TenantSettings } from './events.ts';

const zone = (name: string): boolean => {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
};

const policy = z.strictObject({
  name: z.enum(['span', 'layers', 'impact_limit', 'freeze', 'grade_band', 'budget', 'allocation']),
  level: z.enum(['warn', 'approval', 'stop']),
  limit: z
    .string()
    .regex(/^\d{1,15}(\.\d{1,4})?$/, 'a decimal as text')
    .optional(),
  subject: z.string().min(1).max(200).optional(),
});

/** The settings of a tenant as a person gives them: every field optional, each checked. */
export const settingsInput = z.strictObject({
  name: z.string().trim().min(1).max(200).optional(),
  subscription: z.enum(['free', 'team', 'business', 'enterprise', 'agency']).optional(),
  currency: z
    .string()
    .refine((c) => currencyDecimals(c) !== undefined, 'a known ISO 4217 code')
    .optional(),
  fiscal_year_start: z
    .string()
    .refine((d) => /^\d{2}-\d{2}$/.test(d) && isDate(`2023-${d}`), 'a day of every year as MM-DD')
    .optional(),
  time_zone: z.string().min(1).max(64).refine(zone, 'an IANA time zone').optional(),
  horizon_years: z.int().min(1).max(100).optional(),
  proposal_hours: z.int().min(1).max(8760).optional(),
  human_confirmation: z.boolean().optional(),
  policies: z.array(policy).max(50).optional(),
});
export type SettingsInput = z.output<typeof settingsInput>;

const given = (input: SettingsInput): Partial<TenantSettings> =>
  Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined)) as Partial<TenantSettings>;

/** The settings a tenant begins with: what is given, and the defaults. */
export const firstSettings = (name: string, input: SettingsInput): TenantSettings => ({ ...defaultSettings, ...given(input), name });

/**
 * What changes when `input` is set: only the fields that differ, empty when nothing does. Currency rates are said in the
 * tenant's currency, so it cannot change while some are in force.
 */
export const changedSettings = (now: TenantSettings, input: SettingsInput, ratesInForce: number): Partial<TenantSettings> => {
  const differs = Object.entries(given(input)).filter(
    ([field, value]) => JSON.stringify(value) !== JSON.stringify({ ...defaultSettings, ...now }[field]),
  );
  const changed = Object.fromEntries(differs) as Partial<TenantSettings>;
  if (changed.currency !== undefined && ratesInForce > 0)
    throw refuse('CURRENCY_UNKNOWN', `the currency stays ${now.currency} while ${ratesInForce} exchange rates are said in it`, {
      wayOut: 'End the exchange rates first, or make a new tenant with the other currency.',
    });
  return changed;
};

const decimalText = z.string().regex(/^-?\d{1,15}(\.\d{1,8})?$/, 'a decimal as text, without exponent');

/** One dated assumption as a person gives it; see `entities.ts` for what each value means. */
export const assumptionInput = z.strictObject({
  name: z.enum(['on_cost_rate', 'fixed_on_cost', 'fx_rate', 'working_days', 'working_hours']),
  scope: z.enum(['tenant', 'unit', 'country', 'employment_type']).default('tenant'),
  /** Unit id, ISO country or employment type; for fx_rate the foreign currency. */
  scope_ref: z.string().min(1).max(64).optional(),
  value: decimalText,
  effective_from: dateText,
});
export type AssumptionInput = z.output<typeof assumptionInput>;

const outside = (value: Decimal, least: string, most: string): boolean => value.lt(least) || value.gt(most);

const valueFinding = (a: AssumptionInput, settings: TenantSettings): Finding | undefined => {
  const value = new Decimal(a.value);
  switch (a.name) {
    case 'fixed_on_cost':
      if (value.lt(zero)) return finding('AMOUNT_NEGATIVE', 'a fixed on-cost is zero or more');
      return value.decimalPlaces() > (currencyDecimals(settings.currency) ?? 2)
        ? finding('AMOUNT_SCALE', `a fixed on-cost has no more decimals than ${settings.currency}`)
        : undefined;
    case 'on_cost_rate':
      if (value.lt(zero)) return finding('AMOUNT_NEGATIVE', 'an on-cost rate is zero or more');
      return value.gt(10)
        ? finding('INPUT_INVALID', 'an on-cost rate is a share: 0.28 is 28 %', { wayOut: 'Give 0.28 for 28 %.' })
        : undefined;
    case 'fx_rate':
      return value.lte(zero) ? finding('AMOUNT_NEGATIVE', 'an exchange rate is above zero') : undefined;
    case 'working_days':
      return outside(value, '1', '366') ? finding('INPUT_INVALID', 'working days are 1 to 366 a year') : undefined;
    case 'working_hours':
      return outside(value, '1', '8784') ? finding('INPUT_INVALID', 'working hours are 1 to 8784 a year') : undefined;
    default:
      return a.name satisfies never;
  }
};

const scopeFinding = (a: AssumptionInput, settings: TenantSettings, unitExists: boolean): Finding | undefined => {
  if (a.name === 'fx_rate') {
    if (a.scope !== 'tenant') return finding('INPUT_INVALID', 'an exchange rate holds for the whole tenant');
    if (a.scope_ref === undefined || currencyDecimals(a.scope_ref) === undefined)
      return finding('CURRENCY_UNKNOWN', 'an exchange rate names the foreign currency in `scope_ref`');
    return a.scope_ref === settings.currency ? finding('CURRENCY_UNKNOWN', `${settings.currency} is the tenant's own currency`) : undefined;
  }
  switch (a.scope) {
    case 'tenant':
      return a.scope_ref === undefined ? undefined : finding('INPUT_INVALID', 'the scope tenant takes no `scope_ref`');
    case 'unit':
      return unitExists
        ? undefined
        : finding('REFERENCE_UNKNOWN', 'the unit of this scope does not exist', { ids: a.scope_ref ? [a.scope_ref] : [] });
    case 'country':
      return /^[A-Z]{2}$/.test(a.scope_ref ?? '') ? undefined : finding('INPUT_INVALID', 'a country is its ISO 3166 code of two letters');
    case 'employment_type':
      return (employmentTypes as readonly string[]).includes(a.scope_ref ?? '')
        ? undefined
        : finding('INPUT_INVALID', `an employment type is one of ${employmentTypes.join(', ')}`);
    default:
      return a.scope satisfies never;
  }
};

/** What an assumption is decided against: the id of its timeline and whether the unit it names is there. */
export interface AssumptionFacts {
  id: string;
  unitExists: boolean;
}

/** The changes that set assumptions on the baseline, or a refusal with every finding. */
export const decideAssumptions = (
  given: readonly AssumptionInput[],
  facts: readonly AssumptionFacts[],
  settings: TenantSettings,
  today: string,
): Change[] => {
  const horizon = addYears(today, settings.horizon_years);
  const findings = given
    .flatMap((a, i) => [
      valueFinding(a, settings),
      scopeFinding(a, settings, facts[i]?.unitExists ?? false),
      a.effective_from < '1900-01-01' || a.effective_from > horizon
        ? finding('DATE_HORIZON', `${a.effective_from} lies outside 1900-01-01 to ${horizon}`, { dates: [a.effective_from] })
        : undefined,
    ])
    .filter((f) => f !== undefined);
  if (findings.length > 0) throw new Refusal(findings);
  return given.map((a, i) =>
    change('AssumptionSet', (facts[i] as AssumptionFacts).id, a.effective_from, {
      name: a.name,
      scope: a.scope,
      scope_ref: a.scope_ref ?? null,
      value: a.value,
      status: 'active',
    }),
  );
};
