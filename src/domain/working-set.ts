import { type Change, changeTypes, kindOf, type PlannedChange } from './changes.ts';
import { type Finding, finding } from './codes.ts';
import { type IsoDate, earlier, later } from './dates.ts';
import { fields, inForce, type Kind, references, type Values } from './entities.ts';
import { sentence } from './sentences.ts';
import { at, byRecording, type Entry, fold, FUTURE, type Version } from './timeline.ts';
import type { Decision, DecisionContext, LoadedThing, Need } from './world.ts';

/** Which state is asked for: as recorded, or with what is planned on top. */
export type View = 'before' | 'after';

interface Thing {
  readonly kind: Kind;
  readonly id: string;
  stored: Entry[];
  entries: Entry[];
  /** Folded timelines, made when first asked for. */
  before?: Version[];
  after?: Version[];
}

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

const keyOf = (kind: Kind, id: string) => `${kind}/${id}`;
const needKey = (need: Need): string => JSON.stringify(need);

/**
 * The working set of one decision: what was loaded of the branch, with planned changes on top, so that a later action sees
 * what an earlier one did. It asks for nothing twice. Timelines are folded when they are first looked at.
 */
export class World {
  readonly ctx: DecisionContext;
  readonly changes: PlannedChange[] = [];
  /** LATER_CHANGE and other warnings that arise while changes are planned. */
  readonly warnings: Finding[] = [];
  readonly touches = new Map<string, Touch>();
  /** The latest date on which a planned change begins to hold (today while there is none). */
  lastDate: IsoDate | undefined;
  readonly #things = new Map<string, Thing>();
  readonly #asked = new Set<string>();
  readonly #missing = new Set<string>();
  readonly #referrers = new Map<string, Set<string>>();

  constructor(ctx: DecisionContext) {
    this.ctx = ctx;
  }

  /** Loads what of these needs was not loaded yet, in one batch. */
  *load(needs: readonly Need[]): Decision<void> {
    const open = new Map<string, Need>();
    for (const need of needs) {
      const key = needKey(need);
      if (this.#asked.has(key) || this.#answeredHere(need)) continue;
      open.set(key, need);
    }
    if (open.size === 0) return;
    const loaded: LoadedThing[] = yield [...open.values()];
    for (const thing of loaded) this.#take(thing);
    for (const [key, need] of open) {
      this.#asked.add(key);
      if (need.need === 'thing' && !this.#things.has(keyOf(need.kind, need.id))) this.#missing.add(keyOf(need.kind, need.id));
    }
  }

  /** A single thing that is here already, and whatever is asked about a thing this plan creates, needs no loading. */
  #answeredHere(need: Need): boolean {
    switch (need.need) {
      case 'thing':
        return this.known(need.kind, need.id);
      case 'referrers':
        return references(need.kind).some(([f, kind]) => f === need.field && this.#isFresh(kind, need.id));
      case 'reporting_chain':
        return this.#isFresh('position', need.id);
      case 'unit_chain':
      case 'subtree':
        return this.#isFresh('org_unit', need.id);
      case 'assumptions':
        return false;
      default:
        return need satisfies never;
    }
  }

  #isFresh(kind: Kind, id: string): boolean {
    return this.touches.get(keyOf(kind, id))?.fresh === true;
  }

  #take({ kind, id, entries }: LoadedThing): void {
    const key = keyOf(kind, id);
    if (this.#things.has(key) || entries.length === 0) return;
    const stored = [...entries].sort(byRecording);
    this.#things.set(key, { kind, id, stored, entries: stored });
    for (const entry of stored) this.#index(kind, id, entry.set);
  }

  #index(kind: Kind, id: string, set: Values): void {
    for (const [field] of references(kind)) {
      const target = set[field];
      if (typeof target !== 'string') continue;
      const key = `${kind}.${field}.${target}`;
      const ids = this.#referrers.get(key);
      if (ids) ids.add(id);
      else this.#referrers.set(key, new Set([id]));
    }
  }

  /** True when it is known whether the thing exists. */
  known(kind: Kind, id: string): boolean {
    return this.#things.has(keyOf(kind, id)) || this.#missing.has(keyOf(kind, id));
  }

  /** The thing's timeline; empty when it does not exist, or is not loaded. */
  versions(view: View, kind: Kind, id: string): readonly Version[] {
    const thing = this.#things.get(keyOf(kind, id));
    if (!thing) return [];
    if (view === 'before') return (thing.before ??= fold(thing.stored));
    return (thing.after ??= thing.entries === thing.stored ? (thing.before ??= fold(thing.stored)) : fold(thing.entries));
  }

  on(view: View, kind: Kind, id: string, date: IsoDate): Values | undefined {
    return at(this.versions(view, kind, id), date);
  }

  /** The values on the date when the thing is there then (not closed, exited or ended). */
  active(view: View, kind: Kind, id: string, date: IsoDate): Values | undefined {
    const values = this.on(view, kind, id, date);
    return values && inForce[kind].includes(String(values.status)) ? values : undefined;
  }

