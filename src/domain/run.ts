import type { Decision, TimelineSource } from './world.ts';

/**
 * Drives a decision to its end: loads what it asks for, one batch after the other, and gives back its result. The decision
 * asks for nothing twice (its world remembers what it was given), so nothing is loaded twice. Refusals pass through.
 */
export const runDecision = async <Result>(decision: Decision<Result>, source: TimelineSource): Promise<Result> => {
  let step = decision.next([]);
  while (!step.done) step = decision.next(step.value.length > 0 ? await source.load(step.value) : []);
  return step.value;
};
