import { readFileSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import type { Command } from 'commander';
import { importFile } from '../../application/import/index.ts';
import { refuse } from '../../domain/codes.ts';
import { exitCodes, Stop } from '../exit.ts';
import { plain, table } from '../output.ts';
import { command, withWorkplace } from '../run.ts';
import type { Shell } from '../shell.ts';

interface Options {
  tenant: string;
  file: string;
  dryRun: boolean;
  complete: boolean;
  skipRejected: boolean;
  repair: string[];
  mapping?: string;
  effectiveOn?: string;
  json: boolean;
}

/** Larger files do not fit in memory beside their rows; split them by source. */
const MOST_BYTES = 512 * 1024 * 1024;

const fileBytes = (path: string): Uint8Array => {
  try {
    if (statSync(path).size > MOST_BYTES) throw refuse('TOO_LARGE', `${path} is larger than 512 MB`, { wayOut: 'Split the file and import the parts.' });
    return readFileSync(path);
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
      if (!match?.[1] || !match[2]) throw refuse('INPUT_INVALID', `--repair ${JSON.stringify(text)} is not of the form name=value`, { wayOut: 'E.g. --repair duplicates=first.' });
      return [match[1], match[2]];
    }),
  );

/** A file that says which column of the source stands for which of ours: {"position_id": "Post Unique Reference", ...}. */
const mappingOf = (path: string): Record<string, string> => {
  const text = Buffer.from(fileBytes(path)).toString('utf8');
  try {
    const read: unknown = JSON.parse(text);
    if (typeof read === 'object' && read !== null && !Array.isArray(read) && Object.values(read).every((v) => typeof v === 'string')) return read as Record<string, string>;
  } catch {
    // Said below, as for any other text that is no mapping.
  }
  throw refuse('INPUT_INVALID', `${path} is no mapping`, { wayOut: 'It is a JSON object from column to column name, e.g. {"position_id": "Post ID"}.' });
};
