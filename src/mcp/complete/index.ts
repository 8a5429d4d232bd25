import { hasAll, type Desk } from '../desk.ts';
import { promptOf } from '../prompts/index.ts';
import { templateOf } from '../resources/index.ts';
import { type Completion, MOST } from './names.ts';

/** What is completed: an argument of a prompt, or the variable of a resource template. */
export type Reference = { type: 'ref/prompt'; name: string } | { type: 'ref/resource'; uri: string };

const nothing: Completion = { values: [], total: 0 };

const completerOf = (reference: Reference, argument: string) => {
  if (reference.type === 'ref/prompt') {
    const prompt = promptOf(reference.name);
    const complete = prompt?.arguments.find((a) => a.name === argument)?.complete;
    return prompt && complete && { abilities: prompt.abilities, complete };
  }
  const template = templateOf(reference.uri);
  return template && template.variable === argument ? template : undefined;
};

/**
 * Values for what was typed so far, at most a hundred. A prompt or template that does not exist and one the caller may not use are
 * answered alike: with nothing. So is what the caller may not see.
 */
export const complete = async (
  desk: Desk,
  reference: Reference,
  argument: { name: string; value: string },
): Promise<{ values: string[]; total?: number; hasMore: boolean }> => {
  const completer = completerOf(reference, argument.name);
  const { values, total } = completer && hasAll(desk.has, completer.abilities) ? await completer.complete(desk, argument.value) : nothing;
  const shown = values.slice(0, MOST);
  return { values: shown, ...(total === undefined ? {} : { total }), hasMore: (total ?? values.length) > shown.length };
};
