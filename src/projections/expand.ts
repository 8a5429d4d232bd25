import { setImmediate } from 'node:timers/promises';
import { type Change, kindOf, readChange } from '../domain/changes.ts';
import { UnknownEvent } from './lane-code.ts';
import { storable } from './storable.ts';
import type { Step } from './projector-rows.ts';
import type { ChangeRow, Retraction } from './track-store.ts';
import type { Values } from '../domain/entities.ts';

const clean = (values: Values): Values => Object.fromEntries(Object.entries(values).map(([f, v]) => [f, storable(f, v)]));

/** Only what a change is made of: planned changes also carry their sentence and the values before and after. */
const bare = (stored: unknown): unknown => {
  const { type, v, id, effective_from, set, personal, replace_later, reverts, line } = stored as Change;
  return { type, v, id, effective_from, set, ...defined({ personal, replace_later, reverts, line }) };
};

const defined = (values: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(values).filter(([, v]) => v !== undefined));

const known = (stored: unknown): Change => {
  try {
    return readChange(bare(stored));
  } catch (error) {
    throw error instanceof TypeError ? new UnknownEvent(error.message, { cause: error }) : error;
  }
};

/**
 * What a list of stored changes does to a branch at a position. `first` is the index of the first change there (an import's
 * index runs over all its batches). Old schema versions are lifted; what is no change throws.
 */
export const expandChanges = (
  branch: number,
  position: number,
  stored: readonly unknown[],
  first = 0,
  batch: number | null = null,
): Step => {
  const changes: ChangeRow[] = [];
  const retractions: Retraction[] = [];
  stored.forEach((raw, i) => {
    const change = known(raw);
    const kind = kindOf(change);
    const index = first + i;
    if (change.type === 'ChangesReverted') {
      for (const r of change.reverts ?? []) {
        const gone = { branch, id: r.id, position: r.position, index: r.index, retracted_at: position };
        retractions.push({ ...gone, track: r.kind });
        if (r.kind === 'actor') retractions.push({ ...gone, track: 'actor_personal' });
      }
      return;
    }
    const common = {
      branch,
      id: change.id,
      position,
      index,
      type: change.type,
      effective_from: change.effective_from,
      replace_later: change.replace_later ?? false,
      batch,
      line: change.line ?? null,
    };
    changes.push({ ...common, track: kind, set: clean(change.set) });
    if (change.personal) changes.push({ ...common, track: 'actor_personal', set: clean(change.personal as Values) });
  });
  return { position, changes, retractions };
};

/** Changes read between two turns of the event loop. */
const A_TURN = 500;

/** The same of a list of any length, as one step; others are let in meanwhile. */
export const expandInTurns = async (branch: number, position: number, stored: readonly unknown[]): Promise<Step> => {
  const whole: Step = { position, changes: [], retractions: [] };
  for (let from = 0; from < stored.length; from += A_TURN) {
    if (from > 0) await setImmediate();
    const { changes, retractions } = expandChanges(branch, position, stored.slice(from, from + A_TURN), from);
    for (const change of changes) whole.changes.push(change);
    for (const retraction of retractions) whole.retractions.push(retraction);
  }
  return whole;
};
