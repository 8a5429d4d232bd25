import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

/** A file of DATA_DIR that only its owner can read (0600), written whole or not at all. */
export const writePrivate = (dataDir: string, name: string, content: unknown): string => {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const path = join(dataDir, name);
  const half = `${path}.${process.pid}.half`;
  writeFileSync(half, `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600 });
  chmodSync(half, 0o600);
  renameSync(half, path);
  return path;
};

const readPrivate = <T>(dataDir: string, name: string, schema: z.ZodType<T>): T | undefined => {
  const path = join(dataDir, name);
  if (!existsSync(path)) return undefined;
  try {
    return schema.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch {
    return undefined;
  }
};

const running = z.object({ pid: z.int(), url: z.string(), mcp: z.string() });
const access = z.object({
  tenant: z.string(),
  token: z.string(),
  token_expires_at: z.string().nullable(),
  /** The sign-in of its owner in a browser. A file that an earlier version wrote has none. */
  email: z.string().optional(),
  password: z.string().optional(),
});

/** Where the running `serve` of this DATA_DIR listens, as it wrote it down; the process may be gone. */
export const runningService = {
  file: 'service.json',
  read: (dataDir: string) => readPrivate(dataDir, 'service.json', running),
  write: (dataDir: string, value: z.input<typeof running>) => writePrivate(dataDir, 'service.json', value),
};

/** The demo tenant's token and sign-in, kept so that every start prints the same one. */
export const demoAccess = {
  file: 'demo-access.json',
  read: (dataDir: string) => readPrivate(dataDir, 'demo-access.json', access),
  write: (dataDir: string, value: z.input<typeof access>) => writePrivate(dataDir, 'demo-access.json', value),
};
