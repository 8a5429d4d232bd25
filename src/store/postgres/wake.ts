import { randomBytes } from 'node:crypto';
import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { backoff } from './calls.ts';

const CHANNEL = 'orgonaut_log';

/**
 * Tells listeners, here and in other processes, that a tenant's log grew. Sent after the commit and from another connection,
 * several tenants at once; best effort, for whoever listens sweeps the heads too.
 */
export class Wake {
  readonly #pool: pg.Pool;
  readonly #listeners = new Set<(tenant: number) => void>();
  readonly #me = randomBytes(6).toString('hex');
  readonly #stop = new AbortController();
  #grown = new Set<number>();
  #telling: Promise<void> | undefined;
  #hearing: Promise<void> | undefined;
  #client: pg.Client | undefined;

  constructor(pool: pg.Pool) {
    this.#pool = pool;
  }

  on(listener: (tenant: number) => void): () => void {
    this.#listeners.add(listener);
    this.#hearing ??= this.#hear();
    return () => void this.#listeners.delete(listener);
  }

  /** Called after a commit. */
  grew(tenant: number): void {
    this.#call(tenant);
    this.#grown.add(tenant);
    this.#telling ??= this.#tell();
  }

  async close(): Promise<void> {
    this.#stop.abort();
    this.#listeners.clear();
    await this.#telling;
    await this.#client?.end().catch(() => {});
    await this.#hearing;
  }

  #call(tenant: number): void {
    for (const listener of this.#listeners) listener(tenant);
  }

  async #tell(): Promise<void> {
    // what the rest of this turn appends is told along
    await turn();
    while (this.#grown.size > 0) {
      const tenants = [...this.#grown];
      this.#grown = new Set();
      // a lost wake-up costs at most one sweep
      await this.#pool
        .query({
          name: 'log-wake',
          text: `select pg_notify('${CHANNEL}', t || ' ' || $2) from unnest($1::int[]) t`,
          values: [tenants, this.#me],
        })
        .catch(() => {});
    }
    this.#telling = undefined;
  }

  async #hear(): Promise<void> {
    for (let tries = 0; !this.#stop.signal.aborted; tries += 1) {
      const client = new pg.Client(this.#pool.options);
      this.#client = client;
      try {
        const ended = new Promise<void>((resolve) => void client.once('end', resolve).on('error', () => resolve()));
        client.on('notification', ({ payload }) => {
          const [tenant, sender] = (payload ?? '').split(' ');
          if (sender !== this.#me && Number(tenant) > 0) this.#call(Number(tenant));
        });
        // a client that is ended while it connects never says how connecting went
        await Promise.race([client.connect(), ended]);
        // hearing alone is no reason for a process to stay
        (client as pg.Client & { unref(): void }).unref();
        await client.query(`listen ${CHANNEL}`);
        // what happened while nobody listened
        const { rows } = await client.query<{ id: number }>('select id from log.tenant');
        for (const { id } of rows) this.#call(id);
        tries = 0;
        await ended;
      } catch {
        // away: try again below
      } finally {
        await client.end().catch(() => {});
      }
      await sleep(backoff(tries), undefined, { signal: this.#stop.signal, ref: false }).catch(() => {});
    }
  }
}
