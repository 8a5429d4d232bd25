import { fiscalYear } from '../../domain/dates.ts';
import { Decimal } from '../../domain/decimal.ts';
import { monthStarts } from '../../domain/money.ts';
import type { Basis } from '../basis.ts';
import type { Sql } from '../sql.ts';
import { divide, leafSql, roundHalfEven } from './money-sql.ts';
import { activePosition, among, Query } from './query.ts';
import { decimalsOf, type RateTables } from './rates.ts';

/** The additive figures: each is a sum over single units, positions, placements and actors, so differences of parts add up. */
export const additive = [
  'units',
  'seats',
  'planned',
  'open',
  'frozen',
  'vacant_positions',
  'establishment_fte',
  'planned_base',
  'planned_annualised',
  'planned_in_year',
  'planned_with_pay',
  'headcount',
  'contractors',
  'robots',
  'ai_agents',
  'placed_actors',
  'placements',
  'fte',
  'fte_in_post',
  'actual_base',
  'actual_annualised',
  'actual_in_year',
  'actual_with_pay',
] as const;
export type Additive = (typeof additive)[number];

/** Money in the tenant's currency (sums of rounded leaves); `months`: planned annualised on the first of each month of the fiscal year. */
export type Figures = Record<Additive, Decimal> & { months: { month: string; annualised: Decimal }[] };

/** Narrows the figures to what some things contribute; everything when left out. */
export interface Parts {
  org_units: readonly string[];
  positions: readonly string[];
  placements: readonly string[];
  actors: readonly string[];
}

type Numbers = Record<string, string | null>;

/** Every half-open day from a to b of two ranges that overlap, as an integer SQL expression. */
const days = (from: string[], to: string[]): string => `(least(${to.join(', ')}) - greatest(${from.join(', ')}))`;

const seatFigures = async (sql: Sql, basis: Basis, rates: RateTables, parts?: Parts): Promise<Numbers> => {
  const q = new Query(basis);
  const year = fiscalYear(basis.effective_on, basis.settings.fiscal_year_start);
  const [from, to, on] = [q.value(year.from, 'date'), q.value(year.to, 'date'), q.value(basis.effective_on, 'date')];
  const scale = decimalsOf(basis.settings.currency);
  const leaf = leafSql(q, rates, {
    unit: 'p.unit_id',
    country: 'p.country',
    employment_type: 'p.employment_type',
    amount: 'p.pay_amount',
    basis: 'p.pay_basis',
    currency: 'p.pay_currency',
  });
  const where = among(q, 'id', parts?.positions);
  const heldBy = among(q, 'position_id', parts?.positions);
  // From the few distinct stretches of dates, not from every seat once a month.
  const months = monthStarts(year).map(
    (m, i) =>
      `(select sum(rounded) from stretch where effective_from <= ${q.value(m, 'date')} and effective_to > ${q.value(m, 'date')})::text as m${i}`,
  );
  const [row] = await q.run<Numbers>(
    sql,
    `
    with span as (
      select p.id, p.status, p.capacity_fte, p.effective_from, p.effective_to, ${leaf.base} as base,
        coalesce(${leaf.base} * coalesce(p.capacity_fte, 0) * (1 + ${leaf.onCost}) + ${leaf.fixed}, 0) as annualised
      from ${q.effective('position', {
        when: { from: year.from, to: year.to },
        ...(where ? { where } : {}),
        columns: [
          'id',
          'status',
          'unit_id',
          'country',
          'employment_type',
          'capacity_fte',
          'pay_amount',
          'pay_basis',
          'pay_currency',
          'effective_from',
          'effective_to',
        ],
      })} p ${leaf.joins}
      where ${activePosition('p')}),
    held as (select distinct l.position_id from ${q.effective('placement', { columns: ['position_id', 'status'], ...(heldBy ? { where: heldBy } : {}) })} l
      where l.status = 'active' and l.position_id is not null),
    rounded as materialized (select s.*, ${roundHalfEven('s.annualised', scale)} as rounded, s.effective_from <= ${on} and s.effective_to > ${on} as now,
      s.effective_from <= ${from} and s.effective_to >= ${to} as whole_year from span s),
    stretch as materialized (select effective_from, effective_to, sum(rounded) as rounded from rounded group by 1, 2),
    year as (select rounded as in_year from rounded where whole_year
      union all select ${roundHalfEven('y.cost', scale)} from (
        select ${divide(`sum(s.annualised * ${days(['s.effective_from', from], ['s.effective_to', to])})`, q.value(year.days, 'int'))} as cost
        from rounded s where not s.whole_year group by s.id) y)
    select count(*) filter (where now)::text as seats,
      count(*) filter (where now and status = 'planned')::text as planned,
      count(*) filter (where now and status = 'open')::text as open,
      count(*) filter (where now and status = 'frozen')::text as frozen,
      count(*) filter (where now and status in ('open', 'frozen') and held.position_id is null)::text as vacant_positions,
      sum(capacity_fte) filter (where now)::text as establishment_fte,
      sum(${roundHalfEven('base', scale)}) filter (where now)::text as planned_base,
      count(base) filter (where now)::text as planned_with_pay,
      sum(rounded) filter (where now)::text as planned_annualised,
      (select sum(in_year) from year)::text as planned_in_year, ${months.join(', ')}
    from rounded r left join held on held.position_id = r.id and r.now`,
  );
  return row ?? {};
};

