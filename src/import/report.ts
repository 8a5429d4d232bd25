import { type Code, codes, type Severity } from '../domain/codes.ts';
import type { CsvTable } from './csv.ts';
import type { RowFinding } from './rows.ts';

export interface CodeCount {
  code: Code;
  count: number;
  severity: Severity;
}

/** How often each code was found, what stops first, then by name. */
export const countByCode = (findings: readonly RowFinding[]): CodeCount[] => {
  const counts = new Map<string, CodeCount>();
  for (const { code, severity } of findings) {
    const entry = counts.get(`${code} ${severity}`) ?? { code, severity, count: 0 };
    entry.count += 1;
    counts.set(`${code} ${severity}`, entry);
  }
  return [...counts.values()].sort((a, b) => Number(a.severity !== 'stop') - Number(b.severity !== 'stop') || (a.code < b.code ? -1 : 1));
};

const quoted = (cell: string, delimiter: string): string =>
  cell.includes('"') || cell.includes(delimiter) || /[\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;

/** The refused rows with their original columns, `error_code` and `error_message`: to be mended and imported again. Empty where none was.
 * `file` names a file beside the list. */
export const rejectedCsv = (table: CsvTable, findings: readonly RowFinding[], file?: string): string => {
  const errors = new Map<number, RowFinding[]>();
  for (const f of findings)
    if (f.severity === 'stop' && f.file === file) (errors.get(f.line) ?? (errors.set(f.line, []).get(f.line) as RowFinding[])).push(f);
  if (errors.size === 0) return '';
  const lines: string[][] = [];
  for (const row of table.rows) {
    const of = errors.get(row.line);
    if (!of) continue;
    const cells = table.header.map((_, i) => row.cells[i] ?? '');
    lines.push([...cells, of.map((f) => f.code).join(' '), of.map((f) => `line ${f.line}: ${f.message}. ${f.suggestion}`).join(' ')]);
  }
  if (lines.length === 0) return '';
  return [[...table.header, 'error_code', 'error_message'], ...lines]
    .map((cells) => `${cells.map((c) => quoted(c, table.delimiter)).join(table.delimiter)}\n`)
    .join('');
};

/** A finding of the whole baseline, told at the row that causes it. */
export const breachFinding = (breach: {
  code: Code;
  line: number;
  id: string;
  date: string;
  message: string;
  warn?: true;
}): RowFinding => ({
  line: breach.line,
  column: '',
  value: breach.id,
  code: breach.code,
  severity: breach.warn ? 'warn' : 'stop',
  message: `${breach.message} (from ${breach.date})`,
  suggestion: codes[breach.code].wayOut,
});
