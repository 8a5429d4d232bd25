import { refuse } from '../domain/codes.ts';
import type { EncodedEvent } from './codec.ts';
import type { ExpectedRevision, NewEvent } from './port.ts';

/** The most bytes one append may have: what one call carries in comfort. */
const MAX_APPEND_BYTES = 200_000_000;

/** Throws a TypeError on an append that makes no sense on any store. */
export const checkAppend = (stream: string, expected: ExpectedRevision, events: readonly NewEvent[]): void => {
  if (events.length === 0) throw new TypeError(`an append to ${stream} has no events`);
  if (typeof expected === 'number' && !(Number.isSafeInteger(expected) && expected >= 0)) throw new TypeError(`no revision: ${expected}`);
};

/** Throws a Refusal TOO_LARGE on more bytes than one append may have. */
export const checkSize = (encoded: readonly EncodedEvent[]): void => {
  const bytes = encoded.reduce((sum, e) => sum + e.bytes.length, 0);
  if (bytes > MAX_APPEND_BYTES) throw refuse('TOO_LARGE', `an append of ${bytes} bytes; at most ${MAX_APPEND_BYTES} fit`);
};
