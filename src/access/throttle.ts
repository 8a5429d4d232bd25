import { createHash } from 'node:crypto';
import { RateLimiterPostgres, RateLimiterRes } from 'rate-limiter-flexible';
import type { Sql } from '../projections/sql.ts';

/** Tries in a window of so many seconds. */
export interface ThrottleRule {
  points: number;
  seconds: number;
}

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

/** An IPv6 customer has a whole /64 at hand, so that counts as one place. */
const placeOf = (network: string): string => {
  const plain = network.replace(/^::ffff:(?=\d+\.)/i, '');
  if (!plain.includes(':')) return plain;
  const [head = '', tail] = plain.split('::');
  const left = head.split(':').filter(Boolean);
  const right = (tail ?? '').split(':').filter(Boolean);
  const groups = tail === undefined ? left : [...left, ...Array<string>(Math.max(0, 8 - left.length - right.length)).fill('0'), ...right];
  return groups
    .slice(0, 4)
    .map((g) => Number.parseInt(g, 16).toString(16))
    .join(':');
};

/** Limits in PostgreSQL, so that several processes count together. Keys are hashes: the table holds no addresses. */
export const signInThrottle = (sql: Sql, limits: Record<keyof typeof signInLimits, ThrottleRule> = signInLimits): SignInThrottle => {
  // The limiter speaks to a pool of pg; this is all it asks of one.
  const client = {
    query: async ({ text, values }: { text: string; values?: unknown[] }) => {
      const rows = await sql.query(text, values);
      return { rows, rowCount: rows.length };
    },
  };
  const limiter = (name: keyof typeof signInLimits) =>
    new RateLimiterPostgres({
      storeClient: client,
      storeType: 'pool',
      schemaName: 'access',
      tableName: 'sign_in_limit',
      tableCreated: true,
      keyPrefix: name,
      points: limits[name].points,
      duration: limits[name].seconds,
    });
  const [pair, address, origin] = [limiter('pair'), limiter('address'), limiter('origin')];
  const keysOf = ({ tenant, email, network }: { tenant: number; email: string; network: string }) => {
    const key = (...parts: (string | number)[]) => createHash('sha256').update(JSON.stringify(parts)).digest('base64url');
    const place = placeOf(network);
    return { pair: key(tenant, email, place), address: key(tenant, email), origin: key(place) };
  };
  return {
    async enter(who) {
      const keys = keysOf(who);
      // One after the other: a place that is stopped already must not use up the address's own count from elsewhere.
      for (const [limit, key] of [
        [origin, keys.origin],
        [pair, keys.pair],
        [address, keys.address],
      ] as const) {
        try {
          await limit.consume(key);
        } catch (stopped) {
          if (stopped instanceof RateLimiterRes) return { retryAfter: Math.max(1, Math.ceil(stopped.msBeforeNext / 1000)) };
          throw stopped;
        }
      }
      return undefined;
    },
    async right(who) {
      const keys = keysOf(who);
      await Promise.all([pair.delete(keys.pair), address.reward(keys.address), origin.reward(keys.origin)]);
    },
  };
};
