import { StreamableHTTPClientTransport as ModernHttp, Client as ModernClient } from '@modelcontextprotocol/client';
import { InMemoryTransport } from '@modelcontextprotocol/server';
import test from 'ava';
import { z } from 'zod';
import { operation } from '../src/application/operation.ts';
import { ANSWER_LIMIT } from '../src/mcp/fit.ts';
import { namesInText, namingStyle } from '../src/mcp/naming.ts';
import { progressTo } from '../src/mcp/progress.ts';
import { mcpServer } from '../src/mcp/server.ts';
import { hints, type ToolFace } from '../src/mcp/tool.ts';
import { toolbox } from '../src/mcp/toolbox.ts';
import { id } from './support/engine.ts';
import { eras, mcpWorld, rawCall, rpcHeaders } from './support/mcp.ts';
import { smallOrg } from './support/small-org.ts';
import { callWith, wholeClient } from './support/surface.ts';

const face: ToolFace = { group: 'organisation', hints: hints.reads, useWhen: ['try it'], example: {} };

test('an answer that is too large to be read is refused with the way to less; a write that has happened is always answered', async (t) => {
  const wide = (name: string, readOnly: boolean) =>
    operation({
      name,
      title: 't',
      summary: 's',
      input: z.object({ n: z.int().default(1) }),
      output: z.object({ rows: z.string() }),
      abilities: [],
      readOnly,
      run: async (_deps, _caller, { n }) => ({ rows: 'x'.repeat(n) }),
    });
  const box = toolbox([wide('wide.read', true), wide('wide.write', false)] as never, {
    'wide.read': face,
    'wide.write': { ...face, hints: hints.adds },
  });
  const w = await mcpWorld(t, { box, settings: { subscription: 'enterprise' } });
  const client = await w.client(await w.token());
  const fits = await client.call('wide.read', { n: ANSWER_LIMIT - 100 });
  t.falsy(fits.isError);
  t.true(fits.text.length < 41_000, 'the text is cut where the structured content is whole');
  const refused = await client.call('wide.read', { n: ANSWER_LIMIT });
  t.true(refused.isError);
  t.like(refused.structuredContent, { code: 'TOO_LARGE' });
  t.regex(refused.text, /filters, a smaller limit or the cursor/);
  t.falsy((await client.call('wide.write', { n: ANSWER_LIMIT })).isError);
});

test('a call that its client cancels leaves nothing half done, in both eras and over both transports, and the connection goes on', async (t) => {
  const w = await mcpWorld(t, { settings: { subscription: 'enterprise' } });
  await w.e.givenBaseline(smallOrg());
  const token = await w.token();
  for (const era of ['2026', '2025 (sdk)'] as const)
    for (const over of ['http', 'stdio'] as const) {
      const client = await wholeClient(w, t, { era, token, over });
      const { structuredContent } = await client.callTool({ name: 'scenario.create', arguments: { name: `Cancelled ${era} ${over}` } });
      const scenario_id = String(structuredContent?.scenario_id);
      const cancel = new AbortController();
      const call = callWith(
        era,
        client,
        'scenario.action.plan',
        { scenario_id, actions: [{ type: 'org_unit.rename', org_unit_id: id('sales'), name: 'Never' }] },
        // Told between two steps of the plan: it is under way, and not done.
        { signal: cancel.signal, onprogress: () => cancel.abort('changed my mind') },
      );
      // The report may come after the last step; then the plan was made, and the answer is thrown away.
      await t.throwsAsync(call, undefined, `${era} ${over}`);
      const { structuredContent: list } = await client.callTool({ name: 'scenario.action.list', arguments: { scenario_id } });
      for (const p of (list?.proposals ?? []) as { id: string; state: string }[]) {
        const whole = await client.callTool({ name: 'scenario.action.get', arguments: { proposal_id: p.id } });
        t.falsy(whole.isError, 'what is listed is whole');
        t.is(p.state, 'planned');
      }
      const again = await client.callTool({
        name: 'scenario.action.plan',
        arguments: { scenario_id, actions: [{ type: 'org_unit.rename', org_unit_id: id('sales'), name: 'Once' }] },
      });
      t.falsy(again.isError, 'the connection goes on');
    }
});

test('the work behind a cancelled call ends, told by the protocol over stdio and by the closed answer over HTTP', async (t) => {
  const ended: string[] = [];
  let started: (() => void) | undefined;
  const slow = operation({
    name: 'slow.work',
    title: 't',
    summary: 's',
    input: z.object({}),
    output: z.object({}),
    abilities: [],
    readOnly: true,
    run: async (_deps, caller) => {
      started?.();
      await new Promise<void>((resolve) => caller.signal?.addEventListener('abort', () => resolve(), { once: true }));
      ended.push(caller.user.label);
      return {};
    },
  });
  const w = await mcpWorld(t, { box: toolbox([slow], { 'slow.work': face }), settings: { subscription: 'enterprise' } });
  const client = new ModernClient({ name: 'c', version: '1' }, { versionNegotiation: { mode: 'auto' } });
  await client.connect(new ModernHttp(new URL(w.mcp), { requestInit: { headers: { Authorization: `Bearer ${await w.token()}` } } }));
  t.teardown(() => client.close());
  const running = new Promise<void>((resolve) => (started = resolve));
  const cancel = new AbortController();
  const call = client.callTool({ name: 'slow.work', arguments: {} }, { signal: cancel.signal });
  await running;
  cancel.abort();
  await t.throwsAsync(call);
  while (ended.length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
  t.is(ended.length, 1);

  // A connection that stays open, as stdio's does: the protocol's own notification ends the work.
  const [near, far] = InMemoryTransport.createLinkedPair();
  const caller = w.e.caller('owner');
  const server = mcpServer(
    { deps: w.e.deps, box: toolbox([slow], { 'slow.work': face }), log: { info() {}, warn() {}, error() {} } },
    async () => ({ caller, client: null }),
    { correlationId: () => id('call') },
  );
  await server.connect(near);
  await far.start();
  const again = new Promise<void>((resolve) => (started = resolve));
  const clientInfo = { name: 'c', version: '1' };
  await far.send({ jsonrpc: '2.0', id: 1, method: 'initialize', params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo } });
  await far.send({ jsonrpc: '2.0', method: 'notifications/initialized' });
  await far.send({ jsonrpc: '2.0', id: 2, method: 'tools/call', params: { name: 'slow.work', arguments: {} } });
  await again;
  await far.send({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 2 } });
  while (ended.length === 1) await new Promise((resolve) => setTimeout(resolve, 10));
  t.is(ended.length, 2);
  await server.close();
});

