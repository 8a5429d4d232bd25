import { type Change, changeTypes, kindOf, type PlannedChange } from './changes.ts';
import { type Finding, finding } from './codes.ts';
import { earlier, type IsoDate, later } from './dates.ts';
import { fields, inForce, type Kind, kinds, type Values } from './entities.ts';
import { Keyed } from './keyed.ts';
import { Loaded } from './loaded.ts';
import { sameValue } from './same-value.ts';
import { type Entry, FUTURE } from './timeline.ts';
import type { DecisionContext } from './world.ts';

export type { View } from './loaded.ts';

/** What planned changes do to one thing: from the earliest effective date on, to these fields. */
export interface Touch {
  readonly kind: Kind;
  readonly id: string;
  from: IsoDate;
  readonly fields: Set<string>;
  /** Created by this plan: nothing recorded can refer to it. */
  fresh: boolean;
  /** Closed, exited or ended by this plan. */
  closes?: true;
}

/**
 * The working set of one decision: what was loaded of the branch, with planned changes on top, so that a later action sees
 * what an earlier one did.
 */
export class World extends Loaded {
  readonly ctx: DecisionContext;
  /** In order. Their sentences are written when everything is planned (tell.ts). */
  readonly changes: PlannedChange[] = [];
  /** LATER_CHANGE and other warnings that arise while changes are planned. */
  readonly warnings: Finding[] = [];
  /** Ids that the caller gave to what this plan creates. */
  readonly givenIds: string[] = [];
  /** What is touched, in order of the first touch. */
  readonly touches: Touch[] = [];
  readonly #touchOf = new Keyed<Touch>();
  /** The latest date on which a planned change begins to hold; undefined while there is none. */
  lastDate: IsoDate | undefined;

  constructor(ctx: DecisionContext) {
    super();
    this.ctx = ctx;
  }

  protected override isFresh(kind: Kind, id: string): boolean {
    return this.#touchOf.get(kind, id)?.fresh === true;
  }

  /**
   * Plans a change on top. A change that would leave every value as it is on its date is dropped (undefined): doing a thing
   * twice changes nothing. Fields a change type does not require are dropped one by one in the same way, unless `exact`.
   */
  apply(change: Change, exact = false): PlannedChange | undefined {
    const kind = kindOf(change);
    const known = this.on('after', kind, change.id, change.effective_from);
    const differs = (field: string) =>
      !sameValue(kind, field, known?.[field], change.set[field]) ||
      (change.replace_later === true && this.#laterOf(kind, change, field).length > 0);
    const names = Object.keys(change.set);
    if (!exact && known && !change.personal && !names.some(differs)) return undefined;
    const required: readonly string[] = changeTypes[change.type].required;
    const set = Object.fromEntries(
      names.filter((f) => exact || required.includes(f) || !known || differs(f)).map((f) => [f, change.set[f] ?? null]),
    );
    // Empty for what is created alone: what begins earlier than it did has nothing before it, and still is there.
    const there = (this.things.get(kind, change.id)?.entries.length ?? 0) > 0;
    const before = there ? Object.fromEntries(Object.keys(set).map((f) => [f, known?.[f] ?? null])) : {};
    return this.#plan({ ...change, set }, kind, before, set);
  }

  #plan(change: Change, kind: Kind, before: Values, after: Values): PlannedChange {
    const thing = this.things.get(kind, change.id) ?? { kind, id: change.id, stored: [], entries: [] };
    const planned: PlannedChange = { ...change, kind, before, after, sentence: '' };
    const entry: Entry = {
      scenario: this.ctx.scenario,
      position: FUTURE,
      index: this.changes.length,
      effective_from: change.effective_from,
      set: change.set,
      replace_later: change.replace_later === true,
    };
    thing.entries = [...thing.entries, entry];
    delete thing.after;
    this.things.set(kind, change.id, thing);
    this.index(kind, change.id, change.set);
    this.touch(kind, change.id, change.effective_from, Object.keys(change.set), thing.stored.length === 0);
    const touch = this.touchOf(kind, change.id);
    if (touch && typeof change.set.status === 'string' && !inForce[kind].includes(change.set.status)) touch.closes = true;
    this.changes.push(planned);
    this.#warnOfLater(planned);
    return planned;
  }

  /** Plans a ChangesReverted: takes recorded changes out of force. */
  revert(change: Change): PlannedChange {
    for (const { kind, id, position, index } of change.reverts ?? []) {
      const thing = this.things.get(kind, id);
      const gone = thing?.entries.find((e) => e.scenario === this.ctx.scenario && e.position === position && e.index === index);
      if (!thing || !gone) continue;
      thing.entries = thing.entries.filter((e) => e !== gone);
      delete thing.after;
      this.touch(kind, id, gone.effective_from, Object.keys(gone.set), false);
    }
    const planned: PlannedChange = { ...change, kind: kindOf(change), before: {}, after: {}, sentence: '' };
    this.changes.push(planned);
    return planned;
  }

  touch(kind: Kind, id: string, from: IsoDate, names: readonly string[], fresh: boolean): void {
    const touch = this.touchOf(kind, id);
    if (!touch) {
      const first: Touch = { kind, id, from, fields: new Set(names), fresh };
      this.touches.push(first);
      this.#touchOf.set(kind, id, first);
    } else {
      touch.from = earlier(touch.from, from);
      for (const name of names) touch.fields.add(name);
    }
    this.lastDate = this.lastDate === undefined ? from : later(this.lastDate, from);
  }

  touchOf(kind: Kind, id: string): Touch | undefined {
    return this.#touchOf.get(kind, id);
  }

  /** True where this plan touches a thing of any kind with the id. */
  touchesId(id: string): boolean {
    return kinds.some((kind) => this.#touchOf.has(kind, id));
  }

  /** Touches of one kind, those of `names` when given. */
  touched(kind: Kind, ...names: string[]): Touch[] {
    return this.touches.filter((t) => t.kind === kind && (names.length === 0 || names.some((f) => t.fields.has(f))));
  }

  /** Dates after the change on which the field holds another value that an earlier recorded change set. */
  #laterOf(kind: Kind, change: Change, field: string): IsoDate[] {
    const later = this.standing(kind, change.id).filter((e) => e.effective_from > change.effective_from && field in e.set);
    if (later.length === 0) return [];
    return this.versions('after', kind, change.id)
      .filter((v) => v.effective_from > change.effective_from && !sameValue(kind, field, v.values[field], change.set[field]))
      .map((v) => v.effective_from)
      .filter((date) => later.some((e) => e.effective_from === date));
  }

  #warnOfLater(planned: PlannedChange): void {
    for (const field of Object.keys(planned.set)) {
      const dates = this.#laterOf(planned.kind, planned, field);
      if (dates.length === 0) continue;
      const label = (fields[planned.kind] as Record<string, { label: string }>)[field]?.label ?? field;
      const what = `${planned.kind} ${this.name(planned.kind, planned.id, planned.effective_from)}`;
      this.warnings.push(
        finding('LATER_CHANGE', `another ${label} of ${what} is recorded from ${dates.join(', ')} and stands`, {
          ids: [planned.id],
          dates,
        }),
      );
    }
  }
}
