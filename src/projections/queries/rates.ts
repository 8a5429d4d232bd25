import { Decimal, knownCurrencies } from '../../domain/decimal.ts';
import { defaults } from '../../domain/money.ts';
import type { Basis } from '../basis.ts';
import type { Sql } from '../sql.ts';
import { type AssumptionRow, assumptionsOn } from './assumptions.ts';
import { Query } from './query.ts';

type Rate = keyof typeof defaults;
const rateNames = Object.keys(defaults) as Rate[];

/** One row of rates for a unit, a country or an employment type; absent rates are left to what is less specific. Decimal text. */
type ScopedRates = { ref: string } & Partial<Record<Rate, string>>;

/** Every rate in force on one date, resolved to what each unit, country and employment type sets. */
export interface RateTables {
  /** Each unit below a unit-scoped rate with the value of its nearest ancestor; empty when no rate is scoped to a unit. */
  units: ScopedRates[];
  countries: ScopedRates[];
  employment_types: ScopedRates[];
  tenant: Record<Rate, string>;
  /** Foreign currency -> tenant currency for one unit of it; the tenant's own stands at 1. */
  fx: { currency: string; rate: string }[];
}

const pivot = (rows: readonly AssumptionRow[], scope: string): Map<string, ScopedRates> => {
  const by = new Map<string, ScopedRates>();
  for (const row of rows) {
    if (row.scope !== scope || !rateNames.includes(row.name as Rate)) continue;
    const ref = row.scope_ref ?? '';
    by.set(ref, { ...(by.get(ref) ?? { ref }), [row.name]: row.value });
  }
  return by;
};

/** Carries unit-scoped rates down the tree of the date: the nearest ancestor that sets a rate decides it. */
const inherit = async (sql: Sql, basis: Basis, own: Map<string, ScopedRates>): Promise<ScopedRates[]> => {
  if (own.size === 0) return [];
  const q = new Query(basis);
  const units = await q.run<{ id: string; parent_id: string | null }>(
    sql,
    `select u.id, u.parent_id from ${q.effective('org_unit', { columns: ['id', 'parent_id'] })} u`,
  );
  const parent = new Map(units.map((u) => [u.id, u.parent_id]));
  // A unit that is not there on the date can still be named by a seat of another date of the year: its own rate counts, as in the domain.
  return [...new Set([...parent.keys(), ...own.keys()])].flatMap((id) => {
    const rates: ScopedRates = { ref: id };
    const seen = new Set<string>();
    for (let at: string | null | undefined = id; at && !seen.has(at); at = parent.get(at)) {
      seen.add(at);
      for (const name of rateNames) {
        const value = own.get(at)?.[name];
        if (value !== undefined) rates[name] ??= value;
      }
    }
    return Object.keys(rates).length > 1 ? [rates] : [];
  });
};

/** Loads the rates of a basis: those in force on its effective date, on the tree of that date. */
export const loadRates = async (sql: Sql, basis: Basis): Promise<RateTables> => {
  const rows = await assumptionsOn(sql, basis);
  const tenant = pivot(rows, 'tenant').get('');
  const fx = new Map<string, string>();
  // A rate by scope tenant stands before one by scope currency, as in the domain.
  for (const scope of ['currency', 'tenant'])
    for (const r of rows) if (r.name === 'fx_rate' && r.scope === scope && r.scope_ref) fx.set(r.scope_ref, r.value);
  fx.set(basis.settings.currency, '1');
  return {
    units: await inherit(sql, basis, pivot(rows, 'unit')),
    countries: [...pivot(rows, 'country').values()],
    employment_types: [...pivot(rows, 'employment_type').values()],
    tenant: { ...defaults, ...tenant },
    fx: [...fx].map(([currency, rate]) => ({ currency, rate: new Decimal(rate).toFixed() })),
  };
};

/** Decimals of a currency as the domain knows them; two where the code is not known. */
export const decimalsOf = (currency: string): number => knownCurrencies().find(([code]) => code === currency)?.[1] ?? 2;
