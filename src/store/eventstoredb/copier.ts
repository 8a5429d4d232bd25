import { setTimeout as sleep } from 'node:timers/promises';
import { type EventStoreDBClient, START, streamNameFilter } from '@eventstore/db-client';
import type pg from 'pg';
import { backoff } from '../postgres/calls.ts';
import { type Arrived, arrivedOf, wholeGroups } from './arrived.ts';
import { copyStep, type Place } from './copy-step.ts';
import { endTrouble, tellTrouble } from './copy-trouble.ts';
import { CopyLease } from './lease.ts';
import type { StreamNames } from './names.ts';

/** One step holds at most so many events and bytes, unless one append alone is larger; twice as many wait in memory. */
const STEP = { events: 1000, bytes: 8_000_000 };
/** Between two looks whether the lease is free, in ms. */
const LOOK_MS = 200;

export interface CopierSettings {
  client: EventStoreDBClient;
  pool: pg.Pool;
  names: StreamNames;
  /** Longest time one call may take, in ms. */
  attemptMs: number;
  leaseMs?: number;
  /** Called after events of a tenant were looked at. */
  grew(tenant: number): void;
  onError(error: unknown): void;
  /** For tests: called between reading and writing. */
  beforeStep?: () => Promise<void>;
}

type Item = { place: Place; event?: Arrived };

/**
 * Copies the installation's events from the event store into `log.event`, in the order of $all. One leader among all processes;
 * the others stand by. It goes on from the place that is kept with the rows, so nothing is left out and nothing comes twice.
 */
export class Copier {
  readonly #settings: CopierSettings;
  readonly #lease: CopyLease;
  readonly #stop = new AbortController();
  #running: Promise<void> | undefined;

  constructor(settings: CopierSettings) {
    this.#settings = settings;
    this.#lease = new CopyLease(settings.pool, settings.leaseMs);
  }

  /** Whether this process leads now. */
  get leading(): boolean {
    return this.#lease.fence !== undefined;
  }

  start(): void {
    if (!this.#stop.signal.aborted) this.#running ??= this.#run();
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    let failures = 0;
    while (!signal.aborted) {
      let pause = LOOK_MS;
      try {
        if (await this.#lease.take()) {
          await this.#lead(() => {
            failures = 0;
          });
          pause = 0;
        }
      } catch (error) {
        // said once, and not at every try
        if (!signal.aborted && failures === 0) this.#settings.onError(error);
        // where the database is away nobody could read it either
        if (!signal.aborted) await tellTrouble(this.#settings.pool, error).catch(() => {});
        pause = backoff(failures++);
      } finally {
        // an error may lie with this process alone: another one shall try
        await this.#lease.release().catch(() => this.#lease.lost());
      }
      if (!signal.aborted) await sleep(pause, undefined, { signal, ref: false }).catch(() => {});
    }
  }

  async #from(): Promise<Place> {
    const { rows } = await this.#settings.pool.query<{ commit_position: string; prepare_position: string }>(
      'select commit_position, prepare_position from log.copy',
    );
    return { commit: BigInt(rows[0]?.commit_position ?? -1), prepare: BigInt(rows[0]?.prepare_position ?? -1) };
  }

  async #lead(progress: () => void): Promise<void> {
    const { pool, attemptMs, grew, beforeStep } = this.#settings;
    let at = await this.#from();
    const feed = this.#feed(at);
    // what another leader met is gone once this one copies
    let troubled = true;
    const renew = setInterval(() => {
      this.#lease.renew().then(
        (kept) => !kept && feed.end(),
        (error: unknown) => feed.end(error),
      );
    }, this.#lease.renewMs);
    const onStop = (): void => feed.end();
    this.#stop.signal.addEventListener('abort', onStop, { once: true });
    // asked to stop while it asked for its place: that is not said a second time
    if (this.#stop.signal.aborted) onStop();
    try {
      for (let step = await feed.next(); step; step = await feed.next()) {
        await beforeStep?.();
        const fence = this.#lease.fence;
        if (fence === undefined) return;
        const tenants = await copyStep(pool, attemptMs, fence, at.commit, step.to, step.groups);
        if (!tenants) return this.#lease.lost();
        at = step.to;
        if (troubled) await endTrouble(pool);
        troubled = false;
        progress();
        for (const tenant of tenants) grew(tenant);
      }
    } finally {
      clearInterval(renew);
      this.#stop.signal.removeEventListener('abort', onStop);
      feed.end();
    }
  }

  /** The subscription as steps of whole appends. `next` gives undefined at the end and throws what ended it. */
  #feed(from: Place) {
    const { client, names, attemptMs, pool } = this.#settings;
    let items: Item[] = [];
    let ended: { error?: unknown } | undefined;
    let ring: () => void = () => {};
    const end = (error?: unknown): void => {
      ended ??= error === undefined ? {} : { error };
      clearTimeout(silent);
      subscription.unsubscribe().catch(() => {});
      ring();
    };
    const push = (item: Item): void => {
      items.push(item);
      if (items.length >= 2 * STEP.events) subscription.pause();
      ring();
    };
    const subscription = client.subscribeToAll({
      fromPosition: from.commit < 0n ? START : from,
      filter: streamNameFilter({
        prefixes: [names.prefix],
        checkpointInterval: 8,
        // a place may overtake events that still wait in the subscription: then it is not taken
        checkpointReached: async (_, place) => {
          if (subscription.readableLength === 0) push({ place });
        },
      }),
    });
    const silent = setTimeout(() => end(new Error(`the event store confirmed no subscription within ${attemptMs} ms`)), attemptMs);
    subscription
      .on('confirmation', () => {
        clearTimeout(silent);
        endTrouble(pool, 'UNAVAILABLE').catch(() => {});
      })
      .on('error', (error) => end(error))
      .on('end', () => end(new Error('the event store ended the subscription')))
      .on('data', (resolved) => {
        try {
          const event = arrivedOf(names, resolved);
          const place = event ?? resolved.event?.position;
          if (event) push({ event, place: { commit: event.commit, prepare: event.prepare } });
          else if (place) push({ place });
        } catch (error) {
          end(error);
        }
      });
    const next = async () => {
      for (;;) {
        // what arrived before the end is still whole
        const step = stepOf(items);
        if (step && !this.#stop.signal.aborted) {
          items = items.slice(step.taken);
          if (items.length < STEP.events) subscription.resume();
          return step;
        }
        if (ended?.error !== undefined) throw ended.error;
        if (ended) return undefined;
        if (subscription.isPaused()) subscription.resume();
        await new Promise<void>((resolve) => {
          ring = resolve;
        });
      }
    };
    return { next, end };
  }
}

/** The next step of what has arrived: whole appends, and the place up to which they and what lies between were looked at. */
const stepOf = (items: readonly Item[]): { groups: ReturnType<typeof wholeGroups>['groups']; to: Place; taken: number } | undefined => {
  // asked at each arrival: what is still arriving must not be walked through each time
  const mark = items[0]?.event?.mark;
  if (mark?.at === 0 && mark.of > items.length) return undefined;
  const events = items.flatMap((i) => (i.event ? [i.event] : []));
  const { groups, taken } = wholeGroups(events, STEP);
  let left = taken;
  let count = 0;
  for (const item of items) {
    if (item.event && left-- === 0) break;
    count += 1;
  }
  const last = items[count - 1];
  return last && { groups, to: last.place, taken: count };
};
