import test, { type ExecutionContext } from 'ava';
import { type LimitSettings, defaultLimits, rateLimits, unitsOf } from '../src/access/limits.ts';
import { type HttpParts, httpApp, MCP_PATH } from '../src/http/app.ts';
import { listen } from '../src/http/serve.ts';
import { id } from './support/engine.ts';
import { type McpWorld, mcpWorld, rawCall, rpcHeaders } from './support/mcp.ts';

const quiet = { info: () => {}, warn: () => {}, error: () => {} };

/** A second instance over the same database, with counters and memory of its own. */
const second = async (t: ExecutionContext, w: McpWorld, limits: LimitSettings): Promise<string> => {
  const parts: HttpParts = { deps: w.e.deps, directory: w.directory, box: w.box, log: quiet, limits: rateLimits(w.e.sql, limits) };
  const http = await listen(httpApp(parts), { port: 0, host: '127.0.0.1' });
  t.teardown(() => http.close(1_000));
  return `${http.url}${MCP_PATH}`;
};

const world = async (t: ExecutionContext, limits: LimitSettings) => {
  const w = await mcpWorld(t, { http: { limits: { take: (...a) => first.take(...a) } } });
  const first = rateLimits(w.e.sql, limits);
  const doors = [w.mcp, await second(t, w, limits)];
  const token = await w.token();
  const post = (door: number, body: unknown, as = token) =>
    fetch(doors[door % 2] as string, { method: 'POST', headers: rpcHeaders(as), body: JSON.stringify(body) });
  return { w, token, post };
};

const status = async (answer: Promise<Response>): Promise<number> => {
  const got = await answer;
  await got.text();
  return got.status;
};

const ping = { jsonrpc: '2.0', id: 7, method: 'ping' };

test('1,000 calls a minute and token over two instances pass, the 1,001st is turned away with Retry-After, other tokens go on', async (t) => {
  const { w, post } = await world(t, defaultLimits);
  for (let sent = 0; sent < 1000; sent += 25) {
    const some = await Promise.all(Array.from({ length: 25 }, (_, n) => status(post(n, ping))));
    t.true(
      some.every((s) => s === 200),
      `the first ${sent + 25}`,
    );
  }
  for (const door of [0, 1]) {
    const over = await post(door, { ...ping, id: 'last' });
    t.is(over.status, 429);
    const wait = Number(over.headers.get('retry-after'));
    t.true(Number.isInteger(wait) && wait >= 1 && wait <= 60, String(wait));
    t.is(over.headers.get('ratelimit-policy'), '"requests";q=1000;w=60');
    t.is(over.headers.get('ratelimit'), `"requests";r=0;t=${wait}`);
    t.is(over.headers.get('x-ratelimit-remaining'), '0');
    t.like(await over.json(), {
      jsonrpc: '2.0',
      id: 'last',
      error: { data: { code: 'RATE_LIMITED', details: { limit: 'requests', most: 1000, retry_after_seconds: wait } } },
    });
  }
  t.is((await w.raw({ headers: rpcHeaders(await w.token('viewer')), body: rawCall('status.get') })).status, 200);
});

test('100 plans a minute and token over two instances pass, the 101st is turned away, and reads go on', async (t) => {
  const { post } = await world(t, defaultLimits);
  const plan = (n: number) => post(n, rawCall('scenario.action.plan', { scenario_id: id('none'), actions: [{ type: 'x.y' }] }));
  const some = await Promise.all(Array.from({ length: 100 }, (_, n) => status(plan(n))));
  t.true(some.every((s) => s === 200));
  const over = await plan(1);
  t.is(over.status, 429);
  t.truthy(over.headers.get('retry-after'));
  t.is(over.headers.get('x-ratelimit-limit'), '100');
  t.regex(over.headers.get('ratelimit') ?? '', /^"requests";r=899;t=\d+, "plan";r=0;t=\d+$/);
  t.is(((await over.json()) as { error: { data: { details: { limit: string } } } }).error.data.details.limit, 'plan');
  const read = await post(0, rawCall('status.get'));
  t.is(read.status, 200);
  t.regex(read.headers.get('ratelimit') ?? '', /^"requests";r=898;t=\d+$/);
  t.is(await status(post(0, rawCall('scenario.action.confirm', { proposal_id: id('none') }))), 200, 'confirming has a bucket of its own');
});

test('after the window a credential goes on', async (t) => {
  const { post } = await world(t, { most: { requests: 3, plan: 1, confirm: 1, bulk: 1 }, windowSeconds: 2 });
  t.deepEqual(await Promise.all([0, 1, 0].map((door) => status(post(door, ping)))), [200, 200, 200]);
  const over = await post(1, ping);
  t.is(over.status, 429);
  t.is(await status(post(0, ping)), 429, 'in the other instance too');
  await new Promise((r) => setTimeout(r, Number(over.headers.get('retry-after')) * 1000 + 50));
  t.is(await status(post(1, ping)), 200);
  t.is(await status(post(0, ping)), 200);
});

test('each message of a batch and each plan in it is counted, whatever form its name has', async (t) => {
  const { post } = await world(t, { most: { requests: 10, plan: 2, confirm: 2, bulk: 1 }, windowSeconds: 60 });
  const plan = (name: string, type: string, nth: number) => ({
    ...rawCall(name, { scenario_id: id('none'), actions: [{ type }] }),
    id: nth,
  });
  const first = await post(0, [plan('scenario.action.plan', 'a.b', 1), plan('scenario_action_plan', 'position.bulk_reparent', 2)]);
  t.regex(first.headers.get('ratelimit') ?? '', /^"requests";r=8;t=\d+, "plan";r=0;t=\d+, "bulk";r=0;t=\d+$/);
  t.is(await status(post(1, plan('scenario_action_plan', 'a.b', 3))), 429);
  t.is(
    await status(
      post(
        0,
        Array.from({ length: 8 }, (_, n) => ({ ...ping, id: n })),
      ),
    ),
    429,
    '7 are left',
  );
});

test('confirming a confirmed proposal again costs no second unit', async (t) => {
  const { w, post } = await world(t, { most: { requests: 50, plan: 5, confirm: 1, bulk: 1 }, windowSeconds: 60 });
  const confirm = (proposal_id: unknown) => post(0, rawCall('scenario.action.confirm', { proposal_id }));
  const scenario = await w.e.givenScenario();
  await w.e.givenConfirmed(scenario, []);
  const [row] = await w.e.sql.query<{ id: string }>('select id from proposal_version where tenant = 1 limit 1');
  for (let again = 0; again < 3; again++) t.is(await status(confirm(row?.id)), 200);
  t.deepEqual(await unitsOf(w.e.sql, 1, 'scenario.action.confirm', { proposal_id: row?.id }), []);
  t.deepEqual(await unitsOf(w.e.sql, 2, 'scenario.action.confirm', { proposal_id: row?.id }), ['confirm'], 'of another tenant');
  t.is(await status(confirm(id('none'))), 200, 'the one unit is still there');
  t.is(await status(confirm('no id')), 429);
});

test('a body that is no single request is turned away in plain problem words', async (t) => {
  const { post } = await world(t, { most: { requests: 1, plan: 1, confirm: 1, bulk: 1 }, windowSeconds: 60 });
  t.is(await status(post(0, ping)), 200);
  const over = await post(0, { jsonrpc: '2.0', method: 'notifications/initialized' });
  t.is(over.status, 429);
  t.like(await over.json(), { code: 'RATE_LIMITED', details: { limit: 'requests' } });
});
