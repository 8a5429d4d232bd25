import type { Sql } from '../projections/sql.ts';
import { attemptKey, attempts, placeOf, type ThrottleRule } from './attempts.ts';

/**
 * Who guesses one address from one place is stopped soon; who guesses it from many places, or many addresses from one place,
 * later. The address alone has a higher limit, because anybody can use it up and so keep its owner out.
 */
export const signInLimits = {
  pair: { points: 10, seconds: 900 },
  address: { points: 100, seconds: 3600 },
  origin: { points: 60, seconds: 900 },
} satisfies Record<string, ThrottleRule>;

export interface SignInThrottle {
  /** Counts a try before it is looked at, so that tries at one moment count too. Gives the seconds to wait when there were too many. */
  enter(who: { tenant: number; email: string; network: string }): Promise<{ retryAfter: number } | undefined>;
  /** Takes the try back: it was right. The owner of an address who signs in ends the count of the place they came from. */
  right(who: { tenant: number; email: string; network: string }): Promise<void>;
}

/** Limits in PostgreSQL, so that several processes count together. */
export const signInThrottle = (sql: Sql, limits: Record<keyof typeof signInLimits, ThrottleRule> = signInLimits): SignInThrottle => {
  const limiter = (name: keyof typeof signInLimits) => attempts(sql, name, limits[name]);
  const [pair, address, origin] = [limiter('pair'), limiter('address'), limiter('origin')];
  const keysOf = ({ tenant, email, network }: { tenant: number; email: string; network: string }) => {
    const place = placeOf(network);
    return { pair: attemptKey(tenant, email, place), address: attemptKey(tenant, email), origin: attemptKey(place) };
  };
  return {
    async enter(who) {
      const keys = keysOf(who);
      // One after the other: a place that is stopped already must not use up the address's own count from elsewhere.
      return (await origin.enter(keys.origin)) ?? (await pair.enter(keys.pair)) ?? address.enter(keys.address);
    },
    async right(who) {
      const keys = keysOf(who);
      await Promise.all([pair.forget(keys.pair), address.takeBack(keys.address), origin.takeBack(keys.origin)]);
    },
  };
};
