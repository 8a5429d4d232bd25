import test from 'ava';
import pg from 'pg';
import { rateLimits } from '../src/access/limits.ts';
import type { Sql } from '../src/projections/sql.ts';
import { dataFolder, orgonaut, startServe } from './support/cli.ts';
import { freshDatabase } from './support/database.ts';
import { rawCall, rpcHeaders } from './support/mcp.ts';

test('two processes share the limit of a token, write what was used before they end, and a replaced token opens neither', async (t) => {
  const db = await freshDatabase();
  const env = { DATABASE_URL: db.adminUrl, DATA_DIR: dataFolder(t) };
  // the service's role of this installation is not the one of the tests
  const pool = new pg.Pool({ connectionString: db.adminUrl });
  const run = async (...args: string[]) => {
    const ran = await orgonaut([...args, '--json'], env);
    t.is(ran.code, 0, ran.stderr);
    return ran.json as Record<string, unknown>;
  };
  await run('tenant', 'create', '--slug', 'acme', '--name', 'Acme');
  const made = await run('token', 'create', '--tenant', 'acme', '--name', 'desk', '--role', 'owner', '--client', 'cursor');
  const both = await Promise.all([startServe(env), startServe({ ...env, DATA_DIR: dataFolder(t) })]);
  t.teardown(async () => {
    await Promise.all(both.map((s) => s.stop('SIGKILL')));
    await pool.end();
    await db.drop();
  });
  const post = async (nth: number, token = made.token as string, body: object = { jsonrpc: '2.0', id: nth, method: 'ping' }) => {
    const answer = await fetch(both[nth % 2]?.ready.mcp as string, {
      method: 'POST',
      headers: rpcHeaders(token),
      body: JSON.stringify(body),
    });
    await answer.text();
    return answer;
  };
  for (const nth of [0, 1, 2]) t.is((await post(nth, undefined, rawCall('status.get'))).status, 200);
  // The first of the minute's thousand are counted here, as a third process would, so that a slow machine stays inside the minute.
  const query = (async (text: string, values: unknown[]) => (await pool.query(text, values)).rows) as unknown as Sql['query'];
  const third = rateLimits({ query, transaction: () => Promise.reject(new Error('not asked for')) });
  t.true((await third.take(String(made.token_id), 'requests', 977)).allowed);
  const last = await Promise.all(Array.from({ length: 20 }, (_, n) => post(n)));
  t.deepEqual(new Set(last.map((a) => a.status)), new Set([200]));
  for (const nth of [0, 1]) {
    const over = await post(nth);
    t.is(over.status, 429);
    t.regex(over.headers.get('retry-after') ?? '', /^[1-9]\d?$/);
  }

  const next = await run('token', 'replace', '--tenant', 'acme', made.token_id as string);
  t.is(next.replaces, made.token_id);
  for (const nth of [0, 1]) {
    t.is((await post(nth)).status, 401);
    t.is((await post(nth, next.token as string)).status, 200);
  }
  await Promise.all(both.map((s) => s.stop()));
  const { usage } = await run('usage', '--tenant', 'acme');
  t.like((usage as unknown[])[0], { user: 'desk', credential: 'desk', client: 'cursor', tool: 'status.get', calls: 3, errors: 0 });
  t.is((await orgonaut(['usage', '--tenant', 'acme', '--since', 'yesterday'], env)).code, 2);
  const [first, second] = [await run('keys', 'rotate', '--tenant', 'acme'), await run('keys', 'rotate', '--tenant', 'acme')];
  const keys = await pool.query('select id, purpose, expires_at is null as current from access.oauth_key order by created_at, purpose');
  t.deepEqual(
    keys.rows.map((k) => `${k.purpose} ${k.current}`),
    ['cookie false', 'sign false', 'cookie true', 'sign true'],
  );
  t.deepEqual([keys.rows[1].id, keys.rows[3].id], [first.kid, second.kid]);
  const told = await pool.query(
    "select data from access.outbox where type = 'KeysRotated' and delivered_position is not null order by sequence",
  );
  t.deepEqual(
    told.rows.map((r) => r.data),
    [{ key_id: first.kid }, { key_id: second.kid }],
  );

  const ann = ['--tenant', 'acme', '--email', 'ann@example.com'];
  await run('user', 'add', ...ann, '--role', 'owner');
  const kept = await orgonaut(['user', 'remove', ...ann, '--json'], env);
  t.not(kept.code, 0);
  t.regex(kept.stdout + kept.stderr, /LAST_OWNER/);
  await run('user', 'add', '--tenant', 'acme', '--email', 'bob@example.com', '--role', 'owner');
  t.like(await run('user', 'remove', ...ann), { tokens: 0, apps: 0, sessions: 0, invitations: 0, released: 0 });
});
