import type pg from 'pg';
import { call } from '../postgres/calls.ts';
import { logElsewhere } from '../postgres/elsewhere.ts';
import { untilThere } from './patience.ts';

/** Which tenants' logs live in the event store, as far as this process has asked. */
export class Homes {
  readonly #pool: pg.Pool;
  readonly #timeoutMs: number;
  readonly #here = new Set<number>();

  constructor(pool: pg.Pool, timeoutMs: number) {
    this.#pool = pool;
    this.#timeoutMs = timeoutMs;
  }

  /** Throws LOG_ELSEWHERE when the tenant's log lives in PostgreSQL or is on its way. A tenant without a log gets it here. */
  async check(tenant: number, signal: AbortSignal): Promise<void> {
    if (this.#here.has(tenant)) return;
    const query = { text: 'select log.settle_home($1) as state', values: [tenant] };
    const [row] = await untilThere(() => call<{ state: string }>(this.#pool, query, this.#timeoutMs, signal), signal);
    if (row?.state !== 'here') throw logElsewhere(tenant, row?.state === 'elsewhere' ? 'postgresql' : 'moving');
    this.#here.add(tenant);
  }

  /** Asks anew. What was written after a move away is never copied, so nobody is told that it succeeded; this tells them sooner. */
  async recheck(tenant: number, signal: AbortSignal): Promise<void> {
    this.#here.delete(tenant);
    await this.check(tenant, signal);
  }
}
