import type { LineQuestion } from './line-questions.ts';
import type { Answer, Decision, TimelineSource } from './world.ts';

const count = (question: LineQuestion, source: TimelineSource): Promise<Answer> =>
  question.ask === 'followers' ? source.followers(question) : source.below(question);

/**
 * Drives a decision to its end: loads what it asks for, one batch after the other, and gives back its result. The decision
 * asks for nothing twice (its world remembers what it was given), so nothing is loaded twice. Where it asks for nothing it offers
 * to let others run: `turn` says when they have. Refusals pass through.
 */
export const runDecision = async <Result>(
  decision: Decision<Result>,
  source: TimelineSource,
  turn: () => Promise<void> | undefined = () => undefined,
): Promise<Result> => {
  let step = decision.next([]);
  while (!step.done) {
    if (!Array.isArray(step.value)) step = decision.next(await count(step.value, source));
    else if (step.value.length > 0) step = decision.next(await source.load(step.value));
    else {
      const others = turn();
      if (others) await others;
      step = decision.next([]);
    }
  }
  return step.value;
};
