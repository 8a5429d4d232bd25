import type { Basis } from '../../src/projections/basis.ts';
import { Query } from '../../src/projections/queries/query.ts';
import type { Sql } from '../../src/projections/sql.ts';

interface Seat {
  id: string;
  unit_id: string | null;
  reporting: string | null;
  manager_id: string | null;
  status: string | null;
}
interface Unit {
  id: string;
  parent_id: string | null;
  head_id: string | null;
}
/** Where a position in force stands: the nearest manager in force, and the layer; null in a loop. */
export interface Place {
  lead: string | null;
  layer: number | null;
}

/** Every position in force of a branch with its manager and layer, by a walk upward from each, in plain code over the rows. */
export const placesOf = async (sql: Sql, basis: Basis): Promise<Map<string, Place>> => {
  const rows = <T>(kind: 'position' | 'org_unit', columns: string[]) => {
    const q = new Query(basis);
    return q.run<T>(sql, `select * from ${q.effective(kind, { columns })} x`);
  };
  const seats = new Map(
    (await rows<Seat>('position', ['id', 'unit_id', 'reporting', 'manager_id', 'status'])).map((s) => [s.id, s] as const),
  );
  const units = new Map((await rows<Unit>('org_unit', ['id', 'parent_id', 'head_id'])).map((u) => [u.id, u] as const));
  const there = (id: string | null): id is string => id !== null && ['planned', 'open', 'frozen'].includes(seats.get(id)?.status ?? '');
  const manager = (seat: Seat): string | null => {
    if (seat.reporting === 'explicit') return seat.manager_id;
    if (seat.reporting !== 'unit_head') return null;
    let unit = units.get(seat.unit_id ?? '');
    for (let n = 0; unit && n <= units.size; n++) {
      if (there(unit.head_id) && unit.head_id !== seat.id) return unit.head_id;
      unit = units.get(unit.parent_id ?? '');
    }
    return null;
  };
  const places = new Map<string, Place>();
  for (const seat of seats.values()) {
    if (!there(seat.id)) continue;
    let [lead, layer] = [null as string | null, 1 as number | null];
    let steps = 0;
    for (let at = manager(seat); at !== null && seats.has(at); at = manager(seats.get(at) as Seat)) {
      if (++steps > seats.size) {
        layer = null;
        break;
      }
      if (!there(at)) continue;
      lead ??= at;
      if (layer !== null) layer++;
    }
    places.set(seat.id, { lead, layer });
  }
  return places;
};

/** What differs between two states: by manager the direct reports gained, and by both layers the number of positions. */
export const lineDifference = (before: ReadonlyMap<string, Place>, after: ReadonlyMap<string, Place>) => {
  const spans = new Map<string, number>();
  const shifts = new Map<string, number>();
  const add = (to: Map<string, number>, key: string, n: number) => to.set(key, (to.get(key) ?? 0) + n);
  for (const id of new Set([...before.keys(), ...after.keys()])) {
    const [was, is] = [before.get(id), after.get(id)];
    if (was?.lead) add(spans, was.lead, -1);
    if (is?.lead) add(spans, is.lead, 1);
    if ((was?.layer ?? null) !== (is?.layer ?? null)) add(shifts, `${was?.layer ?? '-'} to ${is?.layer ?? '-'}`, 1);
  }
  return { spans: [...spans].filter(([, n]) => n !== 0).sort(), shifts: [...shifts].sort() };
};
