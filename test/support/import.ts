import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { ExecutionContext } from 'ava';
import { derivedId } from '../../src/application/idempotency.ts';
import { change } from '../../src/domain/changes.ts';
import type { TenantSettings } from '../../src/domain/events.ts';
import { type Engine, engine } from './engine.ts';

const folder = new URL('../../../shared/data/', import.meta.url);

/** The path of published data that stands beside the checkout, or undefined (and a line that says so) where it is missing. */
export const sharedData = (t: ExecutionContext, name: string): string | undefined => {
  const path = fileURLToPath(new URL(name, folder));
  if (existsSync(path)) return path;
  t.log(`skipped: ../shared/data/${name} is missing`);
  t.pass();
  return undefined;
};

/** The path of a published return of the UK series. */
export const sharedFile = (t: ExecutionContext, name: string): string | undefined => sharedData(t, `uk-organogram/${name}`);

/** A file as an import takes it. */
export const fileAt = (path: string): { bytes: Buffer; name: string; file_name: string } => {
  const name = path.split('/').at(-1) as string;
  return { bytes: readFileSync(path), name, file_name: name };
};

export const rootUnit = derivedId('import test', 'root');

/** An engine whose tenant has a root unit. */
export const importEngine = async (
  t: ExecutionContext,
  settings: Partial<TenantSettings> = { currency: 'GBP' },
  now?: Date,
): Promise<Engine> => {
  const e = await engine(t, { settings, ...(now ? { now } : {}) });
  await e.givenBaseline([change('OrgUnitCreated', rootUnit, '1900-01-01', { name: 'Whole', kind: 'company', parent_id: null })]);
  return e;
};

export type RawRow = Record<string, string>;

/** A second reader of CSV, written for the tests alone: characters one by one, quotes doubled, no types. Shares nothing with the import. */
export const naiveRows = (path: string): RawRow[] => {
  const text = readFileSync(path, 'utf8');
  const table: string[][] = [[]];
  let cell = '';
  let quoted = false;
  for (let i = 0; i < text.length; i++) {
    const c = text[i] as string;
    if (quoted && c === '"' && text[i + 1] === '"') cell += text[i++];
    else if (c === '"') quoted = !quoted;
    else if (!quoted && (c === ',' || c === '\n')) {
      (table.at(-1) as string[]).push(cell.trim());
      cell = '';
      if (c === '\n') table.push([]);
    } else if (c !== '\r') cell += c;
  }
  if (cell !== '' || (table.at(-1) as string[]).length > 0) (table.at(-1) as string[]).push(cell.trim());
  const [header, ...rows] = table.filter((r) => r.length > 0) as [string[], ...string[][]];
  return rows.map((r) => Object.fromEntries(header.map((h, i) => [h, r[i] ?? ''])));
};
