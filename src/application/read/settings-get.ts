import { z } from 'zod';
import { fiscalYear } from '../../domain/dates.ts';
import { defaults } from '../../domain/money.ts';
import { assumptionsOn } from '../../projections/queries/assumptions.ts';
import { namesOf } from '../../projections/queries/names.ts';
import { operation } from '../operation.ts';
import { basisInput, basisOutput, printBasis, resolveBasis } from './basis.ts';
import { figuresOutput, idField, present, seesCosts } from './shape.ts';

/** Policies whose limit is an amount, and which so need costs.read. */
const moneyPolicies = new Set(['budget', 'grade_band']);

const assumption = z.object({
  id: idField,
  name: z.string().describe('on_cost_rate (0.28 is 28 %), fixed_on_cost, fx_rate, working_days or working_hours.'),
  scope: z.string(),
  scope_ref: z.string().optional().describe('The unit, ISO country or employment type; for fx_rate the foreign currency.'),
  scope_name: z.string().optional().describe('Of the unit.'),
  value: z.string(),
  effective_from: z.string(),
});

export const settingsGet = operation({
  name: 'settings.get',
  title: 'Settings in force',
  summary:
    'The settings, policies and assumptions (on-cost, exchange rates, working time) in force for the baseline or a scenario on a date.',
  input: z.object(basisInput),
  output: z.object({
    name: z.string(),
    subscription: z.string(),
    currency: z.string(),
    fiscal_year_start: z.string().describe('MM-DD'),
    fiscal_year: figuresOutput.fiscal_year,
    time_zone: z.string(),
    horizon_years: z.int().describe('How many years ahead an effective date may lie.'),
    proposal_hours: z.int().describe('How long a proposal can be confirmed.'),
    human_confirmation: z.boolean().describe('A person has to confirm; an assistant alone may not.'),
    policies: z
      .array(z.object({ name: z.string(), level: z.string(), limit: z.string().optional(), subject: z.string().optional() }))
      .describe('A breach warns, needs a second person (approval) or stops. Limits that are amounts need costs.read.'),
    assumptions: z.array(assumption).optional().describe('In force on effective_on; the most specific wins. Needs costs.read.'),
    more_assumptions: z.int().optional(),
    defaults: z.record(z.string(), z.string()).optional().describe('What holds where no assumption says otherwise. Needs costs.read.'),
    settings_position: z.int().describe('The event that set them last.'),
    basis: basisOutput,
  }),
  abilities: ['settings.read'],
  readOnly: true,
  run: async (deps, caller, input) => {
    const basis = await resolveBasis(deps, caller, input);
    const { settings } = basis;
    const [row] = await deps.sql.query<{ position: number }>(
      'select from_position::float8 as position from tenant_settings where tenant = $1::int and from_position <= $2::bigint and to_position > $2::bigint',
      [basis.tenant, basis.position],
    );
    const costs = seesCosts(caller);
    const all = costs ? await assumptionsOn(deps.sql, basis) : [];
    const shown = all.slice(0, 200);
    const units = caller.abilities.has('org-units.read')
      ? await namesOf(
          deps.sql,
          basis,
          'org_unit',
          shown.filter((a) => a.scope === 'unit').map((a) => a.scope_ref),
        )
      : new Map<string, string>();
    const year = fiscalYear(basis.effective_on, settings.fiscal_year_start);
    return {
      name: settings.name,
      subscription: settings.subscription,
      currency: settings.currency,
      fiscal_year_start: settings.fiscal_year_start,
      fiscal_year: { label: year.label, from: year.from, to: year.to },
      time_zone: settings.time_zone,
      horizon_years: settings.horizon_years,
      proposal_hours: settings.proposal_hours,
      human_confirmation: settings.human_confirmation ?? false,
      policies: settings.policies.map(({ name, level, limit, subject }) =>
        present({ name, level, subject, limit: costs || !moneyPolicies.has(name) ? limit : undefined }),
      ) as { name: string; level: string; limit?: string; subject?: string }[],
      ...(costs
        ? {
            assumptions: shown.map((a) =>
              present({ ...a, scope_name: a.scope === 'unit' ? units.get(a.scope_ref ?? '') : undefined }),
            ) as z.input<typeof assumption>[],
            ...(all.length > shown.length ? { more_assumptions: all.length - shown.length } : {}),
            defaults: { ...defaults },
          }
        : {}),
      settings_position: row?.position ?? basis.position,
      basis: printBasis(basis),
    };
  },
});
