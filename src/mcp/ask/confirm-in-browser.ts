import { inputRequired } from '@modelcontextprotocol/server';
import { Refusal } from '../../domain/codes.ts';
import type { Asking, InputRequired } from './asking.ts';

/**
 * A tenant that wants a person to confirm (HUMAN_REQUIRED): the client may open the page where a signed-in person does. What the
 * client answers opens nothing: it says at most that the address was opened. The call that comes again confirms only what the page
 * has confirmed already. A form would prove nobody, since the program that shows it could fill it in.
 */

const KEY = 'confirm_in_browser';

export const confirmPage = (origin: string, proposal_id: string): string => `${origin}/proposals/${proposal_id}/confirm`;

const proposalIn = (args: unknown): string | undefined => {
  const id = typeof args === 'object' && args !== null ? (args as { proposal_id?: unknown }).proposal_id : undefined;
  return typeof id === 'string' ? id : undefined;
};

/** The question for a client that opens addresses; for all others, and after the question, the refusal with the address in it. */
export const askForPerson = (args: unknown, error: unknown, asking: Asking): { ask: InputRequired } | { instead: Refusal } | undefined => {
  const proposal_id = proposalIn(args);
  if (!(error instanceof Refusal) || error.code !== 'HUMAN_REQUIRED' || proposal_id === undefined || asking.origin === undefined)
    return undefined;
  const url = confirmPage(asking.origin, proposal_id);
  const answered = asking.responses?.[KEY] !== undefined;
  if (asking.url && !answered)
    return {
      ask: inputRequired({
        inputRequests: {
          [KEY]: inputRequired.elicitUrl({
            url,
            message: 'This organisation wants a signed-in person to review and confirm this proposal.',
          }),
        },
      }),
    };
  const [first, ...rest] = error.findings;
  if (!first) return undefined;
  const wayOut = answered
    ? `The person has not confirmed it yet. They do at ${url}; call again afterwards.`
    : `A person confirms it at ${url}, or with the command in this answer. Call again afterwards to get the result.`;
  return { instead: new Refusal([{ ...first, way_out: wayOut }, ...rest], { ...error.details, url }) };
};
