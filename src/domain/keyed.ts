/**
 * A map by two keys, of which the first (the group) has few values. Joining the two into one string would make every look-up copy
 * and hash that string, which is what a plan over tens of thousands of things then mostly does.
 */
export class Keyed<V> {
  readonly #groups = new Map<string, Map<string, V>>();

  get(group: string, id: string): V | undefined {
    return this.#groups.get(group)?.get(id);
  }

  has(group: string, id: string): boolean {
    return this.#groups.get(group)?.has(id) === true;
  }

  set(group: string, id: string, value: V): void {
    const inner = this.#groups.get(group);
    if (inner) inner.set(id, value);
    else this.#groups.set(group, new Map([[id, value]]));
  }

  /** Everything of one group, in order of arrival. */
  of(group: string): ReadonlyMap<string, V> {
    return this.#groups.get(group) ?? new Map<string, V>();
  }
}