const placedFigures = async (sql: Sql, basis: Basis, rates: RateTables, parts?: Parts): Promise<Numbers> => {
  const q = new Query(basis);
  const year = fiscalYear(basis.effective_on, basis.settings.fiscal_year_start);
  const [from, to, on] = [q.value(year.from, 'date'), q.value(year.to, 'date'), q.value(basis.effective_on, 'date')];
  const when = { from: year.from, to: year.to };
  const scale = decimalsOf(basis.settings.currency);
  const leaf = leafSql(q, rates, {
    unit: 'l.unit_id',
    country: 'l.country',
    employment_type: 'l.employment_type',
    amount: 'c.amount',
    basis: 'c.basis',
    currency: 'c.currency',
  });
  const where = among(q, 'id', parts?.placements);
  // The actors of the named placements: a join would read every actor of the tenant.
  const of = parts && q.value(parts.placements, 'uuid[]');
  const theirs =
    of &&
    ((column: string) => (a: string) =>
      `${a}.${column} in (select v.actor_id from placement_version v where v.tenant = ${q.value(basis.tenant, 'int')} and v.branch in (0, ${q.value(basis.branch, 'bigint')}) and v.id = any(${of}))`);
  // Once a seat, however many pays its holder has: the fixed on-cost stands on the union of their dates.
  const fixed = [rates.tenant, ...rates.units, ...rates.countries, ...rates.employment_types].some((r) =>
    new Decimal(r.fixed_on_cost ?? 0).gt(0),
  );
  const start = `greatest(l.effective_from, a.effective_from)`;
  const end = `least(l.effective_to, a.effective_to)`;
  const [row] = await q.run<Numbers>(
    sql,
    `
    with held as (
      select row_number() over () as version, l.id, l.actor_id, l.unit_id, l.position_id, a.country, a.employment_type, coalesce(a.contract_fte * l.allocation / 100, 0) as fte,
        ${start} as effective_from, ${end} as effective_to
      from ${q.effective('placement', { when, ...(where ? { where } : {}), columns: ['id', 'actor_id', 'unit_id', 'position_id', 'allocation', 'status', 'effective_from', 'effective_to'] })} l
      join ${q.effective('actor', { when, ...(theirs ? { where: theirs('id') } : {}), columns: ['id', 'status', 'contract_fte', 'country', 'employment_type', 'effective_from', 'effective_to'] })} a
        on a.id = l.actor_id and a.status = 'active' and a.effective_from < l.effective_to and a.effective_to > l.effective_from
      where l.status = 'active' and ${start} < ${to} and ${end} > ${from}),
    paid as (
      select l.id, l.version, greatest(l.effective_from, c.effective_from) as effective_from, least(l.effective_to, c.effective_to) as effective_to,
        ${leaf.base} * l.fte * (1 + ${leaf.onCost}) as annualised${fixed ? `, case when l.position_id is null then 0 else ${leaf.fixed} end as fixed` : ''}
      from held l join ${q.effective('compensation', { when, ...(theirs ? { where: theirs('actor_id') } : {}), columns: ['actor_id', 'amount', 'basis', 'currency', 'status', 'effective_from', 'effective_to'] })} c
        on c.actor_id = l.actor_id and c.status = 'active' and c.effective_from < l.effective_to and c.effective_to > l.effective_from
      ${leaf.joins}),
    span as (
      select id, effective_from, effective_to, annualised from paid where annualised is not null
      ${
        fixed
          ? `union all select f.id, lower(r), upper(r), f.fixed
        from (select id, fixed, range_agg(daterange(effective_from, effective_to)) as ranges from paid where annualised is not null group by id, version, fixed) f cross join lateral unnest(f.ranges) r`
          : ''
      }),
    leaf as (
      select ${roundHalfEven('t.at', scale)} as annualised, ${roundHalfEven('t.cost', scale)} as in_year from (
        select coalesce(sum(s.annualised) filter (where s.effective_from <= ${on} and s.effective_to > ${on}), 0) as at,
          ${divide(`coalesce(sum(s.annualised * ${days(['s.effective_from', from], ['s.effective_to', to])}) filter (where s.effective_from < ${to} and s.effective_to > ${from}), 0)`, q.value(year.days, 'int'))} as cost
        from span s group by s.id) t)
    select count(*)::text as placements, sum(fte)::text as fte, sum(fte) filter (where position_id is not null)::text as fte_in_post,
      (select sum(annualised) from leaf)::text as actual_annualised, (select sum(in_year) from leaf)::text as actual_in_year
    from held where effective_from <= ${on} and effective_to > ${on}`,
  );
  return row ?? {};
};

