import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { EventStoreDBClient } from '@eventstore/db-client';
import type pg from 'pg';
import type { EncodedEvent } from '../codec.ts';
import { type AppendResult, type ExpectedRevision, IdempotencyMismatch, OutcomeUnknown, RevisionConflict } from '../port.ts';
import { backoff } from '../postgres/calls.ts';
import { type ServerExpectation, serverEvents, tryAppend } from './attempt.ts';
import { Homes } from './homes.ts';
import { type Judgement, judge } from './judge.ts';
import type { StreamNames } from './names.ts';
import { abortable, untilThere } from './patience.ts';
import { Turns } from './turns.ts';
import type { Copied, CopyWaiting } from './waiting.ts';

/** A copy that takes so long, in ms, may be waited for in vain: the log may have been moved. */
const RECHECK_MS = 2000;

export interface AppenderSettings {
  client: EventStoreDBClient;
  pool: pg.Pool;
  names: StreamNames;
  waiting: CopyWaiting;
  /** Longest time one call may take, in ms. */
  attemptMs: number;
  /** Longest time a caller waits in all, in ms. */
  patienceMs: number;
}

interface Append {
  tenant: number;
  stream: string;
  expected: ExpectedRevision;
  events: readonly EncodedEvent[];
  ids: string[];
  /** Aborts when the caller gives up or has waited long enough. */
  signal: AbortSignal;
  sent: boolean;
}

/**
 * Appends to the event store, one at a time per stream from this process. The server judges the expected revision; whether ids
 * were stored before is judged by the copy, for the server remembers ids as long as it likes. A try whose outcome is unknown is
 * repeated with the same ids; who can wait no longer gets OutcomeUnknown.
 */
export class Appender {
  readonly #settings: AppenderSettings;
  readonly #turns = new Turns();
  readonly #homes: Homes;
  /** Per stream: how much further its revisions are on the server, where they are. */
  readonly #drops = new Map<string, number>();

  constructor(settings: AppenderSettings) {
    this.#settings = settings;
    this.#homes = new Homes(settings.pool, settings.attemptMs);
  }

  async append(
    tenant: number,
    stream: string,
    expected: ExpectedRevision,
    events: readonly EncodedEvent[],
    caller?: AbortSignal,
  ): Promise<AppendResult> {
    const patience = new AbortController();
    const timer = setTimeout(
      () => patience.abort(new Error(`no answer within ${this.#settings.patienceMs} ms`)),
      this.#settings.patienceMs,
    );
    const signal = caller ? AbortSignal.any([caller, patience.signal]) : patience.signal;
    const append: Append = { tenant, stream, expected, events, ids: events.map((e) => e.event_id), signal, sent: false };
    try {
      return await this.#settle(append);
    } catch (error) {
      if (!signal.aborted) throw error;
      if (append.sent || !caller?.aborted)
        throw new OutcomeUnknown(
          `stream ${stream}: ${append.sent ? 'given up while under way' : 'no answer'}; repeat with the same event ids`,
          {
            cause: signal.reason,
          },
        );
      throw signal.reason;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Resolves when nothing is under way. */
  idle(): Promise<void> {
    return this.#turns.idle();
  }

  async #settle(append: Append): Promise<AppendResult> {
    const { tenant, expected, ids, signal } = append;
    if (new Set(ids).size < ids.length) throw new IdempotencyMismatch(append.stream);
    await this.#homes.check(tenant, signal);
    // an exact revision is looked up by the server itself, for sure; otherwise it may have forgotten the ids
    if (expected === 'any' || expected === 'stream_exists') {
      const before = await this.#judge(append);
      const repeated = settled(append, before, undefined);
      if (repeated) return repeated;
      if (expected === 'stream_exists' && before.head < 0 && before.drops > 0)
        throw new RevisionConflict(append.stream, expected, 'no_stream');
    }
    for (let tries = 0; ; tries += 1) {
      signal.throwIfAborted();
      const attempt = randomUUID();
      const outcome = await this.#turns.take(`${tenant}:${append.stream}`, signal, () => this.#try(append, attempt));
      switch (outcome.kind) {
        case 'written':
          return this.#copied(append, attempt);
        case 'conflict': {
          const result = await this.#conflict(append, outcome.actual);
          if (result) return result;
          break;
        }
        case 'refused':
          throw outcome.error;
        case 'not_written':
        case 'unknown':
          await sleep(backoff(tries), undefined, { signal });
          break;
        default:
          outcome satisfies never;
      }
    }
  }

  #try(append: Append, attempt: string): ReturnType<typeof tryAppend> {
    const { client, names, attemptMs } = this.#settings;
    const { tenant, stream, events, signal } = append;
    append.sent = true;
    const call = tryAppend(client, names.of(tenant, stream), this.#onServer(append), serverEvents(events, attempt), attemptMs);
    return abortable(call, signal);
  }

  /** The expected revision in the server's count. */
  #onServer({ tenant, stream, expected }: Append): ServerExpectation {
    const drops = this.#drops.get(`${tenant}:${stream}`) ?? 0;
    if (typeof expected === 'number') return BigInt(expected + drops);
    return expected === 'no_stream' && drops > 0 ? BigInt(drops - 1) : expected;
  }

