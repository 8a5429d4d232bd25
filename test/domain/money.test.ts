import test from 'ava';
import fc from 'fast-check';
import { change } from '../../src/domain/changes.ts';
import { fiscalYear } from '../../src/domain/dates.ts';
import { Decimal, moneyText, roundMoney, zero } from '../../src/domain/decimal.ts';
import { impactFrom, type ImpactDelta, type Totals } from '../../src/domain/impact.ts';
import { annualBase, annualised, annualisedOn, inYear, monthStarts, Rates, split } from '../../src/domain/money.ts';
import { actor, company, facts, pos, unit } from './kit.ts';

const row = (name: string, value: string, scope = 'tenant', scope_ref: string | null = null) => ({
  name,
  value,
  scope,
  scope_ref,
  status: 'active',
});
const nobody = { units: [], country: null, employment_type: null };
const rates = (...rows: ReturnType<typeof row>[]) => new Rates(rows, 'GBP');
const gbp = (amount: string, basis = 'annual', currency = 'GBP') => ({ amount, basis, currency });

test('annual base: a year as it is, a day times 220, an hour times 1760, unless assumed otherwise', (t) => {
  t.is(annualBase(gbp('50000'), rates(), nobody)?.toFixed(), '50000');
  t.is(annualBase(gbp('400', 'daily'), rates(), nobody)?.toFixed(), '88000');
  t.is(annualBase(gbp('50', 'hourly'), rates(), nobody)?.toFixed(), '88000');
  t.is(annualBase(gbp('400', 'daily'), rates(row('working_days', '200')), nobody)?.toFixed(), '80000');
  t.is(annualBase(gbp('1', 'annual', 'EUR'), rates(), nobody), undefined, 'no rate, no cost');
  t.is(annualBase(gbp('100', 'annual', 'EUR'), rates(row('fx_rate', '0.85', 'tenant', 'EUR')), nobody)?.toFixed(), '85');
});

test('annualised is base x FTE x (1 + on-cost) + fixed on-cost; unknown pay costs nothing', (t) => {
  t.is(annualised(gbp('100000'), new Decimal('0.5'), rates(), nobody).toFixed(), '64000');
  t.is(annualised(gbp('100000'), new Decimal('0.5'), rates(row('fixed_on_cost', '250')), nobody).toFixed(), '64250');
  t.is(annualised(gbp('100000'), new Decimal('0.5'), rates(row('fixed_on_cost', '250')), nobody, false).toFixed(), '64000');
  t.is(
    annualised({ amount: null, basis: null, currency: null }, new Decimal(1), rates(row('fixed_on_cost', '250')), nobody).toFixed(),
    '0',
  );
});

test('the most specific assumption wins: nearest unit, country, employment type, tenant, default', (t) => {
  const all = [
    row('on_cost_rate', '0.1'),
    row('on_cost_rate', '0.2', 'employment_type', 'contractor'),
    row('on_cost_rate', '0.3', 'country', 'DE'),
    row('on_cost_rate', '0.4', 'unit', 'far'),
    row('on_cost_rate', '0.5', 'unit', 'near'),
  ];
  const who = { units: ['own', 'near', 'far'], country: 'DE', employment_type: 'contractor' };
  for (const [left, want] of [
    [5, '0.5'],
    [4, '0.4'],
    [3, '0.3'],
    [2, '0.2'],
    [1, '0.1'],
    [0, '0.28'],
  ] as const)
    t.is(
      rates(...all.slice(0, left))
        .get('on_cost_rate', who)
        .toFixed(),
      want,
    );
  t.is(new Rates([{ ...row('on_cost_rate', '0.9'), status: 'ended' }], 'GBP').get('on_cost_rate', who).toFixed(), '0.28');
});

test("money rounds half to even, at each currency's decimals", (t) => {
  for (const [from, to] of [
    ['0.005', '0.00'],
    ['0.015', '0.02'],
    ['0.025', '0.02'],
    ['2.5050', '2.50'],
    ['2.50500001', '2.51'],
    ['-0.015', '-0.02'],
  ] as const)
    t.is(moneyText(roundMoney(new Decimal(from), 'USD'), 'USD'), to);
  t.is(moneyText('0.5', 'JPY'), '0');
  t.is(moneyText('1.5', 'JPY'), '2');
  t.is(moneyText('0.0005', 'KWD'), '0.000');
});

test('a leaf is rounded once a year, over all its versions together', (t) => {
  const year = fiscalYear('2026-05-05', '01-01');
  const third = { annualised: new Decimal('1.835') };
  const spans = [
    { ...third, from: '2025-01-01', to: '2026-01-02' },
    { ...third, from: '2026-01-02', to: '2026-07-01' },
    { ...third, from: '2026-07-01', to: 'infinity' },
  ];
  t.is(inYear(spans, year, 'GBP').toFixed(), '1.84', 'each alone would round to 0.01 + 0.90 + 0.93');
  t.is(inYear([{ annualised: new Decimal(365), from: '2026-12-31', to: '2027-01-01' }], year, 'GBP').toFixed(), '1', 'the last day counts');
  t.is(
    inYear([{ annualised: new Decimal(365), from: '2027-01-01', to: 'infinity' }], year, 'GBP').toFixed(),
    '0',
    'the day after does not',
  );
  t.is(
    inYear([{ annualised: new Decimal(366), from: '2028-02-29', to: '2028-03-01' }], fiscalYear('2028-01-01', '01-01'), 'GBP').toFixed(),
    '1',
    'a leap year has 366 days',
  );
  t.is(annualisedOn([{ annualised: new Decimal(5), from: '2026-01-01', to: '2026-02-01' }], '2026-01-31', 'GBP').toFixed(), '5');
  t.is(
    annualisedOn([{ annualised: new Decimal(5), from: '2026-01-01', to: '2026-02-01' }], '2026-02-01', 'GBP').toFixed(),
    '0',
    'an end is the first day it no longer holds',
  );
});

