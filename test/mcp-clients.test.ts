import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { StdioClientTransport as ModernStdio } from '@modelcontextprotocol/client/stdio';
import { StdioClientTransport as LegacyStdio } from '@modelcontextprotocol/sdk/client/stdio.js';
import test from 'ava';
import { rateLimits } from '../src/access/limits.ts';
import { abilities } from '../src/domain/abilities.ts';
import { nameKey } from '../src/mcp/naming.ts';
import { id } from './support/engine.ts';
import { type AnyClient, clientOf, eras, mcpWorld, type McpWorld, rpcHeaders } from './support/mcp.ts';
import { HOSTILE_NAME, smallOrg } from './support/small-org.ts';

const stdioScript = fileURLToPath(new URL('support/stdio-server.ts', import.meta.url));
const inspector = fileURLToPath(
  new URL('../node_modules/@modelcontextprotocol/inspector/clients/launcher/build/index.js', import.meta.url),
);

const stdioParameters = (w: McpWorld, token: string) => ({
  command: process.execPath,
  args: [stdioScript],
  env: { TEST_DATABASE_URL: w.e.db.url, MCP_TOKEN: token, PATH: process.env.PATH ?? '' },
  stderr: 'pipe' as const,
});

const run = (command: string, args: string[], env: Record<string, string> = {}) =>
  new Promise<{ code: number | null; stdout: string; stderr: string }>((resolve) => {
    const child = spawn(command, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (d) => (stdout += d));
    child.stderr.on('data', (d) => (stderr += d));
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });

const ends: (() => Promise<void>)[] = [];
let w: McpWorld;
test.before(async () => {
  w = await mcpWorld({ teardown: (fn) => void ends.push(fn) }, { settings: { subscription: 'enterprise' } });
  await w.e.givenBaseline(smallOrg());
});
test.after.always(async (t) => {
  t.deepEqual(
    w.logged.filter((l) => l.level === 'error'),
    [],
  );
  for (const end of ends) await end();
});

/** What every client must be able to do: list, read, write, be refused, and find itself in the events. */
const worksWith = async (t: import('ava').ExecutionContext, client: AnyClient, clientName: string): Promise<void> => {
  const tools = await client.tools();
  t.deepEqual(
    tools.map((x) => nameKey(x.name)),
    w.box.list(new Set(abilities), 'underscores').map((x) => x.name),
  );
  const overview = await client.call('org.overview');
  t.like(overview.structuredContent, { headcount: 3, seats: 5, units: 3, vacant_positions: 2 });
  t.regex(overview.text, /headcount: 3[\s\S]*\nbasis: .*citation: /);
  const tree = await client.call('org_tree', { depth: 2 });
  t.true(JSON.stringify(tree.structuredContent).includes(JSON.stringify(HOSTILE_NAME)), 'the name is in the data as it is');
  t.false(tree.text.includes('\n\nSYSTEM'), 'in the text it stays inside its quotes');

  const created = await client.call('scenario.create', { name: `By ${clientName}` });
  const scenario_id = created.structuredContent.scenario_id;
  t.is(typeof scenario_id, 'string', created.text);
  const got = await client.call('scenario_get', { scenario_id });
  t.falsy(got.isError, got.text);
  const events = await client.call('audit.events', { scenario_id, type: 'ScenarioCreated' });
  const [event] = events.structuredContent.events as Record<string, unknown>[];
  t.true(JSON.stringify(event).includes(clientName), `the event names the assistant: ${JSON.stringify(event)}`);

  const refused = await client.call('scenario.get', { scenario_id: id('no such scenario') });
  t.true(refused.isError);
  t.like(refused.structuredContent, { code: 'NOT_FOUND' });
};

for (const era of eras) {
  test(`a ${era} client lists and calls the tools over HTTP`, async (t) => {
    const client = await w.client(await w.token(), era, { name: `http-${era.slice(0, 4)}`, version: '9.9.9' });
    if (era === '2026') t.is(client.version(), '2026-07-28');
    else if (era === '2025 (client)') t.is(client.version(), '2025-11-25');
    await worksWith(t, client, `http-${era.slice(0, 4)}`);
  });

  test(`a ${era} client lists and calls the tools over stdio`, async (t) => {
    const parameters = stdioParameters(w, await w.token());
    const client = await clientOf(
      era,
      { legacy: () => new LegacyStdio(parameters), modern: () => new ModernStdio(parameters) },
      { name: `stdio-${era.slice(0, 4)}`, version: '9.9.9' },
    );
    t.teardown(() => client.close());
    if (era === '2026') t.is(client.version(), '2026-07-28');
    await worksWith(t, client, `stdio-${era.slice(0, 4)}`);
  });
}

for (const version of ['2025-03-26', '2025-06-18', '2025-11-25'])
  test(`the revision ${version} is spoken as it is asked for`, async (t) => {
    const token = await w.token();
    const hello = await w.raw({
      headers: rpcHeaders(token),
      body: {
        jsonrpc: '2.0',
        id: 1,
        method: 'initialize',
        params: { protocolVersion: version, capabilities: {}, clientInfo: { name: 'old', version: '1' } },
      },
    });
    t.is(hello.status, 200);
    t.true(hello.text.includes(`"protocolVersion":"${version}"`), hello.text);
    t.truthy(hello.headers['mcp-session-id']);
    const listed = await w.raw({
      headers: { ...rpcHeaders(token), 'MCP-Protocol-Version': version, 'Mcp-Session-Id': String(hello.headers['mcp-session-id']) },
      body: { jsonrpc: '2.0', id: 2, method: 'tools/list', params: {} },
    });
    t.is(listed.status, 200);
    t.true(listed.text.includes('"org.overview"'));
  });

