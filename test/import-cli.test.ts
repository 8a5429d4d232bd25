import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { runCommandLine } from '../src/cli/program.ts';
import type { Shell } from '../src/cli/shell.ts';
import type { Config } from '../src/config.ts';
import { importEngine } from './support/import.ts';

const files = {
  'staff.csv':
    'Employee ID;Name;Job Title;Manager;Department;Hourly Rate;Hire Date;Favourite Colour\nE1;Ann;Chief;;Board;50,1234;01/02/2020;red\nE2;Ben;Clerk;Ann;Shop;20,5;03/04/2021;\n',
  'rates.json':
    '[{"Employee ID": "E2", "Effective Date": "2021-04-03", "Hourly Rate": 18.5}, {"Employee ID": "E2", "Effective Date": "2023-07-01", "Hourly Rate": 20.5}]',
  'bad.json': '[{"Employee ID": "E9", "Effective Date": "2021-04-03", "Hourly Rate": 18.5}]',
};

test('the command line says how it reads the files, asks about dates, shows how far it is on a terminal, and writes rejects of every file', async (t) => {
  const e = await importEngine(t, { currency: 'EUR' }, new Date('2026-06-01T12:00:00Z'));
  const folder = mkdtempSync(join(tmpdir(), 'orgonaut-import-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  const run = async (...args: string[]) => {
    const said = { out: '', err: '' };
    const shell = {
      version: '0',
      stdout: { write: (text: string) => (said.out += text) },
      stderr: { write: (text: string) => (said.err += text), isTTY: true, columns: 200 },
      config: () => ({ dataDir: folder }) as unknown as Config,
      open: async () => ({
        deps: e.deps,
        directory: { findTenant: async (slug: string) => ({ tenant: e.tenant, slug }) },
        close: async () => {},
      }),
    } as unknown as Shell;
    const code = await runCommandLine(shell, ['import', '--tenant', 'acme', ...args.map((a) => a.replace(/^@/, `${folder}/`))]);
    return { code, ...said };
  };

  const asked = await run('--file', '@staff.csv', '--file', '@rates.json');
  t.is(asked.code, 2);
  t.regex(asked.out, /2 +ROW_INVALID +start_date +start_date is 2020-02-01 or 2020-01-02/);
  t.true(asked.err.includes('Favourite Colour'), 'what nobody reads is named');

  const dry = await run('--file', '@staff.csv', '--file', '@rates.json', '--date-order', 'dmy', '--dry-run');
  t.is(dry.code, 0, dry.out + dry.err);
  const shown = dry.err.slice(0, dry.err.indexOf('compare'));
  t.regex(shown, /staff\.csv: list of people, 2 rows\.\n( {2}.+\n)+/);
  t.regex(shown, /Hourly Rate -> holder_hourly_pay/);
  t.regex(shown, /rates\.json: pay history, 2 rows\./);
  t.regex(shown, /"Manager" names a person by their name: 1 of 1 found\./);
  t.regex(dry.out, /Would create 2 org units, 2 positions, 2 actors, 2 placements/);
  t.regex(dry.out, /Assumed: 40 hours a week/);

  const done = await run('--file', '@staff.csv', '--file', '@rates.json', '--date-order', 'dmy');
  t.is(done.code, 0, done.err);
  for (const step of ['read', 'compare', 'stage', 'apply', 'project']) t.true(done.err.includes(`\r\x1b[2K${step} `), step);
  const kept = await e.sql.query<{ from: string; amount: string }>(
    `select effective_from::text as from, amount::text as amount from compensation_version where tenant = $1 order by amount::numeric`,
    [e.tenant],
  );
  t.deepEqual(
    kept.map((k) => `${k.from} ${Number(k.amount)}`),
    // The pay of somebody without a history has no date: it holds from the import on.
    ['2021-04-03 38480', '2023-07-01 42640', '2026-06-01 104256.67'],
  );

  const refused = await run('--file', '@staff.csv', '--file', '@bad.json', '--date-order', 'dmy', '--rejected', '@rejects.csv');
  t.is(refused.code, 2);
  t.regex(refused.out, /bad\.json:1 +REFERENCE_UNKNOWN/);
  t.false(existsSync(join(folder, 'rejects.csv')));
  t.regex(
    readFileSync(join(folder, 'rejects.csv.bad.json'), 'utf8'),
    /^Employee ID,Effective Date,Hourly Rate,error_code,error_message\nE9,/,
  );
});
