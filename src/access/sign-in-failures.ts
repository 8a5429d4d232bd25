import type { Sql } from '../projections/sql.ts';
import { type AccessSteps, iso } from './parts.ts';

export interface SignInFailures {
  /** Counts one try that did not succeed: wrong, or not looked at because of the limit. */
  count(tenant: number, kind: 'failed' | 'throttled'): Promise<void>;
  /** Makes one event of each minute that is over; gives how many. */
  record(): Promise<number>;
}

/** Failed sign-ins, counted by the minute: one event a minute and tenant, however many tries there are. */
export const signInFailures = (sql: Sql, { now }: { now(): Date }, steps: AccessSteps): SignInFailures => {
  const minuteOf = (at: Date): string => new Date(Math.floor(at.getTime() / 60_000) * 60_000).toISOString();
  return {
    async count(tenant, kind) {
      await sql.query(
        `insert into access.sign_in_failure as f (tenant, minute, failed, throttled) values ($1, $2, $3, $4)
           on conflict (tenant, minute) do update set failed = f.failed + excluded.failed, throttled = f.throttled + excluded.throttled`,
        [tenant, minuteOf(now()), kind === 'failed' ? 1 : 0, kind === 'throttled' ? 1 : 0],
      );
    },

    async record() {
      const over = await sql.query<{ tenant: number }>('select distinct tenant from access.sign_in_failure where minute < $1', [
        minuteOf(now()),
      ]);
      let recorded = 0;
      for (const { tenant } of over)
        recorded += await steps.change(tenant, async (tx) => {
          const rows = await tx.query<{ minute: string; failed: number; throttled: number }>(
            `with gone as (delete from access.sign_in_failure where tenant = $1 and minute < $2 returning minute, failed, throttled)
             select ${iso('g.minute')}, g.failed, g.throttled from gone g order by g.minute`,
            [tenant, minuteOf(now())],
          );
          for (const data of rows) await steps.record(tx, tenant, { type: 'SignInFailed', data }, undefined);
          return rows.length;
        });
      return recorded;
    },
  };
};
