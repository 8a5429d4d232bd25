import { defaults } from '../../domain/money.ts';
import type { Query } from './query.ts';
import type { RateTables } from './rates.ts';

/**
 * The money formulas of src/domain/money.ts as SQL, to the digit. PostgreSQL's numeric is exact in sums and products; its
 * `round` is half away from zero, so ties are mended to half-even; a quotient is taken last, at 40 decimals.
 */
export const roundHalfEven = (x: string, decimals: number): string => {
  const unit = `1e-${decimals}::numeric`;
  return `(round(${x}, ${decimals}) - case when mod(${x} * 1e${decimals}::numeric, 2) = 0.5 then ${unit} else 0 end)`;
};

/** Divides at 40 decimals, so that no quotient by the days of a year is taken for a tie that is none. */
export const divide = (x: string, by: string): string => `(${x} * 1.${'0'.repeat(40)} / ${by})`;

/** Days that two or more half-open ranges of dates share, as an integer; the ranges overlap. */
export const overlapDays = (from: string[], to: string[]): string => `(least(${to.join(', ')}) - greatest(${from.join(', ')}))`;

/** Where a cost leaf takes its subject from: SQL expressions over the rows in scope. */
export interface LeafColumns {
  unit: string;
  country: string;
  employment_type: string;
  amount: string;
  basis: string;
  currency: string;
}

const names = Object.keys(defaults) as (keyof typeof defaults)[];
const shape = `(ref text, ${names.map((n) => `${n} numeric`).join(', ')})`;

/**
 * Joins the rates a leaf needs and gives its formulas: `joins` to stand in the FROM, `base` for the pay of 1.0 FTE and a year in
 * the tenant's currency (null when pay or rate is not known), and the resolved rates. Nothing is rounded here.
 */
export const leafSql = (q: Query, rates: RateTables, leaf: LeafColumns): { joins: string; base: string; onCost: string; fixed: string } => {
  const sources: { alias: string; rows: unknown[]; on: string }[] = [
    { alias: 'ru', rows: rates.units, on: `ru.ref = ${leaf.unit}::text` },
    { alias: 'rc', rows: rates.countries, on: `rc.ref = ${leaf.country}` },
    { alias: 're', rows: rates.employment_types, on: `re.ref = ${leaf.employment_type}` },
  ].filter((s) => s.rows.length > 0);
  const joins = [
    ...sources.map((s) => `left join jsonb_to_recordset(${q.value(JSON.stringify(s.rows), 'jsonb')}) as ${s.alias} ${shape} on ${s.on}`),
    `left join jsonb_to_recordset(${q.value(JSON.stringify(rates.fx), 'jsonb')}) as fx (currency text, rate numeric) on fx.currency = ${leaf.currency}`,
  ].join('\n');
  const rate = (name: (typeof names)[number]) => {
    const tenant = q.value(rates.tenant[name], 'numeric');
    return sources.length === 0 ? tenant : `coalesce(${sources.map((s) => `${s.alias}.${name}`).join(', ')}, ${tenant})`;
  };
  // Read on demand: a placeholder that a statement binds and does not name is an error.
  return {
    joins,
    get base() {
      return `(${leaf.amount} * fx.rate * case ${leaf.basis} when 'daily' then ${rate('working_days')} when 'hourly' then ${rate('working_hours')} else 1 end)`;
    },
    get onCost() {
      return rate('on_cost_rate');
    },
    get fixed() {
      return rate('fixed_on_cost');
    },
  };
};
