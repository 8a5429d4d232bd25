import { randomBytes, randomUUID } from 'node:crypto';
import type { NewEvent } from '../../src/store/port.ts';

/** An event for tests of the store: any data, an id of its own unless given. */
export const event = (data: unknown = { n: 1 }, event_id: string = randomUUID()): NewEvent => ({
  event_id,
  type: 'BaselineChanged',
  schema_version: 1,
  data,
  metadata: { user: 'u', with: { kind: 'cli', id: 'test' }, via: 'cli', correlation_id: 'c' },
  recorded_at: '2026-03-01T10:00:00.000Z',
});

export const eventList = (n: number, data?: unknown): NewEvent[] => Array.from({ length: n }, () => event(data));

/** Text that does not compress. */
export const noise = (length: number): string =>
  randomBytes(Math.ceil(length / 2))
    .toString('hex')
    .slice(0, length);
