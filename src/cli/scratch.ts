import { randomUUID } from 'node:crypto';
import { closeSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { OpenScratch } from '../application/import/index.ts';

/**
 * Room on disk, in the system's folder for temporary files (TMPDIR): for the eyes of this user alone, and without a name, so that nothing is left
 * of it whatever way the process ends.
 */
export const diskScratch: OpenScratch = () => {
  const path = join(tmpdir(), `orgonaut-${randomUUID()}`);
  const file = openSync(path, 'wx+', 0o600);
  rmSync(path);
  let end = 0;
  let open = true;
  return {
    append: (bytes) => {
      for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done, bytes.length - done, end + done);
      end += bytes.length;
    },
    read: (at, into) => {
      for (let done = 0; done < into.length; ) {
        const n = readSync(file, into, done, into.length - done, at + done);
        if (n === 0) throw new RangeError(`scratch ends at ${end}: ${into.length} bytes from ${at} were asked for`);
        done += n;
      }
    },
    close: () => {
      if (open) closeSync(file);
      open = false;
    },
  };
};
