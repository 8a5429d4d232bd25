import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import anyTest, { type TestFn } from 'ava';
import type { Command } from 'commander';
import { connectAssistant } from '../src/cli/mcp-client.ts';
import { program, runCommandLine } from '../src/cli/program.ts';
import type { Shell } from '../src/cli/shell.ts';
import { bin, dataFolder, environment, orgonaut, type Running, startServe } from './support/cli.ts';
import { freshDatabase } from './support/database.ts';
import { visitor } from './support/door.ts';
import { patience } from './support/mcp.ts';

const test = anyTest as TestFn<{ data: string; serve: Running }>;

const teardowns: (() => void)[] = [];
test.before(async (t) => {
  const data = dataFolder({ teardown: (fn) => void teardowns.push(fn) });
  t.context.data = data;
  t.context.serve = await startServe({ DATA_DIR: data });
});
test.after.always(async (t) => {
  await t.context.serve?.stop();
  for (const fn of teardowns) fn();
});

const small = [
  'position_id,title,manager_position_id,org_unit,unit_head,fte,pay,currency,holder_id,holder_name',
  'P1,Chief,,,yes,1,90000,GBP,A1,Ann Example',
  'P2,Engineer,P1,Works,,0.5,40000,GBP,,',
];

const fileIn = (folder: string, name: string, lines: string[]): string => {
  const path = join(folder, name);
  writeFileSync(path, `${lines.join('\n')}\n`);
  return path;
};

test.serial('serve without settings is ready within 60 seconds and prints one line with the demo tenant', async (t) => {
  const { ready, after } = t.context.serve;
  t.log(`ready after ${after} ms`);
  t.true(after < 60_000);
  t.deepEqual(Object.keys(ready), ['ready', 'url', 'mcp', 'tenant', 'token', 'sign_in']);
  t.is(ready.tenant, 'demo');
  t.is(ready.mcp, `${ready.url}/mcp/orgonaut`);
  t.is((await fetch(`${ready.url}/healthz`)).status, 200);
});

test.serial('the printed token reads the whole demo company over MCP', async (t) => {
  const { ready } = t.context.serve;
  const assistant = await connectAssistant({ mcp: ready.mcp, tenant: 'demo', token: ready.token as string }, 'test', '1');
  const overview = await assistant.call('org.overview');
  await assistant.close();
  t.like(overview, { headcount: 243, seats: 260, vacant_positions: 10, establishment_fte: '255.7' });
  t.is((overview.layers as unknown[]).length, 5);
});

test.serial('token and client configuration are kept, readable by their owner alone', (t) => {
  const { data, serve } = t.context;
  for (const file of ['client-configuration.json', 'demo-access.json', 'service.json'])
    t.is(statSync(join(data, file)).mode & 0o777, 0o600);
  t.true(readFileSync(join(data, 'client-configuration.json'), 'utf8').includes(serve.ready.token as string));
});

test.serial('the printed sign-in opens the pages, and invitations and passwords are made beside the running service', async (t) => {
  const { data, serve } = t.context;
  const { port } = new URL(serve.ready.url);
  const signIn = async (name: string, email: string, password: string) => {
    const v = visitor(Number(port), name);
    await v.get('/sign-in');
    return (await v.post('/sign-in', { email, password })).status;
  };
  const { url, email, password } = serve.ready.sign_in ?? { url: '', email: '', password: '' };
  t.is(url, `${serve.ready.url}/sign-in`);
  t.is(await signIn('localhost', email, password), 303);
  t.is(await signIn('localhost', email, `${password}x`), 401);
  t.true(readFileSync(join(data, 'demo-access.json'), 'utf8').includes(password));

  const env = { DATA_DIR: data };
  const user = (args: string[], input?: string) => orgonaut(['user', ...args, '--json'], env, input);
  await orgonaut(['tenant', 'create', '--slug', 'invited', '--name', 'Invited Ltd', '--currency', 'GBP', '--json'], env);
  const at = ['--tenant', 'invited', '--email', 'ann@example.com'];
  t.is((await user(['invite', ...at])).code, 2, 'a newcomer needs a role');
  t.is((await user(['password', ...at], 'a good long password\n')).code, 2, 'nobody yet');
  const invited = await user(['invite', ...at, '--role', 'owner']);
  t.regex(invited.json.link, new RegExp(`^http://invited\\.localhost:${port}/invitation/[A-Za-z0-9_-]{43}$`));
  t.is(invited.json.role, 'owner');
  const v = visitor(Number(port), 'invited.localhost');
  const path = new URL(invited.json.link).pathname;
  t.is((await v.get(path)).status, 200);
  t.is((await v.post(path, { password: 'correct horse battery', again: 'correct horse battery' })).status, 303);
  t.is((await user(['password', ...at], 'short\n')).code, 2);
  t.is((await user(['password', ...at], 'another good long one\n')).code, 0);
  t.is((await v.get('/settings/tokens')).status, 303, 'signed out by it');
  t.is(await signIn('invited.localhost', 'ann@example.com', 'another good long one'), 303);
  t.regex((await user(['invite', '--tenant', 'demo', '--email', 'b@example.com', '--role', 'viewer'])).json.link, /^http:\/\/localhost:/);
});

