import { type Ability, type AccessRole, roleAbilities } from '../domain/abilities.ts';
import { refuse } from '../domain/codes.ts';
import type { EventMetadata } from '../domain/events.ts';
import type { Sql } from '../projections/sql.ts';
import type { EventStore } from '../store/port.ts';

/** Who calls, with what and by which way. Made by a face from a credential; the tenant comes from nowhere else. */
export interface Caller {
  tenant: number;
  tenantSlug: string;
  user: { id: string; label: string };
  role: AccessRole;
  abilities: ReadonlySet<Ability>;
  with: EventMetadata['with'];
  via: EventMetadata['via'];
  assistant?: EventMetadata['assistant'];
  correlationId: string;
  /** Aborts when the request is cancelled or its deadline passes. */
  signal?: AbortSignal;
  /** Told how far a long piece of work is, where somebody wants to know; `done` only grows. */
  progress?: (done: number, total: number, doing: string) => void;
}

/** What use cases and queries stand on. Wired in main.ts; time and ids come in from here. */
export interface Deps {
  store: EventStore;
  /** The read model, search_path set to the live schema: tables are named without schema. */
  sql: Sql;
  /** Resolves when the projections have reached this position of the tenant; rejects with UNAVAILABLE after the time limit. */
  reached(tenant: number, position: number, signal?: AbortSignal): Promise<void>;
  /** The position the projections stand at now. */
  projected(tenant: number): Promise<number>;
  now(): Date;
  /** A new UUIDv7. */
  newId(): string;
}

/**
 * Refuses with FORBIDDEN when the caller lacks the ability. Every handler calls this before it reads or writes. Says so where the
 * role has it and the token was narrowed: then a wider token is all it takes.
 */
export const need = (caller: Caller, ...wanted: Ability[]): void => {
  const missing = wanted.filter((a) => !caller.abilities.has(a));
  if (missing.length === 0) return;
  const narrowed = missing.every((a) => roleAbilities[caller.role].includes(a));
  throw refuse(
    'FORBIDDEN',
    `this needs the ability ${missing.join(', ')}${narrowed ? ', which the token was narrowed away from' : ''}`,
    {
      wayOut: narrowed
        ? `Use a credential with ${missing.join(', ')}, or let this one have it.`
        : `Use a credential whose role and scopes grant ${missing.join(', ')}.`,
    },
    { missing, ...(narrowed ? { narrowed: true } : {}) },
  );
};

/** The metadata of an event a caller causes. */
export const metadataOf = (caller: Caller, more: Partial<EventMetadata> = {}): EventMetadata => ({
  user: caller.user.id,
  with: caller.with,
  via: caller.via,
  ...(caller.assistant ? { assistant: caller.assistant } : {}),
  correlation_id: caller.correlationId,
  ...more,
});