test('progress only grows, is told seldom, and at the end; without a token nobody is told', (t) => {
  t.is(progressTo({ mcpReq: {} } as never), undefined);
  const told: number[] = [];
  const notify = async (n: { params?: { progress?: number } }) => void told.push(Number(n.params?.progress));
  const progress = progressTo({ mcpReq: { _meta: { progressToken: 'p' }, notify } } as never);
  for (const done of [1, 1, 0, 2, 3, 4, 5, 10]) progress?.(done, 10, 'working');
  t.deepEqual(told, [1, 10], 'the first and the last; what came at once between them is left out');
});

test("the user's choice wins over every client; a metadata address and a registered name tell a client that needs underscores", (t) => {
  t.is(namingStyle('codex', 'claude-ai', 'dotted'), 'dots');
  t.is(namingStyle('dots', 'cursor', 'underscore'), 'underscores');
  for (const name of ['Claude', 'claude-ai', 'Codex', 'GitHub Copilot CLI']) t.is(namingStyle(name, undefined), 'underscores', name);
  for (const address of ['https://claude.ai/oauth/mcp-client-metadata', 'https://openai.com/codex/client.json'])
    t.is(namingStyle('Some name', undefined, undefined, address), 'underscores', address);
  for (const address of [
    'https://claude.ai/oauth/claude-code-client-metadata',
    'https://vscode.dev/oauth/client-metadata.json',
    'https://evil.example/claude.ai/x',
  ])
    t.is(namingStyle('Some name', undefined, undefined, address), 'dots', address);
  t.is(namingStyle('Claude Code', 'claude-code'), 'dots');
});

test('only whole names of tools are written anew, the longest first', (t) => {
  const say = namesInText(['org.tree', 'scenario.list', 'scenario.action.list', 'scenario.action.plan']);
  const text =
    'Use scenario.action.list, scenario.list or org.tree. Not my.org.tree, org.trees, org.tree.x or org_unit.move; `scenario.action.plan`.';
  t.is(say(text, 'dots'), text);
  t.is(
    say(text, 'underscores'),
    'Use scenario_action_list, scenario_list or org_tree. Not my.org.tree, org.trees, org.tree.x or org_unit.move; `scenario_action_plan`.',
  );
});

test('instructions name the tools as the list of the client that says hello will', async (t) => {
  const w = await mcpWorld(t, { settings: { subscription: 'enterprise' } });
  const token = await w.token();
  for (const era of eras) {
    const codex = await wholeClient(w, t, { era, token, name: 'codex-mcp-client' });
    t.regex(codex.getInstructions() ?? '', /org_overview/, era);
    t.notRegex(codex.getInstructions() ?? '', /org\.overview/, era);
    t.regex((await wholeClient(w, t, { era, token })).getInstructions() ?? '', /org\.overview/, era);
  }
});

test('a fault is told to a client that collects logs, by its event id alone', async (t) => {
  const broken = operation({
    name: 'broken.tool',
    title: 't',
    summary: 's',
    input: z.object({}),
    output: z.object({}),
    abilities: [],
    readOnly: true,
    run: async () => {
      throw new Error('a secret of the inside');
    },
  });
  const w = await mcpWorld(t, { box: toolbox([broken], { 'broken.tool': face }), settings: { subscription: 'enterprise' } });
  const ask = (meta: Record<string, unknown>) =>
    w.token().then((token) =>
      w.raw({
        headers: { ...rpcHeaders(token), 'MCP-Protocol-Version': '2026-07-28', 'Mcp-Method': 'tools/call', 'Mcp-Name': 'broken.tool' },
        body: {
          ...rawCall('broken.tool'),
          params: {
            name: 'broken.tool',
            arguments: {},
            _meta: { 'io.modelcontextprotocol/protocolVersion': '2026-07-28', 'io.modelcontextprotocol/clientCapabilities': {}, ...meta },
          },
        },
      }),
    );
  const silent = await ask({});
  t.notRegex(silent.text, /notifications\/message|secret/);
  const logging = await ask({ 'io.modelcontextprotocol/logLevel': 'error' });
  t.regex(logging.text, /notifications\/message/);
  const ids = [...logging.text.matchAll(/event_id\\?":\s*\\?"([0-9a-f-]{36})/g)].map((m) => m[1]);
  t.is(new Set(ids).size, 1, 'the same id in the log message and in the answer');
  t.notRegex(logging.text, /secret/);
});
