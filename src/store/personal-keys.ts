import { randomBytes } from 'node:crypto';
import type pg from 'pg';
import {
  isSealed,
  openWith,
  type Personal,
  type SealedPersonal,
  type SealingKey,
  sealWith,
  tenantKey,
  unwrapKey,
  wrapKey,
} from './sealing.ts';

/** How long a key may stay in memory, in ms: an actor forgotten by another process is unreadable here after this time too. */
const KEEP_MS = 60_000;
/** Most keys in memory, about half a kilobyte each; beyond it the oldest go. */
const KEEP = 50_000;

/**
 * The keys of actors' personal fields: made on first use, wrapped under a key of the tenant that is derived from the master
 * key, kept in `log.personal_key`. Whoever destroys an actor's row makes what it sealed unreadable, everywhere, for good.
 */
export class PersonalKeys {
  readonly #pool: pg.Pool;
  readonly #master: Buffer;
  readonly #wrapping = new Map<number, SealingKey>();
  readonly #cache = new Map<string, { key: SealingKey; until: number }>();

  /** @param master 32 bytes */
  constructor(pool: pg.Pool, master: Buffer) {
    if (master.length !== 32) throw new TypeError('the master key has 32 bytes');
    this.#pool = pool;
    this.#master = master;
  }

  /** Encrypts the personal fields of one actor. */
  async seal(tenant: number, actor: string, personal: Personal): Promise<SealedPersonal> {
    const key = (await this.#keys(tenant, [actor], true)).get(actor);
    if (!key) throw new Error(`no key could be made for actor ${actor}`);
    return sealWith(key, tenant, actor, personal);
  }

  /** Decrypts them; `[erased]` in each field when the key was destroyed. */
  async open(tenant: number, actor: string, sealed: SealedPersonal): Promise<Personal> {
    return openWith((await this.#keys(tenant, [actor], false)).get(actor), tenant, actor, sealed);
  }

  /**
   * A copy of `value` in which every object's `personal` member is encrypted under the key of the object's `id`. What is
   * sealed already stays. Throws a TypeError on personal fields that belong to nobody.
   */
  async sealAll<T>(tenant: number, value: T): Promise<T> {
    const found = personalParts(value).filter((p) => !isSealed(p.personal));
    if (found.length === 0) return value;
    const keys = await this.#keys(
      tenant,
      found.map((p) => p.id),
      true,
    );
    return replacePersonal(value, (id, personal) =>
      isSealed(personal) ? personal : sealWith(keys.get(id) as SealingKey, tenant, id, personal),
    ) as T;
  }

  /** The opposite of `sealAll`, for anything that was read. */
  async openAll<T>(tenant: number, value: T): Promise<T> {
    return (await this.openMany(tenant, [value]))[0] as T;
  }

  /** Opens many values of a tenant with one look for their keys. */
  async openMany<T>(tenant: number, values: readonly T[]): Promise<T[]> {
    const actors = values.flatMap((v) =>
      personalParts(v)
        .filter((p) => isSealed(p.personal))
        .map((p) => p.id),
    );
    if (actors.length === 0) return [...values];
    const keys = await this.#keys(tenant, actors, false);
    return values.map(
      (v) => replacePersonal(v, (id, personal) => (isSealed(personal) ? openWith(keys.get(id), tenant, id, personal) : personal)) as T,
    );
  }

  /** Destroys an actor's key: everything it sealed reads as `[erased]` from now on. */
  async destroy(tenant: number, actor: string): Promise<void> {
    await this.#pool.query('delete from log.personal_key where tenant = $1 and actor = $2', [tenant, actor]);
    this.#cache.delete(`${tenant}:${actor}`);
  }

  async #keys(tenant: number, actors: readonly string[], make: boolean): Promise<Map<string, SealingKey>> {
    const keys = new Map<string, SealingKey>();
    const now = Date.now();
    let missing: string[] = [];
    for (const actor of new Set(actors)) {
      const kept = this.#cache.get(`${tenant}:${actor}`);
      if (kept && kept.until > now) keys.set(actor, kept.key);
      else missing.push(actor);
    }
    if (missing.length === 0) return keys;
    const load = async (): Promise<void> => {
      const { rows } = await this.#pool.query<{ actor: string; wrapped: Buffer }>(
        'select actor, wrapped from log.personal_key where tenant = $1 and actor = any ($2::uuid[])',
        [tenant, missing],
      );
      for (const { actor, wrapped } of rows) this.#keep(keys, tenant, actor, unwrapKey(this.#wrappingKey(tenant), tenant, actor, wrapped));
      missing = missing.filter((a) => !keys.has(a));
    };
    await load();
    if (make && missing.length > 0) {
      const wrapped = missing.map((actor) => wrapKey(this.#wrappingKey(tenant), tenant, actor, randomBytes(32)));
      // another process may make the same actor's key at the same moment: the first stays, and both read it
      await this.#pool.query(
        `insert into log.personal_key (tenant, actor, wrapped) select $1, a, decode(w, 'hex') from unnest($2::uuid[], $3::text[]) u(a, w)
         on conflict do nothing`,
        [tenant, missing, wrapped.map((w) => w.toString('hex'))],
      );
      await load();
    }
    return keys;
  }

  #keep(keys: Map<string, SealingKey>, tenant: number, actor: string, key: SealingKey): void {
    keys.set(actor, key);
    this.#cache.set(`${tenant}:${actor}`, { key, until: Date.now() + KEEP_MS });
    if (this.#cache.size > KEEP)
      for (const old of this.#cache.keys()) {
        this.#cache.delete(old);
        if (this.#cache.size <= KEEP / 2) break;
      }
  }

  #wrappingKey(tenant: number): SealingKey {
    let key = this.#wrapping.get(tenant);
    if (!key) {
      key = tenantKey(this.#master, tenant);
      this.#wrapping.set(tenant, key);
    }
    return key;
  }
}

/** Encrypts every `personal` part in a value (e.g. a proposal's content before it is cut into parts). */
export const sealPersonal = <T>(keys: PersonalKeys, tenant: number, value: T): Promise<T> => keys.sealAll(tenant, value);

/** Decrypts every sealed `personal` part in a value that was read. */
export const openPersonal = <T>(keys: PersonalKeys, tenant: number, value: T): Promise<T> => keys.openAll(tenant, value);

interface Part {
  id: string;
  personal: Personal | SealedPersonal;
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);

const personalParts = (value: unknown, into: Part[] = []): Part[] => {
  if (Array.isArray(value)) for (const member of value) personalParts(member, into);
  else if (isObject(value))
    for (const name of Object.keys(value)) {
      const member = value[name];
      if (typeof member !== 'object') continue;
      if (name === 'personal' && isObject(member)) into.push(partOf(value, member));
      else personalParts(member, into);
    }
  return into;
};

const partOf = (owner: Record<string, unknown>, personal: Record<string, unknown>): Part => {
  if (typeof owner['id'] !== 'string')
    throw new TypeError('personal fields stand beside the id of their actor, or they could never be erased');
  return { id: owner['id'], personal: personal as Personal | SealedPersonal };
};

/** The value with each personal part replaced; what holds none is the same object as before and is not copied. */
const replacePersonal = (value: unknown, replace: (id: string, personal: Personal | SealedPersonal) => unknown): unknown => {
  if (Array.isArray(value)) {
    let copy: unknown[] | undefined;
    for (const [i, member] of value.entries()) {
      const now = replacePersonal(member, replace);
      if (now === member) continue;
      copy ??= [...value];
      copy[i] = now;
    }
    return copy ?? value;
  }
  if (!isObject(value)) return value;
  let copy: Record<string, unknown> | undefined;
  for (const name of Object.keys(value)) {
    const member = value[name];
    if (typeof member !== 'object') continue;
    let now: unknown;
    if (name === 'personal' && isObject(member)) {
      const part = partOf(value, member);
      now = replace(part.id, part.personal);
    } else now = replacePersonal(member, replace);
    if (now === member) continue;
    copy ??= { ...value };
    // not set, but defined: a member may be called __proto__
    Object.defineProperty(copy, name, { value: now, enumerable: true, configurable: true, writable: true });
  }
  return copy ?? value;
};
