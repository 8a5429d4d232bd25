import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { allMigrations, migrate } from '../src/database/migrate.ts';
import { openDatabase } from '../src/database/open.ts';
import { change } from '../src/domain/changes.ts';
import { replayVerify } from '../src/projections/replay.ts';
import { type Answer, ask } from './queries/ask.ts';
import { emptyDatabase } from './support/empty-database.ts';
import { engine, id } from './support/engine.ts';

const names = ['10', '9', 'A_B', 'Apple', 'Zebra', 'a b', 'a-b', 'apple', 'Ödman', 'ödman', '日本'];

test('on a database with a Swedish order of letters reads answer in the same order, and find the same, as on the embedded one', async (t) => {
  const dataDir = mkdtempSync(join(tmpdir(), 'orgonaut-locale-'));
  t.teardown(() => rmSync(dataDir, { recursive: true, force: true }));
  const databaseUrl = await emptyDatabase(t, `template template0 locale_provider icu icu_locale 'sv-SE'`);
  const swedish = await openDatabase({ databaseUrl, dataDir });
  t.teardown(() => swedish.close());
  await migrate(swedish.adminUrl, allMigrations, swedish.role);
  const { rows } = await swedish.pool.query('select array_agg(n order by n) as sorted from unnest($1::text[]) n', [names]);
  t.notDeepEqual(rows[0].sorted, names, 'or this database would show nothing');
  const answers = [];
  for (const db of [undefined, { ...swedish, drop: () => Promise.resolve() }]) {
    const e = await engine(t, db ? { db } : {});
    await e.givenBaseline([
      change('OrgUnitCreated', id('root'), '2026-01-01', { name: 'Root', kind: 'company', parent_id: null }),
      ...names
        .toReversed()
        .map((name) => change('OrgUnitCreated', id(name), '2026-01-01', { name, kind: 'department', parent_id: id('root') })),
    ]);
    const tree = (await ask(e, 'org.tree')) as { nodes: { children: { name: string }[] }[] };
    const found: string[][] = [];
    for (const query of ['ÖDMAN', 'a', 'P']) found.push((await ask(e, 'org.search', { query })).results.map((r: Answer) => r.name));
    answers.push({ tree: tree.nodes[0]?.children.map((c) => c.name), found });
    await e.close();
  }
  t.deepEqual(answers[0]?.tree, names);
  t.deepEqual(answers[0]?.found[0]?.toSorted(), ['Ödman', 'ödman']);
  t.deepEqual(answers[1], answers[0]);
});

for (const encoding of ['UTF8', 'SQL_ASCII'])
  test(`a database of a server whose locale is C and encoding ${encoding} keeps every name, and says what search misses there`, async (t) => {
    const dataDir = mkdtempSync(join(tmpdir(), 'orgonaut-locale-'));
    t.teardown(() => rmSync(dataDir, { recursive: true, force: true }));
    const databaseUrl = await emptyDatabase(
      t,
      `template template0 encoding '${encoding}' locale_provider libc lc_collate 'C' lc_ctype 'C'`,
    );
    const db = await openDatabase({ databaseUrl, dataDir });
    t.teardown(() => db.close());
    t.regex(db.notices.join(), /search finds others only as they are written: make one with/);
    await migrate(db.adminUrl, allMigrations, db.role);
    const e = await engine(t, { db: { ...db, drop: () => Promise.resolve() } });
    await e.givenBaseline([
      change('OrgUnitCreated', id('root'), '2026-01-01', { name: 'Root', kind: 'company', parent_id: null }),
      ...names.map((name) => change('OrgUnitCreated', id(name), '2026-01-01', { name, kind: 'department', parent_id: id('root') })),
    ]);
    const tree = (await ask(e, 'org.tree')) as { nodes: { children: { name: string }[] }[] };
    t.deepEqual(
      tree.nodes[0]?.children.map((c) => c.name),
      names,
    );
    const found = async (query: string) => (await ask(e, 'org.search', { query })).results.map((r: Answer) => r.name);
    t.deepEqual((await found('APPLE')).toSorted(), ['Apple', 'apple']);
    t.deepEqual(await found('日本'), ['日本']);
    t.deepEqual(await found('Ödman'), ['Ödman']);
    const compared = await replayVerify({ store: e.store, sql: e.sql, tenant: e.tenant });
    t.true(compared.equal, JSON.stringify(compared));
    await e.close();
  });
