import { RateLimiterPostgres, RateLimiterRes } from 'rate-limiter-flexible';
import type { Sql } from '../projections/sql.ts';

/** What is counted apart: every request, and beside it planning, confirming and what changes many things at once. */
export const limitKinds = ['requests', 'plan', 'confirm', 'bulk'] as const;
export type LimitKind = (typeof limitKinds)[number];

export interface LimitSettings {
  /** Most of each kind in one window, per credential. */
  most: Record<LimitKind, number>;
  windowSeconds: number;
}

export const defaultLimits: LimitSettings = { most: { requests: 1000, plan: 100, confirm: 100, bulk: 100 }, windowSeconds: 60 };

/** Where a credential stands in one bucket after a request. Seconds are whole and round up. */
export interface Standing {
  kind: LimitKind;
  allowed: boolean;
  most: number;
  remaining: number;
  windowSeconds: number;
  /** Until the bucket is empty again. */
  resetSeconds: number;
}

export interface RateLimits {
  /** Counts units of one kind against a credential; one round trip, none while the credential is known to be over. */
  take(credential: string, kind: LimitKind, units: number): Promise<Standing>;
}

/**
 * Limits in PostgreSQL, so that all processes of an installation share them: fixed windows that begin with a credential's first
 * request. A credential that is over is turned away from memory until its window ends.
 */
export const rateLimits = (sql: Sql, { most, windowSeconds }: LimitSettings = defaultLimits): RateLimits => {
  const storeClient = {
    query: async ({ text, values }: { text: string; values: unknown[] }) => {
      const rows = await sql.query(text, values);
      return { rows, rowCount: rows.length };
    },
  };
  const buckets = Object.fromEntries(
    limitKinds.map((kind) => [
      kind,
      new RateLimiterPostgres({
        storeClient,
        storeType: 'pool',
        schemaName: 'access',
        tableName: 'rate_limit',
        tableCreated: true,
        keyPrefix: kind,
        points: most[kind],
        duration: windowSeconds,
        inMemoryBlockOnConsumed: most[kind] + 1,
      }),
    ]),
  ) as Record<LimitKind, RateLimiterPostgres>;
  return {
    async take(credential, kind, units) {
      const standing = (allowed: boolean, { remainingPoints, msBeforeNext }: RateLimiterRes): Standing => ({
        kind,
        allowed,
        most: most[kind],
        remaining: allowed ? remainingPoints : 0,
        windowSeconds,
        resetSeconds: Math.max(1, Math.ceil(msBeforeNext / 1000)),
      });
      try {
        return standing(true, await buckets[kind].consume(credential, units));
      } catch (over) {
        if (over instanceof RateLimiterRes) return standing(false, over);
        throw over;
      }
    },
  };
};

const isBulk = (args: Record<string, unknown>): boolean =>
  Array.isArray(args.actions) && args.actions.some((a: unknown) => /\.bulk_/.test(String((a as { type?: unknown } | null)?.type ?? '')));

const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

const confirmedBefore = async (sql: Sql, tenant: number, proposal_id: unknown): Promise<boolean> =>
  typeof proposal_id === 'string' &&
  uuid.test(proposal_id) &&
  (await sql.query("select 1 from proposal_version where tenant = $1 and id = $2 and state = 'confirmed' limit 1", [tenant, proposal_id]))
    .length > 0;

/**
 * What a call costs beside its request. Confirming what is confirmed already repeats the first answer and costs nothing more.
 * @param tool canonical name
 */
export const unitsOf = async (sql: Sql, tenant: number, tool: string, args: Record<string, unknown>): Promise<LimitKind[]> => {
  if (tool === 'scenario.action.plan') return isBulk(args) ? ['plan', 'bulk'] : ['plan'];
  if (tool === 'scenario.action.confirm') return (await confirmedBefore(sql, tenant, args.proposal_id)) ? [] : ['confirm'];
  return [];
};
