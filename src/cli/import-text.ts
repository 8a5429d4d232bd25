import type { ImportProgress, ImportReading, ImportReport } from '../application/import/index.ts';
import { plain, table } from './output.ts';

/** Rows shown to a person; the JSON answer and the file of rejected rows hold the rest. */
const SHOWN = 20;

/** What an import did or would do, for a person. */
export const summary = (report: ImportReport): string => {
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
export const readingText = ({ files, managers }: ImportReading): string =>
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

export const progressLine = ({ step, done, of }: ImportProgress): string => `${step} ${done} of ${of}`;
