import type { AccessRole } from '../domain/abilities.ts';
import { refuse } from '../domain/codes.ts';
import type { EventMetadata } from '../domain/events.ts';
import type { Sql } from '../projections/sql.ts';
import type { EventStore } from '../store/port.ts';
import { type AccessEvent, deliverOutbox, putInOutbox } from './outbox.ts';

export interface DirectoryParts {
  store: EventStore;
  now(): Date;
  /** A new UUIDv7. */
  newId(): string;
}

/** A timestamp column of table alias `t` as ISO text in UTC. */
export const iso = (column: string): string =>
  `to_char(${column} at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as ${column.slice(2)}`;

/** What users and tokens are changed with: each step writes its event beside it, inside the transaction it is given. */
export const accessSteps = (sql: Sql, { store, now, newId }: DirectoryParts) => {
  const bySystem = (): EventMetadata => ({
    user: 'system',
    with: { kind: 'cli', id: 'orgonaut' },
    via: 'cli',
    correlation_id: newId(),
  });

  const record = (tx: Sql, tenant: number, event: AccessEvent, by: EventMetadata | undefined): Promise<void> =>
    putInOutbox(tx, tenant, { id: newId(), event, metadata: by ?? bySystem(), recordedAt: now() });

  return {
    record,

    /** Runs a change with its events, then carries the events to the log. When the log is away they wait for the deliverer. */
    change: async <T>(tenant: number, work: (tx: Sql) => Promise<T>): Promise<T> => {
      const result = await sql.transaction(work);
      await deliverOutbox(sql, store, tenant).catch(() => 0);
      return result;
    },

    roleOf: async (on: Sql, tenant: number, user: string): Promise<AccessRole | undefined> =>
      (await on.query<{ role: AccessRole }>('select role from access.membership where tenant = $1 and user_id = $2', [tenant, user]))[0]
        ?.role,

    /** Gives a user a role in the tenant; nothing happens when another call gave one at the same moment. */
    join: async (tx: Sql, tenant: number, user_id: string, role: AccessRole, by: EventMetadata | undefined): Promise<void> => {
      const made = await tx.query(
        'insert into access.membership (tenant, user_id, role, created_at) values ($1, $2, $3, $4) on conflict do nothing returning 1',
        [tenant, user_id, role, now().toISOString()],
      );
      if (made.length > 0) await record(tx, tenant, { type: 'UserAdded', data: { user_id, role } }, by);
    },

    /** The user with this address, made when there is none. Safe beside a second call with the same address. */
    person: async (tx: Sql, email: string): Promise<string> => {
      await tx.query('insert into access.app_user (id, email, created_at) values ($1, $2, $3) on conflict (email) do nothing', [
        newId(),
        email,
        now().toISOString(),
      ]);
      const [row] = await tx.query<{ id: string }>('select id from access.app_user where email = $1', [email]);
      if (!row) throw new Error('a user that was just made is not there');
      return row.id;
    },

    service: async (tx: Sql, name: string): Promise<string> => {
      const id = newId();
      await tx.query('insert into access.app_user (id, service_name, created_at) values ($1, $2, $3)', [id, name, now().toISOString()]);
      return id;
    },

    /** Refuses a tenant number that no slug has. */
    known: async (tenant: number): Promise<void> => {
      if ((await sql.query('select 1 from access.tenant where id = $1', [tenant])).length === 0)
        throw refuse('NOT_FOUND', `there is no tenant ${tenant}`);
    },
  };
};
export type AccessSteps = ReturnType<typeof accessSteps>;
