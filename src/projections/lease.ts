import { randomUUID } from 'node:crypto';
import type { Sql } from './sql.ts';

/** How long a leader that says nothing more keeps its place. */
export const LEASE_MS = 8_000;

export interface Lease {
  /** The fencing number while this process leads, else undefined. */
  fence(): number | undefined;
  /** Takes the lease when it is free, or renews it. True when this process leads now. */
  take(): Promise<boolean>;
  /** Gives the lease back so that another process need not wait. */
  release(): Promise<void>;
}

/**
 * The lease of one projection: a row whose fencing number is raised by each new leader. Time is the database's, so clocks of
 * processes do not matter. Who lost the lease learns it by a fencing number that is no longer the row's.
 */
export const leaseOf = (sql: Sql, projection: { name: string; version: number }, leaseMs = LEASE_MS): Lease => {
  const holder = randomUUID();
  let fence: number | undefined;
  const takeOrRenew = async (): Promise<boolean> => {
    if (fence !== undefined) {
      const kept = await sql.query(
        `update projection_lease set expires_at = clock_timestamp() + $5 * interval '1 millisecond'
         where projection = $1 and version = $2 and holder = $3 and fence = $4 returning fence`,
        [projection.name, projection.version, holder, fence, leaseMs],
      );
      if (kept.length > 0) return true;
      fence = undefined;
    }
    const [taken] = await sql.query<{ fence: string }>(
      `insert into projection_lease as l (projection, version, holder, fence, expires_at)
       values ($1, $2, $3, 1, clock_timestamp() + $4 * interval '1 millisecond')
       on conflict (projection, version) do update
         set holder = excluded.holder, fence = l.fence + 1, expires_at = excluded.expires_at
         where l.expires_at < clock_timestamp()
       returning fence`,
      [projection.name, projection.version, holder, leaseMs],
    );
    fence = taken ? Number(taken.fence) : undefined;
    return fence !== undefined;
  };
  // One at a time: two at once could take the lease and then hear from the other that it is taken.
  let under: Promise<boolean> | undefined;
  return {
    fence: () => fence,
    take: () => {
      under ??= takeOrRenew().finally(() => {
        under = undefined;
      });
      return under;
    },
    release: async () => {
      await under?.catch(() => false);
      const held = fence;
      fence = undefined;
      if (held === undefined) return;
      await sql.query(`update projection_lease set expires_at = '-infinity' where projection = $1 and version = $2 and fence = $3`, [
        projection.name,
        projection.version,
        held,
      ]);
    },
  };
};
