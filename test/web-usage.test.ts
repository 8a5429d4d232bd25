import test from 'ava';
import { sweepUsage, type Use, usageRecorder } from '../src/access/usage.ts';
import type { Sql } from '../src/projections/sql.ts';
import { doorWorld, type DoorWorld } from './support/door.ts';
import { engine } from './support/engine.ts';

const NOW = new Date('2026-11-21T10:20:30Z');

/** Counts calls so many days ago, and writes them. */
const counting = (w: Pick<DoorWorld, 'e'>) => async (calls: (Partial<Use> & { times?: number; daysAgo?: number })[]) => {
  for (const { times = 1, daysAgo = 0, ...use } of calls) {
    const now = () => new Date(NOW.getTime() - daysAgo * 86_400_000);
    const recorder = usageRecorder(w.e.sql, { now, onError: (error) => Promise.reject(error), everyMs: 600_000 });
    for (let i = 0; i < times; i += 1)
      recorder.count({
        tenant: 1,
        user_id: '00000000-0000-8000-8000-000000000000',
        credential: 'x',
        client: 'Claude',
        says: undefined,
        tool: 'org.tree',
        failed: false,
        ...use,
      });
    await recorder.flush();
  }
};
/** The rows of a table of the page as text. */
const rows = (text: string, title: string): string[] =>
  [...(text.split(`<h2>${title}</h2>`)[1]?.split('</table>')[0] ?? '').matchAll(/<tr><th scope="row".*?<\/tr>/gs)].map((m) =>
    m[0]
      .replace(/<[^>]+>/g, ' ')
      .replace(/\s+/g, ' ')
      .trim(),
  );

test('who manages the tenant sees who called what through which client, added up over everything; nobody else does', async (t) => {
  const w = await doorWorld(t, { web: () => ({ now: () => NOW }) });
  await w.join('ann@example.com');
  await w.join('bob@example.com', 'manager');
  const [ann, bob] = ['ann@example.com', 'bob@example.com'].map(
    async (email) => (await w.directory.listUsers(w.tenant)).find((u) => u.email === email)?.user_id ?? '',
  );
  const v = await w.inside('ann@example.com');
  t.regex((await v.get('/settings/usage')).text, /Nobody has called a tool in the last 30 days.*mcp\/orgonaut/s);
  t.regex((await v.get('/')).text, /href="\/settings\/usage"/);
  await counting(w)([
    { user_id: (await ann) ?? '', times: 3 },
    { user_id: (await bob) ?? '', tool: 'org.search', client: null, says: '<b>evil</b>', times: 1200, daysAgo: 8 },
    { user_id: (await bob) ?? '', tool: 'org.search', client: null, failed: true, daysAgo: 8 },
    { user_id: (await bob) ?? '', tool: 'cost.summary', daysAgo: 80 },
    { tenant: 2, times: 7 },
  ]);
  const page = await v.get('/settings/usage');
  t.is(page.status, 200);
  t.regex(page.text, /<strong>1,204<\/strong> calls in the last 30 days, <strong>1<\/strong> of them/);
  t.deepEqual(rows(page.text, 'By person'), ['bob@example.com 1,201 1 2026-11-13', 'ann@example.com 3 0 2026-11-21']);
  t.deepEqual(rows(page.text, 'By client'), [
    '&#60;b&#62;evil&#60;/b&#62; 1,200 0 2026-11-13',
    'Claude 3 0 2026-11-21',
    'not said 1 1 2026-11-13',
  ]);
  t.deepEqual(rows(page.text, 'By tool'), ['org.search 1,201 1 2026-11-13', 'org.tree 3 0 2026-11-21']);
  t.deepEqual(rows((await v.get('/settings/usage?days=7')).text, 'By tool'), ['org.tree 3 0 2026-11-21']);
  t.is(rows((await v.get('/settings/usage?days=90')).text, 'By tool').length, 3);
  t.deepEqual(
    rows((await v.get('/settings/usage?days=9e9')).text, 'By tool'),
    rows(page.text, 'By tool'),
    'a period that is none is the usual one',
  );

  const b = await w.inside('bob@example.com');
  const refused = await b.get('/settings/usage');
  t.is(refused.status, 403);
  t.false(refused.text.includes('org.search'));
  t.false((await b.get('/settings/tokens')).text.includes('/settings/usage'));
});

test('a table of very many is cut with the sum of what is left out', async (t) => {
  const w = await doorWorld(t, { web: () => ({ now: () => NOW }) });
  await w.join('ann@example.com');
  await counting(w)([...Array.from({ length: 60 }, (_, i) => ({ tool: `tool.${i}` })), { tool: 'org.tree', times: 5, failed: true }]);
  const text = (await (await w.inside('ann@example.com')).get('/settings/usage')).text;
  t.is(rows(text, 'By tool').length, 51);
  t.is(rows(text, 'By tool')[0], 'org.tree 5 5 2026-11-21');
  t.is(rows(text, 'By tool')[50], '11 more 11 0');
  t.deepEqual(rows(text, 'By person'), ['00000000-0000-8000-8000-000000000000 65 5 2026-11-21'], 'a person who is gone is an id');
});

test('the sweep of old counts finds them by the primary key, not by reading all there is', async (t) => {
  const e = await engine(t, { background: false });
  await e.sql.query(
    `insert into access.tenant (slug, created_at) select 'tenant-' || g, now() from generate_series(1, 5) g on conflict do nothing`,
  );
  await e.sql.query(
    `insert into access.usage select n.id, $1::timestamptz - make_interval(hours => g), md5('ann')::uuid, 'x', 'c', 'org.tree', 1, 0
       from access.tenant n, generate_series(1, 4000) g`,
    [NOW.toISOString()],
  );
  await e.sql.query('analyze access.usage');
  const plan: string[] = [];
  const explaining = {
    ...e.sql,
    query: async (text: string, values?: readonly unknown[]) => {
      for (const row of await e.sql.query(`explain ${text}`, values)) plan.push(String(Object.values(row)[0]));
      return e.sql.query(text, values);
    },
  } as Sql;
  const [tenants] = await e.sql.query<{ n: number }>('select count(*)::int as n from access.tenant');
  // Thirteen months after the hour 3,990 hours before NOW: of each tenant the ten oldest hours are older.
  t.is(await sweepUsage(explaining, new Date('2027-07-08T04:20:30Z')), Number(tenants?.n) * 10);
  t.regex(plan.join('\n'), /using usage_pkey on usage[\s\S]*Index Cond: \(\(tenant = ANY/);
  t.notRegex(plan.join('\n'), /Seq Scan on usage/);
});
