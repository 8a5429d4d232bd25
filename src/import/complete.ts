import type { BaselineView } from './baseline.ts';
import type { Difference } from './difference.ts';
import { inForce, type Kind, type Values } from '../domain/entities.ts';

/**
 * Closes what a complete file does not name: positions of the source with their placements, actors and pay, and units of the source that
 * nothing stands in any more. Returns how many positions close for being absent.
 */
export const closeAbsent = (view: BaselineView, out: Difference, source: string): number => {
  let closing = 0;
  const standing = (kind: Kind, id: string): Values | undefined => {
    const values = view.at(id, view.begins(id));
    return values && inForce[kind].includes(values['status'] as string) ? values : undefined;
  };
  const gone = new Set<string>();
  const leaving = new Set<string>();
  for (const { kind, id } of view.of('position')) {
    if (out.seen(id) || standing(kind, id)?.['source_system'] !== source) continue;
    gone.add(id);
    closing += 1;
    for (const placement of view.placedOn(id))
      if (standing('placement', placement)?.['source_system'] === source && !out.seen(placement)) out.end('placement', placement, 0, id);
    out.end('position', id, 0, id);
  }
  for (const { kind, id } of view.of('actor')) {
    if (out.seen(id) || standing(kind, id)?.['source_system'] !== source) continue;
    leaving.add(id);
    if (!out.ends(id)) out.end('actor', id, 0);
  }
  for (const { kind, id } of view.of('compensation'))
    if (leaving.has(standing(kind, id)?.['actor_id'] as string)) out.end('compensation', id, 0);
  closeEmptyUnits(view, out, source, gone, standing);
  return closing;
};

/** Units of the source that the file does not name close when no unit, position or placement that stays is in them. */
export const closeEmptyUnits = (
  view: BaselineView,
  out: Difference,
  source: string,
  gone: ReadonlySet<string>,
  standing: (kind: Kind, id: string) => Values | undefined,
): void => {
  const used = new Set<string>();
  const use = (unit: unknown): void => {
    for (let id = unit as string | null; id && !used.has(id); id = (view.at(id, view.begins(id))?.['parent_id'] as string | null) ?? null)
      used.add(id);
  };
  for (const { kind, id } of view.of('org_unit', 'position', 'placement')) {
    const values = standing(kind, id);
    if (!values || gone.has(id) || out.ends(id)) continue;
    // What this file put elsewhere is counted by the changes below.
    if ((kind === 'position' || kind === 'placement') && !out.moves(id)) use(values['unit_id']);
    if (kind === 'org_unit' && values['source_system'] !== source) use(id);
  }
  for (const unit of out.filled) use(unit);
  for (const { id } of view.of('org_unit')) if (out.seen(id)) use(id);
  for (const { kind, id } of view.of('org_unit'))
    if (!used.has(id) && standing(kind, id)?.['source_system'] === source) out.end('org_unit', id, 0);
};
