import type pg from 'pg';
import { call } from '../postgres/calls.ts';
import type { Wake } from '../postgres/wake.ts';

/** What the copy says about an append that the server took. */
export interface Copied {
  position: number;
  revision: number;
  stream: string;
  /** The try that wrote the event. */
  attempt: string | null;
}

interface Pending {
  id: string;
  attempt: string;
  resolve(copied: Copied | undefined): void;
}

/** Between two looks by itself, in ms: a wake-up may be lost. */
const LOOK_MS = 100;

const LOOK = `select i.id::text as key, e.position, e.revision, e.stream, o.attempt from unnest($2::uuid[]) i(id)
    cross join lateral (select position, revision, stream from log.event k where k.tenant = $1 and k.event_id = i.id limit 1) e
    left join log.origin o on o.tenant = $1 and o.position = e.position
  union all
  select a.id::text, null, null, null, null from unnest($3::uuid[]) a(id) where exists (select from log.dropped d where d.tenant = $1 and d.attempt = a.id)`;

/** Waits until the copy has an append. All who wait for one tenant share one look. */
export class CopyWaiting {
  readonly #pool: pg.Pool;
  readonly #timeoutMs: number;
  readonly #tenants = new Map<number, Set<Pending>>();
  readonly #looking = new Map<number, { again: boolean }>();
  readonly #off: () => void;
  #timer: NodeJS.Timeout | undefined;

  constructor(pool: pg.Pool, wake: Wake, timeoutMs: number) {
    this.#pool = pool;
    this.#timeoutMs = timeoutMs;
    this.#off = wake.on((tenant) => this.#look(tenant));
  }

  /**
   * Resolves with where the event of this id stands, or with undefined when the append of this try was dropped.
   * Rejects when the signal aborts.
   */
  copied(tenant: number, id: string, attempt: string, signal: AbortSignal): Promise<Copied | undefined> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason);
      const waiting = this.#tenants.get(tenant) ?? new Set<Pending>();
      this.#tenants.set(tenant, waiting);
      const onAbort = (): void => {
        this.#done(tenant, pending);
        reject(signal.reason);
      };
      const pending: Pending = {
        id,
        attempt,
        resolve: (copied) => {
          signal.removeEventListener('abort', onAbort);
          this.#done(tenant, pending);
          resolve(copied);
        },
      };
      signal.addEventListener('abort', onAbort, { once: true });
      waiting.add(pending);
      this.#timer ??= setInterval(() => {
        for (const of of this.#tenants.keys()) this.#look(of);
      }, LOOK_MS);
      this.#look(tenant);
    });
  }

  close(): void {
    this.#off();
    clearInterval(this.#timer);
  }

  #done(tenant: number, pending: Pending): void {
    const waiting = this.#tenants.get(tenant);
    waiting?.delete(pending);
    if (waiting?.size === 0) this.#tenants.delete(tenant);
    if (this.#tenants.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #look(tenant: number): void {
    if (!this.#tenants.has(tenant)) return;
    const under = this.#looking.get(tenant);
    if (under) {
      under.again = true;
      return;
    }
    const look = { again: false };
    this.#looking.set(tenant, look);
    this.#ask(tenant)
      // away: the next look asks again
      .catch(() => {})
      .finally(() => {
        this.#looking.delete(tenant);
        if (look.again) this.#look(tenant);
      });
  }

  async #ask(tenant: number): Promise<void> {
    const waiting = [...(this.#tenants.get(tenant) ?? [])];
    const rows = await call<{ key: string; position: string | null; revision: string; stream: string; attempt: string | null }>(
      this.#pool,
      { name: 'copy-look', text: LOOK, values: [tenant, waiting.map((p) => p.id), waiting.map((p) => p.attempt)] },
      this.#timeoutMs,
    );
    const found = new Map(rows.map((row) => [row.key, row]));
    for (const pending of waiting) {
      const row = found.get(pending.id);
      if (row?.position) {
        const { position, revision, stream, attempt } = row;
        pending.resolve({ position: Number(position), revision: Number(revision), stream, attempt });
      } else if (found.has(pending.attempt)) pending.resolve(undefined);
    }
  }
}
