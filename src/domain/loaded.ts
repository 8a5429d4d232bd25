import type { IsoDate } from './dates.ts';
import { inForce, type Kind, kinds, references, type Values } from './entities.ts';
import { Keyed } from './keyed.ts';
import { quoted } from './text.ts';
import { at, byRecording, type Entry, FUTURE, fold, type Version } from './timeline.ts';
import { type Decision, due, type LoadedThing, lookups, type Need } from './world.ts';

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

/** A reference, or a field that things are looked up by, with the name of its group of pointers. */
interface Pointer {
  field: string;
  group: string;
  target?: Kind;
}

/** The fields by whose value things are found. */
const pointers = Object.fromEntries(
  kinds.map((kind): [Kind, Pointer[]] => [
    kind,
    [
      ...references(kind).map(([field, target]): Pointer => ({ field, target, group: `${kind}.${field}` })),
      ...(lookups[kind] ?? []).map((field): Pointer => ({ field, group: `${kind}.${field}` })),
    ],
  ]),
) as Record<Kind, Pointer[]>;

const pointer = (kind: Kind, field: string): Pointer => {
  const found = pointers[kind].find((p) => p.field === field);
  if (!found) throw new TypeError(`${kind} is not found by ${field}`);
  return found;
};

/** A need as a group and what is asked in it. */
const keysOf = (need: Need): [group: string, of: string] => {
  switch (need.need) {
    case 'thing':
      return [need.kind, need.id];
    case 'referrers':
      return [pointer(need.kind, need.field).group, need.id];
    case 'by_value':
      return [pointer(need.kind, need.field).group, need.value];
    case 'reporting_chain':
    case 'unit_chain':
    case 'subtree':
      return [need.need, need.id];
    case 'assumptions':
      return [need.need, ''];
    default:
      return need satisfies never;
  }
};

/**
 * What a decision has loaded of its branch. It asks for nothing twice; timelines are folded when they are first looked at, once
 * as recorded and once with planned entries on top.
 */
export class Loaded {
  protected readonly things = new Keyed<Thing>();
  readonly #asked = new Keyed<true>();
  readonly #missing = new Keyed<true>();
  readonly #referrers = new Keyed<Set<string>>();
  readonly #used = new Map<string, boolean>();

  /** True for what this plan creates: nothing recorded can refer to it. */
  protected isFresh(_kind: Kind, _id: string): boolean {
    return false;
  }

  /** Loads what of these needs was not loaded yet, in one batch. */
  *load(needs: readonly Need[]): Decision<void> {
    const open: Need[] = [];
    for (const need of needs) {
      const [group, of] = keysOf(need);
      if (this.#asked.has(group, of) || this.#answeredHere(need)) continue;
      this.#asked.set(group, of, true);
      open.push(need);
    }
    if (open.length === 0) return;
    const loaded = (yield open) as LoadedThing[];
    for (const [i, thing] of loaded.entries()) {
      if (due(i)) yield [];
      this.#take(thing);
    }
    for (const need of open) if (need.need === 'thing' && !this.things.has(need.kind, need.id)) this.#missing.set(need.kind, need.id, true);
  }

  /** Asks which of these ids were ever used, where that was not asked yet; all in one question. */
  *askUsed(ids: readonly string[]): Decision<void> {
    const open = [...new Set(ids)].filter((id) => !this.#used.has(id));
    if (open.length === 0) return;
    const used = new Set((yield { ask: 'used', ids: open }) as string[]);
    for (const id of open) this.#used.set(id, used.has(id));
  }

  /** True for an id that a thing of any kind in any branch was ever recorded with. It must have been asked. */
  wasUsed(id: string): boolean {
    return this.#used.get(id) === true;
  }

  /** A single thing that is here already, and whatever is asked about a thing this plan creates, needs no loading. */
  #answeredHere(need: Need): boolean {
    switch (need.need) {
      case 'thing':
        return this.known(need.kind, need.id);
      case 'referrers': {
        const { target } = pointer(need.kind, need.field);
        return target !== undefined && this.isFresh(target, need.id);
      }
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
    if (this.things.has(kind, id) || entries.length === 0) return;
    const stored = [...entries].sort(byRecording);
    this.things.set(kind, id, { kind, id, stored, entries: stored });
    for (const entry of stored) this.index(kind, id, entry.set);
  }

  protected index(kind: Kind, id: string, set: Values): void {
    for (const { field, group } of pointers[kind]) {
      const target = set[field];
      if (typeof target !== 'string') continue;
      const ids = this.#referrers.get(group, target);
      if (ids) ids.add(id);
      else this.#referrers.set(group, target, new Set([id]));
    }
  }

  /** True when it is known whether the thing exists. */
  known(kind: Kind, id: string): boolean {
    return this.things.has(kind, id) || this.#missing.has(kind, id);
  }

  /** The thing's timeline; empty when it does not exist, or is not loaded. */
  versions(view: View, kind: Kind, id: string): readonly Version[] {
    const thing = this.things.get(kind, id);
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
    return [...(this.#referrers.get(pointer(kind, field).group, id) ?? [])];
  }

  /** Ids of loaded things of `kind` whose `field` ever has the value, as recorded or as planned; `field` is one of `lookups`. */
  holding(kind: Kind, field: string, value: string): string[] {
    return this.referrers(kind, field, value);
  }

  /** Recorded changes of a thing that this plan has not taken back. */
  standing(kind: Kind, id: string): readonly Entry[] {
    return (this.things.get(kind, id)?.entries ?? []).filter((e) => e.position !== FUTURE);
  }

  /** Ids of everything of a kind that is loaded or planned. */
  ids(kind: Kind): string[] {
    return [...this.things.of(kind).keys()];
  }

  /** The recorded changes of a thing, oldest first. */
  recorded(kind: Kind, id: string): readonly Entry[] {
    return this.things.get(kind, id)?.stored ?? [];
  }

  /**
   * What a thing is called, quoted as data. Never a personal field: actors are named by their external uid, and what belongs to
   * an actor (a placement, a pay) by that too.
   */
  name(kind: Kind, id: string, date: IsoDate): string {
    // What this plan takes back is called as it was.
    const planned = this.versions('after', kind, id);
    const versions = planned.length > 0 ? planned : this.versions('before', kind, id);
    const values = at(versions, date) ?? versions[0]?.values;
    if ((kind === 'placement' || kind === 'compensation') && typeof values?.actor_id === 'string')
      return this.things.has('actor', values.actor_id) ? this.name('actor', values.actor_id, date) : id;
    const said = values?.[kind === 'org_unit' || kind === 'assumption' ? 'name' : kind === 'position' ? 'title' : 'external_uid'];
    return typeof said === 'string' ? quoted(said) : id;
  }
}
