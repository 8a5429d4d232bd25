import { randomBytes } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const parse = (text: string, from: string): Buffer => {
  const trimmed = text.trim();
  const key = /^[0-9a-f]{64}$/i.test(trimmed) ? Buffer.from(trimmed, 'hex') : Buffer.from(trimmed, 'base64');
  if (key.length !== 32) throw new Error(`${from} is a key of 32 bytes, in hex or base64`);
  return key;
};

/**
 * The master key, under which the keys of personal fields are wrapped: as given, or DATA_DIR/master.key, made at the first use
 * (0600). Without it personal fields cannot be read again.
 * @param given MASTER_KEY: 32 bytes in hex or base64
 */
export const masterKey = (dataDir: string, given: string | undefined): Buffer => {
  if (given) return parse(given, 'MASTER_KEY');
  mkdirSync(dataDir, { recursive: true });
  const file = join(dataDir, 'master.key');
  const draft = join(dataDir, `master.key.${randomBytes(6).toString('hex')}`);
  writeFileSync(draft, `${randomBytes(32).toString('base64')}\n`, { mode: 0o600, flush: true });
  try {
    // whole or not at all, and the first of two processes wins
    linkSync(draft, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    rmSync(draft, { force: true });
  }
  return parse(readFileSync(file, 'utf8'), file);
};
