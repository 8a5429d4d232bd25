import { setImmediate } from 'node:timers/promises';
import { reconcile, timelineAt, type Track } from './fold-branch.ts';
import type { Recall } from './memory.ts';
import type { Sql } from './sql.ts';
import { type ChangeRow, type Held, insertChanges, type Key, keyOf, type Retraction, retract, tracks, writeRows } from './track-store.ts';

/** Things merged between two turns of the event loop. */
const A_TURN = 500;

/** One thing of one branch. */
export interface Touched {
  branch: number;
  track: Track;
  id: string;
}

/** What one event does to timelines: changes and retractions of one position. */
export interface Step {
  position: number;
  changes: ChangeRow[];
  retractions: Retraction[];
  /** Things to be merged again though nothing of theirs changed: the ground they rest on moved. */
  touched?: Touched[];
}

/**
 * Projects steps of one tenant, in order, inside the caller's transaction: the changes themselves, and from them the rows of
 * every thing touched. Reads what is there of all touched things first (or remembers it), works in memory, then writes; no two positions are
 * merged, a row that begins and ends among the steps is written once, ended. `pinAt` gives the baseline position a branch
 * rests on at a position.
 */
export const projectSteps = async (
  sql: Sql,
  tenant: number,
  steps: readonly Step[],
  pinAt: (branch: number, position: number) => number,
  recall: Recall,
): Promise<void> => {
  const wanted = new Map<Track, Map<string, Key>>(tracks.map((t) => [t, new Map()]));
  for (const step of steps)
    for (const { branch, track, id } of [...step.changes, ...step.retractions, ...(step.touched ?? [])]) {
      const keys = wanted.get(track) as Map<string, Key>;
      keys.set(`${branch}/${id}`, { branch, id });
      if (branch !== 0) keys.set(`0/${id}`, { branch: 0, id });
    }
  const keys = new Map([...wanted].flatMap(([t, of]) => (of.size > 0 ? [[t, [...of.values()]] as [Track, Key[]]] : [])));
  const held = await recall.recall(sql, tenant, keys);
  const retractions: Retraction[] = [];
  for (const step of steps) retractions.push(...(await apply(held, step, pinAt)));
  await insertChanges(
    sql,
    tenant,
    steps.flatMap((s) => s.changes),
  );
  await retract(sql, tenant, retractions);
  const byTrack = Map.groupBy(held.values(), (h) => h.track);
  for (const track of tracks) await writeRows(sql, tenant, track, byTrack.get(track) ?? []);
  recall.written(held);
};

/** Applies one step to what is held; returns the retractions that took something out of force (a second one takes nothing). */
const apply = async (held: Map<string, Held>, step: Step, pinAt: (branch: number, position: number) => number): Promise<Retraction[]> => {
  const touched = new Set<Held>((step.touched ?? []).map((t) => held.get(keyOf(t.branch, t.track, t.id)) as Held));
  const effective: Retraction[] = [];
  for (const c of step.changes) {
    const h = held.get(keyOf(c.branch, c.track, c.id)) as Held;
    h.recorded.push({
      position: c.position,
      index: c.index,
      effective_from: c.effective_from,
      set: c.set,
      replace_later: c.replace_later,
      retracted_at: null,
    });
    touched.add(h);
  }
  for (const r of step.retractions) {
    const h = held.get(keyOf(r.branch, r.track, r.id)) as Held;
    const recorded = h.recorded.find((x) => x.position === r.position && x.index === r.index);
    // An actor's change may have had no personal part; every other retraction names a change that is there.
    if (!recorded && r.track !== 'actor_personal')
      throw new Error(`a revert names change ${r.position}.${r.index} of ${r.track} ${r.id}, which branch ${r.branch} does not hold`);
    if (recorded && recorded.retracted_at === null) {
      recorded.retracted_at = r.retracted_at;
      effective.push(r);
    }
    touched.add(h);
  }
  let looked = 0;
  for (const h of touched) {
    if (++looked % A_TURN === 0) await setImmediate();
    const base = h.branch === 0 ? [] : (held.get(keyOf(0, h.track, h.id)) as Held).recorded;
    const wanted = timelineAt(h.track, base, h.recorded, pinAt(h.branch, step.position), step.position);
    const { keep, ended, dropped } = reconcile(h.track, h.rows, wanted, step.position);
    h.rows = keep;
    h.gone.push(...ended);
    h.dropped.push(...dropped);
  }
  return effective;
};
