import { earlier, type IsoDate, later } from './dates.ts';
import { Decimal, roundFte } from './decimal.ts';
import type { Value, Values } from './entities.ts';
import { boundaries, isActive } from './invariants/invariant.ts';
import { annualBase, annualised, type CostSpan, type Pay, Rates, type RateSubject } from './money.ts';
import { at } from './timeline.ts';
import type { View, World } from './working-set.ts';

const text = (value: Value | undefined): string | null => (typeof value === 'string' ? value : null);

/** The rates in force on one date in one view of the world, with the way to a thing's units upward on that date. */
export interface Pricing {
  view: View;
  date: IsoDate;
  rates: Rates;
}

export const pricing = (world: World, view: View, date: IsoDate): Pricing => ({
  view,
  date,
  rates: new Rates(
    world
      .ids('assumption')
      .map((id) => world.on(view, 'assumption', id, date))
      .filter((values) => values !== undefined),
    world.ctx.settings.currency,
  ),
});

const subject = (world: World, { view, date, rates }: Pricing, unit: string | null, values: Values): RateSubject => {
  const units: string[] = [];
  // Without a rate of a unit the chain upward decides nothing and is not loaded.
  for (
    let up = rates.unitScoped ? unit : null;
    up !== null && !units.includes(up);
    up = text(world.on(view, 'org_unit', up, date)?.parent_id)
  )
    units.push(up);
  return { units, country: text(values.country), employment_type: text(values.employment_type) };
};

/** The planned cost of a seat over its life: its target pay at its capacity while it is in force. */
export const seatSpans = (world: World, price: Pricing, seat: string): CostSpan[] =>
  world
    .versions(price.view, 'position', seat)
    .filter((v) => isActive('position', v.values))
    .map((v) => {
      const pay: Pay = { amount: text(v.values.pay_amount), basis: text(v.values.pay_basis), currency: text(v.values.pay_currency) };
      const fte = new Decimal(text(v.values.capacity_fte) ?? '0');
      return {
        from: v.effective_from,
        to: v.effective_to,
        annualised: annualised(pay, fte, price.rates, subject(world, price, text(v.values.unit_id), v.values)),
      };
    });

/** Contract FTE x allocation / 100 of a placement on a date, rounded as an FTE leaf; zero where it, or its actor, is not active. */
export const effectiveFte = (world: World, view: View, placement: string, date: IsoDate): Decimal => {
  const placed = world.active(view, 'placement', placement, date);
  const actor = placed && world.active(view, 'actor', String(placed.actor_id), date);
  return roundFte(new Decimal(text(actor?.contract_fte) ?? '0').times(text(placed?.allocation) ?? '0').dividedBy(100));
};

/**
 * The actual cost of a placement over its life: the sum of its actor's compensations at its effective FTE. The fixed on-cost
 * counts where the placement names a position and some compensation is known.
 */
export const placementSpans = (world: World, price: Pricing, placement: string): CostSpan[] => {
  const { view, rates } = price;
  const spans: CostSpan[] = [];
  for (const v of world.versions(view, 'placement', placement)) {
    if (!isActive('placement', v.values)) continue;
    const actor = String(v.values.actor_id);
    const own = world.versions(view, 'actor', actor);
    const pays = world.referrers('compensation', 'actor_id', actor).map((id) => world.versions(view, 'compensation', id));
    const dates = boundaries(v.effective_from, own, ...pays).filter((d) => d < v.effective_to);
    dates.forEach((date, i) => {
      const person = at(own, date);
      if (!isActive('actor', person)) return;
      const about = subject(world, price, text(v.values.unit_id), person);
      const bases = pays.flatMap((p) => {
        const c = at(p, date);
        if (!isActive('compensation', c) || c.actor_id !== actor) return [];
        return annualBase({ amount: text(c.amount), basis: text(c.basis), currency: text(c.currency) }, rates, about) ?? [];
      });
      if (bases.length === 0) return;
      const base = bases.reduce((sum, b) => sum.plus(b));
      const fte = new Decimal(text(person.contract_fte) ?? '0').times(text(v.values.allocation) ?? '0').dividedBy(100);
      const whole: Pay = { amount: base.toFixed(), basis: 'annual', currency: rates.currency };
      spans.push({
        from: later(date, v.effective_from),
        to: earlier(dates[i + 1] ?? v.effective_to, v.effective_to),
        annualised: annualised(whole, fte, rates, about, typeof v.values.position_id === 'string'),
      });
    });
  }
  return spans;
};
