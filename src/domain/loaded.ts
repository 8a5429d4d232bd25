import type { IsoDate } from './dates.ts';
import { inForce, type Kind, kinds, references, type Values } from './entities.ts';
import { at, byRecording, type Entry, FUTURE, fold, type Version } from './timeline.ts';
import { type Decision, type LoadedThing, lookups, type Need } from './world.ts';

/** Which state is asked for: as recorded, or with what is planned on top. */
export type View = 'before' | 'after';

export interface Thing {
  readonly kind: Kind;
  readonly id: string;
  stored: Entry[];
  entries: Entry[];
  /** Folded timelines, made when first asked for. */
  before?: Version[];
  after?: Version[];
}

/** The fields by whose value things are found: references, and what things are looked up by. */
const pointers = Object.fromEntries(kinds.map((kind) => [kind, [...references(kind).map(([f]) => f), ...(lookups[kind] ?? [])]])) as Record<
  Kind,
  string[]
>;

export const keyOf = (kind: Kind, id: string) => `${kind}/${id}`;
const needKey = (need: Need): string => JSON.stringify(need);

/**
 * What a decision has loaded of its branch. It asks for nothing twice; timelines are folded when they are first looked at, once
 * as recorded and once with planned entries on top.
 */
export class Loaded {
  protected readonly things = new Map<string, Thing>();
  readonly #asked = new Set<string>();
  readonly #missing = new Set<string>();
  readonly #referrers = new Map<string, Set<string>>();

  /** True for what this plan creates: nothing recorded can refer to it. */
  protected isFresh(_kind: Kind, _id: string): boolean {
    return false;
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
      if (need.need === 'thing' && !this.things.has(keyOf(need.kind, need.id))) this.#missing.add(keyOf(need.kind, need.id));
    }
  }

  /** A single thing that is here already, and whatever is asked about a thing this plan creates, needs no loading. */
  #answeredHere(need: Need): boolean {
    switch (need.need) {
      case 'thing':
        return this.known(need.kind, need.id);
      case 'referrers':
        return references(need.kind).some(([f, kind]) => f === need.field && this.isFresh(kind, need.id));
      case 'reporting_chain':
        return this.isFresh('position', need.id);
      case 'unit_chain':
      case 'subtree':
        return this.isFresh('org_unit', need.id);
      case 'by_value':
      case 'assumptions':
        return false;
      default:
        return need satisfies never;
    }
  }

  #take({ kind, id, entries }: LoadedThing): void {
    const key = keyOf(kind, id);
    if (this.things.has(key) || entries.length === 0) return;
    const stored = [...entries].sort(byRecording);
    this.things.set(key, { kind, id, stored, entries: stored });
    for (const entry of stored) this.index(kind, id, entry.set);
  }

  protected index(kind: Kind, id: string, set: Values): void {
    for (const field of pointers[kind]) {
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
    return this.things.has(keyOf(kind, id)) || this.#missing.has(keyOf(kind, id));
  }

  /** The thing's timeline; empty when it does not exist, or is not loaded. */
  versions(view: View, kind: Kind, id: string): readonly Version[] {
    const thing = this.things.get(keyOf(kind, id));
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

  /** Ids of loaded things of `kind` whose `field` ever has the value, as recorded or as planned; `field` is one of `lookups`. */
  holding(kind: Kind, field: string, value: string): string[] {
    return this.referrers(kind, field, value);
  }

  /** Recorded changes of a thing that this plan has not taken back. */
  standing(kind: Kind, id: string): readonly Entry[] {
    return (this.things.get(keyOf(kind, id))?.entries ?? []).filter((e) => e.position !== FUTURE);
  }

  /** Ids of everything of a kind that is loaded or planned. */
  ids(kind: Kind): string[] {
    return [...this.things.values()].filter((t) => t.kind === kind).map((t) => t.id);
  }

  /** The recorded changes of a thing, oldest first. */
  recorded(kind: Kind, id: string): readonly Entry[] {
    return this.things.get(keyOf(kind, id))?.stored ?? [];
  }

  /**
   * What a thing is called, quoted as data. Never a personal field: actors are named by their external uid, and what belongs to
   * an actor (a placement, a pay) by that too.
   */
  name(kind: Kind, id: string, date: IsoDate): string {
    const versions = this.versions('after', kind, id);
    const values = at(versions, date) ?? versions[0]?.values;
    if ((kind === 'placement' || kind === 'compensation') && typeof values?.actor_id === 'string')
      return this.name('actor', values.actor_id, date);
    const said = values?.[kind === 'org_unit' || kind === 'assumption' ? 'name' : kind === 'position' ? 'title' : 'external_uid'];
    return typeof said === 'string' ? `"${said.replaceAll('"', "'")}"` : id;
  }
}
