import { Decimal } from '../domain/decimal.ts';

const unit = new Decimal(10_000);

/**
 * Splits a row's FTE over its posts at four decimals, by largest remainder, so that the shares add up to the total exactly.
 * All quotas being equal, the posts that stand first get the ten-thousandths left over. `total` has at most four decimals.
 */
export const splitFte = (total: Decimal, posts: number): string[] => {
  const units = total.times(unit);
  if (!units.isInteger() || posts < 1) throw new RangeError('FTE with at most four decimals over at least one post');
  const low = units.divToInt(posts);
  const over = units.minus(low.times(posts)).toNumber();
  const small = low.div(unit).toFixed();
  const large = low.plus(1).div(unit).toFixed();
  return Array.from({ length: posts }, (_, i) => (i < over ? large : small));
};
