import { z } from 'zod';
import { refuse } from '../domain/codes.ts';

/** The longest answer of a read, in characters of JSON (about 50,000 tokens). Defaults stay far below it. */
export const ANSWER_LIMIT = 200_000;

const shortenedTo = {
  shortened_to: z
    .int()
    .optional()
    .describe(
      `The limit in force, lower than the one asked for: more items would have made the answer longer than ${ANSWER_LIMIT} characters. The cursor leads to the rest.`,
    ),
};

const hasLimit = (input: z.ZodObject): boolean => 'limit' in input.shape;
const pages = (input: z.ZodObject): boolean => hasLimit(input) && 'cursor' in input.shape;

/** What a tool answers: what its operation does, and for a list in pages that a page was made shorter. */
export const answerOf = ({ input, output }: { input: z.ZodObject; output: z.ZodObject }): z.ZodObject =>
  pages(input) ? output.extend(shortenedTo) : output;

const mostRows = (answer: object): number => Math.max(1, ...Object.values(answer).map((v) => (Array.isArray(v) ? v.length : 0)));

/**
 * The JSON of a read's answer, of at most ANSWER_LIMIT characters. Where it would be longer, a list in pages is read again with a
 * lower limit, so the cursor of that page leads to all that is not in it; what has no pages, or one item too long, is refused
 * with TOO_LARGE. `ask` gives the answer to arguments as JSON has it.
 */
export const fitted = async (
  { name, input }: { name: string; input: z.ZodObject },
  args: Readonly<Record<string, unknown>>,
  ask: (args: Readonly<Record<string, unknown>>) => Promise<string>,
): Promise<string> => {
  const whole = await ask(args);
  if (whole.length <= ANSWER_LIMIT) return whole;
  const rows = Math.min(hasLimit(input) ? Number(args.limit) : 1, mostRows(JSON.parse(whole)));
  // Items differ in length, so a tenth is left free; where that was not enough, the next try takes half at most.
  const fewer = (n: number, length: number, most: number) => Math.max(1, Math.floor(n * Math.min(most, (0.9 * ANSWER_LIMIT) / length)));
  if (pages(input))
    for (let [tried, limit] = [rows, fewer(rows, whole.length, 1)]; limit < tried; ) {
      const shorter = JSON.stringify({ shortened_to: limit, ...JSON.parse(await ask({ ...args, limit })) });
      if (shorter.length <= ANSWER_LIMIT) return shorter;
      [tried, limit] = [limit, fewer(limit, shorter.length, 0.5)];
    }
  throw refuse('TOO_LARGE', `the answer of ${name} would have ${whole.length} characters, and ${ANSWER_LIMIT} is the most`, {
    ...(hasLimit(input) && !pages(input) && rows > 1
      ? { wayOut: `Use filters, or a limit of about ${fewer(rows, whole.length, 1)}.` }
      : {}),
  });
};
