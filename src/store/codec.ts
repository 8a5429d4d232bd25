import { refuse } from '../domain/codes.ts';
import { canonicalBytes } from './canonical.ts';
import type { PersonalKeys } from './personal-keys.ts';
import type { NewEvent, StoredEvent } from './port.ts';
import { WrongMasterKey } from './sealing.ts';

/** The most bytes one event may have. */
export const MAX_EVENT_BYTES = 1_000_000;

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** An event with the bytes that are stored, made once before the first try, so that every try stores the same. */
export interface EncodedEvent {
  event_id: string;
  type: string;
  recorded_at: string;
  bytes: Buffer;
}

/** A row of the log as an adapter reads it. */
export interface LogRow {
  tenant: number;
  stream: string;
  position: number;
  revision: number;
  event_id: string;
  type: string;
  bytes: Buffer;
}

/**
 * Events to bytes: personal parts encrypted, then RFC 8785 JSON of the envelope. Throws a Refusal TOO_LARGE above 1 MB an
 * event, a TypeError on what JSON cannot hold exactly.
 */
export const encodeEvents = async (
  keys: PersonalKeys,
  tenant: number,
  stream: string,
  events: readonly NewEvent[],
): Promise<EncodedEvent[]> => {
  for (const { event_id, recorded_at } of events) {
    if (!UUID.test(event_id)) throw new TypeError(`an event id is a lower-case uuid, not ${event_id}`);
    if (Number.isNaN(Date.parse(recorded_at))) throw new TypeError(`recorded_at is an ISO time, not ${recorded_at}`);
  }
  const sealed = await keys.sealAll(
    tenant,
    events.map((e) => e.data),
  );
  return events.map(({ event_id, type, schema_version, metadata, recorded_at }, i) => {
    const bytes = canonicalBytes({ event_id, tenant, stream, type, schema_version, data: sealed[i], metadata, recorded_at });
    if (bytes.length > MAX_EVENT_BYTES)
      throw refuse('TOO_LARGE', `the event ${type} has ${bytes.length} bytes; at most ${MAX_EVENT_BYTES} fit`, {
        wayOut: 'Split the change into smaller ones.',
      });
    return { event_id, type, recorded_at, bytes };
  });
};

/**
 * Rows of one tenant to events, personal parts opened. Throws a Refusal LOG_BROKEN, with the position, when the bytes do not
 * say what the row says.
 */
export const decodeEvents = async (keys: PersonalKeys, rows: readonly LogRow[]): Promise<StoredEvent[]> => {
  const first = rows[0];
  if (!first) return [];
  const events = rows.map((row) => ({ ...readBytes(row), position: row.position, revision: row.revision, bytes: row.bytes }));
  // most events hold nothing personal: their bytes tell it faster than a walk through their data
  const personal = events.filter((e) => e.bytes.includes('"personal":'));
  if (personal.length === 0) return events;
  const opened = await keys
    .openMany(
      first.tenant,
      personal.map((e) => e.data),
    )
    .catch((error: unknown) => openSlowly(keys, personal, error));
  personal.forEach((event, i) => {
    event.data = opened[i];
  });
  return events;
};

/** One after the other, to say at which position the personal part does not open. */
const openSlowly = async (keys: PersonalKeys, events: readonly StoredEvent[], error: unknown): Promise<unknown[]> => {
  if (error instanceof WrongMasterKey || !(error instanceof Error) || 'code' in error) throw error;
  const opened: unknown[] = [];
  for (const event of events)
    opened.push(
      await keys.openAll(event.tenant, event.data).catch((cause: unknown) => {
        throw broken(event, 'its personal part was altered', cause);
      }),
    );
  return opened;
};

/** A Refusal LOG_BROKEN that says where. */
export const broken = (row: { tenant: number; position: number }, what: string, cause?: unknown): Error =>
  Object.assign(
    refuse(
      'LOG_BROKEN',
      `tenant ${row.tenant}, position ${row.position}: ${what}`,
      {},
      { tenant: row.tenant, event_position: row.position },
    ),
    cause ? { cause } : {},
  );

const readBytes = (row: LogRow): NewEvent & { tenant: number; stream: string } => {
  let event: NewEvent & { tenant: number; stream: string };
  try {
    event = JSON.parse(row.bytes.toString('utf8')) as typeof event;
  } catch (cause) {
    throw broken(row, 'its bytes are no JSON', cause);
  }
  if (event.event_id !== row.event_id || event.tenant !== row.tenant || event.stream !== row.stream || event.type !== row.type)
    throw broken(row, 'its bytes name another event than its row');
  return event;
};