  async #copied(append: Append, attempt: string): Promise<AppendResult> {
    const { stream } = append;
    const found = await this.#inCopy(append, attempt);
    if (found && found.stream === stream && found.attempt === attempt)
      return { position: found.position, revision: found.revision, repeated: false };
    const result = settled(append, await this.#judge(append), attempt);
    if (result) return result;
    throw new IdempotencyMismatch(stream);
  }

  async #inCopy({ tenant, stream, ids, signal }: Append, attempt: string): Promise<Copied | undefined> {
    for (;;) {
      const slice = AbortSignal.timeout(RECHECK_MS);
      try {
        return await this.#settings.waiting.copied(tenant, ids.at(-1) as string, attempt, AbortSignal.any([signal, slice]));
      } catch (error) {
        if (signal.aborted || !slice.aborted) throw error;
        await this.#homes.recheck(tenant, signal).catch((cause: unknown) => {
          throw new OutcomeUnknown(`stream ${stream}: its log was moved while it was appended to; repeat with the same event ids`, {
            cause,
          });
        });
      }
    }
  }

  /**
   * The server found the stream at another revision. Once the copy is there too: a repeat, a mismatch, or a conflict with the
   * real revision. Undefined when the expectation holds after all, for what stood in its way was not copied.
   */
  async #conflict(append: Append, actual: bigint | undefined): Promise<AppendResult | undefined> {
    for (let tries = 0; ; tries += 1) {
      const now = await this.#judge(append);
      const result = settled(append, now, undefined);
      if (result) return result;
      if (actual === undefined || BigInt(now.head + now.drops) >= actual) {
        const { expected, stream } = append;
        const holds =
          expected === 'no_stream'
            ? now.head < 0
            : typeof expected === 'number'
              ? expected === now.head
              : expected === 'any' || now.head >= 0;
        if (holds && actual !== undefined) return undefined;
        throw new RevisionConflict(stream, expected, now.head < 0 ? 'no_stream' : now.head);
      }
      await sleep(Math.min(backoff(tries), 100), undefined, { signal: append.signal });
    }
  }

  async #judge({ tenant, stream, expected, ids, signal }: Append): Promise<Judgement> {
    const { pool, attemptMs } = this.#settings;
    const found = await untilThere(() => judge(pool, attemptMs, tenant, stream, expected, ids, signal), signal);
    const key = `${tenant}:${stream}`;
    if (found.drops > 0) this.#drops.set(key, found.drops);
    return found;
  }
}

/** What the judgement means for the caller: a result, or nothing as long as none of its ids is known. Throws IdempotencyMismatch. */
const settled = ({ stream }: Append, { standing }: Judgement, attempt: string | undefined): AppendResult | undefined => {
  if (standing === 'mismatch') throw new IdempotencyMismatch(stream);
  return standing && { position: standing.position, revision: standing.revision, repeated: standing.attempt !== attempt };
};
