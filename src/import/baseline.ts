import { FOREVER, type IsoDate } from '../domain/dates.ts';
import { type Kind, kinds, type Values } from '../domain/entities.ts';
import { Numbers } from './numbers.ts';
import { PlacementLinks } from './placement-links.ts';
import { memoryScratch, type OpenScratch } from './scratch.ts';
import { Spool } from './spool.ts';
import { UuidTable } from './tables.ts';

/** One version of a thing as the read model holds it, with every field. */
export interface BaselineRow {
  kind: Kind;
  id: string;
  effective_from: IsoDate;
  effective_to: IsoDate;
  values: Values;
}

/** Fields that the baseline sets from a later date on. */
export interface Said {
  from: IsoDate;
  fields: readonly string[];
}

export interface BaselineThing {
  kind: Kind;
  id: string;
  versions: BaselineRow[];
  /** Personal fields of an actor, where they were asked for. */
  personal?: Values | undefined;
}

/** Things that were read last: what is asked of one thing is asked in one go. */
const NEAR = 64;

/**
 * The baseline at one event position, from one date on: what an import is compared with. Made from every version that ends after the date, the
 * versions of a thing one after the other, and kept in scratch: of each thing the memory holds its id, its kind and the placements it has.
 * `on` is the date from which what a file says without a date holds; `from` lies before it where the file tells of the past.
 */
export class BaselineView {
  readonly on: IsoDate;
  readonly from: IsoDate;
  /**
   * What was said for dates after the beginning of the view, by thing. A version cannot show a value that was set again without changing; it stands
   * all the same, and wins over what an import says for an earlier date.
   */
  readonly said: ReadonlyMap<string, readonly Said[]>;
  /** Numbers of the things of the view, in their order, and of those that an import adds to them. */
  readonly ids = new UuidTable();
  root: string | undefined;
  readonly #things: Spool<BaselineThing>;
  readonly #kinds = new Numbers(Uint8Array);
  readonly #near: (({ number: number } & BaselineThing) | undefined)[] = new Array(NEAR);
  readonly #placements = new PlacementLinks(this.ids);
  #open: BaselineThing | undefined;
  #size = 0;

  constructor(
    on: IsoDate,
    rows: Iterable<BaselineRow> = [],
    personal: ReadonlyMap<string, Values> = new Map(),
    from: IsoDate = on,
    said: ReadonlyMap<string, readonly Said[]> = new Map(),
    scratch: OpenScratch = memoryScratch,
  ) {
    this.on = on;
    this.said = said;
    this.from = from;
    this.#things = new Spool(scratch);
    for (const row of rows) this.add(row, personal.get(row.id));
    this.finish();
  }

  /** Takes the next version; all versions of a thing come together. `finish` has to follow the last. */
  add(row: BaselineRow, personal?: Values): void {
    if (row.effective_to !== FOREVER && row.effective_to <= this.from) return;
    if (this.#open?.id === row.id) this.#open.versions.push(row);
    else {
      this.#close();
      this.#open = { kind: row.kind, id: row.id, versions: [row], personal };
    }
  }

  /** Ends the taking of versions. */
  finish(): void {
    this.#close();
    this.#size = this.ids.length;
    for (let i = 0; i < this.#size; i++) {
      if (this.kindAt(i) !== 'placement') continue;
      const values = this.#thing(i).versions[0]?.values;
      this.#placements.add(i, values?.['actor_id'], values?.['position_id']);
    }
  }

  #close(): void {
    const thing = this.#open;
    if (!thing) return;
    this.#open = undefined;
    if (thing.versions.length > 1) thing.versions.sort((a, b) => (a.effective_from < b.effective_from ? -1 : 1));
    if (this.ids.add(thing.id) !== this.#things.length) throw new Error(`the versions of ${thing.id} do not come together`);
    this.#things.push(thing);
    this.#kinds.push(kinds.indexOf(thing.kind) + 1);
    if (thing.kind === 'org_unit' && !thing.versions[0]?.values['parent_id']) this.root ??= thing.id;
  }

  #thing(number: number): BaselineThing {
    const near = this.#near[number % NEAR];
    if (near?.number === number) return near;
    const thing = { number, ...this.#things.at(number) };
    this.#near[number % NEAR] = thing;
    return thing;
  }

  /** How many things there are. */
  get size(): number {
    return this.#size;
  }

  /** The kind of the thing with a number, where it is one of the view. */
  kindAt(number: number): Kind | undefined {
    return number < 0 || number >= this.#size ? undefined : kinds[this.#kinds.at(number) - 1];
  }

  /** The things in their order, each read anew. */
  things(): Iterable<BaselineThing> {
    return this.#things;
  }

  /** The ids of the things of some kinds, in their order. */
  *of(...wanted: readonly Kind[]): Generator<{ kind: Kind; id: string }> {
    for (let i = 0; i < this.#size; i++) {
      const kind = this.kindAt(i) as Kind;
      if (wanted.includes(kind)) yield { kind, id: this.ids.text(i) };
    }
  }

  get(id: string): BaselineThing | undefined {
    const number = this.ids.find(id);
    return number < 0 || number >= this.#size ? undefined : this.#thing(number);
  }

  has(id: string): boolean {
    const number = this.ids.find(id);
    return number >= 0 && number < this.#size;
  }

  /** Placements that stand on a position, on the date or later. */
  placedOn(position: string): string[] {
    return this.#placements.on(position);
  }

  /** Placements of an actor, on the date or later. */
  placementsOf(actor: string): string[] {
    return this.#placements.of(actor);
  }

  /** Personal fields of an actor on the date, where they were asked for. */
  personal(id: string): Values {
    return this.get(id)?.personal ?? {};
  }

  /** Values on a date not before the view's, or undefined where the thing is not yet there. */
  at(id: string, date: IsoDate = this.on): Values | undefined {
    const versions = this.get(id)?.versions;
    if (!versions) return undefined;
    return versions.findLast((v) => v.effective_from <= date)?.values;
  }

  /** The first date not before `on` from which the thing is there. */
  begins(id: string): IsoDate | undefined {
    const first = this.get(id)?.versions[0]?.effective_from;
    return first === undefined ? undefined : first < this.on ? this.on : first;
  }

  /** The first date not before the beginning of the view from which the thing is there. */
  first(id: string): IsoDate | undefined {
    const first = this.get(id)?.versions[0]?.effective_from;
    return first === undefined || first > this.from ? first : this.from;
  }

  /** The first later date from which one of these fields is said again, whether its value changes or not. */
  laterChange(id: string, after: IsoDate, fields: readonly string[]): IsoDate | undefined {
    const versions = this.get(id)?.versions ?? [];
    const changed = versions.find(
      (v, i) => v.effective_from > after && (i === 0 || fields.some((f) => v.values[f] !== (versions[i - 1] as BaselineRow).values[f])),
    )?.effective_from;
    let first = changed;
    for (const said of this.said.get(id) ?? [])
      if (said.from > after && (first === undefined || said.from < first) && said.fields.some((f) => fields.includes(f))) first = said.from;
    return first;
  }

  /** Gives back the room on disk. */
  close(): void {
    this.#things.close();
  }
}
