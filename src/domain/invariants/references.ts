import { type Code, type Finding, finding } from '../codes.ts';
import { references } from '../entities.ts';
import { at } from '../timeline.ts';
import { type Decision, due } from '../world.ts';
import { boundaries, type Invariant, isActive } from './invariant.ts';

/** What a reference to something that is not there says; null where only existence counts. */
const codeFor: Record<string, { missing: Code; closed: Code | null }> = {
  'org_unit.parent_id': { missing: 'ORPHAN_UNIT', closed: 'ORPHAN_UNIT' },
  'org_unit.head_id': { missing: 'REPORTS_TARGET', closed: 'REPORTS_TARGET' },
  'position.unit_id': { missing: 'POSITION_UNIT', closed: 'POSITION_UNIT' },
  'position.manager_id': { missing: 'REPORTS_TARGET', closed: 'REPORTS_TARGET' },
  'position.predecessor_id': { missing: 'REFERENCE_UNKNOWN', closed: null },
  'placement.actor_id': { missing: 'DATE_ORDER', closed: 'DATE_ORDER' },
  'placement.unit_id': { missing: 'DATE_ORDER', closed: 'CLOSED_TARGET' },
  'placement.position_id': { missing: 'DATE_ORDER', closed: 'CLOSED_TARGET' },
  'compensation.actor_id': { missing: 'DATE_ORDER', closed: 'DATE_ORDER' },
};

/**
 * REFERENCE_UNKNOWN, ORPHAN_UNIT, POSITION_UNIT, REPORTS_TARGET, CLOSED_TARGET, DATE_ORDER: whatever a touched thing refers to
 * exists and is there on every date on which the thing is.
 */
export const referencesHold: Invariant = function* (world, view): Decision<Finding[]> {
  const found: Finding[] = [];
  for (const [i, touch] of world.touches.entries()) {
    if (due(i)) yield [];
    const own = world.versions(view, touch.kind, touch.id);
    for (const [field, kind] of references(touch.kind)) {
      const targets = new Set(
        own
          .filter((v) => v.effective_to > touch.from)
          .map((v) => v.values[field])
          .filter((t) => typeof t === 'string'),
      );
      for (const target of targets) {
        const other = world.versions(view, kind, target);
        const name = () => world.name(touch.kind, touch.id, touch.from);
        if (other.length === 0) {
          found.push(
            finding('REFERENCE_UNKNOWN', `${touch.kind} ${name()} refers to a ${kind} that does not exist`, {
              ids: [touch.id, target],
              dates: [touch.from],
            }),
          );
          continue;
        }
        const code = codeFor[`${touch.kind}.${field}`];
        // What this very plan closes is told once, by what closes (closing.ts).
        if (!code?.closed || (!touch.fresh && world.touchOf(kind, target)?.closes === true)) continue;
        const dates = boundaries(touch.from, own, other).filter((date) => {
          const values = at(own, date);
          if (!isActive(touch.kind, values) || values[field] !== target) return false;
          if (field === 'manager_id' && values.reporting !== 'explicit') return false;
          return !isActive(kind, at(other, date));
        });
        const first = dates[0];
        if (first === undefined) continue;
        const there = at(other, first);
        const said = there ? `is ${there.status}` : `is not there yet`;
        found.push(
          finding(
            there ? code.closed : code.missing,
            `${touch.kind} ${name()} refers to ${kind} ${world.name(kind, target, first)}, which ${said} on ${first}`,
            { ids: [touch.id, target], dates },
          ),
        );
      }
    }
  }
  return found;
};
