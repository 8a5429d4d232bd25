import { type Refusal, refuse } from '../domain/codes.ts';
import {
  type AppendResult,
  type CallOptions,
  type EventStore,
  type ExpectedRevision,
  IdempotencyMismatch,
  type NewEvent,
  OutcomeUnknown,
  RevisionConflict,
} from '../store/port.ts';

/** How often an append whose outcome is unknown is repeated, each time with the same event ids. */
const repeats = 5;

const pause = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));

/** Call options that carry a signal only where there is one. */
export const withSignal = (signal: AbortSignal | undefined): CallOptions => (signal ? { signal } : {});

/**
 * Appends, and repeats with the same event ids while the outcome is unknown: the store keeps one of them. Throws what the
 * store throws (RevisionConflict, IdempotencyMismatch), and UNAVAILABLE when it does not answer to the end.
 */
export const appendSurely = async (
  store: EventStore,
  tenant: number,
  stream: string,
  expected: ExpectedRevision,
  events: readonly NewEvent[],
  signal?: AbortSignal,
): Promise<AppendResult> => {
  const unknown = (): Refusal =>
    refuse('UNAVAILABLE', 'the event log did not answer; whether the change was recorded is not known', {
      wayOut: 'Repeat the same call (with the same idempotency key): it is recorded once.',
    });
  for (let attempt = 0; ; attempt++) {
    try {
      return await store.append(tenant, stream, expected, events, withSignal(signal));
    } catch (error) {
      if (error instanceof RevisionConflict || error instanceof IdempotencyMismatch) throw error;
      if (error instanceof OutcomeUnknown) {
        if (attempt >= repeats || signal?.aborted) throw unknown();
        await pause(50 * 2 ** attempt);
      }
      // Whatever a repetition ends in, what became of the try before it is not known.
      else throw attempt > 0 ? unknown() : error;
    }
  }
};
