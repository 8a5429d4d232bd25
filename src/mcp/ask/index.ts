import type { Refusal } from '../../domain/codes.ts';
import type { Asking, InputRequired, Read } from './asking.ts';
import { askCloseModes, withCloseModes } from './close-unit.ts';
import { askForPerson } from './confirm-in-browser.ts';

export type { Asking, InputRequired } from './asking.ts';

/** Arguments completed by what the client answered to our questions. */
export const withAnswers = (tool: string, args: unknown, asking: Asking): unknown =>
  tool === 'scenario.action.plan' ? withCloseModes(args, asking) : args;

/** What to ask instead of refusing, or a refusal that says more; undefined where the error stands as it is. */
export const questionFor = async (
  tool: string,
  args: unknown,
  error: unknown,
  asking: Asking,
  read: Read,
): Promise<{ ask: InputRequired } | { instead: Refusal } | undefined> => {
  switch (tool) {
    case 'scenario.action.plan': {
      const ask = await askCloseModes(args, error, asking, read);
      return ask && { ask };
    }
    case 'scenario.action.confirm':
      return askForPerson(args, error, asking);
    default:
      return undefined;
  }
};
