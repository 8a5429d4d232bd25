import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import { refuse } from '../domain/codes.ts';
import type { EventMetadata } from '../domain/events.ts';
import type { StoredEvent } from '../store/port.ts';
import type { Caller, Deps } from './context.ts';

/** RFC 8785 JSON of a value: the same text for the same value, whatever the order of its keys. */
export const canonical = (value: unknown): string => {
  const text = canonicalize(value);
  if (text === undefined) throw new TypeError('this value has no JSON form');
  return text;
};

/** SHA-256 as lower-case hex. */
export const sha256 = (bytes: string | Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** A uuid (version 8) that depends on the parts alone. Canonical JSON keeps the parts apart, so no two lists share a text. */
export const derivedId = (...parts: (string | number)[]): string => {
  const hex = sha256(canonical(parts));
  const variant = ((Number.parseInt(hex.charAt(16), 16) & 0x3) | 0x8).toString(16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
};

/**
 * The ids one request makes. Without an idempotency key each is new. Under a key they derive from tenant, user, operation
 * and key, so that the same request made twice writes the same events and the store keeps one of them.
 */
export interface RequestIds {
  readonly keyed: boolean;
  /** The id of one named part of the request; under a key the same name gives the same id. */
  id(name: string): string;
  /** What the request's events carry beside their other metadata. */
  readonly metadata: Partial<EventMetadata>;
  /** Refuses with IDEMPOTENCY_MISMATCH when `event` was written by another request under this key. */
  check(event: StoredEvent): void;
}

/** Ids for a request of `operation`; `request` is its whole input without the key. */
export const requestIds = (deps: Deps, caller: Caller, operation: string, key: string | undefined, request: unknown): RequestIds => {
  if (key === undefined) return { keyed: false, id: () => deps.newId(), metadata: {}, check: () => undefined };
  // With the key, which is kept nowhere, so that a name in the request cannot be guessed back from its hash.
  const request_sha256 = sha256(canonical([key, request]));
  return {
    keyed: true,
    id: (name) => derivedId(caller.tenant, caller.user.id, operation, key, name),
    metadata: { request_sha256 },
    check: (event) => {
      if (event.metadata.request_sha256 !== request_sha256)
        throw refuse('IDEMPOTENCY_MISMATCH', 'this idempotency key was used with another request');
    },
  };
};
