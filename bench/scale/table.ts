import type { Measured } from './run.ts';

const mb = (bytes: number): string => (bytes === 0 ? 'not measured' : `${Math.round(bytes / 1_000_000)} MB`);
const s = (seconds: number | undefined): string =>
  seconds === undefined ? 'not reached' : `${seconds < 10 ? seconds.toFixed(2) : Math.round(seconds)} s`;
const grouped = (n: number): string => String(n).replace(/\B(?=(\d{3})+$)/g, ',');

/** Rows of the tables, by what they measure: one column per size. */
const lines: readonly (readonly [string, (m: Measured) => string])[] = [
  ['measured on, load before and after', (m) => `${m.when}, ${m.load.before.toFixed(1)} and ${m.load.after.toFixed(1)}`],
  ['generate', (m) => `${s(m.generate.seconds)}, ${mb(m.generate.resident)}`],
  ['size of the file', (m) => mb(m.generate.bytes)],
  ['import, until it can be read', (m) => (m.import.seconds > 0 ? s(m.import.seconds) : 'not reached')],
  ['processor time of the importing process', (m) => (m.import.cpu ? s(m.import.cpu) : 'not measured')],
  ['the importing process at most', (m) => (m.import.seconds > 0 ? mb(m.import.resident) : 'not reached')],
  ['events it wrote', (m) => (m.import.seconds > 0 ? grouped(m.import.events) : 'not reached')],
  ['the service, ready and without work', (m) => mb(m.service.ready)],
  ['the service at most, during the import', (m) => mb(m.service.import)],
  ['the service at most, ever', (m) => mb(m.service.ever)],
  ['the database at most (all its processes)', (m) => mb(m.database)],
  ['disk at most, scratch included', (m) => mb(m.disk ?? 0)],
  ...[
    'org.overview, first',
    'org.overview, again',
    'org.tree',
    'position.list, 100',
    'scenario.create',
    'plan: one pay',
    'confirm',
    'org.overview of the scenario',
    'scenario.compare',
  ].map((name) => [name, (m: Measured) => s(m.answers[name])] as const),
  ['replay beside the live tables', (m) => (m.replay ? `${s(m.replay.seconds)}, ${mb(m.replay.resident)}` : 'not reached')],
  ['digests equal', (m) => (m.replay ? (m.replay.equal ? 'yes' : 'NO') : 'not reached')],
];

/** A Markdown table: one row per measure, one column per size. */
export const table = (measured: readonly Measured[]): string => {
  const head = ['', ...measured.map((m) => `${grouped(m.positions)} positions`)];
  const rows = lines.map(([name, of]) => [name, ...measured.map(of)]);
  const notes = measured.filter((m) => m.error).map((m) => `\n${grouped(m.positions)} positions ended early: ${m.error?.split('\n')[0]}`);
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line), ...notes].join('\n');
};