test.serial('commands beside a running serve keep the contract for scripts', async (t) => {
  const { data, serve } = t.context;
  const env = { DATA_DIR: data };
  const tenant = await orgonaut(
    ['tenant', 'create', '--slug', 'beside', '--name', 'Beside Ltd', '--subscription', 'business', '--currency', 'GBP', '--json'],
    env,
  );
  t.is(tenant.code, 0, tenant.stderr);
  t.like(tenant.json, { slug: 'beside', created: true });

  const again = await orgonaut(['tenant', 'create', '--slug', 'beside', '--name', 'Beside Ltd', '--currency', 'GBP', '--json'], env);
  t.like(again.json, { created: false, tenant: tenant.json.tenant });

  const token = await orgonaut(['token', 'create', '--tenant', 'beside', '--name', 'robot', '--role', 'viewer', '--json'], env);
  t.regex(token.json.token, /^ogn_/);
  t.truthy(Date.parse(token.json.expires_at));

  const file = fileIn(data, 'small.csv', small);
  const dry = await orgonaut(['import', '--tenant', 'beside', '--file', file, '--dry-run', '--json'], env);
  t.is(dry.code, 0, dry.stderr);
  t.like(dry.json, {
    rows: 2,
    accepted: 2,
    rejected: 0,
    created: { org_units: 1, positions: 2, actors: 1, placements: 1 },
    changed: 0,
    closed: 0,
  });
  t.is(dry.json.event_position, dry.json.position_before);

  const done = await orgonaut(['import', '--tenant', 'beside', '--file', file, '--json'], env);
  for (const key of [
    'import_id',
    'rows',
    'accepted',
    'rejected',
    'created',
    'changed',
    'closed',
    'findings',
    'sha256',
    'position_before',
    'event_position',
  ])
    t.true(key in done.json, key);
  t.true(done.json.event_position > done.json.position_before);

  const same = await orgonaut(['import', '--tenant', 'beside', '--file', file, '--json'], env);
  t.is(same.json.event_position, same.json.position_before);
  t.deepEqual(same.json.created, { org_units: 0, positions: 0, actors: 0, placements: 0 });

  const assistant = await connectAssistant({ mcp: serve.ready.mcp, tenant: 'beside', token: token.json.token }, 'test', '1');
  const overview = await assistant.call('org.overview');
  await assistant.close();
  t.like(overview, { headcount: 1, seats: 2, establishment_fte: '1.5' });

  const replay = await orgonaut(['replay', '--tenant', 'beside', '--verify', '--json'], env);
  t.is(replay.code, 0);
  for (const key of ['events', 'tables', 'live_digest', 'replayed_digest', 'equal']) t.true(key in replay.json, key);
  t.true(replay.json.equal);

  const revoked = await orgonaut(['token', 'revoke', '--tenant', 'beside', token.json.token_id, '--json'], env);
  t.is(revoked.code, 0, revoked.stderr);
  t.deepEqual(revoked.json, { token_id: token.json.token_id, revoked: true });
  await t.throwsAsync(connectAssistant({ mcp: serve.ready.mcp, tenant: 'beside', token: token.json.token }, 'test', '1'));
});

