import { daysBetween, earlier, type IsoDate, later } from './dates.ts';
import { currencyDecimals, Decimal, roundMoney, zero } from './decimal.ts';
import { inForce, type Values } from './entities.ts';

/**
 * The money formulas, each in one place; the SQL of the read model follows them to the digit.
 *
 * One answer, one date for rates: every figure of an answer (annualised, in-year, run-rate by month) uses the assumptions and
 * the tree of units in force on the answer's effective date. So an in-year figure moves with pay and dates, and a new rate
 * shows in answers for dates from which it is in force.
 */
export const defaults = {
  /** 28 % of pay: BLS ECEC 2025, benefits without paid leave over wages plus leave. */
  on_cost_rate: '0.28',
  /** Tenant currency per seat and year. */
  fixed_on_cost: '0',
  /** Paid days a year for day rates. */
  working_days: '220',
  /** Paid hours a year for hourly rates. */
  working_hours: '1760',
} as const;

type AssumptionName = keyof typeof defaults | 'fx_rate';

/** What an assumption is asked for: the units from the thing's own upward, its country and employment type. */
export interface RateSubject {
  units: readonly string[];
  country: string | null;
  employment_type: string | null;
}

/** Assumptions in force on one date, as rows of values. Resolution by specificity: nearest unit, country, employment type, tenant. */
export class Rates {
  readonly currency: string;
  readonly #by = new Map<string, Decimal>();

  /** `rows`: the values of assumptions on the date; ended ones are ignored. Of two with the same name, scope and reference the last row wins. */
  constructor(rows: Iterable<Values>, currency: string) {
    this.currency = currency;
    for (const row of rows)
      if (inForce.assumption.includes(String(row.status)) && row.value != null)
        this.#by.set(`${row.name}/${row.scope}/${row.scope_ref ?? ''}`, new Decimal(String(row.value)));
  }

