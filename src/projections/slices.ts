import type { Ledger } from './ledger.ts';
import { comparedTables } from './schema.ts';
import { projectSteps, type Step } from './projector-rows.ts';
import type { Sql } from './sql.ts';
import { type Memory, readingOf } from './memory.ts';

/** Changes worked on at once. Bounds memory; an import of any size is projected in slices of one transaction. */
const SLICE = 10_000;
/** The same where a fold remembers what it wrote: a thing that changes twice within a slice is written once. */
const SLICE_OF_A_FOLD = 15_000;

/**
 * After so many changes in one transaction, and again whenever there are four times as many, the planner is told what is there: of a
 * tenant that was small a moment ago it knows no rows, and would walk over all of them for each page of things.
 */
const TOLD_AT = 20_000;
const tell = (sql: Sql): Promise<unknown> =>
  // Never waits: another lane may hold the same lock until it commits.
  sql.query(`analyze (skip_locked) ${Object.keys(comparedTables).join(', ')}`);

/** The baseline position each of these branches rests on, by position. */
const pinsOf = async (ledger: Ledger, branches: readonly number[]): Promise<(branch: number, position: number) => number> => {
  const byBranch = Map.groupBy(await ledger.pins(branches), (pin) => pin.branch);
  return (branch, position) => {
    if (branch === 0) return position;
    const pin = byBranch.get(branch)?.findLast((p) => p.from <= position);
    if (!pin) throw new Error(`branch ${branch} has no pin at position ${position}`);
    return pin.baseline;
  };
};

export interface Slices {
  /** Adds a step; a slice that is full is written. */
  take(step: Step): Promise<void>;
  /** The same, but a full slice is only begun to be written: no statement of another kind may run before `flush`. */
  gather(step: Step): Promise<void>;
  /** Writes all that is waiting and waits until it is written. */
  flush(): Promise<void>;
  /** Waits for what is under way, however it ends: after this nothing more runs in the transaction. */
  settle(): Promise<void>;
  /** Changes and retractions taken so far. */
  taken(): number;
}

/** Gathers what events do to a tenant's timelines and projects it in slices: the next is gathered while one is written. */
export const slicesOf = (sql: Sql, tenant: number, ledger: Ledger, memory?: Memory): Slices => {
  const size = memory ? SLICE_OF_A_FOLD : SLICE;
  const recall = memory ?? readingOf();
  let steps: Step[] = [];
  let [waiting, all, next] = [0, 0, TOLD_AT];
  let written = 0;
  let under: Promise<void> = Promise.resolve();

  const write = async (mine: readonly Step[]): Promise<void> => {
    const branches = new Set(mine.flatMap((s) => [...s.changes, ...s.retractions].map((c) => c.branch)));
    branches.delete(0);
    const upTo = written;
    written += mine.reduce((n, s) => n + s.changes.length + s.retractions.length, 0);
    if (!memory && upTo >= next) {
      await tell(sql);
      next = upTo * 4;
    }
    await projectSteps(sql, tenant, mine, await pinsOf(ledger, [...branches]), recall);
  };
  const begin = async (): Promise<void> => {
    await under;
    if (steps.length === 0) return;
    under = write(steps);
    // It is awaited by whoever comes next; until then its failure is not unhandled.
    under.catch(() => {});
    steps = [];
    waiting = 0;
  };
  const gather = async (step: Step): Promise<void> => {
    steps.push(step);
    waiting += step.changes.length + step.retractions.length;
    all += step.changes.length + step.retractions.length;
    if (waiting >= size) await begin();
  };
  return {
    gather,
    take: async (step) => {
      await gather(step);
      await under;
    },
    flush: async () => {
      await begin();
      await under;
    },
    settle: () => under.catch(() => {}),
    taken: () => all,
  };
};
