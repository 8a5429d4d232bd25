import type { BaselineView } from './baseline.ts';
import { Numbers } from './numbers.ts';

/** What can become of a thing in an import; marks are added up. */
export const SEEN = 1;
export const MADE = 2;
export const CHANGED = 4;
export const CLOSED = 8;
export const MOVED = 16;
export const ENDED = 32;

/** What becomes of each thing, by its number in the view. */
export class Became {
  readonly #marks = new Numbers(Uint8Array);
  readonly #view: BaselineView;
  #closed = 0;

  constructor(view: BaselineView) {
    this.#view = view;
  }

  mark(id: string, mark: number): void {
    const number = this.#view.ids.add(id);
    const before = this.#marks.at(number);
    if (mark === CLOSED && (before & CLOSED) === 0) this.#closed += 1;
    this.#marks.set(number, before | mark);
  }

  marked(id: string, mark: number): boolean {
    const number = this.#view.ids.find(id);
    return number >= 0 && (this.#marks.at(number) & mark) !== 0;
  }

  /** Positions that close. */
  get closed(): number {
    return this.#closed;
  }

  /** Seats that were there before, stay, and differ in anything. */
  get changed(): number {
    let n = 0;
    for (let i = 0; i < this.#marks.length; i++) if ((this.#marks.at(i) & (CHANGED | MADE | CLOSED)) === CHANGED) n++;
    return n;
  }
}
