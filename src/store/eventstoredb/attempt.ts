import {
  AccessDeniedError,
  type EventData,
  type EventStoreDBClient,
  MaxAppendSizeExceededError,
  NotLeaderError,
  StreamDeletedError,
  WrongExpectedVersionError,
} from '@eventstore/db-client';
import { refuse } from '../../domain/codes.ts';
import type { EncodedEvent } from '../codec.ts';

/** What a try says of itself in each event's metadata, which is no part of the stored bytes. */
export interface AttemptMark {
  attempt: string;
  /** Which of how many events of one append. */
  at: number;
  of: number;
}

export type ServerExpectation = bigint | 'any' | 'no_stream' | 'stream_exists';

export type Outcome =
  | { kind: 'written' }
  /** The stream's real revision on the server. */
  | { kind: 'conflict'; actual: bigint | undefined }
  /** Will never succeed. */
  | { kind: 'refused'; error: Error }
  /** Nothing was written; another try may succeed. */
  | { kind: 'not_written'; error: Error }
  /** Whether it was written is not known. */
  | { kind: 'unknown'; error: Error };

/** Events as the client takes them: bytes as they are, the mark beside them. */
export const serverEvents = (events: readonly EncodedEvent[], attempt: string): EventData[] =>
  events.map(({ event_id, type, bytes }, at) => ({
    id: event_id,
    type,
    contentType: 'application/octet-stream',
    data: new Uint8Array(bytes),
    // the client knows a plain Uint8Array by its constructor: of a Buffer it would store the JSON
    metadata: new Uint8Array(Buffer.from(JSON.stringify({ attempt, at, of: events.length } satisfies AttemptMark))),
  }));

const outcomeOf = (error: unknown): Outcome => {
  if (error instanceof WrongExpectedVersionError) {
    const actual = error.actualVersion as bigint | string;
    return { kind: 'conflict', actual: typeof actual === 'bigint' ? actual : undefined };
  }
  if (error instanceof NotLeaderError) return { kind: 'not_written', error };
  if (error instanceof MaxAppendSizeExceededError)
    return {
      kind: 'refused',
      error: refuse('TOO_LARGE', `the event store takes at most ${error.maxAppendSize} bytes in one append`, {
        wayOut: 'Raise --max-append-size of the server (EVENTSTORE_MAX_APPEND_SIZE), or split the change.',
      }),
    };
  if (error instanceof AccessDeniedError)
    return { kind: 'refused', error: new Error('the event store does not let this user write', { cause: error }) };
  if (error instanceof StreamDeletedError)
    return { kind: 'refused', error: new Error('somebody deleted this stream in the event store', { cause: error }) };
  return { kind: 'unknown', error: error instanceof Error ? error : new Error(String(error)) };
};

/** A large append takes its time on a slow way; a try that ends before it can arrive would never succeed. */
const timeFor = (events: readonly EventData[], attemptMs: number): number =>
  attemptMs + 4 * events.length + events.reduce((sum, e) => sum + (e.data as Uint8Array).length, 0) / 1000;

/**
 * One try to append. Never throws and never takes longer than `attemptMs` and what its size adds: the client's own deadline
 * covers the call and not what comes before and after it.
 */
export const tryAppend = async (
  client: EventStoreDBClient,
  stream: string,
  expected: ServerExpectation,
  events: EventData[],
  attemptMs: number,
): Promise<Outcome> => {
  const limit = timeFor(events, attemptMs);
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Outcome>((resolve) => {
    timer = setTimeout(() => resolve({ kind: 'unknown', error: new Error(`the event store did not answer within ${limit} ms`) }), limit);
  });
  const call = client
    .appendToStream(stream, events, { expectedRevision: expected, deadline: limit })
    .then(
      (result): Outcome =>
        result.success ? { kind: 'written' } : { kind: 'unknown', error: new Error('the append failed without saying why') },
      outcomeOf,
    );
  try {
    return await Promise.race([call, late]);
  } finally {
    clearTimeout(timer);
  }
};
