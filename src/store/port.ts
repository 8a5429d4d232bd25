import type { EventMetadata } from '../domain/events.ts';

/** An event as it is handed to the store. `event_id` is a UUIDv7 made once, before the first try; `recorded_at` too (ISO, UTC, ms). */
export interface NewEvent {
  event_id: string;
  type: string;
  schema_version: number;
  data: unknown;
  metadata: EventMetadata;
  recorded_at: string;
}

/** An event as it stands in the log. `position` is 1, 2, 3, ... per tenant, gapless and in commit order; `revision` is 0, 1, 2, ... in its stream. */
export interface StoredEvent extends NewEvent {
  tenant: number;
  stream: string;
  position: number;
  revision: number;
  /** The stored bytes: RFC 8785 JSON of {event_id, tenant, stream, type, schema_version, data, metadata, recorded_at}. */
  bytes: Uint8Array;
}

export type ExpectedRevision = number | 'no_stream' | 'stream_exists' | 'any';

export interface AppendResult {
  /** Of the last event appended. */
  position: number;
  revision: number;
  /** True when these event ids were stored before: the first result is given again. */
  repeated: boolean;
}

/** The stream was not where the caller expected it. `actual` is its real revision now, or 'no_stream'. */
export class RevisionConflict extends Error {
  readonly stream: string;
  readonly expected: ExpectedRevision;
  readonly actual: number | 'no_stream';
  constructor(stream: string, expected: ExpectedRevision, actual: number | 'no_stream') {
    super(`stream ${stream}: expected revision ${expected}, found ${actual}`);
    this.name = 'RevisionConflict';
    this.stream = stream;
    this.expected = expected;
    this.actual = actual;
  }
}

/** Some of the event ids stand in the log already, but not as this same append: a partial or different repeat. */
export class IdempotencyMismatch extends Error {
  constructor(stream: string) {
    super(`stream ${stream}: some of these event ids were stored before as another append`);
    this.name = 'IdempotencyMismatch';
  }
}

/** The store did not answer in time; whether the append happened is unknown. Repeat with the same event ids. */
export class OutcomeUnknown extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'OutcomeUnknown';
  }
}

export interface CallOptions {
  /** Stops waiting; an append whose outcome is then unknown rejects with OutcomeUnknown. */
  signal?: AbortSignal;
}

/** The event log. One order a tenant; tenants are lanes of their own. Nothing is ever changed or deleted. */
export interface EventStore {
  /** Appends all events to one stream, or none. At most 1 MB of bytes per event. Throws RevisionConflict, IdempotencyMismatch, OutcomeUnknown. */
  append(
    tenant: number,
    stream: string,
    expected: ExpectedRevision,
    events: readonly NewEvent[],
    options?: CallOptions,
  ): Promise<AppendResult>;
  /** Events of one stream from `fromRevision` (default 0), at most `limit` (default 1000), oldest first. Empty for a missing stream. */
  readStream(tenant: number, stream: string, fromRevision?: number, limit?: number, options?: CallOptions): Promise<StoredEvent[]>;
  /** Revision of the last event of a stream with its position, or undefined. */
  head(tenant: number, stream: string, options?: CallOptions): Promise<{ revision: number; position: number } | undefined>;
  /** Events after a position, at most `limit`, in order. */
  readLog(tenant: number, after: number, limit: number, options?: CallOptions): Promise<StoredEvent[]>;
  /** Last position per tenant that has events. */
  heads(options?: CallOptions): Promise<Map<number, number>>;
  /** Follows one tenant's log from after a position: every event once, in order, until the signal aborts. Survives a database that goes away and returns. */
  subscribe(tenant: number, after: number, options: { signal: AbortSignal; batch?: number }): AsyncIterable<StoredEvent>;
  /** Calls back with a tenant when something was appended for it (by any process), best effort; the caller sweeps `heads` too. Returns a stop function. */
  onAppend(listener: (tenant: number) => void): () => void;
  close(): Promise<void>;
}
