import type { Answer, Decision, Question, TimelineSource } from './world.ts';

const answer = (question: Question, source: TimelineSource): Promise<Answer> => {
  switch (question.ask) {
    case 'followers':
      return source.followers(question);
    case 'below':
      return source.below(question);
    case 'used':
      return source.used(question);
    default:
      return question satisfies never;
  }
};

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
    if (!Array.isArray(step.value)) step = decision.next(await answer(step.value, source));
    else if (step.value.length > 0) step = decision.next(await source.load(step.value));
    else {
      const others = turn();
      if (others) await others;
      step = decision.next([]);
    }
  }
  return step.value;
};
