import { refuse } from '../domain/codes.ts';
import type { CsvTable } from './csv.ts';

/** True where a text is JSON rather than a delimited table. */
export const looksLikeJson = (text: string): boolean => /^\s*(\[\s*[{\]]|\{\s*["}])/.test(text.slice(0, 1000));

const wayOut = 'Give an array of flat objects, [{"position_id": "P1", "title": "Chief"}, …], or a CSV file.';

/** Numbers as they are written: an amount keeps every digit. */
type Source = { source?: string };
const keepDigits = (_key: string, value: unknown, context?: Source): unknown =>
  typeof value === 'number' ? (context?.source ?? String(value)) : value;

const cellOf = (value: unknown, line: number, key: string): string => {
  if (value === null || value === undefined) return '';
  if (typeof value === 'string') return value.trim();
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  throw refuse('ROW_INVALID', `object ${line} holds a list or an object under "${key.slice(0, 100)}"`, { wayOut }, { line });
};

/**
 * Reads an array of flat objects as a table: keys are headings, in the order they first appear. `line` is the number of the object, counted
 * from 1. Refuses with INPUT_INVALID what is no such array, and with ROW_INVALID an object that holds another.
 */
export const parseJson = (text: string): CsvTable => {
  let read: unknown;
  try {
    read = JSON.parse(text, keepDigits as (key: string, value: unknown) => unknown);
  } catch (error) {
    throw refuse('INPUT_INVALID', `the file is no JSON: ${(error as Error).message.slice(0, 200)}`, { wayOut });
  }
  if (!Array.isArray(read)) throw refuse('INPUT_INVALID', 'the file is JSON, but no array', { wayOut });
  const objects = read as Record<string, unknown>[];
  if (objects.length === 0) throw refuse('INPUT_INVALID', 'the file is empty', { wayOut });
  const places = new Map<string, number>();
  objects.forEach((object, i) => {
    if (typeof object !== 'object' || object === null || Array.isArray(object))
      throw refuse('ROW_INVALID', `entry ${i + 1} of the array is no object`, { wayOut }, { line: i + 1 });
    for (const key of Object.keys(object)) if (!places.has(key)) places.set(key, places.size);
  });
  const header = [...places.keys()];
  return {
    delimiter: ',',
    header,
    rows: objects.map((object, i) => ({
      line: i + 1,
      cells: header.map((key) => cellOf(Object.hasOwn(object, key) ? object[key] : null, i + 1, key)),
    })),
  };
};
