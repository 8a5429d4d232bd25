import { createHash, type Hash } from 'node:crypto';
import { closeSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { basename, dirname, extname, join } from 'node:path';
import type { Command } from 'commander';
import { refuse } from '../../domain/codes.ts';
import { isDate } from '../../domain/dates.ts';
import { type DirtRate, dirtOf, type Injected } from '../../generate/dirt.ts';
import { fileOf, type RowFilter } from '../../generate/file.ts';
import { monthAfter, passMonth } from '../../generate/months.ts';
import { generate, type Organisation } from '../../generate/organisation.ts';
import { currencies } from '../../generate/places.ts';
import { type Summary, summaryOf } from '../../generate/summary.ts';
import type { Sink } from '../output.ts';
import { command, outputOf } from '../run.ts';
import type { Shell } from '../shell.ts';

interface Options {
  positions: string;
  seed: string;
  out?: string;
  months?: string;
  mutate: boolean;
  dirt?: string;
  currency: string;
  on: string;
  names: boolean;
  json: boolean;
}

/** A file that was written. */
interface Written {
  file: string;
  effective_on: string;
  rows: number;
  bytes: number;
  sha256: string;
  /** What happened since the file before, or what was put in: a JSON file beside it. */
  changes_file?: string;
  dirt_file?: string;
}

/** The most positions of one organisation: what is kept of each is 26 bytes, and below(n) draws exactly up to two million. */
const MOST = 2_000_000;
const MOST_MONTHS = 120;

const whole = (name: string, text: string, least: number, most: number): number => {
  const n = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  if (!(n >= least && n <= most))
    throw refuse('INPUT_INVALID', `--${name} ${JSON.stringify(text)} is no whole number from ${least} to ${most}`, {
      wayOut: `Give a number from ${least} to ${most}.`,
    });
  return n;
};

const dirtRate = (text: string): DirtRate => {
  if (text === 'profile') return text;
  const match = /^0?\.(\d{1,6})$|^0$/.exec(text);
  const rate = match ? Number((match[1] ?? '').padEnd(6, '0')) : Number.NaN;
  if (!(rate <= 500_000))
    throw refuse('INPUT_INVALID', `--dirt ${JSON.stringify(text)} is neither "profile" nor a share up to 0.5`, {
      wayOut: 'Give --dirt profile for the rates of real returns, or a share of the rows such as 0.02.',
    });
  return rate;
};

interface Asked {
  organisation: Parameters<typeof generate>[0];
  months: number;
  dirt: DirtRate | undefined;
}

const asked = (o: Options): Asked => {
  if (!isDate(o.on) || Number(o.on.slice(8)) > 28)
    throw refuse('INPUT_INVALID', `--on ${JSON.stringify(o.on)} is no date with a day up to 28`, { wayOut: 'Give e.g. 2026-01-01.' });
  if (!currencies.includes(o.currency))
    throw refuse('INPUT_INVALID', `--currency ${JSON.stringify(o.currency)} is none that a generated organisation knows`, {
      wayOut: `Use one of ${currencies.join(', ')}.`,
    });
  const months = o.months === undefined ? (o.mutate ? 1 : 0) : whole('months', o.months, 1, MOST_MONTHS);
  if (months > 0 && o.out === undefined)
    throw refuse('INPUT_INVALID', 'the months after the first file need files of their own', { wayOut: 'Add --out FILE.' });
  if (o.json && o.out === undefined)
    throw refuse('INPUT_INVALID', '--json and the file itself cannot both go to stdout', { wayOut: 'Add --out FILE, or leave --json.' });
  return {
    organisation: {
      positions: whole('positions', o.positions, 1, MOST),
      seed: whole('seed', o.seed, 0, 0xffff_ffff),
      currency: o.currency,
      on: o.on,
      names: o.names,
    },
    months,
    dirt: o.dirt === undefined ? undefined : dirtRate(o.dirt),
  };
};

/** `people.csv` with "2026-02-01" becomes `people.2026-02-01.csv`. */
const beside = (path: string, part: string, ending = extname(path)): string =>
  join(dirname(path), `${basename(path, extname(path))}.${part}${ending}`);

const writeJson = (path: string, content: unknown): string => {
  writeFileSync(path, `${JSON.stringify(content)}\n`);
  return path;
};

/** Writes a file part by part; gives its lines, size and digest. */
const writeParts = (path: string, parts: Iterable<string>): Pick<Written, 'rows' | 'bytes' | 'sha256'> => {
  const hash: Hash = createHash('sha256');
  let bytes = 0;
  let lines = 0;
  const to = openSync(path, 'w');
  try {
    for (const part of parts) {
      const data = Buffer.from(part);
      for (let at = 0; at < data.length; ) at += writeSync(to, data, at);
      hash.update(data);
      bytes += data.length;
      for (let at = data.indexOf(10); at >= 0; at = data.indexOf(10, at + 1)) lines += 1;
    }
  } finally {
    closeSync(to);
  }
  return { rows: lines - 1, bytes, sha256: hash.digest('hex') };
};

/** Writes to a pipe at the speed of its reader. A reader that has gone, such as `head`, ends it. */
const pour = async (sink: Sink, parts: Iterable<string>): Promise<void> => {
  const stream = sink as Sink & Partial<NodeJS.WriteStream>;
  let gone = false;
  // Why it is gone is told where the streams of every command are watched.
  stream.on?.('error', () => {
    gone = true;
  });
  for (const part of parts) {
    if (gone) return;
    if (sink.write(part) === false && stream.once)
      await new Promise<void>((go) => {
        stream.once?.('drain', go);
        stream.once?.('error', () => go());
      });
  }
};

const dirtied = (o: Organisation, rate: DirtRate | undefined): { filter?: RowFilter; injected: Injected[] } =>
  rate === undefined ? { injected: [] } : dirtOf(o, rate);

/** Writes the file of the organisation as it stands, with its faults beside it where some were asked for. */
const writeFile = (o: Organisation, path: string, effective_on: string, dirt: DirtRate | undefined): Written => {
  const { filter, injected } = dirtied(o, dirt);
  const written = writeParts(path, fileOf(o, filter));
  return {
    file: path,
    effective_on,
    ...written,
    ...(dirt === undefined ? {} : { dirt_file: writeJson(beside(path, 'dirt', '.json'), { file: basename(path), injected }) }),
  };
};

const story = (s: Summary, files: readonly Written[]): string =>
  [
    `${s.positions} positions in ${s.layers.length} layers and ${s.units} units; ${s.managers} managers, the largest with ${s.largest_span} reports.`,
    ...files.map((f) => `${f.file}: ${f.rows} rows, ${f.bytes} bytes, for ${f.effective_on}; sha256 ${f.sha256}`),
  ].join('\n');

/** `orgonaut generate`: an organisation that nobody wrote, as a file that `import` takes. */
export const generateCommand = (shell: Shell): Command =>
  command('generate', 'write a generated organisation as a canonical CSV: the same bytes for the same seed')
    .requiredOption('--positions <n>', `how many positions, 1 to ${MOST}`)
    .requiredOption('--seed <s>', 'a number from 0 to 4294967295')
    .option('--out <path>', 'the file to write (stdout unless given)')
    .option('--mutate', 'also write the months after: moves, closings, leavers, hires, new seats', false)
    .option('--months <m>', 'how many months after (1 with --mutate)')
    .option('--dirt <rate>', 'put faults in: "profile" for the rates of real returns, or a share of the rows such as 0.02')
    .option('--currency <code>', `the tenant's currency: ${currencies.join(', ')}`, 'GBP')
    .option('--on <date>', 'the first day of the first file', '2026-01-01')
    .option('--names', 'give people names and e-mail addresses', false)
    .action(async (o: Options) => {
      const out = outputOf(shell, o.json);
      const { organisation, months, dirt } = asked(o);
      const made = generate(organisation);
      if (o.out === undefined) return pour(shell.stdout, fileOf(made, dirtied(made, dirt).filter));
      const summary = summaryOf(made);
      const files = [writeFile(made, o.out, o.on, dirt)];
      for (let month = 1; month <= months; month++) {
        const changes = passMonth(made, month);
        const path = beside(o.out, monthAfter(o.on, month));
        files.push({
          ...writeFile(made, path, changes.effective_on, dirt),
          changes_file: writeJson(beside(path, 'changes', '.json'), changes),
        });
        out.progress(`month ${month} of ${months}`);
      }
      out.result({ ...organisation, ...summary, files }, () => story(summary, files));
    });