test.serial('a bad file is refused with exit code 2, line numbers and nothing written', async (t) => {
  const env = { DATA_DIR: t.context.data };
  await orgonaut(['tenant', 'create', '--slug', 'bad-file', '--name', 'Bad', '--currency', 'GBP'], env);
  const file = fileIn(t.context.data, 'bad.csv', [...small, 'P2,Twice,P1,Works,,1,1,GBP,,', 'P3,Lost,P99,Works,,1,1,GBP,,']);
  const rejected = join(t.context.data, 'rejected.csv');
  const ran = await orgonaut(['import', '--tenant', 'bad-file', '--file', file, '--rejected', rejected, '--json'], env);
  t.is(ran.code, 2);
  t.is(ran.json.event_position, ran.json.position_before);
  const codes = (ran.json.findings as { code: string }[]).map((f) => f.code);
  t.true(codes.includes('DUPLICATE_ID') && codes.includes('MANAGER_UNKNOWN'));
  t.true((ran.json.rows_report as { line: number }[]).some((f) => f.line === 5));
  t.true(readFileSync(rejected, 'utf8').includes('error_code'));
});

test.serial('what is unknown or wrong is refused with code and way out, in one line of JSON, and exit code 2', async (t) => {
  const env = { DATA_DIR: t.context.data };
  const cases: [string[], string][] = [
    [['replay', '--tenant', 'nobody', '--json'], 'NOT_FOUND'],
    [['token', 'create', '--tenant', 'demo', '--name', 'x', '--json'], 'INPUT_INVALID'],
    [['token', 'create', '--tenant', 'demo', '--name', 'x', '--role', 'king', '--json'], 'INPUT_INVALID'],
    [['token', 'create', '--tenant', 'demo', '--name', 'x', '--role', 'viewer', '--abilities', 'fly', '--json'], 'INPUT_INVALID'],
    [['token', 'create', '--tenant', 'demo', '--name', 'x', '--role', 'viewer', '--expires', 'soon', '--json'], 'INPUT_INVALID'],
    [['import', '--tenant', 'demo', '--file', '/nowhere.csv', '--json'], 'INPUT_INVALID'],
    [['import', '--tenant', 'demo', '--file', bin, '--repair', 'nonsense', '--json'], 'INPUT_INVALID'],
    [['scenario', 'share', '--tenant', 'demo', '01996f3c-8a00-7000-8000-000000000001', '--json'], 'NOT_FOUND'],
    [['tenant', 'create', '--slug', 'Not A Slug', '--name', 'x', '--json'], 'INPUT_INVALID'],
    [['tenant', 'create', '--slug', 'x', '--name', 'x', '--currency', 'ZZZ', '--json'], 'INPUT_INVALID'],
  ];
  for (const [args, code] of cases) {
    const ran = await orgonaut(args, env);
    t.is(ran.code, 2, args.join(' '));
    t.is(ran.json.error?.code, code, args.join(' '));
    t.truthy(ran.json.error?.findings?.[0]?.way_out, args.join(' '));
    t.false(/\n\s+at /.test(ran.stderr), 'no stack trace');
  }
});

test.serial('stdio serves the same tools to a real client, and nothing else reaches stdout', async (t) => {
  const { data, serve } = t.context;
  const env = environment({ DATA_DIR: data, MCP_TOKEN: serve.ready.token as string }) as Record<string, string>;
  const client = new Client({ name: 'test', version: '1' });
  await client.connect(
    new StdioClientTransport({ command: process.execPath, args: [bin, 'stdio'], env, stderr: 'pipe' }) as never,
    patience,
  );
  const names = (await client.listTools()).tools.map((tool) => tool.name);
  const overview = await client.callTool({ name: names.find((n) => /overview/.test(n)) as string, arguments: {} });
  const teams = await client.callTool({ name: names.find((n) => /team.list/.test(n)) as string, arguments: {} });
  await client.close();
  t.true(names.length >= 20);
  t.is((teams.structuredContent as { teams: unknown[] }).teams.length, 20);
  t.notRegex((teams.content as { text: string }[])[0]?.text ?? '', /more in the structured content/, 'the default fits');
  t.is((overview.structuredContent as { seats: number }).seats, 260);
});

