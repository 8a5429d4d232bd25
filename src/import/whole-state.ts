import { type Change, kindOf } from '../domain/changes.ts';
import { Decimal } from '../domain/decimal.ts';
import { inForce, type Kind, type Values } from '../domain/entities.ts';
import type { BaselineThing, BaselineView } from './baseline.ts';
import { Numbers } from './numbers.ts';

/** The kinds that invariants over the whole speak of, by the number they are kept under: pay and assumptions hang on nothing else. */
export const judged = { org_unit: 1, position: 2, actor: 3, placement: 4 } as const satisfies Partial<Record<Kind, number>>;
export type Judged = keyof typeof judged;

const isJudged = (kind: Kind): kind is Judged => kind in judged;

/** What of a thing's state is yes or no. */
export const IN_FORCE = 1;
export const PRIMARY = 2;
export const EXPLICIT = 4;
export const UNDER_HEAD = 8;

export const UNIT = 10_000;
/** An FTE or percent in ten-thousandths, as a whole number: exact, since both carry at most four decimals; more are counted up. */
const units = (text: unknown): number => {
  const value = String(text ?? '0');
  const point = value.indexOf('.');
  return point < 0 || value.length - point <= 5 ? Math.round(Number(value) * UNIT) : new Decimal(value).times(UNIT).ceil().toNumber();
};

/** Where each kind's references and its number stand; `a`, `b` and `c` hold the number of a thing and 1, or 0 for none. */
const places: Record<Judged, Readonly<Record<string, 'a' | 'b' | 'c' | 'number'>>> = {
  org_unit: { parent_id: 'a', head_id: 'b' },
  position: { unit_id: 'a', manager_id: 'b', capacity_fte: 'number' },
  actor: { contract_fte: 'number' },
  placement: { actor_id: 'a', unit_id: 'b', position_id: 'c', allocation: 'number' },
};

/** A change of a thing that moves on a later date: what the checks look at. */
interface Later {
  from: string;
  set: Values;
  replace: boolean;
}

export interface Touched {
  thing: number;
  kind: Judged;
  /** What held before: 0 for a thing that was not there. */
  before: { kind: number; flags: number; a: number; b: number };
}

/**
 * The whole baseline as it would be, date by date, in a few numbers a thing: what the invariants over the whole look at and nothing else. It takes
 * the view, then every change as it is made.
 */
export class WholeState {
  readonly view: BaselineView;
  /** The things of each kind in the order in which they came. */
  readonly order: Record<Judged, Numbers<Int32Array>> = {
    org_unit: new Numbers(Int32Array),
    position: new Numbers(Int32Array),
    actor: new Numbers(Int32Array),
    placement: new Numbers(Int32Array),
  };
  readonly kind = new Numbers(Uint8Array);
  readonly flags = new Numbers(Uint8Array);
  readonly a = new Numbers(Int32Array);
  readonly b = new Numbers(Int32Array);
  readonly c = new Numbers(Int32Array);
  /** Capacity or contract FTE, or allocation, in ten-thousandths; NaN for a capacity that is not known. */
  readonly number = new Numbers(Float64Array);
  /** Changes of things that move on a later date; of a thing that the view moves, all of them. */
  readonly #changes = new Map<number, Later[]>();
  /** What changes on which later date. */
  readonly #due = new Map<string, Map<number, Judged>>();
  /** Things that the view itself moves on later dates. */
  readonly #moving = new Set<number>();

  constructor(view: BaselineView) {
    this.view = view;
    let number = 0;
    for (const thing of view.things()) this.#take(number++, thing);
    for (const [id, list] of view.said) {
      const thing = view.ids.find(id);
      const kind = view.kindAt(thing);
      if (!kind || !isJudged(kind)) continue;
      this.#moving.add(thing);
      for (const { from } of list) this.#add(from, thing, kind);
    }
  }

