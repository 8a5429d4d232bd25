import { z } from 'zod';

/** What breaks a line, steers a terminal or turns the reading direction: none of it can be seen by who reviews a sentence. */
const unseen = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu;

/** The same text on one line and in one direction: each character that cannot be seen becomes a space. */
export const oneLine = (text: string): string => text.replace(unseen, ' ').toWellFormed();

/** Text inside a sentence, as data: on one line, between double quotes that it cannot end. */
export const quoted = (text: string): string => `"${oneLine(text).replaceAll('"', "'")}"`;

const isLine = (text: string): boolean => text.isWellFormed() && text.search(unseen) < 0;
const isNote = (text: string): boolean => isLine(text.replace(/[\t\n\r]/g, ' '));

/**
 * A name or a label somebody gives: one line of at most `max` UTF-16 units, trimmed. What is reviewed is then what is kept: the read
 * model cannot hold the character NUL, the log no lone surrogate, and a sentence of a plan stays one sentence.
 */
export const lineText = (max: number) =>
  z.string().trim().min(1).max(max).refine(isLine, 'one line of text, without control characters and marks of direction');

/** A reason or a purpose: as `lineText`, and it may have lines and tabs. */
export const noteText = (max: number) =>
  z.string().trim().min(1).max(max).refine(isNote, 'text without control characters and marks of direction');

/** A key of a request: any text of whole characters. */
export const keyText = z
  .string()
  .min(1)
  .max(200)
  .refine((key) => key.isWellFormed(), 'text of whole characters: a lone surrogate is none');

/** Whether every text inside a JSON value, names of members included, has whole characters only: no other value has an RFC 8785 form. */
export const wellFormed = (value: unknown): boolean => {
  const open = [value];
  while (open.length > 0) {
    const next = open.pop();
    if (typeof next === 'string' && !next.isWellFormed()) return false;
    if (typeof next === 'object' && next !== null) for (const [name, member] of Object.entries(next)) open.push(name, member);
  }
  return true;
};
