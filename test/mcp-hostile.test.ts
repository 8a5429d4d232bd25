import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import { toText } from '../src/mcp/text.ts';
import { mcpWorld, type McpWorld, rawCall, rpcHeaders } from './support/mcp.ts';
import { smallOrg } from './support/small-org.ts';

const ends: (() => Promise<void>)[] = [];
let w: McpWorld;
let token: string;

test.before(async () => {
  w = await mcpWorld({ teardown: (fn) => void ends.push(fn) }, { settings: { subscription: 'enterprise' } });
  await w.e.givenBaseline(smallOrg());
  token = await w.token();
});
test.after.always(async () => {
  for (const end of ends) await end();
});

const message = (text: string): Record<string, unknown> => {
  const data = text.split('\n').filter((line) => line.startsWith('data: '));
  return JSON.parse(data.at(-1)?.slice('data: '.length) ?? text) as Record<string, unknown>;
};
const send = async (body: unknown, headers: Record<string, string> = {}) => {
  const answer = await w.raw({ headers: { ...rpcHeaders(token), ...headers }, body });
  return { ...answer, said: message(answer.text) };
};
const noFault = (t: ExecutionContext): void => {
  const faults = w.logged.filter((l) => l.level === 'error').map((l) => l.message);
  t.deepEqual(faults, []);
};

test('params that do not fit the protocol are the caller’s mistake, named by their place, for every method', async (t) => {
  const cases: [string, unknown, RegExp][] = [
    ['initialize', {}, /params\.protocolVersion/],
    ['resources/read', {}, /params\.uri/],
    ['resources/list', { cursor: 5 }, /params\.cursor/],
    ['prompts/get', { name: 'org-review', arguments: { focus: 5 } }, /params\.arguments\.focus/],
    ['completion/complete', { ref: { type: 'x' }, argument: { name: 'a', value: '' } }, /params\.ref/],
    ['logging/setLevel', { level: 'loud' }, /params\.level/],
    ['tools/call', { name: 4 }, /params\.name/],
  ];
  for (const [method, params, place] of cases) {
    const { error } = (await send({ jsonrpc: '2.0', id: 1, method, params })).said as { error: { code: number; message: string } };
    t.is(error.code, -32602, method);
    t.regex(error.message, place);
    t.notRegex(error.message, /[\n{]/, method);
  }
  noFault(t);
});

test('a body that nests deeper than any request, or that is no UTF-8, is turned away and is no fault', async (t) => {
  const deep = `{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"_meta":{"x":${'['.repeat(50_000)}${']'.repeat(50_000)}}}}`;
  for (const body of [deep, Buffer.from([0x22, 0xff, 0x22])]) {
    const answer = await fetch(w.mcp, { method: 'POST', headers: rpcHeaders(token), body });
    t.is(answer.status, 400);
    t.like(await answer.json(), { code: 'INPUT_INVALID' });
  }
  t.is((await send(`\ufeff${JSON.stringify(rawCall('status.get'))}`)).status, 200, 'a byte order mark is no harm');
  const large = await fetch(w.mcp, { method: 'POST', headers: rpcHeaders(token), body: `"${'x'.repeat(5_000_000)}"` });
  t.is(large.status, 413);
  t.regex(String(((await large.json()) as { way_out: string }).way_out), /fewer actions/);
  noFault(t);
});

test('a client that accepts anything or says nothing of it is answered; one that names a single form hears which two there are', async (t) => {
  const ping = { jsonrpc: '2.0', id: 1, method: 'ping' };
  const { Accept: _, ...silent } = rpcHeaders(token);
  t.is((await w.raw({ headers: silent, body: ping })).status, 200);
  for (const Accept of ['*/*', 'text/html, */*;q=0.8']) t.is((await send(ping, { Accept })).status, 200, Accept);
  t.is((await send(ping, { Accept: 'application/json' })).status, 406);
  const got = await w.raw({ method: 'GET', headers: rpcHeaders(token) });
  t.is(got.status, 405);
  t.is(got.headers.allow, 'POST');
});

test('characters that no database can hold and dates without a fiscal year are refused by the place they stand in', async (t) => {
  const cases: [string, Record<string, unknown>, RegExp][] = [
    ['org.search', { query: 'a\0b' }, /query holds a character/],
    ['org.search', { query: '\ud800' }, /query holds a character/],
    ['org.overview', { as_of: 'snapshot:\0' }, /as_of holds a character/],
    ['org.overview', { effective_on: '9999-12-31' }, /9998-12-31/],
    ['org.overview', { effective_on: '0000-01-01' }, /0002-01-01/],
  ];
  for (const [name, args, expected] of cases) {
    const { result } = (await send(rawCall(name, args))).said as {
      result: { structuredContent: { code: string }; content: { text: string }[] };
    };
    t.is(result.structuredContent.code, 'INPUT_INVALID', name);
    t.regex(result.content[0]?.text ?? '', expected);
  }
  const overview = (await send(rawCall('org.overview', { effective_on: '9998-12-31' }))).said as { result: { isError?: boolean } };
  t.falsy(overview.result.isError);
  noFault(t);
});

test('signs that turn or break a line when shown are written as their codes; joiners of words and emoji stay', (t) => {
  t.is(toText({ name: 'a\u202eb\u2028c' }), 'name: "a\\u202eb\\u2028c"');
  t.is(toText({ name: '👩\u200d🔬 lab' }), 'name: "👩\u200d🔬 lab"');
});

test('over stdio, a message that is too long or a client that stopped reading ends the process; it does not wait for a stdin that never ends', async (t) => {
  const start = async () => {
    const child = spawn(process.execPath, [fileURLToPath(new URL('support/stdio-server.ts', import.meta.url))], {
      env: { ...process.env, TEST_DATABASE_URL: w.e.db.url, MCP_TOKEN: token },
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    t.teardown(() => void child.kill('SIGKILL'));
    child.stdin.on('error', () => undefined);
    const ended = once(child, 'exit');
    child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'ping' })}\n`);
    await once(child.stdout, 'data');
    return { child, ended };
  };
  // Side by side: most of the time goes to the start of the processes.
  const [long, gone] = await Promise.all([start(), start()]);
  long.child.stdin.write('x'.repeat(11 * 1024 * 1024));
  gone.child.stdout.destroy();
  gone.child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', id: 2, method: 'tools/list' })}\n`);
  t.deepEqual(await Promise.all([long.ended, gone.ended]), [
    [0, null],
    [0, null],
  ]);
});
