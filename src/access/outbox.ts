import { type EventData, type EventMetadata, streams } from '../domain/events.ts';
import type { Sql } from '../projections/sql.ts';
import type { EventStore } from '../store/port.ts';

type AccessEventType =
  | 'UserAdded'
  | 'RoleChanged'
  | 'UserRemoved'
  | 'TokenCreated'
  | 'TokenRevoked'
  | 'AppConnected'
  | 'AppNarrowed'
  | 'AppRevoked'
  | 'SignedIn'
  | 'SignedOut'
  | 'SignInFailed'
  | 'UpstreamBound'
  | 'UpstreamRefused'
  | 'UpstreamReleased'
  | 'PasswordSet'
  | 'InvitationMade'
  | 'InvitationAccepted'
  | 'KeysRotated';

/** The events of the access stream. */
export type AccessEvent = { [T in AccessEventType]: { type: T; data: EventData[T] } }[AccessEventType];

export interface OutboxEntry {
  id: string;
  event: AccessEvent;
  metadata: EventMetadata;
  recordedAt: Date;
}

/**
 * Writes an event beside the change it records, in the same transaction: the one does not happen without the other. The tenant's
 * row is locked first, so the order of the outbox is the order of the commits.
 */
export const putInOutbox = async (tx: Sql, tenant: number, entry: OutboxEntry): Promise<void> => {
  await tx.query('select 1 from access.tenant where id = $1 for no key update', [tenant]);
  await tx.query(
    'insert into access.outbox (id, tenant, type, data, metadata, recorded_at) values ($1, $2, $3, $4::jsonb, $5::jsonb, $6)',
    [entry.id, tenant, entry.event.type, JSON.stringify(entry.event.data), JSON.stringify(entry.metadata), entry.recordedAt.toISOString()],
  );
};

/**
 * Carries waiting events of one tenant into its access stream, in order. The event id is the outbox row's, so a delivery that
 * was interrupted between append and mark is repeated without a second event. Returns how many were delivered.
 */
export const deliverOutbox = async (sql: Sql, store: EventStore, tenant: number): Promise<number> => {
  let delivered = 0;
  for (;;) {
    const rows = await sql.query<{ id: string; type: AccessEvent['type']; data: unknown; metadata: EventMetadata; recorded_at: string }>(
      `select id, type, data, metadata, to_char(recorded_at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as recorded_at
         from access.outbox where tenant = $1 and delivered_position is null order by sequence limit 100`,
      [tenant],
    );
    if (rows.length === 0) return delivered;
    for (const row of rows) {
      const { position } = await store.append(tenant, streams.access(tenant), 'any', [
        { event_id: row.id, type: row.type, schema_version: 1, data: row.data, metadata: row.metadata, recorded_at: row.recorded_at },
      ]);
      await sql.query('update access.outbox set delivered_position = $2 where id = $1 and delivered_position is null', [row.id, position]);
      delivered += 1;
    }
  }
};

/** Tenants with events that wait. */
export const tenantsWaiting = async (sql: Sql): Promise<number[]> =>
  (await sql.query<{ tenant: number }>('select distinct tenant from access.outbox where delivered_position is null')).map((r) => r.tenant);
