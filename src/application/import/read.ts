import { refuse } from '../../domain/codes.ts';
import { isDate } from '../../domain/dates.ts';
import type { TenantSettings } from '../../domain/events.ts';
import { formatNames } from '../../import/columns.ts';
import { earliestOf } from '../../import/histories.ts';
import { sha256Of } from '../../import/chunks.ts';
import { type GivenFile, type Inputs, readInputs } from '../../import/inputs.ts';
import { managersOf } from '../../import/managers.ts';
import { defaultSource } from '../../import/plan.ts';
import { parseRepairs, type Repairs } from '../../import/repairs.ts';
import { canonical, sha256 } from '../idempotency.ts';
import type { ImportReading, ImportRequest } from './request.ts';

/** An import whose files were read: everything that does not depend on the baseline. */
export interface Job {
  request: ImportRequest;
  inputs: Inputs;
  source: string;
  /** Of the one file; of several, of the list of their hashes in the order of the list and then by name. */
  file_sha256: string;
  files: { name: string; sha256: string }[];
  repairs: Repairs;
  settings: TenantSettings;
  today: string;
  /** From when what the files say without a date holds. */
  on: string;
  /** From when the baseline is looked at: earlier where the files tell of the past. */
  from: string;
}

const filesOf = (request: ImportRequest): GivenFile[] => [{ name: request.file_name, bytes: request.bytes }, ...(request.beside ?? [])];

/** Reads the files of an import. Refuses with INPUT_INVALID files of no known shape, and options that make no sense. */
export const readJob = (request: ImportRequest, settings: TenantSettings, today: string): Job => {
  const given = filesOf(request);
  const inputs = readInputs(given, request.mapping, request.scratch);
  if (request.complete && inputs.main.table.rows.length === 0)
    throw refuse(
      'INPUT_INVALID',
      `${inputs.main.name} has a header and no rows: as a complete file it would close all that its source brought`,
      {
        wayOut: 'Give the file with its rows, or leave out --complete.',
      },
    );
  const source = request.source?.trim() || defaultSource(inputs.main.table, inputs.main.layout);
  if (source.length > 200)
    throw refuse('INPUT_INVALID', 'the name of a source has at most 200 characters', { wayOut: 'Use a shorter name.' });
  const on = request.effective_on ?? today;
  if (!isDate(on))
    throw refuse('INPUT_INVALID', `effective_on is no date: ${JSON.stringify(on.slice(0, 40))}`, {
      wayOut: 'Give a calendar date as YYYY-MM-DD.',
    });
  const earliest = request.effective_on === undefined ? earliestOf(inputs, request.date_order) : undefined;
  const files = given.map(({ name, bytes }) => ({ name, sha256: sha256Of(bytes) }));
  files.sort((a, b) => Number(b.name === inputs.main.name) - Number(a.name === inputs.main.name) || (a.name < b.name ? -1 : 1));
  return {
    request,
    inputs,
    source,
    file_sha256: files.length === 1 ? (files[0]?.sha256 as string) : sha256(canonical(files.map((f) => f.sha256))),
    files,
    repairs: parseRepairs(request.repair ?? {}),
    settings,
    today,
    on,
    from: earliest !== undefined && earliest < on ? earliest : on,
  };
};

/** How the files of a job were understood. */
export const readingOf = ({ inputs: { main, beside } }: Job): ImportReading => {
  const seats = main.layout.format === 'csv' || main.layout.format === 'people';
  const { reading } = seats ? managersOf(main.table, main.layout) : { reading: undefined };
  return {
    files: [main, ...Object.values(beside)].map(({ name, table, layout }) => ({
      file: name,
      format: formatNames[layout.format],
      rows: table.rows.length,
      mapping: layout.mapping,
      unknown_columns: layout.unknown,
    })),
    ...(reading ? { managers: reading } : {}),
  };
};
