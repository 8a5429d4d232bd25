import type { Values } from '../domain/entities.ts';
import type { BaselineView } from './baseline.ts';
import type { Difference } from './difference.ts';

/**
 * A file may close a position whose reports it does not name, or that heads a unit. What is left behind stays, so it has to report to somebody:
 * such reports go to the nearest open manager above the closed position, and a unit loses a head that closed. Returns the positions moved.
 */
export const settleLeftBehind = (view: BaselineView, out: Difference): string[] => {
  const closed = out.closedPositions();
  if (closed.size === 0) return [];
  const now = new Map<string, Values>();
  for (const change of out.changes) {
    if (change.effective_from > view.on || !(change.type.startsWith('Position') || change.type.startsWith('OrgUnit'))) continue;
    now.set(change.id, { ...(now.get(change.id) ?? view.at(change.id)), ...change.set });
  }
  const valuesOf = (id: string): Values | undefined => now.get(id) ?? view.at(id);
  const openAbove = (id: string): string | null => {
    const passed = new Set<string>();
    let up: string | null = id;
    while (up !== null && !passed.has(up)) {
      passed.add(up);
      const values = valuesOf(up);
      if (values && values['status'] !== 'closed') return up;
      up = values?.['reporting'] === 'explicit' ? ((values['manager_id'] as string | null) ?? null) : null;
    }
    return null;
  };
  const moved: string[] = [];
  for (const { kind, id } of view.things.values()) {
    if (kind === 'org_unit') {
      const head = valuesOf(id)?.['head_id'] as string | null | undefined;
      if (head && closed.has(head)) out.put({ kind, id, line: 0, make: { head_id: null } });
    }
    if (kind !== 'position' || out.seen.has(id)) continue;
    const values = view.at(id, view.begins(id)) as Values;
    const manager = values['manager_id'] as string | null;
    if (values['status'] === 'closed' || closed.has(id) || values['reporting'] !== 'explicit' || !manager || !closed.has(manager)) continue;
    const above = openAbove(manager);
    out.put({
      kind,
      id,
      line: 0,
      from: view.begins(id) as string,
      make: { reporting: above === null ? 'none' : 'explicit', manager_id: above },
    });
    moved.push(id);
  }
  return moved;
};
