import { writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { type Command, Option } from 'commander';
import { chunksOf, importFile } from '../../application/import/index.ts';
import { refuse } from '../../domain/codes.ts';
import { exitCodes, Stop } from '../exit.ts';
import { fileBytes } from '../file-bytes.ts';
import { progressLine, readingText, summary } from '../import-text.ts';
import { keepHeapSmall } from '../memory.ts';
import { plain } from '../output.ts';
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
