import { FOREVER, type IsoDate } from '../domain/dates.ts';
import type { Kind, Values } from '../domain/entities.ts';

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
}

/**
 * The baseline at one event position, from one date on: what an import is compared with. Made from every version that ends after the date.
 * `personal` are the personal fields of actors on that date, where they were asked for. `on` is the date from which what a file says without a
 * date holds; `from` lies before it where the file tells of the past.
 */
export class BaselineView {
  readonly on: IsoDate;
  readonly from: IsoDate;
  readonly things = new Map<string, BaselineThing>();
  readonly personal: ReadonlyMap<string, Values>;
  /**
   * What was said for dates after the beginning of the view, by thing. A version cannot show a value that was set again without changing; it stands
   * all the same, and wins over what an import says for an earlier date.
   */
  readonly said: ReadonlyMap<string, readonly Said[]>;
  /** Positions with the placements that stand on them, on the date or later. */
  readonly placedOn = new Map<string, string[]>();
  /** Actors with their placements, on the date or later. */
  readonly placementsOf = new Map<string, string[]>();
  readonly root: string | undefined;

  constructor(
    on: IsoDate,
    rows: Iterable<BaselineRow>,
    personal: ReadonlyMap<string, Values> = new Map(),
    from: IsoDate = on,
    said: ReadonlyMap<string, readonly Said[]> = new Map(),
  ) {
    this.on = on;
    this.said = said;
    this.from = from;
    this.personal = personal;
    for (const row of rows) {
      if (row.effective_to !== FOREVER && row.effective_to <= from) continue;
      const thing = this.things.get(row.id);
      if (thing) thing.versions.push(row);
      else this.things.set(row.id, { kind: row.kind, id: row.id, versions: [row] });
    }
    let root: string | undefined;
    for (const thing of this.things.values()) {
      if (thing.versions.length > 1) thing.versions.sort((a, b) => (a.effective_from < b.effective_from ? -1 : 1));
      if (thing.kind === 'org_unit' && !thing.versions[0]?.values['parent_id']) root ??= thing.id;
      if (thing.kind !== 'placement') continue;
      const actor = thing.versions[0]?.values['actor_id'] as string;
      (this.placementsOf.get(actor) ?? (this.placementsOf.set(actor, []).get(actor) as string[])).push(thing.id);
      const position = thing.versions[0]?.values['position_id'] as string | null;
      if (position) (this.placedOn.get(position) ?? (this.placedOn.set(position, []).get(position) as string[])).push(thing.id);
    }
    this.root = root;
  }

  has(id: string): boolean {
    return this.things.has(id);
  }

  /** Values on a date not before the view's, or undefined where the thing is not yet there. */
  at(id: string, date: IsoDate = this.on): Values | undefined {
    const versions = this.things.get(id)?.versions;
    if (!versions) return undefined;
    return versions.findLast((v) => v.effective_from <= date)?.values;
  }

  /** The first date not before `on` from which the thing is there. */
  begins(id: string): IsoDate | undefined {
    const first = this.things.get(id)?.versions[0]?.effective_from;
    return first === undefined ? undefined : first < this.on ? this.on : first;
  }

  /** The first date not before the beginning of the view from which the thing is there. */
  first(id: string): IsoDate | undefined {
    const first = this.things.get(id)?.versions[0]?.effective_from;
    return first === undefined || first > this.from ? first : this.from;
  }

  /** The first later date from which one of these fields is said again, whether its value changes or not. */
  laterChange(id: string, after: IsoDate, fields: readonly string[]): IsoDate | undefined {
    const versions = this.things.get(id)?.versions ?? [];
    const changed = versions.find(
      (v, i) => v.effective_from > after && (i === 0 || fields.some((f) => v.values[f] !== (versions[i - 1] as BaselineRow).values[f])),
    )?.effective_from;
    let first = changed;
    for (const said of this.said.get(id) ?? [])
      if (said.from > after && (first === undefined || said.from < first) && said.fields.some((f) => fields.includes(f))) first = said.from;
    return first;
  }
}