test.serial('stdio without a token ends with one clear line', async (t) => {
  const ran = await orgonaut(['stdio'], { DATA_DIR: t.context.data });
  t.is(ran.code, 2);
  t.regex(ran.stderr, /MCP_TOKEN/);
  t.is(ran.stdout, '');
});

test.serial('doctor finds everything well beside a running serve, the token over MCP too', async (t) => {
  const ran = await orgonaut(['doctor', '--json'], { DATA_DIR: t.context.data });
  t.is(ran.code, 0, ran.stdout);
  t.true(ran.json.ok);
  t.is((ran.json.checks as { name: string; state: string }[]).find((c) => c.name === 'token over MCP')?.state, 'ok');
});

test.serial('demo does the main job against the running serve', async (t) => {
  const ran = await orgonaut(['demo'], { DATA_DIR: t.context.data });
  t.is(ran.code, 0, ran.stderr);
  for (const heading of ['Review', 'Plan', 'Impact', 'Confirm', 'Compare', 'What changed since', 'Replay'])
    t.regex(ran.stdout, new RegExp(heading));
  t.true(ran.stdout.includes(t.context.serve.ready.mcp));
  t.regex(ran.stdout, /confirmed: content version 1/);
  t.deepEqual(
    ran.stdout.split('\n').filter((line) => line.length > 80),
    [],
  );
});

test.serial('settings and assumptions of a tenant are set once, and said again change nothing', async (t) => {
  const env = { DATA_DIR: t.context.data };
  await orgonaut(['tenant', 'create', '--slug', 'set', '--name', 'Set', '--currency', 'GBP'], env);
  const args = [
    'tenant',
    'set',
    '--tenant',
    'set',
    '--time-zone',
    'Europe/London',
    '--proposal-hours',
    '24',
    '--assume',
    'fx_rate:USD=0.79',
    '--assume',
    'on_cost_rate:DE=0.24',
    '--json',
  ];
  const first = await orgonaut(args, env);
  t.like(first.json, { changed: ['proposal_hours', 'time_zone'], assumptions: 2 }, first.stderr);
  const again = await orgonaut(args, env);
  t.like(again.json, { changed: [], assumptions: 0 });
  t.is((await orgonaut(['tenant', 'set', '--tenant', 'set', '--assume', 'luck=7', '--json'], env)).json.error.code, 'INPUT_INVALID');
});

test.serial('a narrowed token shows only its tools, and a private scenario is shown to others when it is shared', async (t) => {
  const env = { DATA_DIR: t.context.data };
  const { mcp } = t.context.serve.ready;
  const tokenOf = async (...args: string[]) =>
    (await orgonaut(['token', 'create', '--tenant', 'demo', ...args, '--json'], env)).json.token as string;
  const user = await orgonaut(['user', 'add', '--tenant', 'demo', '--email', 'Ann@Example.com', '--role', 'viewer', '--json'], env);
  t.is(user.code, 0, user.stderr);
  const ann = await connectAssistant(
    { mcp, tenant: 'demo', token: await tokenOf('--name', 'ann', '--user', 'ann@example.com') },
    'test',
    '1',
  );
  const narrow = await connectAssistant(
    { mcp, tenant: 'demo', token: await tokenOf('--name', 'narrow', '--role', 'viewer', '--abilities', 'org-units.read') },
    'test',
    '1',
  );
  const owner = await connectAssistant({ mcp, tenant: 'demo', token: t.context.serve.ready.token as string }, 'test', '1');
  const tools = await narrow.tools();
  t.true(tools.includes('org.tree') && !tools.includes('position.list') && !tools.includes('scenario.action.plan'));

  const { scenario_id } = await owner.call('scenario.create', { name: 'Private matter' });
  const error = await t.throwsAsync(ann.call('scenario.get', { scenario_id }));
  t.regex(error?.message ?? '', /NOT_FOUND/);
  const listed = await orgonaut(['scenario', 'list', '--tenant', 'demo', '--json'], env);
  t.true((listed.json.scenarios as { id: string; visibility: string }[]).some((s) => s.id === scenario_id && s.visibility === 'private'));
  const shared = await orgonaut(
    ['scenario', 'share', '--tenant', 'demo', scenario_id as string, '--with', 'ann@example.com', '--json'],
    env,
  );
  t.is(shared.code, 0, shared.stderr);
  t.is((await ann.call('scenario.get', { scenario_id })).name, 'Private matter');
  const nobody = await orgonaut(
    ['scenario', 'share', '--tenant', 'demo', scenario_id as string, '--with', 'bob@example.com', '--json'],
    env,
  );
  t.is(nobody.json.error.code, 'NOT_FOUND');
  for (const assistant of [ann, narrow, owner]) await assistant.close();
});

