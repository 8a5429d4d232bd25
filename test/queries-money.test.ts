import test from 'ava';
import { addDays, daysBetween, fiscalYear } from '../src/domain/dates.ts';
import { Decimal } from '../src/domain/decimal.ts';
import { annualBase, annualised, annualisedOn, inYear, Rates } from '../src/domain/money.ts';
import type { Basis } from '../src/projections/basis.ts';
import { divide, leafSql, roundHalfEven } from '../src/projections/queries/money-sql.ts';
import { Query } from '../src/projections/queries/query.ts';
import { decimalsOf, type RateTables } from '../src/projections/queries/rates.ts';
import { defaultSettings } from '../src/domain/events.ts';
import { random } from './queries/organisation.ts';
import { engine } from './support/engine.ts';

const year = fiscalYear('2026-06-01', '01-01');

for (const [currency, decimals] of [
  ['GBP', 2],
  ['JPY', 0],
  ['BHD', 3],
] as const)
  test(`a leaf costs the same in SQL and in the domain, ties included, in ${currency}`, async (t) => {
    const seed = Number(process.env.SEED ?? Date.now() % 1_000_000);
    t.log(`SEED=${seed}`);
    const e = await engine(t);
    const r = random(seed);
    const basis: Basis = {
      tenant: 1,
      branch: 0,
      scenario_id: null,
      position: 1,
      pin: 1,
      effective_on: '2026-06-01',
      settings: { ...defaultSettings, name: 'Acme', currency },
    };
    const tables: RateTables = {
      units: [{ ref: 'unit', on_cost_rate: '0.305' }],
      countries: [{ ref: 'DE', on_cost_rate: '0.205', working_days: '218' }],
      employment_types: [{ ref: 'contractor', on_cost_rate: '0', fixed_on_cost: '0.5' }],
      tenant: { on_cost_rate: '0.25', fixed_on_cost: '100.005', working_days: '220', working_hours: '1760' },
      fx: [
        { currency, rate: '1' },
        { currency: 'USD', rate: '0.79125' },
      ],
    };
    const assumption = (name: string, scope: string, scope_ref: string | null, value: string) => ({
      name,
      scope,
      scope_ref,
      value,
      status: 'active',
    });
    const rates = new Rates(
      [
        assumption('on_cost_rate', 'unit', 'unit', '0.305'),
        assumption('on_cost_rate', 'country', 'DE', '0.205'),
        assumption('working_days', 'country', 'DE', '218'),
        assumption('on_cost_rate', 'employment_type', 'contractor', '0'),
        assumption('fixed_on_cost', 'employment_type', 'contractor', '0.5'),
        assumption('on_cost_rate', 'tenant', null, '0.25'),
        assumption('fixed_on_cost', 'tenant', null, '100.005'),
        assumption('fx_rate', 'tenant', 'USD', '0.79125'),
      ],
      currency,
    );
    const leaves = Array.from({ length: 3000 }, (_, id) => {
      const pay_currency = r.pick([currency, currency, 'USD']);
      const start = addDays('2025-10-01', r.upTo(400));
      return {
        id,
        unit: r.pick(['unit', 'other']),
        country: r.pick(['DE', 'GB', null]),
        employment_type: r.pick(['contractor', 'permanent', null]),
        amount: new Decimal(r.upTo(10_000_000)).dividedBy(10 ** (pay_currency === 'USD' ? 2 : decimals)).toFixed(),
        basis: r.pick(['annual', 'daily', 'hourly']),
        currency: pay_currency,
        fte: r.pick(['1', '0.5', '0.25', '0.3333', '0.125', '2.5']),
        start,
        stop: addDays(start, r.upTo(700) + 1),
      };
    });
    const q = new Query(basis);
    const leaf = leafSql(q, tables, {
      unit: 'l.unit',
      country: 'l.country',
      employment_type: 'l.employment_type',
      amount: 'l.amount',
      basis: 'l.basis',
      currency: 'l.currency',
    });
    const scale = decimalsOf(currency);
    const [from, to] = [q.value(year.from, 'date'), q.value(year.to, 'date')];
    const rows = await q.run<{ id: number; base: string; annualised: string; in_year: string; naive: string }>(
      e.sql,
      `
      select id, ${roundHalfEven('base', scale)}::text as base, ${roundHalfEven('cost', scale)}::text as annualised, round(cost, ${scale})::text as naive, ${roundHalfEven('part', scale)}::text as in_year
      from (select c.*, ${divide(`(cost * greatest(0, least(stop, ${to}) - greatest(start, ${from})))`, q.value(year.days, 'int'))} as part from (
        select l.id, l.start, l.stop, ${leaf.base} as base, ${leaf.base} * l.fte * (1 + ${leaf.onCost}) + ${leaf.fixed} as cost
        from jsonb_to_recordset(${q.value(JSON.stringify(leaves), 'jsonb')}) as l (id int, unit text, country text, employment_type text, amount numeric, basis text, currency text, fte numeric, start date, stop date)
        ${leaf.joins}) c) x order by id`,
    );
    t.is(rows.length, leaves.length);
    let ties = 0;
    for (const [i, l] of leaves.entries()) {
      const subject = { units: [l.unit], country: l.country, employment_type: l.employment_type };
      const pay = { amount: l.amount, basis: l.basis, currency: l.currency };
      const cost = annualised(pay, new Decimal(l.fte), rates, subject);
      const spans = [{ from: l.start, to: l.stop, annualised: cost }];
      const row = rows[i] as (typeof rows)[number];
      if (row.naive !== row.annualised) ties++;
      t.is(row.base, (annualBase(pay, rates, subject) as Decimal).toFixed(decimals, Decimal.ROUND_HALF_EVEN));
      t.is(row.annualised, annualisedOn(spans, l.start, currency).toFixed(decimals), JSON.stringify(l));
      t.is(row.in_year, inYear(spans, year, currency).toFixed(decimals), `${daysBetween(l.start, l.stop)} days ${JSON.stringify(l)}`);
    }
    t.log(`${ties} of ${leaves.length} leaves round otherwise half-up`);
    t.true(ties > 0, 'the leaves hold ties that half-up rounds otherwise');
  });