const actorFigures = async (sql: Sql, basis: Basis, rates: RateTables, parts?: Parts): Promise<Numbers> => {
  const q = new Query(basis);
  const scale = decimalsOf(basis.settings.currency);
  const leaf = leafSql(q, rates, {
    unit: 'w.unit_id',
    country: 'w.country',
    employment_type: 'w.employment_type',
    amount: 'c.amount',
    basis: 'c.basis',
    currency: 'c.currency',
  });
  const own = among(q, 'id', parts?.actors);
  const theirs = among(q, 'actor_id', parts?.actors);
  const [row] = await q.run<Numbers>(
    sql,
    `
    with who as materialized (
      select a.id, a.kind, a.employment_type, a.country, l.unit_id from ${q.effective('actor', { columns: ['id', 'kind', 'employment_type', 'country', 'status'], ...(own ? { where: own } : {}) })} a
      join (select distinct on (x.actor_id) x.actor_id, x.unit_id from ${q.effective('placement', { columns: ['id', 'actor_id', 'unit_id', 'status', 'is_primary'], ...(theirs ? { where: theirs } : {}) })} x
        where x.status = 'active' order by x.actor_id, x.is_primary desc nulls last, x.id) l on l.actor_id = a.id
      where a.status = 'active'),
    pay as (select w.id, sum(${leaf.base}) as base from who w
      join ${q.effective('compensation', { columns: ['actor_id', 'amount', 'basis', 'currency', 'status'], ...(theirs ? { where: theirs } : {}) })} c on c.actor_id = w.id and c.status = 'active'
      ${leaf.joins} group by w.id)
    select count(*) filter (where kind = 'human')::text as headcount,
      count(*) filter (where kind = 'human' and employment_type = 'contractor')::text as contractors,
      count(*) filter (where kind = 'robot')::text as robots, count(*) filter (where kind = 'ai_agent')::text as ai_agents,
      count(*)::text as placed_actors,
      (select sum(${roundHalfEven('base', scale)}) from pay)::text as actual_base, (select count(base) from pay)::text as actual_with_pay
    from who`,
  );
  return row ?? {};
};

const unitFigures = async (sql: Sql, basis: Basis, parts?: Parts): Promise<Numbers> => {
  const q = new Query(basis);
  const where = among(q, 'id', parts?.org_units);
  const [row] = await q.run<Numbers>(
    sql,
    `select count(*)::text as units from ${q.effective('org_unit', { columns: ['status'], ...(where ? { where } : {}) })} u where u.status = 'active'`,
  );
  return row ?? {};
};

/**
 * The figures of a branch, or of what some things contribute to it, on the effective date. Rates and the tree of units are those of
 * that date. Money is rounded half-even once per leaf: a position or a placement, and for the base an actor.
 */
export const figures = async (sql: Sql, basis: Basis, rates: RateTables, parts?: Parts): Promise<Figures> => {
  const year = fiscalYear(basis.effective_on, basis.settings.fiscal_year_start);
  const found: Numbers = {};
  for (const part of [seatFigures, placedFigures, actorFigures]) Object.assign(found, await part(sql, basis, rates, parts));
  Object.assign(found, await unitFigures(sql, basis, parts));
  const number = (name: string) => new Decimal(found[name] ?? 0);
  return {
    ...(Object.fromEntries(additive.map((name) => [name, number(name)])) as Record<Additive, Decimal>),
    months: monthStarts(year).map((month, i) => ({ month, annualised: number(`m${i}`) })),
  };
};

/** Figure by figure: a + sign * b. Both are of the same date. */
export const combine = (a: Figures, sign: 1 | -1, b: Figures): Figures => ({
  ...(Object.fromEntries(additive.map((name) => [name, a[name].plus(b[name].times(sign))])) as Record<Additive, Decimal>),
  months: a.months.map((m, i) => ({
    month: m.month,
    annualised: m.annualised.plus((b.months[i]?.annualised ?? new Decimal(0)).times(sign)),
  })),
});
