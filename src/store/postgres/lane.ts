import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import type { EncodedEvent } from '../codec.ts';
import { type AppendResult, type ExpectedRevision, IdempotencyMismatch, OutcomeUnknown, RevisionConflict } from '../port.ts';
import { backoff, call, isTransient } from './calls.ts';

/** A group holds at most so many events and bytes, unless one append alone is larger. */
const GROUP_EVENTS = 2000;
const GROUP_BYTES = 8_000_000;

export interface LaneSettings {
  pool: pg.Pool;
  tenant: number;
  /** Longest time one call to the database may take, in ms. */
  attemptMs: number;
  /** Longest time a caller waits in all, in ms. */
  patienceMs: number;
  appended(tenant: number): void;
}

interface Waiting {
  stream: string;
  expected: ExpectedRevision;
  events: readonly EncodedEvent[];
  bytes: number;
  sent: boolean;
  settled: boolean;
  resolve(result: AppendResult): void;
  reject(error: unknown): void;
}

interface Outcome {
  caller: number;
  outcome: 'appended' | 'repeated' | 'conflict' | 'mismatch';
  position: string | null;
  revision: string;
}

const expectedNumber = (expected: ExpectedRevision): number => {
  switch (expected) {
    case 'no_stream':
      return -1;
    case 'any':
      return -2;
    case 'stream_exists':
      return -3;
    default:
      return expected;
  }
};

const APPEND = `select caller, outcome, position, revision from log.append($1, $2::text[], $3::bigint[], $4::int[], $5::uuid[], $6::text[], $7::timestamptz[], $8::int[], $9)`;

/**
 * Appends of one tenant from this process. While a group is on its way the next one gathers, so that many writers share one
 * transaction and one flush; each keeps its own outcome. A group whose answer is lost is sent again with the same ids and
 * bytes, which the database recognises; who can wait no longer gets OutcomeUnknown.
 */
export class AppendLane {
  readonly #settings: LaneSettings;
  #queue: Waiting[] = [];
  #running: Promise<void> | undefined;

  constructor(settings: LaneSettings) {
    this.#settings = settings;
  }

  append(stream: string, expected: ExpectedRevision, events: readonly EncodedEvent[], signal?: AbortSignal): Promise<AppendResult> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const settle =
        <A>(act: (value: A) => void) =>
        (value: A): void => {
          if (waiting.settled) return;
          waiting.settled = true;
          clearTimeout(timer);
          signal?.removeEventListener('abort', onAbort);
          act(value);
        };
      const waiting: Waiting = {
        stream,
        expected,
        events,
        bytes: events.reduce((sum, e) => sum + e.bytes.length, 0),
        sent: false,
        settled: false,
        resolve: settle(resolve),
        reject: settle(reject),
      };
      const giveUp = (why: string, cause: unknown): void =>
        waiting.reject(waiting.sent ? new OutcomeUnknown(`stream ${stream}: ${why}; repeat with the same event ids`, { cause }) : cause);
      const onAbort = (): void => giveUp('cancelled while under way', signal?.reason);
      const timer = setTimeout(() => {
        const late = `no answer within ${this.#settings.patienceMs} ms`;
        giveUp(late, new OutcomeUnknown(`stream ${stream}: ${late}; repeat with the same event ids`));
      }, this.#settings.patienceMs);
      signal?.addEventListener('abort', onAbort, { once: true });
      this.#queue.push(waiting);
      this.#running ??= this.#run();
    });
  }

  /** Resolves when nothing is under way. */
  async idle(): Promise<void> {
    while (this.#running) await this.#running;
  }

  async #run(): Promise<void> {
    // callers of this turn join the first group, and those just answered join the next one
    for (;;) {
      await turn();
      const group = this.#next();
      if (group.length === 0) break;
      await this.#send(group);
    }
    // in the same breath as the look that found nothing, or who comes in between would wait for nobody
    this.#running = undefined;
  }

  #next(): Waiting[] {
    const group: Waiting[] = [];
    const rest: Waiting[] = [];
    const ids = new Set<string>();
    let [events, bytes] = [0, 0];
    for (const waiting of this.#queue) {
      if (waiting.settled) continue;
      const fits = group.length === 0 || (events + waiting.events.length <= GROUP_EVENTS && bytes + waiting.bytes <= GROUP_BYTES);
      // the same id twice in a group takes the function's slow path; in the next group it is a plain repeat
      if (rest.length > 0 || !fits || waiting.events.some((e) => ids.has(e.event_id))) {
        rest.push(waiting);
        continue;
      }
      for (const e of waiting.events) ids.add(e.event_id);
      events += waiting.events.length;
      bytes += waiting.bytes;
      group.push(waiting);
    }
    this.#queue = rest;
    return group;
  }

  async #send(group: readonly Waiting[]): Promise<void> {
    for (const w of group) w.sent = true;
    for (let tries = 0; group.some((w) => !w.settled); tries += 1) {
      try {
        const outcomes = await this.#call(group);
        if (outcomes.some((o) => o.outcome === 'appended')) this.#settings.appended(this.#settings.tenant);
        for (const outcome of outcomes) answer(group[outcome.caller - 1] as Waiting, outcome);
        return;
      } catch (error) {
        if (isTransient(error)) await sleep(backoff(tries));
        else if ((error as { code?: string }).code === 'P0002') {
          const failed = await this.#openTenant();
          if (!failed) continue;
          for (const w of group) w.reject(failed.error);
          return;
        } else if (group.length === 1) return (group[0] as Waiting).reject(error);
        else {
          // one caller's bad input fails the statement: each alone then, so that it fails for that caller only
          for (const alone of group) await this.#send([alone]);
          return;
        }
      }
    }
  }

  /** Makes the tenant's row, at its first append. A database that is away is met again by the next try. */
  async #openTenant(): Promise<{ error: unknown } | undefined> {
    const { pool, tenant, attemptMs } = this.#settings;
    try {
      await call(pool, { text: 'insert into log.tenant (id) values ($1) on conflict do nothing', values: [tenant] }, attemptMs);
    } catch (error) {
      if (!isTransient(error)) return { error };
    }
    return undefined;
  }

  #call(group: readonly Waiting[]): Promise<Outcome[]> {
    const { pool, tenant, attemptMs } = this.#settings;
    const events = group.flatMap((w) => w.events);
    const values = [
      tenant,
      group.map((w) => w.stream),
      group.map((w) => expectedNumber(w.expected)),
      group.map((w) => w.events.length),
      events.map((e) => e.event_id),
      events.map((e) => e.type),
      events.map((e) => e.recorded_at),
      events.map((e) => e.bytes.length),
      Buffer.concat(events.map((e) => e.bytes)),
    ];
    return call<Outcome>(pool, { name: 'log-append', text: APPEND, values }, attemptMs);
  }
}

const answer = (waiting: Waiting, { outcome, position, revision }: Outcome): void => {
  switch (outcome) {
    case 'appended':
    case 'repeated':
      waiting.resolve({ position: Number(position), revision: Number(revision), repeated: outcome === 'repeated' });
      return;
    case 'conflict':
      waiting.reject(new RevisionConflict(waiting.stream, waiting.expected, Number(revision) < 0 ? 'no_stream' : Number(revision)));
      return;
    case 'mismatch':
      waiting.reject(new IdempotencyMismatch(waiting.stream));
      return;
    default:
      outcome satisfies never;
  }
};
