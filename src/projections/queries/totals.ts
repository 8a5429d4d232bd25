import { fiscalYear } from '../../domain/dates.ts';
import { Decimal, zero } from '../../domain/decimal.ts';
import { kinds } from '../../domain/entities.ts';
import type { Totals } from '../../domain/impact.ts';
import type { Basis } from '../basis.ts';
import type { Sql } from '../sql.ts';
import { additive, combine, type Figures, figures } from './figures.ts';
import { affected, baselineOf, overlaid } from './overlay.ts';
import { loadRates } from './rates.ts';

/** The last position up to `position` at which the baseline changed; all positions from there on show the same baseline. */
const lastBaselineChange = async (sql: Sql, tenant: number, position: number): Promise<number> => {
  const ended = kinds.map(
    (k) => `(select max(to_position) from ${k}_version where tenant = $1::int and branch = 0 and to_position <= $2::bigint)`,
  );
  const [row] = await sql.query<{ position: number | null }>(
    `select greatest((select max(position) from entity_change where tenant = $1::int and branch = 0 and position <= $2::bigint), ${ended.join(', ')})::float8 as position`,
    [tenant, position],
  );
  return row?.position ?? 0;
};

interface Stored {
  currency: string;
  fiscal_year_start: string;
  values: Record<string, string>;
  months: { month: string; annualised: string }[];
}

const store = (basis: Basis, f: Figures): Stored => ({
  currency: basis.settings.currency,
  fiscal_year_start: basis.settings.fiscal_year_start,
  values: Object.fromEntries(additive.map((name) => [name, f[name].toFixed()])),
  months: f.months.map((m) => ({ month: m.month, annualised: m.annualised.toFixed() })),
});

const restore = (basis: Basis, stored: Stored | undefined): Figures | undefined => {
  if (stored?.currency !== basis.settings.currency || stored.fiscal_year_start !== basis.settings.fiscal_year_start) return undefined;
  if (additive.some((name) => stored.values[name] === undefined)) return undefined;
  return {
    ...(Object.fromEntries(additive.map((name) => [name, new Decimal(stored.values[name] as string)])) as Omit<Figures, 'months'>),
    months: stored.months.map((m) => ({ month: m.month, annualised: new Decimal(m.annualised) })),
  };
};

const computeBaseline = async (sql: Sql, basis: Basis, key: readonly unknown[]): Promise<Figures> => {
  const computed = await figures(sql, basis, await loadRates(sql, basis));
  await sql.query(
    `insert into baseline_total (tenant, position, effective_on, figures) values ($1::int, $2::bigint, $3::date, $4::jsonb)
     on conflict (tenant, position, effective_on) do update set figures = excluded.figures`,
    [...key, JSON.stringify(store(basis, computed))],
  );
  return computed;
};

/** Counts under way, so that many callers who ask for the same new basis at once cause one count. */
const underWay = new WeakMap<Sql, Map<string, Promise<Figures>>>();

/** The figures of the whole baseline, kept per (tenant, position of its last change, date): a fixed basis never changes. */
const baselineFigures = async (sql: Sql, basis: Basis): Promise<Figures> => {
  const key = [basis.tenant, await lastBaselineChange(sql, basis.tenant, basis.pin), basis.effective_on];
  const [row] = await sql.query<{ figures: Stored }>(
    'select figures from baseline_total where tenant = $1::int and position = $2::bigint and effective_on = $3::date',
    key,
  );
  const kept = restore(basis, row?.figures);
  if (kept) return kept;
  const counts = underWay.get(sql) ?? new Map<string, Promise<Figures>>();
  underWay.set(sql, counts);
  const name = JSON.stringify([...key, basis.settings.currency, basis.settings.fiscal_year_start]);
  const running = counts.get(name) ?? computeBaseline(sql, basis, key).finally(() => counts.delete(name));
  counts.set(name, running);
  return running;
};

/** Baselines at the pins of scenarios, as this process has seen them: what lies up to a pin never changes, so no look is needed. */
const seen = new WeakMap<Sql, Map<string, Figures>>();
const MOST_SEEN = 500;

const pinnedFigures = async (sql: Sql, basis: Basis): Promise<Figures> => {
  const name = JSON.stringify([basis.tenant, basis.pin, basis.effective_on, basis.settings.currency, basis.settings.fiscal_year_start]);
  const known = seen.get(sql) ?? new Map<string, Figures>();
  seen.set(sql, known);
  const kept = known.get(name);
  if (kept) return kept;
  const found = await baselineFigures(sql, basis);
  if (known.size >= MOST_SEEN) known.clear();
  known.set(name, found);
  return found;
};

/**
 * The figures of a branch on a basis. A scenario's are the kept figures of the baseline at its pin and the exact difference of what
 * its overlay touches, so reading them costs as much as the overlay is large. Where the scenario changes rates, or moves
 * units while a rate is scoped to a unit, any leaf may differ and everything is counted.
 */
export const branchFigures = async (sql: Sql, basis: Basis): Promise<Figures> => {
  if (basis.branch === 0) return baselineFigures(sql, basis);
  const touched = await overlaid(sql, basis);
  const below = baselineOf(basis);
  if (kinds.every((k) => touched[k].length === 0)) return pinnedFigures(sql, below);
  const rates = await loadRates(sql, basis);
  if (touched.assumption.length > 0 || (touched.org_unit.length > 0 && rates.units.length > 0)) return figures(sql, basis, rates);
  const parts = await affected(sql, basis, touched);
  const before = await figures(sql, below, rates, parts);
  const after = await figures(sql, basis, rates, parts);
  return combine(combine(await pinnedFigures(sql, below), 1, after), -1, before);
};

/** The totals of a branch as impacts are made from them. */
export const branchTotals = async (sql: Sql, basis: Basis): Promise<Totals> => {
  const f = await branchFigures(sql, basis);
  return {
    effective_on: basis.effective_on,
    fiscal_year: fiscalYear(basis.effective_on, basis.settings.fiscal_year_start).label,
    currency: basis.settings.currency,
    headcount: f.headcount,
    contractors: f.contractors,
    robots: f.robots,
    ai_agents: f.ai_agents,
    seats: f.seats,
    vacant_positions: f.vacant_positions,
    establishment_fte: f.establishment_fte,
    fte: f.fte,
    annualised: f.planned_annualised,
    in_year: f.planned_in_year,
    actual_annualised: f.actual_annualised,
    actual_in_year: f.actual_in_year,
    // One-off costs come with severance and recruiting, which no action of this vocabulary writes.
    one_off: zero,
    run_rate_by_month: f.months,
  };
};
