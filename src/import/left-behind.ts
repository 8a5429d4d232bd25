import type { Values } from '../domain/entities.ts';
import type { BaselineView } from './baseline.ts';
import type { Difference } from './difference.ts';

/** What decides on who reports to whom and who heads what. */
const concerned = new Set(['status', 'reporting', 'manager_id', 'head_id']);

/**
 * A file may close a position whose reports it does not name, or that heads a unit. What is left behind stays, so it has to report to somebody:
 * such reports go to the nearest open manager above the closed position, and a unit loses a head that closed. Returns the positions moved.
 */
export const settleLeftBehind = (view: BaselineView, out: Difference): string[] => {
  if (out.closed === 0) return [];
  const now = new Map<string, Values>();
  for (const change of out.changes) {
    if (change.effective_from > view.on || !(change.type.startsWith('Position') || change.type.startsWith('OrgUnit'))) continue;
    const set = Object.entries(change.set).filter(([field]) => concerned.has(field));
    if (set.length > 0) now.set(change.id, { ...now.get(change.id), ...Object.fromEntries(set) });
  }
  const valuesOf = (id: string): Values | undefined => {
    const before = view.at(id);
    const said = now.get(id);
    return said ? { ...before, ...said } : before;
  };
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
  for (const { kind, id } of view.of('org_unit', 'position')) {
    if (kind === 'org_unit') {
      const head = valuesOf(id)?.['head_id'] as string | null | undefined;
      if (head && out.closes(head)) out.put({ kind, id, line: 0, make: { head_id: null } });
    }
    if (kind !== 'position' || out.seen(id)) continue;
    const values = view.at(id, view.begins(id)) as Values;
    const manager = values['manager_id'] as string | null;
    if (values['status'] === 'closed' || out.closes(id) || values['reporting'] !== 'explicit' || !manager || !out.closes(manager)) continue;
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