  /** Ids of loaded things of `kind` that ever refer to `id` by `field` (as recorded or as planned). */
  referrers(kind: Kind, field: string, id: string): string[] {
    return [...(this.#referrers.get(`${kind}.${field}.${id}`) ?? [])];
  }

  /** Recorded changes of a thing that this plan has not taken back. */
  standing(kind: Kind, id: string): readonly Entry[] {
    return (this.#things.get(keyOf(kind, id))?.entries ?? []).filter((e) => e.position !== FUTURE);
  }

  /** Ids of everything of a kind that is loaded or planned. */
  ids(kind: Kind): string[] {
    return [...this.#things.values()].filter((t) => t.kind === kind).map((t) => t.id);
  }

  /** The recorded changes of a thing, oldest first. */
  recorded(kind: Kind, id: string): readonly Entry[] {
    return this.#things.get(keyOf(kind, id))?.stored ?? [];
  }

  /**
   * Plans a change on top. A change that would leave every value as it is on its date is dropped (undefined): doing a thing
   * twice changes nothing. Fields a change type does not require are dropped one by one in the same way, unless `exact`.
   */
  apply(change: Change, exact = false): PlannedChange | undefined {
    const kind = kindOf(change);
    const known = this.on('after', kind, change.id, change.effective_from);
    const differs = (field: string) =>
      (known?.[field] ?? null) !== change.set[field] || (change.replace_later === true && this.#laterOf(kind, change, field).length > 0);
    const names = Object.keys(change.set);
    if (!exact && known && !change.personal && !names.some(differs)) return undefined;
    const required: readonly string[] = changeTypes[change.type].required;
    const set = Object.fromEntries(
      names.filter((f) => exact || required.includes(f) || !known || differs(f)).map((f) => [f, change.set[f] ?? null]),
    );
    const before = known ? Object.fromEntries(Object.keys(set).map((f) => [f, known[f] ?? null])) : {};
    return this.#plan({ ...change, set }, kind, before, set);
  }

  #plan(change: Change, kind: Kind, before: Values, after: Values): PlannedChange {
    const key = keyOf(kind, change.id);
    const thing = this.#things.get(key) ?? { kind, id: change.id, stored: [], entries: [] };
    const said = sentence(change, before, (k, id) => this.name(k, id, change.effective_from));
    const planned: PlannedChange = { ...change, kind, before, after, sentence: said };
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
    this.#things.set(key, thing);
    this.#index(kind, change.id, change.set);
    this.touch(kind, change.id, change.effective_from, Object.keys(change.set), thing.stored.length === 0);
    const touch = this.touches.get(key);
    if (touch && typeof change.set.status === 'string' && !inForce[kind].includes(change.set.status)) touch.closes = true;
    this.changes.push(planned);
    this.#warnOfLater(planned);
    return planned;
  }

  /** Plans a ChangesReverted: takes recorded changes out of force. */
  revert(change: Change): PlannedChange {
    for (const { kind, id, position, index } of change.reverts ?? []) {
      const thing = this.#things.get(keyOf(kind, id));
      const gone = thing?.entries.find((e) => e.scenario === this.ctx.scenario && e.position === position && e.index === index);
      if (!thing || !gone) continue;
      thing.entries = thing.entries.filter((e) => e !== gone);
      delete thing.after;
      this.touch(kind, id, gone.effective_from, Object.keys(gone.set), false);
    }
    const said = sentence(change, {}, (k, id) => this.name(k, id, change.effective_from));
    const planned: PlannedChange = { ...change, kind: kindOf(change), before: {}, after: {}, sentence: said };
    this.changes.push(planned);
    return planned;
  }

  touch(kind: Kind, id: string, from: IsoDate, names: readonly string[], fresh: boolean): void {
    const key = keyOf(kind, id);
    const touch = this.touches.get(key);
    if (!touch) this.touches.set(key, { kind, id, from, fields: new Set(names), fresh });
    else {
      touch.from = earlier(touch.from, from);
      for (const name of names) touch.fields.add(name);
    }
    this.lastDate = this.lastDate === undefined ? from : later(this.lastDate, from);
  }

  touchOf(kind: Kind, id: string): Touch | undefined {
    return this.touches.get(keyOf(kind, id));
  }

  /** Touches of one kind, those of `names` when given. */
  touched(kind: Kind, ...names: string[]): Touch[] {
    return [...this.touches.values()].filter((t) => t.kind === kind && (names.length === 0 || names.some((f) => t.fields.has(f))));
  }

  /** Dates after the change on which the field holds another value that an earlier recorded change set. */
  #laterOf(kind: Kind, change: Change, field: string): IsoDate[] {
    const recorded = this.standing(kind, change.id);
    return this.versions('after', kind, change.id)
      .filter((v) => v.effective_from > change.effective_from && (v.values[field] ?? null) !== change.set[field])
      .map((v) => v.effective_from)
      .filter((date) => recorded.some((e) => e.effective_from === date && field in e.set));
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

  /** What a thing is called, quoted as data. Never a personal field: actors are named by their external uid. */
  name(kind: Kind, id: string, date: IsoDate): string {
    const versions = this.versions('after', kind, id);
    const values = at(versions, date) ?? versions[0]?.values;
    const said = values?.[kind === 'org_unit' || kind === 'assumption' ? 'name' : kind === 'position' ? 'title' : 'external_uid'];
    return typeof said === 'string' ? `"${said.replaceAll('"', "'")}"` : id;
  }
}
