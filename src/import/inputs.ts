import { refuse, Refusal } from '../domain/codes.ts';
import { type Format, formatNames, type Layout, recognise } from './columns.ts';
import { type CsvTable, detectDelimiter, parseCsv } from './csv.ts';
import { type FileBytes, headOf } from './chunks.ts';
import { detectEncoding, type Encoding, textOf } from './encoding.ts';
import { looksLikeJson, parseJson } from './json.ts';
import { refuseNoText } from './not-text.ts';
import { plainHeading } from './aliases.ts';
import type { OpenScratch } from './scratch.ts';

/** A file as it was given. */
export interface GivenFile {
  name: string;
  bytes: FileBytes;
}

/** A file that was read and recognised. */
export interface Input {
  name: string;
  table: CsvTable;
  layout: Layout;
  encoding: Encoding;
}

/** What one import reads: the list itself, and the files that stand beside it. */
export interface Inputs {
  main: Input;
  beside: Partial<Record<Format, Input>>;
}

/** Which files may stand beside which list. */
const companions: Partial<Record<Format, readonly Format[]>> = { people: ['pay_history', 'department_history'], teams: ['memberships'] };
const mains: readonly Format[] = ['uk-organogram', 'csv', 'people', 'teams'];

/** JSON is read as a whole, so it is not as large as CSV may be. */
const MOST_JSON = 256 * 1024 * 1024;

const wholeText = (name: string, bytes: FileBytes, encoding: Encoding): string => {
  if (bytes.length > MOST_JSON)
    throw refuse('TOO_LARGE', `${name} is JSON and larger than 256 MB`, { wayOut: 'Give it as CSV, which is read row by row.' });
  return [...textOf(bytes, encoding)].join('');
};

/** The part of a mapping that speaks of one file's headings; of a single file it has to be the whole. */
const mappingFor = (header: readonly string[], mapping: Readonly<Record<string, string>>): Record<string, string> => {
  const headings = new Set(header.map(plainHeading));
  return Object.fromEntries(Object.entries(mapping).filter(([, heading]) => heading === '' || headings.has(plainHeading(heading))));
};

/** Rows looked at for a header that does not come first. */
const LOOKED_AT = 20;

/** The columns of a file. Where a row further down would be a header, the refusal says so: reports begin with a title. */
const layoutOf = (table: CsvTable, mapping: (header: readonly string[]) => Readonly<Record<string, string>>): Layout => {
  const found = (header: readonly string[]): Layout | Refusal => {
    try {
      return recognise(header, mapping(header));
    } catch (error) {
      if (error instanceof Refusal) return error;
      throw error;
    }
  };
  const layout = found(table.header);
  if (!(layout instanceof Refusal)) return layout;
  let looked = 0;
  for (const { line, cells } of table.rows) {
    if (looked++ === LOOKED_AT) break;
    // What stands above the header may have told another delimiter.
    const text = cells.join(table.delimiter);
    if (found(cells) instanceof Refusal && found(text.split(detectDelimiter(text))) instanceof Refusal) continue;
    throw refuse('INPUT_INVALID', `the first row of the file is no header; the one on line ${line} looks like it`, {
      wayOut: 'Delete what stands above the header, and import the file again.',
    });
  }
  throw layout;
};

const choose = (inputs: readonly Input[]): Input => {
  const lists = inputs.filter((i) => mains.includes(i.layout.format));
  const only = inputs.length === 1 && inputs[0]?.layout.format === 'memberships' ? inputs[0] : undefined;
  const main = only ?? lists[0];
  if (!main)
    throw refuse(
      'INPUT_INVALID',
      `no list of positions, people or teams is among the files: ${inputs.map((i) => `${i.name} is a ${formatNames[i.layout.format]}`).join(', ')}`,
      {
        wayOut: 'Give the list as a further --file.',
      },
    );
  if (lists.length > 1)
    throw refuse('INPUT_INVALID', `"${lists[0]?.name}" and "${lists[1]?.name}" are each a list of its own`, {
      wayOut: 'Import them one after the other.',
    });
  return main;
};

/**
 * Reads the files of one import and finds by their columns which is the list and what the others are. Refuses with INPUT_INVALID files that do
 * not belong together, and what cannot be read at all.
 */
export const readInputs = (files: readonly GivenFile[], mapping: Readonly<Record<string, string>> = {}, scratch?: OpenScratch): Inputs => {
  const inputs = files.map(({ name, bytes }): Input => {
    refuseNoText(name, bytes);
    const encoding = detectEncoding(bytes);
    const [head = ''] = textOf(headOf(bytes, 4000), encoding);
    const table = looksLikeJson(head) ? parseJson(wholeText(name, bytes, encoding)) : parseCsv(textOf(bytes, encoding), scratch);
    return { name, table, encoding, layout: layoutOf(table, (header) => (files.length > 1 ? mappingFor(header, mapping) : mapping)) };
  });
  for (const heading of Object.values(mapping))
    if (heading !== '' && !inputs.some((i) => i.table.header.some((h) => plainHeading(h) === plainHeading(heading))))
      throw refuse('INPUT_INVALID', `the mapping looks for the heading "${heading}", which no file has`, {
        wayOut: 'Correct the heading in the mapping.',
      });
  const main = choose(inputs);
  const beside: Inputs['beside'] = {};
  for (const input of inputs) {
    const { format } = input.layout;
    if (input === main) continue;
    if (!companions[main.layout.format]?.includes(format))
      throw refuse('INPUT_INVALID', `a ${formatNames[format]} (${input.name}) does not belong to a ${formatNames[main.layout.format]}`, {
        wayOut: 'Import it without the other file, or with the list it belongs to.',
      });
    if (beside[format])
      throw refuse('INPUT_INVALID', `"${beside[format].name}" and "${input.name}" are both a ${formatNames[format]}`, {
        wayOut: 'Give one of them.',
      });
    beside[format] = input;
  }
  return { main, beside };
};
