import { createHash } from 'node:crypto';
import { RateLimiterPostgres, RateLimiterRes } from 'rate-limiter-flexible';
import type { Sql } from '../projections/sql.ts';

/** Tries in a window of so many seconds. */
export interface ThrottleRule {
  points: number;
  seconds: number;
}

/** Tries of one kind, counted in PostgreSQL so that several processes count together. */
export interface Attempts {
  /** Counts a try. Gives the seconds to wait when there were too many. */
  enter(key: string): Promise<{ retryAfter: number } | undefined>;
  /** Takes one try back. */
  takeBack(key: string): Promise<void>;
  /** Begins the count anew. */
  forget(key: string): Promise<void>;
}

/** A key for what is counted. It is a hash: the table holds no addresses. */
export const attemptKey = (...parts: (string | number)[]): string => createHash('sha256').update(JSON.stringify(parts)).digest('base64url');

/** An IPv6 customer has a whole /64 at hand, so that counts as one place. */
export const placeOf = (network: string): string => {
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

export const attempts = (sql: Sql, name: string, { points, seconds }: ThrottleRule): Attempts => {
  // The limiter speaks to a pool of pg; this is all it asks of one.
  const client = {
    query: async ({ text, values }: { text: string; values?: unknown[] }) => {
      const rows = await sql.query(text, values);
      return { rows, rowCount: rows.length };
    },
  };
  const limiter = new RateLimiterPostgres({
    storeClient: client,
    storeType: 'pool',
    schemaName: 'access',
    tableName: 'sign_in_limit',
    tableCreated: true,
    keyPrefix: name,
    points,
    duration: seconds,
  });
  return {
    async enter(key) {
      try {
        await limiter.consume(key);
        return undefined;
      } catch (stopped) {
        if (stopped instanceof RateLimiterRes) return { retryAfter: Math.max(1, Math.ceil(stopped.msBeforeNext / 1000)) };
        throw stopped;
      }
    },
    takeBack: async (key) => void (await limiter.reward(key)),
    forget: async (key) => void (await limiter.delete(key)),
  };
};

/** Requests to let an app in, from one network address to one tenant: each leaves a row that waits for a person. */
export const authorizeLimit: ThrottleRule = { points: 120, seconds: 600 };

/** Clients that one network address registers at one tenant, so that it cannot use up what all of them together may. */
export const registerLimit: ThrottleRule = { points: 60, seconds: 3600 };
