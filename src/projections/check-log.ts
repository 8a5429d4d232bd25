import canonicalize from 'canonicalize';
import { Refusal, refuse } from '../domain/codes.ts';
import type { EventStore, StoredEvent } from '../store/port.ts';

/** A Refusal LOG_BROKEN that names the first bad position of a tenant's log. */
export const logBroken = (tenant: number, position: number, reason: string): Refusal =>
  refuse(
    'LOG_BROKEN',
    `the log of tenant ${tenant} breaks at position ${position}: ${reason}`,
    {},
    { tenant, event_position: position, reason },
  );

const text = new TextDecoder('utf-8', { fatal: true });

/** What is wrong with the stored bytes of an event, or nothing: they are canonical JSON and say what the event says. */
const wrongBytes = (event: StoredEvent): string | undefined => {
  let stored: string;
  let envelope: Record<string, unknown>;
  try {
    stored = text.decode(event.bytes);
    envelope = JSON.parse(stored) as Record<string, unknown>;
  } catch {
    return 'its bytes are no JSON';
  }
  if (canonicalize(envelope) !== stored) return 'its bytes are not canonical';
  const { event_id, tenant, stream, type } = envelope;
  if (event_id !== event.event_id || tenant !== event.tenant || stream !== event.stream || type !== event.type)
    return 'its bytes name another event than its row';
  return undefined;
};

/**
 * Checks one tenant's log event by event, in order: positions without a gap, each stream's revisions without a gap, bytes that
 * are canonical and say what their row says. Throws LOG_BROKEN at the first event that does not fit.
 */
export const logChecker = (tenant: number): ((event: StoredEvent) => void) => {
  let position = 0;
  const revisions = new Map<string, number>();
  return (event) => {
    if (event.position !== position + 1)
      throw logBroken(tenant, position + 1, `there is no event at this position; the next is ${event.position}`);
    const before = revisions.get(event.stream) ?? -1;
    if (event.revision !== before + 1)
      throw logBroken(tenant, event.position, `stream ${event.stream} goes from revision ${before} to ${event.revision}`);
    const wrong = wrongBytes(event);
    if (wrong) throw logBroken(tenant, event.position, wrong);
    position = event.position;
    revisions.set(event.stream, event.revision);
  };
};

/**
 * Reads a page of the log; when the store cannot decode it, finds the event at fault by reading one at a time and throws
 * LOG_BROKEN with its position. Errors that are no fault of an event pass through.
 */
export const readPage = async (store: EventStore, tenant: number, after: number, limit: number): Promise<StoredEvent[]> => {
  try {
    return await store.readLog(tenant, after, limit);
  } catch (error) {
    if (!(error instanceof Refusal) || error.code !== 'LOG_BROKEN') throw error;
    for (let at = after; at < after + limit; at++)
      try {
        await store.readLog(tenant, at, 1);
      } catch (one) {
        if (one instanceof Refusal && one.code === 'LOG_BROKEN')
          throw logBroken(tenant, at + 1, one.findings[0]?.message ?? 'it cannot be read');
        throw one;
      }
    throw error;
  }
};
