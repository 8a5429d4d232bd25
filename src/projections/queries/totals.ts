import { fiscalYear } from '../../domain/dates.ts';
import { Decimal, zero } from '../../domain/decimal.ts';
import type { Totals } from '../../domain/impact.ts';
import type { Basis } from '../basis.ts';
import type { Sql } from '../sql.ts';
import { additive, combine, type Figures, figures } from './figures.ts';
import { kept } from './kept.ts';
import { type Shape, shape } from './layers.ts';
import { affected, baselineOf, keepsLines, overlaid } from './overlay.ts';
import { loadRates } from './rates.ts';

/** Rows kept for a tenant: one a change of the baseline and date that was asked for. The latest changes stay. */
const MOST_ROWS = 5_000;

interface Stored {
  currency: string;
  fiscal_year_start: string;
  values: Record<string, string>;
  months: { month: string; annualised: string }[];
}

/** What a row of `baseline_total` holds; each part comes when it is first asked for. */
interface Row extends Partial<Stored> {
  shape?: Shape;
}

const store = (basis: Basis, f: Figures): Stored => ({
  currency: basis.settings.currency,
  fiscal_year_start: basis.settings.fiscal_year_start,
  values: Object.fromEntries(additive.map((name) => [name, f[name].toFixed()])),
  months: f.months.map((m) => ({ month: m.month, annualised: m.annualised.toFixed() })),
});

const restore = (stored: Stored): Figures => ({
  ...(Object.fromEntries(additive.map((name) => [name, new Decimal(stored.values[name] as string)])) as Omit<Figures, 'months'>),
  months: stored.months.map((m) => ({ month: m.month, annualised: new Decimal(m.annualised) })),
});

const fits = (basis: Basis, row: Row | undefined): row is Row & Stored =>
  row?.currency === basis.settings.currency &&
  row.fiscal_year_start === basis.settings.fiscal_year_start &&
  row.months !== undefined &&
  additive.every((name) => row.values?.[name] !== undefined);

/** What all processes keep of the baseline, per (tenant, position of its last change, date). */
const rowOf = async (sql: Sql, basis: Basis, baseline: number): Promise<Row | undefined> => {
  const [row] = await sql.query<{ figures: Row }>(
    'select figures from baseline_total where tenant = $1::int and position = $2::bigint and effective_on = $3::date',
    [basis.tenant, baseline, basis.effective_on],
  );
  return row?.figures;
};

const keepRow = async (sql: Sql, basis: Basis, baseline: number, part: Row): Promise<void> => {
  await sql.query(
    `insert into baseline_total as b (tenant, position, effective_on, figures) values ($1::int, $2::bigint, $3::date, $4::jsonb)
     on conflict (tenant, position, effective_on) do update set figures = b.figures || excluded.figures`,
    [basis.tenant, baseline, basis.effective_on, JSON.stringify(part)],
  );
  await sql.query(
    `delete from baseline_total where tenant = $1::int and (position, effective_on) in (
       select position, effective_on from baseline_total where tenant = $1::int order by position desc, effective_on desc offset $2::int)`,
    [basis.tenant, MOST_ROWS],
  );
};

/** The figures of the whole baseline: from the row that some process kept, else counted and kept. */
const baselineFigures = async (sql: Sql, basis: Basis, baseline: number): Promise<Stored> => {
  const row = await rowOf(sql, basis, baseline);
  if (fits(basis, row)) return row;
  const counted = store(basis, await figures(sql, basis, await loadRates(sql, basis)));
  await keepRow(sql, basis, baseline, counted);
  return counted;
};

/**
 * The figures of a scenario: those of the baseline at its pin and the exact difference of what its overlay touches, so reading them costs
 * as much as the overlay is large. Where the scenario changes rates, or moves units while a rate is scoped to a unit, any leaf
 * may differ and everything is counted, as it is where the overlay is about as large as the organisation.
 */
const scenarioFigures = async (sql: Sql, basis: Basis): Promise<Figures> => {
  const touched = await overlaid(sql, basis);
  const rates = await loadRates(sql, basis);
  if (!touched || touched.assumption.length > 0 || (touched.org_unit.length > 0 && rates.units.length > 0))
    return figures(sql, basis, rates);
  const below = baselineOf(basis);
  const parts = await affected(sql, basis, touched);
  const before = await figures(sql, below, rates, parts);
  const after = await figures(sql, basis, rates, parts);
  return combine(combine(await branchFigures(sql, below), 1, after), -1, before);
};

/** The figures of a branch on a basis, kept for as long as it stands as it does. */
export const branchFigures = async (sql: Sql, basis: Basis): Promise<Figures> =>
  restore(
    await kept(sql, basis, 'figures', async (at) =>
      at.own === 0 ? baselineFigures(sql, baselineOf(basis), at.baseline) : store(basis, await scenarioFigures(sql, basis)),
    ),
  );

/**
 * The shape of a branch's reporting lines, kept likewise: lines hang together, so a scenario's are counted whole once a change, unless
 * on the date it leaves every line as it is in the baseline below.
 */
export const branchShape = (sql: Sql, basis: Basis): Promise<Shape> =>
  kept(sql, basis, 'shape', async (at) => {
    if (at.own !== 0) return (await keepsLines(sql, basis)) ? branchShape(sql, baselineOf(basis)) : shape(sql, basis);
    const below = baselineOf(basis);
    const known = (await rowOf(sql, below, at.baseline))?.shape;
    if (known) return known;
    const counted = await shape(sql, below);
    await keepRow(sql, below, at.baseline, { shape: counted });
    return counted;
  });

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