  #take(number: number, { kind, versions }: BaselineThing): void {
    const { from } = this.view;
    if (!isJudged(kind)) return;
    for (const v of versions)
      if (v.effective_from > from) {
        this.#moving.add(number);
        this.#add(v.effective_from, number, kind);
      }
    const values = versions.findLast((v) => v.effective_from <= from)?.values;
    if (values) this.#lay(number, kind, values);
  }

  /** The dates after the first on which anything changes, in order. */
  get laterDates(): string[] {
    return [...this.#due.keys()].sort();
  }

  /** True where the thing is of the kind and in force. */
  stands(kind: Judged, thing: number): boolean {
    return thing >= 0 && this.kind.at(thing) === judged[kind] && (this.flags.at(thing) & IN_FORCE) !== 0;
  }

  /** Takes the next change of the import. */
  apply(change: Change): void {
    const kind = kindOf(change);
    if (!isJudged(kind)) return;
    const thing = this.view.ids.add(change.id);
    const later = change.effective_from > this.view.from;
    if (later) this.#add(change.effective_from, thing, kind);
    else this.#lay(thing, kind, change.set);
    if (!later && !this.#moving.has(thing)) return;
    const known = places[kind];
    const set: Values = {};
    for (const [field, value] of Object.entries(change.set))
      if (field in known || field === 'status' || field === 'is_primary' || field === 'reporting') set[field] = value;
    const one: Later = { from: change.effective_from, set, replace: change.replace_later === true };
    const list = this.#changes.get(thing);
    if (list) list.push(one);
    else this.#changes.set(thing, [one]);
  }

  #add(date: string, thing: number, kind: Judged): void {
    const due = this.#due.get(date);
    if (due) due.set(thing, kind);
    else this.#due.set(date, new Map([[thing, kind]]));
  }

  /** Lays values over what is known of a thing. */
  #lay(thing: number, kind: Judged, set: Values): void {
    if (this.kind.at(thing) === 0) {
      this.kind.set(thing, judged[kind]);
      this.order[kind].push(thing);
      if (kind === 'position') this.number.set(thing, Number.NaN);
    }
    let flags = this.flags.at(thing);
    const flag = (bit: number, on: boolean) => {
      flags = on ? flags | bit : flags & ~bit;
    };
    if (set['status'] !== undefined) flag(IN_FORCE, inForce[kind].includes(set['status'] as string));
    if (set['is_primary'] !== undefined) flag(PRIMARY, set['is_primary'] === true);
    if (set['reporting'] !== undefined) {
      flag(EXPLICIT, set['reporting'] === 'explicit');
      flag(UNDER_HEAD, set['reporting'] === 'unit_head');
    }
    this.flags.set(thing, flags);
    for (const [field, place] of Object.entries(places[kind])) {
      const value = set[field];
      if (value === undefined) continue;
      if (place === 'number') this.number.set(thing, value === null && kind === 'position' ? Number.NaN : units(value));
      else this[place].set(thing, value ? this.view.ids.add(value as string) + 1 : 0);
    }
  }

  /** A change over what held before it: a later-dated value that stands in the baseline wins from its date on. */
  #laid(id: string, before: Values | undefined, { from, set, replace }: Later, date: string): Values {
    const kept = { ...set };
    if (before && !replace)
      for (const field of Object.keys(kept)) {
        const at = this.view.laterChange(id, from, [field]);
        if (at && at <= date) delete kept[field];
      }
    return { ...before, ...kept };
  }

  /** Goes to the next date; returns what changes on it, with what held before. */
  step(date: string): Touched[] {
    const touched: Touched[] = [];
    for (const [thing, kind] of this.#due.get(date) ?? []) {
      const before = { kind: this.kind.at(thing), flags: this.flags.at(thing), a: this.a.at(thing), b: this.b.at(thing) };
      const changes = this.#changes.get(thing) ?? [];
      if (this.#moving.has(thing)) {
        const id = this.view.ids.text(thing);
        let values = this.view.at(id, date);
        for (const change of [...changes].sort((x, y) => (x.from < y.from ? -1 : x.from > y.from ? 1 : 0)))
          if (change.from <= date) values = this.#laid(id, values, change, date);
        if (values) this.#lay(thing, kind, values);
      } else for (const change of changes) if (change.from === date) this.#lay(thing, kind, change.set);
      touched.push({ thing, kind, before });
    }
    return touched;
  }
}
