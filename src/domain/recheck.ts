import type { PlannedChange } from './changes.ts';
import { type Finding, finding } from './codes.ts';
import type { ImpactDelta } from './impact.ts';
import { judge } from './judge.ts';
import { sameValue } from './same-value.ts';
import { World } from './working-set.ts';
import { type Decision, type DecisionContext, due, type Need } from './world.ts';

export interface Difference {
  /** Index of the change in the stored list. */
  index: number;
  kind: string;
  id: string;
  field: string;
  /** The value when it was planned, and now. */
  planned: unknown;
  now: unknown;
}

export interface Recheck {
  /** The stored changes with `before` as it is now. */
  changes: PlannedChange[];
  /** Everything found now; those of severity stop included (nothing is thrown). */
  findings: Finding[];
  /** Where `before` is not what it was when the proposal was planned. */
  differences: Difference[];
  delta: ImpactDelta;
}

/**
 * Decides a stored list of changes again on the present state: do the invariants and policies hold, and does each change still
 * replace the values it was planned to replace. The caller refuses with SCENARIO_MOVED where it does not.
 */
export function* recheck(changes: readonly PlannedChange[], ctx: DecisionContext): Decision<Recheck> {
  const world = new World(ctx);
  yield* world.load([
    ...changes.filter((c) => c.type !== 'ChangesReverted').map((c): Need => ({ need: 'thing', kind: c.kind, id: c.id })),
    ...changes.flatMap((c) => c.reverts ?? []).map(({ kind, id }): Need => ({ need: 'thing', kind, id })),
  ]);
  const differences: Difference[] = [];
  const clashes: Finding[] = [];
  for (const [index, stored] of changes.entries()) {
    if (due(index)) yield [];
    const { kind, before, after: _after, sentence: _sentence, ...change } = stored;
    if (change.type === 'ChangesReverted') {
      for (const r of change.reverts ?? [])
        if (!world.standing(r.kind, r.id).some((e) => e.scenario === ctx.scenario && e.position === r.position && e.index === r.index))
          differences.push({ index, kind: r.kind, id: r.id, field: 'reverts', planned: 'in force', now: 'not in force' });
      world.revert(change);
      continue;
    }
    const creates = Object.keys(before).length === 0 && Object.keys(change.set).length > 0;
    if (creates && world.recorded(kind, change.id).length > 0)
      clashes.push(finding('ID_UNIQUE', `the id ${change.id} is in use now`, { ids: [change.id] }));
    const now = world.apply(change, true);
    for (const field of new Set([...Object.keys(before), ...Object.keys(now?.before ?? {})]))
      if (!sameValue(kind, field, before[field], now?.before[field]))
        differences.push({ index, kind, id: change.id, field, planned: before[field] ?? null, now: now?.before[field] ?? null });
  }
  const { findings, delta } = yield* judge(world);
  // Nobody is told these sentences again: what was reviewed is what was stored.
  return {
    changes: world.changes.map((c, i) => ({ ...c, sentence: changes[i]?.sentence ?? '' })),
    findings: [...clashes, ...findings],
    differences,
    delta,
  };
}