  /** True when some rate is scoped to a unit, so that moving a unit can change the cost of what lies below it. */
  get unitScoped(): boolean {
    return [...this.#by.keys()].some((key) => key.includes('/unit/'));
  }

  #find(name: AssumptionName, subject: RateSubject): Decimal | undefined {
    for (const unit of subject.units) {
      const found = this.#by.get(`${name}/unit/${unit}`);
      if (found) return found;
    }
    return (
      (subject.country === null ? undefined : this.#by.get(`${name}/country/${subject.country}`)) ??
      (subject.employment_type === null ? undefined : this.#by.get(`${name}/employment_type/${subject.employment_type}`)) ??
      this.#by.get(`${name}/tenant/`)
    );
  }

  /** The most specific value in force, else the engine's default. */
  get(name: keyof typeof defaults, subject: RateSubject): Decimal {
    return this.#find(name, subject) ?? new Decimal(defaults[name]);
  }

  /** Tenant currency for one unit of `currency`; 1 for the tenant's own, undefined where no rate is in force. */
  fx(currency: string): Decimal | undefined {
    if (currency === this.currency) return new Decimal(1);
    return this.#by.get(`fx_rate/tenant/${currency}`) ?? this.#by.get(`fx_rate/currency/${currency}`);
  }
}

/** A pay: target pay of a position or compensation of an actor. Amount in its own currency per year, day or hour. */
export interface Pay {
  amount: string | null;
  basis: string | null;
  currency: string | null;
}

/** Pay for 1.0 FTE and twelve months in the tenant's currency, not rounded; undefined when the pay, or its rate, is not known. */
export const annualBase = (pay: Pay, rates: Rates, subject: RateSubject): Decimal | undefined => {
  if (pay.amount === null || pay.currency === null) return undefined;
  const fx = rates.fx(pay.currency);
  if (!fx) return undefined;
  const amount = new Decimal(pay.amount).times(fx);
  switch (pay.basis) {
    case 'daily':
      return amount.times(rates.get('working_days', subject));
    case 'hourly':
      return amount.times(rates.get('working_hours', subject));
    default:
      return amount;
  }
};

/**
 * annualBase x FTE x (1 + onCostRate) + fixedOnCost, in the tenant's currency, not rounded. Zero when the pay is not known.
 * `seat`: whether the fixed on-cost counts (a position always; a placement when it names a position).
 */
export const annualised = (pay: Pay, fte: Decimal, rates: Rates, subject: RateSubject, seat = true): Decimal => {
  const base = annualBase(pay, rates, subject);
  if (!base) return zero;
  const cost = base.times(fte).times(rates.get('on_cost_rate', subject).plus(1));
  return seat ? cost.plus(rates.get('fixed_on_cost', subject)) : cost;
};

/** One stretch of a leaf's life with the cost it has a year, not rounded. Half-open. */
export interface CostSpan {
  from: IsoDate;
  to: IsoDate;
  annualised: Decimal;
}

/** A leaf's annualised cost on a date, rounded once (half-even). */
export const annualisedOn = (spans: readonly CostSpan[], date: IsoDate, currency: string): Decimal => {
  let sum = zero;
  for (const s of spans) if (s.from <= date && date < s.to && !s.annualised.isZero()) sum = sum.plus(s.annualised);
  return sum.isZero() ? zero : roundMoney(sum, currency);
};

/** A leaf's cost in a fiscal year: annualised x active days / days of the year, summed over its spans and rounded once (half-even). */
export const inYear = (spans: readonly CostSpan[], year: { from: IsoDate; to: IsoDate; days: number }, currency: string): Decimal => {
  let sum = zero;
  for (const span of spans) {
    const from = later(span.from, year.from);
    const to = earlier(span.to, year.to);
    if (from < to && !span.annualised.isZero()) sum = sum.plus(span.annualised.times(daysBetween(from, to)));
  }
  return sum.isZero() ? zero : roundMoney(sum.dividedBy(year.days), currency);
};

/** annualised change less in-year change: what the change still costs or saves after this fiscal year. */
export const fullYearEffect = (annualisedChange: Decimal, inYearChange: Decimal): Decimal => annualisedChange.minus(inYearChange);

/** The twelve first days of months that lie in a fiscal year, in order. */
export const monthStarts = (year: { from: IsoDate; to: IsoDate }): IsoDate[] => {
  const starts: IsoDate[] = [];
  let y = Number(year.from.slice(0, 4));
  let m = Number(year.from.slice(5, 7));
  for (;;) {
    const first = `${String(y).padStart(4, '0')}-${String(m).padStart(2, '0')}-01`;
    if (first >= year.to) return starts;
    if (first >= year.from) starts.push(first);
    if (++m > 12) {
      m = 1;
      y++;
    }
  }
};

/**
 * Splits an amount over weights by largest remainder in the currency's smallest unit, so that the parts add up exactly.
 * Equal remainders go to the earlier part. Weights are not negative and not all zero.
 */
export const split = (amount: Decimal, weights: readonly (number | Decimal)[], currency: string): Decimal[] => {
  const unit = new Decimal(10).pow(-(currencyDecimals(currency) ?? 2));
  const total = weights.reduce<Decimal>((sum, w) => sum.plus(w), zero);
  const exact = weights.map((w) => amount.abs().times(w).dividedBy(total).dividedBy(unit));
  const parts = exact.map((e) => e.floor());
  const missing = amount
    .abs()
    .dividedBy(unit)
    .minus(parts.reduce((sum, p) => sum.plus(p), zero))
    .toNumber();
  exact
    .map((e, i) => ({ i, rest: e.minus(e.floor()) }))
    .sort((a, b) => b.rest.comparedTo(a.rest) || a.i - b.i)
    .slice(0, missing)
    .forEach(({ i }) => {
      parts[i] = (parts[i] as Decimal).plus(1);
    });
  return parts.map((p) => p.times(unit).times(amount.isNegative() ? -1 : 1));
};
