import { randomUUID } from 'node:crypto';
import type pg from 'pg';

/** How long a leader of the copy that says nothing more keeps its place, in ms. */
export const LEASE_MS = 8_000;

/**
 * The lease of the copy: one row with a fencing number that each new leader raises and every step of the copy names. Time is
 * the database's. Who lost it learns so by a step that writes nothing.
 */
export class CopyLease {
  readonly #pool: pg.Pool;
  readonly #leaseMs: number;
  readonly #holder = randomUUID();
  #fence: string | undefined;

  constructor(pool: pg.Pool, leaseMs = LEASE_MS) {
    this.#pool = pool;
    this.#leaseMs = leaseMs;
  }

  /** The fencing number while this process leads, else undefined. */
  get fence(): string | undefined {
    return this.#fence;
  }

  get renewMs(): number {
    return this.#leaseMs / 4;
  }

  /** Takes the lease when it is free. True when this process leads now. */
  async take(): Promise<boolean> {
    const { rows } = await this.#pool.query<{ fence: string }>(
      `update log.copy set holder = $1, fence = fence + 1, expires_at = clock_timestamp() + $2 * interval '1 millisecond'
       where expires_at < clock_timestamp() returning fence`,
      [this.#holder, this.#leaseMs],
    );
    this.#fence = rows[0]?.fence;
    return this.#fence !== undefined;
  }

  /** Keeps the lease. False when another took it. */
  async renew(): Promise<boolean> {
    const { rowCount } = await this.#pool.query(
      `update log.copy set expires_at = clock_timestamp() + $3 * interval '1 millisecond' where holder = $1 and fence = $2`,
      [this.#holder, this.#fence, this.#leaseMs],
    );
    if (rowCount !== 1) this.lost();
    return rowCount === 1;
  }

  lost(): void {
    this.#fence = undefined;
  }

  /** Gives the lease back, so that another process need not wait. */
  async release(): Promise<void> {
    const fence = this.#fence;
    this.#fence = undefined;
    if (fence === undefined) return;
    await this.#pool.query(`update log.copy set expires_at = '-infinity' where holder = $1 and fence = $2`, [this.#holder, fence]);
  }
}
