import { accessDirectory } from '../../src/access/directory.ts';
import { people } from '../../src/access/people.ts';
import { Refusal } from '../../src/domain/codes.ts';
import { streams } from '../../src/domain/events.ts';
import type { EventStore } from '../../src/store/port.ts';
import { engine, newId } from './engine.ts';
import type { Teardown } from './teardown.ts';

export const PASSWORD = 'correct horse battery staple';

/** The registry with the tenant `acme`, at nine on the first of March 2026 until `later` says otherwise. `store` may put something between it and the log. */
export const accessWorld = async (t: Teardown, store?: (real: EventStore) => EventStore) => {
  const e = await engine(t, { background: false });
  let at = new Date('2026-03-01T09:00:00.000Z');
  const parts = { store: store?.(e.store) ?? e.store, now: () => at, newId: () => newId() };
  const directory = accessDirectory(e.sql, parts);
  const { tenant } = await directory.createTenant('acme');
  return {
    e,
    parts,
    directory,
    tenant,
    later: (ms: number) => {
      at = new Date(at.getTime() + ms);
    },
    /** What the log has in the access stream. */
    events: async () =>
      (await e.store.readStream(tenant, streams.access(tenant))).map((ev) => ({ type: ev.type, data: ev.data as Record<string, unknown> })),
  };
};

/** The same with the door that people come through, and ways to invite them and let them join. */
export const peopleWorld = async (t: Teardown) => {
  const w = await accessWorld(t);
  const door = people(w.e.sql, w.parts);
  const invite = async (email: string, role = 'owner', of = w.tenant) => door.invitations.make({ tenant: of, email, role });
  const join = async (email: string, role = 'owner', of = w.tenant, password = PASSWORD) => {
    const { secret } = await invite(email, role, of);
    return door.acceptInvitation({ tenant: of, secret, password });
  };
  return { ...w, door, invite, join };
};

/** The code that work is refused with; `accepted` where it is not. */
export const code = async (work: Promise<unknown>): Promise<string> => {
  try {
    await work;
  } catch (error) {
    if (error instanceof Refusal) return error.code;
    throw error;
  }
  return 'accepted';
};
