import type { BaselineView } from './baseline.ts';
import type { Difference } from './difference.ts';
import { derivedId } from './identity.ts';
import { type RowFinding, rowFinding, type SeatRow, type UnitRef } from './rows.ts';
import type { SeatRows } from './seat-rows.ts';

/** A row that heads its unit. */
export type HeadRow = Pick<SeatRow, 'line' | 'identity' | 'posts'>;

export interface PlannedUnit {
  id: string;
  name: string;
  parent: string;
  key: string;
  line: number;
  kind: string;
  unit_type: string | null;
  cost_centre: string | null;
  head?: HeadRow;
}

const twoIds = (line: number, id: string, message: string): RowFinding =>
  rowFinding(line, 'org_unit_id', id, 'ROW_INVALID', message, 'Give each unit one id.');

const pathKey = (path: readonly string[]): string => path.join(' > ');

export interface PlannedUnits {
  units: Map<string, PlannedUnit>;
  rootHead: HeadRow | undefined;
  findings: RowFinding[];
  /** The id of the unit that a row names. */
  idOf(unit: UnitRef): string;
}

/** The units of a file by their path, parents before children, with what the rows say about them. Contradictions between rows are found. */
export const unitsOf = (rows: SeatRows, tenant: number, source: string, root: string): PlannedUnits => {
  const findings: RowFinding[] = [];
  const units = new Map<string, PlannedUnit>();
  const ids = new Map<string, { id: string; line: number }>();
  const pathsOfId = new Map<string, { path: string; line: number }>();
  const heads = new Map<string, HeadRow>();
  // What agrees with the rows before it agrees on every further row that says the same.
  const agreed = new Set<UnitRef>();
  for (const row of rows.unitsSaid()) {
    if (agreed.has(row.unit) && !row.heads) continue;
    const before = findings.length;
    const path = pathKey(row.unit.path);
    if (row.unit.id !== null) {
      const known = ids.get(path);
      if (known && known.id !== row.unit.id)
        findings.push(twoIds(row.line, row.unit.id, `the unit "${path}" has the id "${known.id}" on line ${known.line}`));
      const other = pathsOfId.get(row.unit.id);
      if (other && other.path !== path)
        findings.push(twoIds(row.line, row.unit.id, `the id is that of "${other.path}" on line ${other.line}`));
      if (!known) ids.set(path, { id: row.unit.id, line: row.line });
      if (!other) pathsOfId.set(row.unit.id, { path, line: row.line });
    }
    if (findings.length === before) agreed.add(row.unit);
    if (row.heads) {
      const { identity, posts } = rows.at(row.row);
      const head = heads.get(path);
      if (head)
        findings.push(
          rowFinding(
            row.line,
            'unit_head',
            'yes',
            'ROW_INVALID',
            `the unit has its head on line ${head.line} already`,
            'Mark one head per unit.',
          ),
        );
      else if (posts > 1)
        findings.push(
          rowFinding(row.line, 'unit_head', 'yes', 'ROW_INVALID', 'a row of several posts is no head', 'Give the head a row of its own.'),
        );
      else heads.set(path, { line: row.line, identity, posts });
    }
  }
  agreed.clear();
  for (const row of rows.unitsSaid()) {
    if (agreed.has(row.unit)) continue;
    const before = findings.length;
    let parent = root;
    row.unit.path.forEach((name, depth) => {
      const path = pathKey(row.unit.path.slice(0, depth + 1));
      let unit = units.get(path);
      if (!unit) {
        const key = ids.get(path)?.id ?? path;
        const head = heads.get(path);
        unit = {
          id: derivedId(tenant, source, 'org_unit', key),
          name,
          parent,
          key,
          line: row.line,
          kind: '',
          unit_type: null,
          cost_centre: null,
          ...(head ? { head } : {}),
        };
        units.set(path, unit);
      }
      if (depth === row.unit.path.length - 1) {
        const tell = (
          field: 'kind' | 'unit_type' | 'cost_centre',
          column: 'unit_kind' | 'unit_type' | 'cost_centre',
          value: string | null,
        ) => {
          if (value === null) return;
          if ((unit[field] ?? '') === '') unit[field] = value;
          else if (unit[field] !== value)
            findings.push(
              rowFinding(
                row.line,
                column,
                value,
                'ROW_INVALID',
                `other rows say "${unit[field]}" for the unit "${path}"`,
                'Say the same on every row of the unit, or say it once.',
              ),
            );
        };
        tell('kind', 'unit_kind', row.unit.kind);
        tell('unit_type', 'unit_type', row.unit.unit_type);
        tell('cost_centre', 'cost_centre', row.unit.cost_centre);
      }
      parent = unit.id;
    });
    if (findings.length === before) agreed.add(row.unit);
  }
  for (const unit of units.values()) if (unit.kind === '') unit.kind = unit.parent === root ? 'department' : 'team';
  const known = new WeakMap<UnitRef, string>();
  const idOf = (unit: UnitRef): string => {
    let id = known.get(unit);
    if (id === undefined) {
      id = units.get(pathKey(unit.path))?.id ?? root;
      known.set(unit, id);
    }
    return id;
  };
  return { units, rootHead: heads.get(''), findings, idOf };
};

/** Puts the units; `seatOf` gives the position of a head, `columns` the file's columns (what it does not speak of is left alone). */
export const putUnits = (
  planned: Pick<PlannedUnits, 'units' | 'rootHead'>,
  seatOf: (row: HeadRow) => string,
  out: Difference,
  view: BaselineView,
  source: string,
  has: (column: 'unit_kind' | 'unit_type' | 'cost_centre' | 'unit_head') => boolean,
): void => {
  const compare = [
    'name',
    'parent_id',
    'status',
    ...(['unit_type', 'cost_centre'] as const).filter(has),
    ...(has('unit_kind') ? ['kind'] : []),
    ...(has('unit_head') ? ['head_id'] : []),
  ];
  for (const unit of planned.units.values())
    out.put({
      kind: 'org_unit',
      id: unit.id,
      line: unit.line,
      ...(view.has(unit.id) ? {} : { from: view.from }),
      compare,
      make: {
        name: unit.name,
        kind: unit.kind,
        parent_id: unit.parent,
        status: 'active',
        unit_type: unit.unit_type,
        cost_centre: unit.cost_centre,
        head_id: unit.head ? seatOf(unit.head) : null,
        source_system: source,
        source_id: unit.key,
      },
    });
  if (planned.rootHead && view.root)
    out.put({ kind: 'org_unit', id: view.root, line: planned.rootHead.line, make: { head_id: seatOf(planned.rootHead) } });
};
