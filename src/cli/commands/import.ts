import { closeSync, openSync, readFileSync, readSync, statSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { type Command, Option } from 'commander';
import {
  chunksOf,
  type FileBytes,
  type ImportProgress,
  type ImportReading,
  type ImportReport,
  importFile,
} from '../../application/import/index.ts';
import { refuse } from '../../domain/codes.ts';
import { exitCodes, Stop } from '../exit.ts';
import { keepHeapSmall } from '../memory.ts';
import { plain, table } from '../output.ts';
import { command, withWorkplace } from '../run.ts';
import { diskScratch } from '../scratch.ts';
import type { Shell } from '../shell.ts';

interface Options {
  tenant: string;
  file: string[];
  dryRun: boolean;
  complete: boolean;
  skipRejected: boolean;
  repair: string[];
  mapping?: string;
  source?: string;
  effectiveOn?: string;
  dateOrder?: 'dmy' | 'mdy';
  rejected?: string;
  json: boolean;
}

/** Some millions of rows; split larger files by source. */
const MOST_BYTES = 4 * 1024 * 1024 * 1024;
const PIECE = 1 << 20;

/** A file that is read piece by piece: a large one does not fit in memory beside what is made of it. */
const fileBytes = (path: string): FileBytes => {
  try {
    const stat = statSync(path);
    // A pipe can be read once only, and tells no size.
    if (!stat.isFile()) return readFileSync(path);
    const { size: length } = stat;
    if (length > MOST_BYTES) throw refuse('TOO_LARGE', `${path} is larger than 4 GB`, { wayOut: 'Split the file and import the parts.' });
    closeSync(openSync(path, 'r'));
    return {
      length,
      *chunks() {
        const file = openSync(path, 'r');
        try {
          for (let at = 0; at < length; ) {
            const piece = Buffer.allocUnsafe(PIECE);
            const read = readSync(file, piece, 0, PIECE, at);
            if (read === 0) throw refuse('INPUT_INVALID', `${path} became shorter while it was read`, { wayOut: 'Import it again.' });
            at += read;
            yield piece.subarray(0, read);
          }
        } finally {
          closeSync(file);
        }
      },
    };
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' || code === 'EISDIR' || code === 'EACCES')
      throw refuse('INPUT_INVALID', `cannot read ${path} (${code})`, { wayOut: 'Check the path and its rights.' });
    throw error;
  }
};

const repairs = (given: string[]): Record<string, string> =>
  Object.fromEntries(
    given.map((text) => {
      const match = /^([a-z_]+)=([a-z_]+)$/.exec(text);
      if (!match?.[1] || !match[2])
        throw refuse('INPUT_INVALID', `--repair ${JSON.stringify(text)} is not of the form name=value`, {
          wayOut: 'E.g. --repair duplicates=first.',
        });
      return [match[1], match[2]];
    }),
  );

/** A file that says which column of the source stands for which of ours: {"position_id": "Post Unique Reference", ...}. */
const mappingOf = (path: string): Record<string, string> => {
  const text = Buffer.concat([...chunksOf(fileBytes(path))]).toString('utf8');
  try {
    const read: unknown = JSON.parse(text);
    if (typeof read === 'object' && read !== null && !Array.isArray(read) && Object.values(read).every((v) => typeof v === 'string'))
      return read as Record<string, string>;
  } catch {
    // Said below, as for any other text that is no mapping.
  }
  throw refuse('INPUT_INVALID', `${path} is no mapping`, {
    wayOut: 'It is a JSON object from column to column name, e.g. {"position_id": "Post ID"}.',
  });
};

const many = (value: string, before: string[]): string[] => [...before, value];

/** Rows shown to a person; the JSON answer and the file of rejected rows hold the rest. */
const SHOWN = 20;

const summary = (report: ImportReport): string => {
  const { created, changed, closed } = report.would ?? report;
  const stops = report.rows_report.filter((f) => f.severity === 'stop');
  const shown = (stops.length > 0 ? stops : report.rows_report).slice(0, SHOWN);
  const would = report.refused || report.dry_run ? 'Would create' : 'Created';
  const counts = Object.entries(created).map(([what, n]) => `${n} ${what.replaceAll('_', ' ')}`);
  return [
    `${report.format}, ${report.encoding}; ${report.rows} rows: ${report.accepted} accepted, ${report.rejected} rejected.`,
    ...report.beside.map((b) => `${b.file}: ${b.rows} rows: ${b.accepted} accepted, ${b.rejected} rejected.`),
    `${would} ${counts.join(', ')}; changed ${changed}; closed ${closed}.`,
    ...report.assumed.map((a) => `Assumed: ${a}.`),
    ...(report.findings.length > 0
      ? [
          '',
          table(
            ['code', 'count'],
            report.findings.map((f) => [f.code, f.count]),
          ),
        ]
      : []),
    ...(shown.length > 0
      ? [
          '',
          table(
            ['line', 'code', 'column', 'message'],
            shown.map((f) => [f.file ? `${f.file}:${f.line}` : f.line, f.code, f.column, f.message]),
          ),
        ]
      : []),
  ].join('\n');
};

/** How the files were understood, said before anything is compared or written. */
const readingText = ({ files, managers }: ImportReading): string =>
  [
    ...files.flatMap((f) => [
      `${plain(f.file)}: ${f.format}, ${f.rows} rows.`,
      ...Object.entries(f.mapping).map(([column, heading]) => `  ${plain(heading)} -> ${column}`),
      ...(f.unknown_columns.length > 0 ? [`  not read: ${f.unknown_columns.map(plain).join(', ')}`] : []),
    ]),
    ...(managers
      ? [
          `  "${plain(managers.column)}" names a ${managers.names === 'position' ? 'position' : 'person'} by ${byWhat[managers.names]}: ${managers.matched} of ${managers.of} found.`,
        ]
      : []),
  ].join('\n');
const byWhat = { position: 'its id', person: 'their id', name: 'their name', email: 'their e-mail' } as const;

const progressLine = ({ step, done, of }: ImportProgress): string => `${step} ${done} of ${of}`;

/** `orgonaut import`: a file into the baseline, as one step. */
export const importCommand = (shell: Shell): Command =>
  command('import', 'read a file into the baseline: all of it or nothing')
    .requiredOption('--tenant <slug>', 'the tenant')
    .requiredOption(
      '--file <path>',
      'a CSV or JSON file of positions, people or teams; repeat it for the files beside it: pay history, department history, memberships',
      (value: string, before: string[] = []) => [...before, value],
    )
    .option('--dry-run', 'write nothing, report everything', false)
    .option('--complete', 'the file is complete: what it does not hold is closed', false)
    .option('--skip-rejected', 'import the rows that can be, without those that cannot', false)
    .option(
      '--repair <name=value>',
      'an explicit repair: roots=virtual, orphans=park, self=root, duplicates=first|last (repeatable)',
      many,
      [],
    )
    .option('--mapping <path>', 'a JSON file that says which column of the file is which of ours')
    .option('--source <name>', 'what names the source; files of one source update each other (default: the shape, with the organisation)')
    .option('--effective-on <date>', 'first day the file holds (today unless given)')
    .addOption(new Option('--date-order <order>', 'how dates such as 03/04/2026 are meant').choices(['dmy', 'mdy']))
    .option('--rejected <path>', 'write the rejected rows to this CSV file, with what is wrong with each')
    .action((o: Options) =>
      withWorkplace(shell, o.json, async ({ work, tenant, caller, out }) => {
        const to = await tenant(o.tenant);
        keepHeapSmall();
        const [list, ...beside] = o.file.map((path) => ({ name: basename(path), bytes: fileBytes(path) }));
        if (!list) throw refuse('INPUT_INVALID', 'no file is given', { wayOut: 'Give --file <path>.' });
        const what = [list, ...beside].map((f) => `${plain(f.name)} (${f.bytes.length} bytes)`).join(', ');
        out.step(`${o.dryRun ? 'Checking' : 'Importing'} ${what}.`);
        const report = await importFile(work.deps, caller(to), {
          bytes: list.bytes,
          file_name: list.name,
          beside,
          scratch: diskScratch,
          dry_run: o.dryRun,
          complete: o.complete,
          skip_rejected: o.skipRejected,
          repair: repairs(o.repair),
          ...(o.mapping ? { mapping: mappingOf(o.mapping) } : {}),
          ...(o.source ? { source: o.source } : {}),
          ...(o.dateOrder ? { date_order: o.dateOrder } : {}),
          ...(o.effectiveOn ? { effective_on: o.effectiveOn } : {}),
          onRead: (reading) => out.step(readingText(reading)),
          onProgress: (progress) => out.progress(progressLine(progress)),
        });
        if (o.rejected && report.rejected_csv) writeFileSync(o.rejected, report.rejected_csv);
        for (const one of report.beside) if (o.rejected && one.rejected_csv) writeFileSync(`${o.rejected}.${one.file}`, one.rejected_csv);
        out.result(report, () => summary(report));
        if (report.refused) throw new Stop(exitCodes.refused, 'the file was refused; nothing was written', { said: true });
      }),
    );
