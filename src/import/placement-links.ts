import { Numbers } from './numbers.ts';
import type { UuidTable } from './tables.ts';

/** Which placements an actor has and a position bears, in three numbers a placement. */
export class PlacementLinks {
  readonly #ids: UuidTable;
  /** By owner, an actor or a position, its last entry and 1. */
  readonly #last = new Numbers(Int32Array);
  /** By entry the placement, and the entry and 1 before it of its actor and on its position; 0 where none is. */
  readonly #placement = new Numbers(Int32Array);
  readonly #ofActor = new Numbers(Int32Array);
  readonly #onPosition = new Numbers(Int32Array);

  constructor(ids: UuidTable) {
    this.#ids = ids;
  }

  /** Takes the placement with a number. */
  add(placement: number, actor: unknown, position: unknown): void {
    this.#placement.push(placement);
    this.#link(actor, this.#ofActor);
    this.#link(position, this.#onPosition);
  }

  of(actor: string): string[] {
    return this.#along(actor, this.#ofActor);
  }

  on(position: string): string[] {
    return this.#along(position, this.#onPosition);
  }

  #link(owner: unknown, before: Numbers<Int32Array>): void {
    const number = typeof owner === 'string' ? this.#ids.add(owner) : -1;
    before.push(number < 0 ? 0 : this.#last.at(number));
    if (number >= 0) this.#last.set(number, this.#placement.length);
  }

  /** In the order in which they were taken. */
  #along(owner: string, before: Numbers<Int32Array>): string[] {
    if (this.#placement.length === 0) return [];
    const number = this.#ids.find(owner);
    const found: string[] = [];
    for (let i = number < 0 ? 0 : this.#last.at(number); i > 0; i = before.at(i - 1)) found.push(this.#ids.text(this.#placement.at(i - 1)));
    return found.reverse();
  }
}