test.serial('on a database of its own there is no demo tenant, and commands need no serve', async (t) => {
  const database = await freshDatabase();
  t.teardown(() => database.drop());
  const env = { DATA_DIR: dataFolder(t), DATABASE_URL: database.adminUrl };
  const serve = await startServe(env);
  t.like(serve.ready, { ready: true, tenant: null, token: null });
  t.is(await serve.stop(), 0);
  const made = await orgonaut(['tenant', 'create', '--slug', 'acme', '--name', 'Acme', '--json'], env);
  t.is(made.code, 0, made.stderr);
  t.deepEqual((await orgonaut(['tenant', 'list', '--json'], env)).json.tenants, [{ tenant: made.json.tenant, slug: 'acme' }]);
  t.false(existsSync(join(env.DATA_DIR, 'database')), 'no embedded database was made');
  t.is((await orgonaut(['demo'], env)).code, 2);
});

test.serial('a busy port stops the start with a clear line and exit code 3', async (t) => {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((done) => server.once('listening', done));
  const { port } = server.address() as AddressInfo;
  const ran = await orgonaut(['serve', '--json'], { DATA_DIR: t.context.data, PORT: String(port) });
  server.close();
  t.is(ran.code, 3);
  t.regex(ran.stderr, new RegExp(`port ${port} is in use`));
});

test.serial('wrong settings stop every command before anything is opened', async (t) => {
  for (const env of [{ PORT: 'x' }, { LOG_LEVEL: 'loud' }, { DATABASE_URL: 'nonsense' }]) {
    const ran = await orgonaut(['tenant', 'list'], { DATA_DIR: join(t.context.data, 'untouched'), ...env });
    t.is(ran.code, 3);
    t.regex(ran.stderr, new RegExp(`^orgonaut: ${Object.keys(env)[0]}.*\\n$`));
  }
  t.false(existsSync(join(t.context.data, 'untouched')));
});

test.serial('a database that does not answer is told, with exit code 3 and without its password', async (t) => {
  const ran = await orgonaut(['tenant', 'list'], {
    DATA_DIR: join(t.context.data, 'elsewhere'),
    DATABASE_URL: 'postgres://u:hushhush@127.0.0.1:1/none',
  });
  t.is(ran.code, 3);
  t.regex(ran.stderr, /cannot open the database of DATABASE_URL/);
  t.false(ran.stderr.includes('hushhush'));
});

/** Every command of the command line by its words, the whole of it first. */
const commandsOf = (command: Command, words: string[] = []): string[] => [
  words.join(' '),
  ...command.commands.flatMap((inner) => commandsOf(inner, [...words, inner.name()])),
];

test('every command explains itself and stands in the reference; help needs no settings and no database', async (t) => {
  const reference = readFileSync(new URL('../docs/reference/cli.md', import.meta.url), 'utf8');
  const said: string[] = [];
  const sink = { write: (text: string) => said.push(text) };
  // Whatever a command would open throws here: nothing but the two sinks is there.
  const shell = { version: '0', stdout: sink, stderr: sink } as unknown as Shell;
  const commands = commandsOf(program(shell));
  t.true(commands.length > 30, commands.join());
  for (const name of commands) {
    said.length = 0;
    t.is(await runCommandLine(shell, [...name.split(' ').filter(Boolean), '--help']), 0, name);
    t.regex(said.join(''), new RegExp(`^Usage: orgonaut ${name}`), name);
    t.notRegex(said.join(''), /default: (false|\[])/, name);
    t.true(reference.includes(name), `the reference names ${name}`);
  }
});

test.serial('an unknown command and a missing option are refused with exit code 2', async (t) => {
  t.is((await orgonaut(['fly'])).code, 2);
  t.is((await orgonaut(['import', '--tenant', 'x'])).code, 2);
  t.is((await orgonaut(['--version'])).code, 0);
});
