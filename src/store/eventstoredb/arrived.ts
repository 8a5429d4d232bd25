import type { AllStreamResolvedEvent } from '@eventstore/db-client';
import { canonicalText } from '../canonical.ts';
import { broken } from '../codec.ts';
import type { AttemptMark } from './attempt.ts';
import type { StreamNames } from './names.ts';

/** An event of this installation as the server delivers it, in the order of $all. */
export interface Arrived {
  tenant: number;
  stream: string;
  event_id: string;
  type: string;
  recorded_at: string;
  bytes: Buffer;
  commit: bigint;
  prepare: bigint;
  /** Revision on the server. */
  revision: bigint;
  mark: AttemptMark;
}

const markOf = (metadata: unknown, alone: string): AttemptMark => {
  const mark = metadata as Partial<AttemptMark> | undefined;
  return typeof mark?.attempt === 'string' && Number.isInteger(mark.at) && Number.isInteger(mark.of)
    ? (mark as AttemptMark)
    : { attempt: alone, at: 0, of: 1 };
};

/**
 * What of a delivery belongs into the log: undefined for the server's own streams (`$…`), metadata streams (`$$…`), links
 * (`$>`) and other installations' events. Throws LOG_BROKEN on an event in one of our streams that this software did not write.
 */
export const arrivedOf = (names: StreamNames, resolved: AllStreamResolvedEvent): Arrived | undefined => {
  const event = resolved.event;
  if (!event || resolved.link || event.streamId.startsWith('$') || event.type.startsWith('$')) return undefined;
  const place = names.parse(event.streamId);
  if (!place) return undefined;
  const strange = (why: string, cause?: unknown): Error =>
    broken({ tenant: place.tenant, position: 0 }, `in the event store, revision ${event.revision} of ${event.streamId} ${why}`, cause);
  if (event.isJson || !(event.data instanceof Uint8Array)) throw strange('is no event of this software');
  const bytes = Buffer.from(event.data.buffer, event.data.byteOffset, event.data.byteLength);
  let envelope: Record<string, unknown>;
  try {
    envelope = JSON.parse(bytes.toString('utf8')) as Record<string, unknown>;
  } catch (cause) {
    throw strange('is no JSON', cause);
  }
  const { event_id, tenant, stream, type, recorded_at } = envelope;
  if (event_id !== event.id || tenant !== place.tenant || stream !== place.stream || type !== event.type || typeof recorded_at !== 'string')
    throw strange('holds bytes that name another event');
  if (!Buffer.from(canonicalText(envelope), 'utf8').equals(bytes)) throw strange('holds bytes that are not canonical');
  const position = event.position ?? { commit: resolved.commitPosition ?? 0n, prepare: resolved.commitPosition ?? 0n };
  return {
    ...place,
    event_id,
    type,
    recorded_at,
    bytes,
    commit: position.commit,
    prepare: position.prepare,
    revision: event.revision,
    mark: markOf(event.metadata, event.id),
  };
};

/** The events of one append, which are copied together or not at all. */
export type Group = readonly Arrived[];

/**
 * Whole appends from the front of a list of events, and how many events they are. The server keeps the events of an append
 * side by side; one that has not wholly arrived is left for later.
 */
export const wholeGroups = (events: readonly Arrived[], most: { events: number; bytes: number }): { groups: Group[]; taken: number } => {
  const groups: Group[] = [];
  let taken = 0;
  let bytes = 0;
  while (taken < events.length) {
    const first = events[taken] as Arrived;
    const { attempt, at, of } = first.mark;
    const members = at === 0 ? of : 1;
    if (taken + members > events.length) break;
    const group = events.slice(taken, taken + members);
    const together = group.every((e, i) => e.mark.attempt === attempt && e.mark.at === at + i && e.stream === first.stream);
    const whole = together ? group : [first];
    const size = whole.reduce((sum, e) => sum + e.bytes.length, 0);
    if (groups.length > 0 && (taken + whole.length > most.events || bytes + size > most.bytes)) break;
    groups.push(whole);
    taken += whole.length;
    bytes += size;
  }
  return { groups, taken };
};
