import { Decimal } from '../../domain/decimal.ts';
import { defaults } from '../../domain/money.ts';
import type { Query } from './query.ts';
import type { RateTables } from './rates.ts';

/**
 * The money formulas of src/domain/money.ts as SQL, to the digit. PostgreSQL's numeric is exact in sums and products; its
 * `round` is half away from zero, so ties (rounded up by exactly half a unit) are mended to half-even. `x` >= 0 is named
 * several times: give a column of a subquery that ends in `offset 0`, not a formula.
 */
export const roundHalfEven = (x: string, decimals: number): string => {
  const rounded = `round(${x}, ${decimals})`;
  // Only what ends one digit further can be a tie, and `min_scale` says so without making a number.
  const tie = `min_scale(${x}) = ${decimals + 1} and ${rounded} - ${x} = 5e-${decimals + 1}::numeric and mod(${rounded} * 1e${decimals}::numeric, 2) = 1`;
  return `(case when ${tie} then ${rounded} - 1e-${decimals}::numeric else ${rounded} end)`;
};

/**
 * Divides by the days of a year, ten decimals beyond those of `x`, so that no quotient is taken for a tie that is none: what is
 * no tie lies at least 10^-s / (2 x 366 x 10^4) from one, where s are the decimals of `x` and a currency has at most four.
 */
export const divide = (x: string, by: string): string => `(${x} * 1.${'0'.repeat(10)} / ${by})`;

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
export const leafSql = (
  q: Query,
  rates: RateTables,
  leaf: LeafColumns,
): { joins: string; base: string; onCost: string; fixed: string; hasFixed: boolean } => {
  const sources: { alias: string; rows: unknown[]; on: string }[] = [
    { alias: 'ru', rows: rates.units, on: `ru.ref = ${leaf.unit}::text` },
    { alias: 'rc', rows: rates.countries, on: `rc.ref = ${leaf.country}` },
    { alias: 're', rows: rates.employment_types, on: `re.ref = ${leaf.employment_type}` },
  ].filter((s) => s.rows.length > 0);
  const own = q.value(q.basis.settings.currency, 'text');
  const foreign = rates.fx.filter((r) => r.currency !== q.basis.settings.currency);
  const joins = [
    ...sources.map((s) => `left join jsonb_to_recordset(${q.value(JSON.stringify(s.rows), 'jsonb')}) as ${s.alias} ${shape} on ${s.on}`),
    ...(foreign.length > 0
      ? [
          `left join jsonb_to_recordset(${q.value(JSON.stringify(foreign), 'jsonb')}) as fx (currency text, rate numeric) on fx.currency = ${leaf.currency}`,
        ]
      : []),
  ].join('\n');
  const pay = `case when ${leaf.currency} = ${own} then ${leaf.amount} ${foreign.length > 0 ? `else ${leaf.amount} * fx.rate ` : ''}end`;
  const rate = (name: (typeof names)[number]) => {
    const tenant = q.value(rates.tenant[name], 'numeric');
    return sources.length === 0 ? tenant : `coalesce(${sources.map((s) => `${s.alias}.${name}`).join(', ')}, ${tenant})`;
  };
  // Read on demand: a placeholder that a statement binds and does not name is an error.
  return {
    joins,
    get base() {
      return `(case ${leaf.basis} when 'daily' then ${pay} * ${rate('working_days')} when 'hourly' then ${pay} * ${rate('working_hours')} else ${pay} end)`;
    },
    get onCost() {
      return rate('on_cost_rate');
    },
    /** Whether some fixed on-cost is above zero: without one nobody needs to ask for `fixed`. */
    hasFixed: [rates.tenant, ...rates.units, ...rates.countries, ...rates.employment_types].some((r) =>
      new Decimal(r.fixed_on_cost ?? 0).gt(0),
    ),
    get fixed() {
      return rate('fixed_on_cost');
    },
  };
};
