import { type Desk, hasAll } from '../desk.ts';
import { auditTrail, compareScenarios, planAChange, scenarioReview } from './plans.ts';
import { checkedArguments, type Prompt } from './prompt.ts';
import { costReview, orgReview, spanAndLayersReview } from './reviews.ts';

/** Every prompt, in the order they are listed. */
export const prompts: readonly Prompt[] = [
  orgReview,
  costReview,
  spanAndLayersReview,
  scenarioReview,
  compareScenarios,
  planAChange,
  auditTrail,
];

/** A prompt as prompts/list gives it. */
export interface ListedPrompt {
  [key: string]: unknown;
  name: string;
  title: string;
  description: string;
  arguments: { name: string; title: string; description: string; required: boolean }[];
}

/** The prompts a caller can follow. */
export const listPrompts = (desk: Pick<Desk, 'has'>): ListedPrompt[] =>
  prompts
    .filter((p) => hasAll(desk.has, p.abilities))
    .map((p) => ({
      name: p.name,
      title: p.title,
      description: p.description,
      arguments: p.arguments.map(({ name, title, description, required }) => ({ name, title, description, required: required === true })),
    }));

export const promptOf = (name: string): Prompt | undefined => prompts.find((p) => p.name === name);

/** The message of a prompt; undefined where there is none of this name. Refuses with FORBIDDEN and INPUT_INVALID. */
export const getPrompt = async (
  desk: Desk,
  name: string,
  given: Readonly<Record<string, string>> | undefined,
): Promise<{ description: string; text: string } | undefined> => {
  const prompt = promptOf(name);
  if (!prompt) return undefined;
  desk.need(prompt.abilities);
  return { description: prompt.description, text: await prompt.text(desk, checkedArguments(prompt, given)) };
};
