import { type Change, kindOf } from '../domain/changes.ts';
import { inForce, type Kind, type Values } from '../domain/entities.ts';
import type { BaselineView } from './baseline.ts';

/** The kinds that invariants over the whole speak of: pay and assumptions hang on nothing else. */
const judged = ['org_unit', 'position', 'actor', 'placement'] as const satisfies readonly Kind[];
export type Judged = (typeof judged)[number];
export type Whole = Record<Judged, Map<string, Values>>;

const isJudged = (kind: Kind): kind is Judged => (judged as readonly Kind[]).includes(kind);

/** True where a thing is in force. */
export const stands = (kind: Kind, values: Values | undefined): boolean =>
  values !== undefined && inForce[kind].includes(values.status as string);

/** A change laid over what held before it: a later-dated value that stands in the baseline wins from its date on. */
const laid = (view: BaselineView, before: Values | undefined, change: Change, date: string): Values => {
  const set = { ...change.set };
  if (before && !change.replace_later && view.laterChange(change.id, change.effective_from, Object.keys(set)))
    for (const field of Object.keys(set)) {
      const at = view.laterChange(change.id, change.effective_from, [field]);
      if (at && at <= date) delete set[field];
    }
  return { ...before, ...set };
};

/** The whole baseline as it would be, date by date. Rows of the view and of the changes are shared as long as nothing is laid over them. */
export class WholeState {
  readonly whole: Whole = { org_unit: new Map(), position: new Map(), actor: new Map(), placement: new Map() };
  /** The dates after the first on which anything changes, in order. */
  readonly laterDates: string[];
  readonly #view: BaselineView;
  /** Changes of the things that change on a later date, in the order in which timelines fold. */
  readonly #changes = new Map<string, Change[]>();
  /** What changes on which later date. */
  readonly #due = new Map<string, Map<string, Judged>>();

  constructor(view: BaselineView, changes: readonly Change[]) {
    this.#view = view;
    for (const { id, kind, versions } of view.things.values())
      if (isJudged(kind)) for (const v of versions) if (v.effective_from > view.from) this.#add(v.effective_from, id, kind);
    for (const [id, list] of view.said) {
      const kind = view.things.get(id)?.kind;
      if (kind && isJudged(kind)) for (const { from } of list) this.#add(from, id, kind);
    }
    for (const change of changes) {
      const kind = kindOf(change);
      if (isJudged(kind) && change.effective_from > view.from) this.#add(change.effective_from, change.id, kind);
    }
    const moving = new Set<string>();
    for (const things of this.#due.values()) for (const id of things.keys()) moving.add(id);
    for (const change of changes) {
      if (!moving.has(change.id)) continue;
      const list = this.#changes.get(change.id);
      if (list) list.push(change);
      else this.#changes.set(change.id, [change]);
    }
    for (const list of this.#changes.values())
      list.sort((a, b) => (a.effective_from < b.effective_from ? -1 : a.effective_from > b.effective_from ? 1 : 0));
    this.laterDates = [...this.#due.keys()].sort();
    this.#begin(changes);
  }

  #add(date: string, id: string, kind: Judged): void {
    const due = this.#due.get(date);
    if (due) due.set(id, kind);
    else this.#due.set(date, new Map([[id, kind]]));
  }

  #begin(changes: readonly Change[]): void {
    const view = this.#view;
    for (const { id, kind } of view.things.values()) {
      const values = isJudged(kind) ? view.at(id, view.from) : undefined;
      if (values) this.whole[kind as Judged].set(id, values);
    }
    for (const change of changes) {
      const kind = kindOf(change);
      if (!isJudged(kind) || change.effective_from > view.from) continue;
      const before = this.whole[kind].get(change.id);
      this.whole[kind].set(change.id, before ? laid(view, before, change, view.from) : change.set);
    }
  }

  /** Goes to the next date; returns what changes on it, with what held before. */
  step(date: string): { id: string; kind: Judged; before: Values | undefined }[] {
    const touched: { id: string; kind: Judged; before: Values | undefined }[] = [];
    for (const [id, kind] of this.#due.get(date) ?? []) {
      const before = this.whole[kind].get(id);
      let values = this.#view.at(id, date);
      for (const change of this.#changes.get(id) ?? [])
        if (change.effective_from <= date) values = values ? laid(this.#view, values, change, date) : change.set;
      if (values) this.whole[kind].set(id, values);
      touched.push({ id, kind, before });
    }
    return touched;
  }
}
