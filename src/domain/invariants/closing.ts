import { type Code, type Finding, finding } from '../codes.ts';
import { type Kind, kinds, references } from '../entities.ts';
import { at } from '../timeline.ts';
import { type Decision, due } from '../world.ts';
import { boundaries, few, type Invariant, isActive } from './invariant.ts';

const codeOf: Partial<Record<Kind, Code>> = { org_unit: 'CLOSE_UNIT', position: 'CLOSE_OCCUPIED', actor: 'DATE_ORDER' };

/** Fields that may point at what is closed. */
const free = new Set(['predecessor_id']);

const label: Record<Kind, string> = {
  org_unit: 'unit',
  position: 'position',
  actor: 'actor',
  placement: 'placement',
  compensation: 'compensation',
  assumption: 'assumption',
};

/**
 * CLOSE_UNIT, CLOSE_OCCUPIED (and DATE_ORDER for actors): nothing is left in, on or under what closes, on the closing date or
 * on any later one; what arrives later is named with its date. What ceases to exist altogether leaves REFERENCE_UNKNOWN.
 */
export const nothingLeftBehind: Invariant = function* (world, view): Decision<Finding[]> {
  const found: Finding[] = [];
  for (const [i, touch] of world.touches.entries()) {
    if (due(i)) yield [];
    const code = codeOf[touch.kind];
    if (!code || !touch.fields.has('status')) continue;
    const own = world.versions(view, touch.kind, touch.id);
    const left: { kind: Kind; id: string; dates: string[] }[] = [];
    for (const kind of kinds)
      for (const [field, target] of references(kind)) {
        if (target !== touch.kind || free.has(field)) continue;
        for (const id of world.referrers(kind, field, touch.id)) {
          const other = world.versions(view, kind, id);
          const dates = boundaries(touch.from, own, other).filter((date) => {
            const values = at(other, date);
            if (isActive(touch.kind, at(own, date)) || !isActive(kind, values) || values[field] !== touch.id) return false;
            return field !== 'manager_id' || values.reporting === 'explicit';
          });
          if (dates.length > 0) left.push({ kind, id, dates });
        }
      }
    if (left.length === 0) continue;
    const names = few(left).map((l) => `${label[l.kind]} ${world.name(l.kind, l.id, l.dates[0] as string)} from ${l.dates[0]}`);
    const more = left.length > names.length ? ` and ${left.length - names.length} more` : '';
    const wayOut =
      code === 'CLOSE_UNIT'
        ? 'Move or close these first; with mode "reparent", later: "replace" sends what arrives later to the new parent too.'
        : undefined;
    found.push(
      finding(
        own.length === 0 ? 'REFERENCE_UNKNOWN' : code,
        `${label[touch.kind]} ${world.name(touch.kind, touch.id, touch.from)} would close while these still rest on it: ${names.join('; ')}${more}`,
        {
          ids: [touch.id, ...new Set(left.map((l) => l.id))],
          dates: [...new Set(left.flatMap((l) => l.dates))].sort(),
          ...(wayOut ? { wayOut } : {}),
        },
      ),
    );
  }
  return found;
};
