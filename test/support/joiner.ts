import { createInterface } from 'node:readline';
import pg from 'pg';
import { joinCluster } from '../../src/database/cluster.ts';
import { tryLock, withLock } from '../../src/database/lock.ts';
import { readFileSync, writeFileSync } from 'node:fs';

/**
 * A process of its own for the tests of the database: `joiner.ts <folder>` joins the cluster there, then takes one order a line
 * and answers each with one JSON line. `joiner.ts <folder> count <n>` raises a counter under the folder's lock instead.
 */
const [folder = '', mode, times] = process.argv.slice(2);
const say = (value: unknown): void => void process.stdout.write(`${JSON.stringify(value)}\n`);

if (mode === 'count') {
  for (let i = 0; i < Number(times); i += 1)
    await withLock(folder, async () => {
      const before = Number(readFileSync(`${folder}/counter`, 'utf8'));
      await new Promise((resolve) => setTimeout(resolve, 1));
      writeFileSync(`${folder}/counter`, String(before + 1));
    });
  process.exit(0);
}
if (mode === 'hold') {
  const lock = tryLock(folder);
  say({ held: lock !== undefined });
  await new Promise((resolve) => setTimeout(resolve, 60_000));
}

const cluster = await joinCluster(folder);
const sql = async (text: string): Promise<unknown> => {
  const client = new pg.Client({ connectionString: cluster.adminUrl('postgres') });
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
};
say({ port: cluster.port });
for await (const line of createInterface({ input: process.stdin })) {
  if (line === 'leave') {
    await cluster.leave();
    say({ left: true });
  } else if (line === 'exit') process.exit(0);
  else say(await sql(line));
}
