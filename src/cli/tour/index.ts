import type { Assistant } from '../mcp-client.ts';
import type { Output } from '../output.ts';
import { guide, type TourStep } from './guide.ts';
import { compare, whatChangedSince } from './history.ts';
import { planAndConfirm } from './plan.ts';
import { review } from './review.ts';

/** The first day of the year after `today`: changes that are planned begin with a year. */
const nextYear = (today: string): string => `${Number(today.slice(0, 4)) + 1}-01-01`;

/**
 * The main job, told to a person while it is done: review, plan, impact, confirm, comparison, and what changed since the
 * snapshot that was named before. Everything goes through the tools of a connected assistant. Gives the calls with their answers.
 */
export const tour = async (assistant: Assistant, out: Output, snapshot: string): Promise<TourStep[]> => {
  const by = guide(assistant, out);
  const reviewed = await review(by);
  const date = nextYear(reviewed.today);
  const scenario_id = await planAndConfirm(by, reviewed, date);
  await compare(by, scenario_id, date);
  await whatChangedSince(by, snapshot);
  return by.steps;
};
