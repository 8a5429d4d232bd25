import { refuse } from '../domain/codes.ts';
import { type FileBytes, headOf } from './chunks.ts';
import { detectEncoding } from './encoding.ts';

const kinds: readonly [bytes: readonly number[], what: string, wayOut: string][] = [
  [[0x50, 0x4b, 0x03, 0x04], 'an Excel workbook or another zip archive', 'Open it and save the sheet as CSV (UTF-8).'],
  [[0xd0, 0xcf, 0x11, 0xe0], 'an Excel workbook', 'Open it and save the sheet as CSV (UTF-8).'],
  [[0x1f, 0x8b], 'compressed', 'Unpack it first, e.g. with gunzip.'],
  [[0x25, 0x50, 0x44, 0x46], 'a PDF', 'Export the table as CSV from where the PDF was made.'],
];

/** So many zero bytes near the beginning are no slip: the file is no text. */
const ZEROS = 16;

/** Refuses with INPUT_INVALID a file that is no text, saying what it is: its name may end in .csv all the same. */
export const refuseNoText = (name: string, bytes: FileBytes): void => {
  const head = headOf(bytes, 4000);
  for (const [mark, what, wayOut] of kinds)
    if (mark.every((b, i) => head[i] === b)) throw refuse('INPUT_INVALID', `${name} is ${what}, not a text file`, { wayOut });
  if (!detectEncoding(head).startsWith('utf-16') && head.reduce((n, b) => n + Number(b === 0), 0) >= ZEROS)
    throw refuse('INPUT_INVALID', `${name} is not a text file`, { wayOut: 'Save the table as CSV (UTF-8) and import that.' });
};
