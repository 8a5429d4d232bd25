import type { UnitRef } from './rows.ts';

/** The different ways in which rows name units, each once: thousands of rows name one unit alike. */
export class UnitRefs {
  readonly #refs: UnitRef[] = [];
  readonly #numbers = new Map<string, number>();
  /** The number of a way of naming that was looked up last: rows of a unit often stand together. */
  #last: { unit: UnitRef; number: number } | undefined;

  numberOf(unit: UnitRef): number {
    if (this.#last?.unit === unit) return this.#last.number;
    const key = JSON.stringify([unit.path, unit.id, unit.kind, unit.unit_type, unit.cost_centre]);
    let number = this.#numbers.get(key);
    if (number === undefined) {
      number = this.#refs.push(unit) - 1;
      this.#numbers.set(key, number);
    }
    this.#last = { unit, number };
    return number;
  }

  at(number: number): UnitRef {
    return this.#refs[number] as UnitRef;
  }
}