test('the months of a fiscal year are its twelve first days', (t) => {
  t.deepEqual(
    monthStarts(fiscalYear('2026-03-31', '04-01')).filter((_, i) => i % 11 === 0),
    ['2025-04-01', '2026-03-01'],
  );
  t.is(monthStarts(fiscalYear('2026-01-01', '01-01')).length, 12);
});

test('a split by largest remainder adds up to the cent, whatever the weights', (t) => {
  t.deepEqual(split(new Decimal('100'), [1, 1, 1], 'GBP').map(String), ['33.34', '33.33', '33.33']);
  fc.assert(
    fc.property(
      fc.integer({ min: -1e9, max: 1e9 }),
      fc.array(fc.integer({ min: 0, max: 366 }), { minLength: 1, maxLength: 14 }).filter((w) => w.some((n) => n > 0)),
      (cents, weights) => {
        const amount = new Decimal(cents).dividedBy(100);
        const parts = split(amount, weights, 'GBP');
        const total = weights.reduce((a, b) => a + b, 0);
        return (
          parts.reduce((a, b) => a.plus(b), zero).equals(amount) &&
          parts.every(
            (p, i) =>
              p.decimalPlaces() <= 2 &&
              p
                .minus(amount.times(weights[i] as number).dividedBy(total))
                .abs()
                .lessThan('0.01'),
          )
        );
      },
    ),
  );
});

test('an impact prints before, after and difference, which add up', async (t) => {
  const { delta } = await company().plan({
    type: 'position.set_pay',
    position_id: pos(4),
    pay_amount: '92345.67',
    effective_on: '2026-07-01',
  });
  const before: Totals = {
    ...delta,
    annualised: new Decimal('512000'),
    in_year: new Decimal('512000'),
    run_rate_by_month: delta.run_rate_by_month.map((m) => ({ ...m, annualised: new Decimal('512000') })),
  };
  const impact = impactFrom(before, delta);
  t.deepEqual(impact.annualised, { before: '512000.00', after: '527802.46', delta: '15802.46' });
  t.is(impact.full_year_effect, delta.annualised.minus(delta.in_year).toFixed(2));
  t.is(impact.run_rate_by_month[5]?.after, '42666.67');
  t.is(impact.run_rate_by_month[6]?.after, '43983.54');
  t.throws(() => impactFrom({ ...before, effective_on: '2026-01-01' }, delta as ImpactDelta), { instanceOf: TypeError });
});

test('a move changes cost by the rate of the unit it goes to, for everything below it', async (t) => {
  const b = company();
  b.record([facts.assumption(1, 'on_cost_rate', '0.5', 'unit', unit(3)), facts.pay(1, 2, '100000')]);
  const plan = await b.plan({ type: 'org_unit.move', org_unit_id: unit(2), new_parent_id: unit(3), effective_on: '2026-07-01' });
  t.is(plan.delta.annualised.toFixed(), '44000', '(120000 + 80000) x 0.22');
  t.is(plan.delta.actual_annualised.toFixed(), '22000');
  t.is(plan.delta.touched.org_unit, 1);
});

test('placing somebody moves actual cost and not planned cost', async (t) => {
  const b = company();
  b.record([facts.actor(7, { employment_type: 'contractor', contract_fte: '0.5' }), facts.pay(7, 7, '100000')]);
  const { delta } = await b.plan({
    type: 'placement.start',
    actor_id: actor(7),
    position_id: pos(5),
    allocation: '80',
    effective_on: '2026-12-31',
  });
  t.deepEqual(
    [
      delta.annualised,
      delta.actual_annualised,
      delta.actual_in_year,
      delta.headcount,
      delta.contractors,
      delta.fte,
      delta.vacant_positions,
    ].map(String),
    ['0', '51200', '140.27', '1', '1', '0.4', '-1'],
  );
});

test('the rate of a unit counts for the time before a move too, though the plan touches only what comes after', async (t) => {
  const b = company();
  b.record([
    facts.assumption(1, 'on_cost_rate', '0.4', 'unit', unit(1)),
    facts.position(7, 4, { reporting: 'none', pay_amount: '120000.01', pay_basis: 'annual', pay_currency: 'USD' }),
    change('PositionMoved', pos(7), '2026-03-01', { unit_id: unit(3) }),
  ]);
  const { delta } = await b.plan({ type: 'position.set_pay', position_id: pos(7), pay_amount: '0.00', effective_on: '2026-07-01' });
  t.is(delta.in_year.toFixed(), '-84690.41', '168000.014 x 181 / 365 less 168000.01; with 28 % for U4 it would be a cent more');
});
