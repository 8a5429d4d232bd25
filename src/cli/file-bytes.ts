import { closeSync, openSync, readFileSync, readSync, statSync } from 'node:fs';
import type { FileBytes } from '../application/import/index.ts';
import { refuse } from '../domain/codes.ts';

/** Some millions of rows; split larger files by source. */
const MOST_BYTES = 4 * 1024 * 1024 * 1024;
const PIECE = 1 << 20;

/** A file that is read piece by piece: a large one does not fit in memory beside what is made of it. */
export const fileBytes = (path: string): FileBytes => {
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