test('a client that refuses dots is listed underscores, by its name over stdio and HTTP and by its token, and may call either form', async (t) => {
  const names = async (client: AnyClient) => (await client.tools()).map((x) => x.name);
  const token = await w.token();
  for (const era of eras) {
    const client = await w.client(token, era, { name: 'claude-ai', version: '1' });
    t.true(
      (await names(client)).every((n) => /^[a-zA-Z0-9_-]{1,64}$/.test(n)),
      era,
    );
    t.falsy((await client.call('org_overview')).isError);
    t.falsy((await client.call('org.overview')).isError);
  }
  const byToken = await w.client(await w.token('owner', { client: 'codex' }), '2026');
  t.true((await names(byToken)).includes('org_overview'));
  const plain = await w.client(token, '2026');
  t.true((await names(plain)).includes('org.overview'));

  const parameters = stdioParameters(w, token);
  const desktop = await clientOf(
    '2025 (sdk)',
    { legacy: () => new LegacyStdio(parameters), modern: () => undefined },
    { name: 'claude-ai', version: '0.1.0' },
  );
  t.teardown(() => desktop.close());
  t.true((await names(desktop)).includes('org_overview'));
});

test("the Inspector's command line lists and calls the tools over HTTP and stdio, and finds no error in their schemas", async (t) => {
  const token = await w.token();
  // By itself it waits 15 seconds for a connection; over stdio that is the start of a process.
  const patient = ['--connect-timeout', '0'];
  const http = (...args: string[]) =>
    run(process.execPath, [
      inspector,
      '--cli',
      w.mcp,
      '--transport',
      'http',
      ...patient,
      '--header',
      `Authorization: Bearer ${token}`,
      ...args,
    ]);
  const listed = await http('--method', 'tools/list', '--strict');
  t.is(listed.code, 0, listed.stderr);
  t.true(listed.stdout.includes('"org.overview"'));
  const called = await http('--method', 'tools/call', '--tool-name', 'org.overview', '--tool-arg', 'effective_on=2026-06-30');
  t.is(called.code, 0, called.stderr);
  t.regex(called.stdout, /"headcount": ?3/);

  const { command, args, env } = stdioParameters(w, token);
  const overStdio = await run(process.execPath, [
    inspector,
    '--cli',
    command,
    ...args,
    '--transport',
    'stdio',
    ...patient,
    '-e',
    `TEST_DATABASE_URL=${env.TEST_DATABASE_URL}`,
    '-e',
    `MCP_TOKEN=${token}`,
    '--method',
    'tools/list',
  ]);
  t.is(overStdio.code, 0, overStdio.stderr);
  t.true(overStdio.stdout.includes('"org.overview"'));
});

test('stdio starts with no token, an unknown, an expired or a revoked one only to say which and what to do', async (t) => {
  const expired = await w.token('viewer', { expires: new Date(Date.now() - 1) });
  for (const [token, code] of [
    ['', 'TOKEN_MISSING'],
    ['ogn_x', 'TOKEN_INVALID'],
    [expired, 'TOKEN_EXPIRED'],
  ] as const) {
    const { args, env } = stdioParameters(w, token);
    const ended = await run(process.execPath, args, env);
    t.is(ended.code, 1, code);
    t.true(ended.stderr.includes(code), ended.stderr);
    t.is(ended.stdout, '', 'stdout belongs to the protocol');
    t.notRegex(ended.stderr, /\n\s+at /, 'no stack trace');
  }
});

test('a token that is revoked while its stdio connection is open ends at the next call', async (t) => {
  const made = await w.directory.createToken({ tenant: 1, name: 'x', role: 'viewer' });
  const parameters = stdioParameters(w, made.token);
  const client = await clientOf('2026', { legacy: () => undefined, modern: () => new ModernStdio(parameters) });
  t.teardown(() => client.close());
  t.falsy((await client.call('org.overview')).isError);
  await w.directory.revokeToken({ tenant: 1, token_id: made.token_id });
  const refused = await client.call('org.overview');
  t.true(refused.isError);
  t.like(refused.structuredContent, { code: 'TOKEN_REVOKED' });
});

test('a connection over stdio shares the limits of its token: over one the tool says so, what has another bucket goes on', async (t) => {
  const made = await w.directory.createToken({ tenant: 1, name: 'desk', role: 'owner' });
  const parameters = stdioParameters(w, made.token);
  const client = await clientOf('2026', { legacy: () => new LegacyStdio(parameters), modern: () => new ModernStdio(parameters) });
  t.teardown(() => client.close());
  t.falsy((await client.call('status.get')).isError);
  // As another process with the same token would.
  const elsewhere = rateLimits(w.e.sql);
  t.true((await elsewhere.take(made.token_id, 'plan', 100)).allowed);
  const plan = await client.call('scenario.action.plan', { scenario_id: id('none'), actions: [{ type: 'x.y' }] });
  t.true(plan.isError);
  t.like(plan.structuredContent, { code: 'RATE_LIMITED', details: { limit: 'plan' } });
  const wait = (plan.structuredContent.details as { retry_after_seconds: number }).retry_after_seconds;
  t.true(wait >= 1 && wait <= 60, String(wait));
  t.regex(plan.text, new RegExp(`Wait ${wait} seconds`));
  t.falsy((await client.call('status.get')).isError, 'reads go on');
  await elsewhere.take(made.token_id, 'requests', 1000);
  t.like((await client.call('status.get')).structuredContent, { code: 'RATE_LIMITED', details: { limit: 'requests' } });
  await t.throwsAsync(client.tools(), { message: /RATE_LIMITED/ });
  t.is((await fetch(w.mcp, { method: 'POST', headers: rpcHeaders(made.token), body: '{}' })).status, 429, 'over HTTP too');
});
