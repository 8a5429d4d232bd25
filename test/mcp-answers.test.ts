import test, { type ExecutionContext } from 'ava';
import { createTenant } from '../src/application/tenant/index.ts';
import { streams } from '../src/domain/events.ts';
import { type Ability, abilities, accessRoles, roleAbilities } from '../src/domain/abilities.ts';
import { actionTypes } from '../src/domain/actions/index.ts';
import { codes } from '../src/domain/codes.ts';
import { metrics } from '../src/domain/metrics.ts';
import { operation } from '../src/application/operation.ts';
import { hints } from '../src/mcp/tool.ts';
import { toolbox } from '../src/mcp/toolbox.ts';
import { z } from 'zod';
import { id } from './support/engine.ts';
import { type Answer, type AnyClient, mcpWorld, type McpWorld, rawCall, rpcHeaders } from './support/mcp.ts';
import { smallOrg } from './support/small-org.ts';

const ends: (() => Promise<void>)[] = [];
let w: McpWorld;
/** One person of each role, and a second planner. */
let as: Record<'owner' | 'admin' | 'manager' | 'planner' | 'member' | 'viewer' | 'auditor', AnyClient>;
let otherTenant: { token: string; scenario_id: string; root: string };
let made: { scenario_id: string; proposal_id: string; digest: string };

test.before(async () => {
  w = await mcpWorld({ teardown: (fn) => void ends.push(fn) }, { settings: { subscription: 'enterprise' } });
  await w.e.givenBaseline(smallOrg());
  const client = async (role: string) => w.client(await w.token(role), '2025 (sdk)');
  as = {
    owner: await client('owner'),
    admin: await client('admin'),
    manager: await client('manager'),
    planner: await client('manager'),
    member: await client('member'),
    viewer: await client('viewer'),
    auditor: await client('auditor'),
  };

  const { tenant, root_unit_id } = await createTenant(w.e.deps, w.directory, {
    slug: 'other',
    name: 'Other',
    subscription: 'business',
    currency: 'USD',
  });
  const token = (await w.directory.createToken({ tenant, name: 'theirs', role: 'owner' })).token;
  const theirs = await w.client(token, '2026');
  const scenario = await theirs.call('scenario.create', { name: 'Theirs' });
  otherTenant = { token, root: root_unit_id, scenario_id: String(scenario.structuredContent.scenario_id) };

  const mine = await as.manager.call('scenario.create', { name: 'A reduction nobody knows of' });
  const scenario_id = String(mine.structuredContent.scenario_id);
  // Every client has listed the tools, so that the SDK holds each answer, refusals too, against its schema.
  for (const c of Object.values(as)) await c.tools();
  const plan = await as.manager.call('scenario.action.plan', {
    scenario_id,
    actions: [{ type: 'position.set_pay', position_id: id('seller'), pay_amount: '61234', pay_currency: 'USD', pay_basis: 'annual' }],
  });
  if (plan.isError) throw new Error(plan.text);
  made = { scenario_id, proposal_id: String(plan.structuredContent.proposal_id), digest: String(plan.structuredContent.digest) };
});
test.after.always(async () => {
  for (const end of ends) await end();
});

/** A refusal: its code, a way out, no internals, and the same in text and structure. */
const refused = (t: ExecutionContext, answer: Answer, code: string, note = ''): void => {
  t.true(answer.isError, `${note}: ${answer.text.slice(0, 300)}`);
  t.is(answer.structuredContent.code, code, `${note}: ${answer.text.slice(0, 300)}`);
  t.truthy(answer.structuredContent.way_out, note);
  t.true(answer.text.startsWith(`${code}: `), note);
  t.true(answer.text.includes('What to do: '), note);
  t.notRegex(answer.text + JSON.stringify(answer.structuredContent), /\n\s+at |node_modules|\.ts:\d+|select .* from /, note);
};

test('arguments that do not fit are answered with each place, what is expected there, the schema and an example', async (t) => {
  const cases: [string, Record<string, unknown>, string][] = [
    ['org.tree', { depth: 'deep' }, 'depth'],
    ['org.tree', { depth: 0 }, 'depth'],
    ['org.entity', {}, 'id'],
    ['org.entity', { id: 'not an id' }, 'id'],
    ['org.tree', { effective_date: '2026-01-01' }, '(arguments)'],
    ['scenario.action.plan', { scenario_id: made.scenario_id, actions: [] }, 'actions'],
    ['scenario.action.plan', { scenario_id: made.scenario_id, actions: [{ org_unit_id: id('sales') }] }, 'actions.0.type'],
    ['scenario.action.confirm', { proposal_id: made.proposal_id, digest: 'abc' }, 'digest'],
    ['capability.explain', { name: '' }, 'name'],
  ];
  for (const [tool, args, place] of cases) {
    const answer = await as.owner.call(tool, args);
    refused(t, answer, 'INPUT_INVALID', `${tool} ${place}`);
    const details = answer.structuredContent.details as {
      issues: { path: string; expected: string }[];
      schema: { type: string };
      example: object;
    };
    t.true(
      details.issues.some((i) => i.path === place && i.expected.length > 0),
      `${tool}: ${JSON.stringify(details.issues)}`,
    );
    t.is(details.schema.type, 'object');
    t.deepEqual(details.example, w.box.find(tool)?.face.example);
  }
  for (const args of [
    { effective_on: '2026-02-30' },
    { effective_on: 'today' },
    { as_of: 0 },
    { as_of: 999_999 },
    { as_of: 'yesterday' },
    { scenario_id: 'x' },
  ])
    refused(t, await as.owner.call('org.overview', args), 'INPUT_INVALID', JSON.stringify(args));
});

test('a refused action answers with the schema of its type and an example', async (t) => {
  for (const action of [{ type: 'org_unit.rename', org_unit_id: id('sales') }, { type: 'org_unit.explode' }]) {
    const answer = await as.manager.call('scenario.action.plan', { scenario_id: made.scenario_id, actions: [action] });
    refused(t, answer, 'INPUT_INVALID', action.type);
    const all = JSON.stringify(answer.structuredContent);
    t.regex(all, action.type === 'org_unit.explode' ? /org_unit\.rename/ : /"schema"[\s\S]*"example"/);
  }
});

test('a tool that does not exist is said clearly, with names that are near', async (t) => {
  const answer = await as.owner.call('org.overvue');
  refused(t, answer, 'TOOL_UNKNOWN');
  t.true(answer.text.includes('org.overview'));
  refused(t, await as.owner.call('drop"table\n\nusers'), 'TOOL_UNKNOWN');
});

test('an unknown id, one of another tenant and one that is not ours to see are one answer: there is no such thing', async (t) => {
  const unknown = id('never made');
  const byId: [string, (x: string) => Record<string, unknown>][] = [
    ['org.entity', (x) => ({ id: x })],
    ['org.tree', (x) => ({ org_unit_id: x })],
    ['scenario.get', (x) => ({ scenario_id: x })],
    ['org.overview', (x) => ({ scenario_id: x })],
    ['org.search', (x) => ({ scenario_id: x, query: 'a' })],
    ['position.list', (x) => ({ scenario_id: x })],
    ['placement.list', (x) => ({ scenario_id: x })],
    ['team.list', (x) => ({ scenario_id: x })],
    ['actor.list', (x) => ({ scenario_id: x })],
    ['cost.summary', (x) => ({ scenario_id: x })],
    ['cost.summary', (x) => ({ org_unit_id: x })],
    ['org.metrics', (x) => ({ scenario_id: x })],
    ['org.metrics', (x) => ({ by_unit: true, org_unit_id: x })],
    ['settings.get', (x) => ({ scenario_id: x })],
    ['scenario.compare', (x) => ({ scenario_ids: [null, x] })],
    ['scenario.action.plan', (x) => ({ scenario_id: x, actions: [{ type: 'org_unit.rename', org_unit_id: id('sales'), name: 'X' }] })],
  ];
  const whole = (answer: Answer, x: string) => JSON.stringify(answer.structuredContent).replaceAll(x, '<id>');
  for (const [tool, args] of byId) {
    const absent = await as.owner.call(tool, args(unknown));
    refused(t, absent, 'NOT_FOUND', tool);
    for (const foreign of [otherTenant.scenario_id, otherTenant.root]) {
      const answer = await as.owner.call(tool, args(foreign));
      refused(t, answer, 'NOT_FOUND', `${tool} of another tenant`);
      t.is(whole(answer, foreign), whole(absent, unknown), `${tool} tells a foreign id from an unknown one`);
    }
    if (!JSON.stringify(args(unknown)).includes('scenario_id')) continue;
    const secret = await as.planner.call(tool, args(made.scenario_id));
    refused(t, secret, 'NOT_FOUND', `${tool} of a private scenario`);
    t.is(whole(secret, made.scenario_id), whole(absent, unknown), `${tool} tells a private scenario from none`);
  }
  for (const tool of ['scenario.action.get', 'scenario.action.confirm', 'scenario.action.withdraw']) {
    const absent = await as.planner.call(tool, { proposal_id: unknown });
    refused(t, absent, 'NOT_FOUND', tool);
    const secret = await as.planner.call(tool, { proposal_id: made.proposal_id });
    t.is(whole(secret, made.proposal_id), whole(absent, unknown), `${tool} tells a private proposal from none`);
  }
});

test("somebody's private scenario is in no list, search, comparison or event of another planner; its owner and the tenant's owner see it", async (t) => {
  const traces = async (client: AnyClient) => {
    const answers = [
      await client.call('scenario.list'),
      await client.call('scenario.action.list'),
      await client.call('audit.events', { limit: 100 }),
    ];
    return JSON.stringify(answers.map((a) => a.structuredContent));
  };
  for (const who of ['planner', 'member', 'viewer', 'auditor'] as const) {
    const seen = await traces(as[who]);
    t.false(seen.includes(made.scenario_id), who);
    t.false(seen.includes('A reduction nobody knows of'), who);
  }
  for (const who of ['manager', 'owner', 'admin'] as const) t.true((await traces(as[who])).includes(made.scenario_id), who);
});

/** A call of each tool that succeeds for whoever may use it. */
const goodCall = async (tool: string): Promise<Record<string, unknown>> => {
  const plan = { scenario_id: '', actions: [{ type: 'org_unit.rename', org_unit_id: id('sales'), name: 'Revenue' }] };
  const fresh = async (): Promise<{ proposal_id: string; scenario_id: string }> => {
    const { scenario_id } = await w.e.givenScenario({ visibility: 'shared', name: 'Shared' });
    const planned = await as.owner.call('scenario.action.plan', { ...plan, scenario_id });
    return { scenario_id, proposal_id: String(planned.structuredContent.proposal_id) };
  };
  const args: Record<string, () => Promise<Record<string, unknown>>> = {
    'capability.explain': async () => ({ name: 'fte' }),
    'org.search': async () => ({ query: 'sales' }),
    'org.entity': async () => ({ id: id('sales') }),
    'scenario.create': async () => ({ name: 'Mine' }),
    'scenario.get': async () => ({ scenario_id: (await fresh()).scenario_id }),
    'scenario.compare': async () => ({ scenario_ids: [null, (await fresh()).scenario_id] }),
    'scenario.action.plan': async () => ({ ...plan, scenario_id: (await fresh()).scenario_id }),
    'scenario.action.confirm': async () => ({ proposal_id: (await fresh()).proposal_id }),
    'scenario.action.withdraw': async () => ({ proposal_id: (await fresh()).proposal_id }),
    'scenario.action.get': async () => ({ proposal_id: (await fresh()).proposal_id }),
  };
  return (await args[tool]?.()) ?? {};
};

test('every tool with every access role: who has its abilities is answered, who lacks one is refused with its name, listed or not, and none writes a baseline', async (t) => {
  const baseline = () =>
    Promise.all([
      w.e.store.head(1, streams.baseline(1)),
      w.e.sql.query('select count(*)::int as n, max(position)::int as last from entity_change where branch = 0'),
    ]);
  const before = await baseline();
  for (const tool of w.box.tools)
    for (const role of accessRoles) {
      const answer = await as[role].call(tool.name, await goodCall(tool.name));
      const missing = tool.operation.abilities.filter((a) => !roleAbilities[role].includes(a));
      if (missing.length === 0) {
        t.falsy(answer.isError, `${tool.name} as ${role}: ${answer.text.slice(0, 300)}`);
        t.true(answer.text.length > 0 && Object.keys(answer.structuredContent).length > 0);
        continue;
      }
      refused(t, answer, 'FORBIDDEN', `${tool.name} as ${role}`);
      t.deepEqual((answer.structuredContent.details as { missing: string[] }).missing, missing);
    }
  t.deepEqual(await baseline(), before);
});

test('every tool refuses a token whose scopes leave out any one of its abilities', async (t) => {
  for (const tool of w.box.tools)
    for (const lost of tool.operation.abilities) {
      const token = await w.token('owner', { abilities: abilities.filter((a) => a !== lost) });
      const answer = await w.raw({ headers: rpcHeaders(token), body: rawCall(tool.name, tool.face.example as Record<string, unknown>) });
      t.regex(answer.text, /"code":"FORBIDDEN"/, `${tool.name} without ${lost}`);
    }
});

test('without costs.read no amount is in any answer, and with it there is', async (t) => {
  await as.owner.call('scenario.action.confirm', { proposal_id: made.proposal_id });
  const all: Ability[] = abilities.filter((a) => a !== 'costs.read');
  const open = await w.client(await w.token('owner'), '2026');
  const blind = await w.client(await w.token('owner', { abilities: all }), '2026');
  // 60,000 planned, 54,321 actual and 61,234 planned anew; with 28 % on-cost; their sums and differences.
  const amount =
    /\b(60,?000|54,?321|61,?234|76,?800|69,?530|78,?379|300,?000|162,?963|384,?000|208,?592|301,?234|385,?579|1,?234|1,?579|6,?400|5,?794)(\.\d+)?\b/;
  const asked: [string, Record<string, unknown>][] = [
    ['org.overview', {}],
    ['org.overview', { scenario_id: made.scenario_id }],
    ['org.tree', { depth: 20 }],
    ['position.list', {}],
    ['position.list', { scenario_id: made.scenario_id }],
    ['placement.list', {}],
    ['team.list', {}],
    ['actor.list', {}],
    ['cost.summary', {}],
    ['cost.summary', { by: 'grade', scenario_id: made.scenario_id }],
    ['org.metrics', { by_unit: true }],
    ['settings.get', {}],
    ['org.search', { query: 'a' }],
    ['scenario.list', {}],
    ['scenario.get', { scenario_id: made.scenario_id }],
    ['scenario.compare', { scenario_ids: [null, made.scenario_id] }],
    ['scenario.action.list', {}],
    ['scenario.action.get', { proposal_id: made.proposal_id }],
    ['audit.events', { limit: 100 }],
    ['status.get', {}],
    ...['seller', 'bob', 'pay bob', 'placement bob', 'sales'].map((x): [string, Record<string, unknown>] => ['org.entity', { id: id(x) }]),
    [
      'scenario.action.plan',
      { scenario_id: made.scenario_id, actions: [{ type: 'position.create', org_unit_id: id('sales'), title: 'Seller', count: 2 }] },
    ],
    [
      'scenario.action.plan',
      { scenario_id: made.scenario_id, actions: [{ type: 'position.close', position_id: id('vacancy'), reason: 'not_needed' }] },
    ],
  ];
  const whole = (a: Answer) =>
    (a.text + JSON.stringify(a.structuredContent)).replace(/[0-9a-f]{8}-[0-9a-f-]{27}|[0-9a-f]{64}|\d{4}-\d\d-\d\dT[\d:.]+Z?/g, '');
  const shown: string[] = [];
  for (const [tool, args] of asked) {
    if (w.box.find(tool)?.operation.abilities.includes('costs.read'))
      await t.throwsAsync(blind.call(tool, args), { name: 'InsufficientScopeError' }, `${tool}: the transport says which scope is missing`);
    else t.notRegex(whole(await blind.call(tool, args)), amount, `${tool} ${JSON.stringify(args)}`);
    const clear = await open.call(tool, args);
    if (amount.test(whole(clear))) shown.push(tool);
  }
  for (const tool of [
    'org.overview',
    'cost.summary',
    'position.list',
    'org.entity',
    'scenario.compare',
    'scenario.action.get',
    'scenario.action.plan',
  ])
    t.true(shown.includes(tool), `the same check sees amounts in ${tool} with costs.read`);
  const pay = { type: 'position.set_pay', position_id: id('seller'), pay_amount: '1', pay_currency: 'USD', pay_basis: 'annual' };
  await t.throwsAsync(
    blind.call('scenario.action.plan', { scenario_id: made.scenario_id, actions: [pay] }),
    { message: /Insufficient scope: .*costs\.read/ },
    'planning pay asks for a wider token before anything is done',
  );
});

test('capability.explain explains every tool, action type, metric, error code, ability and access role, and says what is near an unknown name', async (t) => {
  const names = [
    ...w.box.tools.map((x) => x.name),
    ...actionTypes.keys(),
    ...Object.keys(metrics),
    ...Object.keys(codes),
    ...abilities,
    ...accessRoles,
  ];
  for (const name of names) {
    const answer = await as.member.call('capability.explain', { name });
    t.falsy(answer.isError, `${name}: ${answer.text.slice(0, 200)}`);
    t.is(answer.structuredContent.name, name);
  }
  t.like((await as.member.call('capability_explain', { name: 'org_unit.move' })).structuredContent, {
    kind: 'action',
    example: { type: 'org_unit.move' },
  });
  t.like((await as.member.call('capability_explain', { name: 'annualised' })).structuredContent, {
    kind: 'metric',
    formula: 'annual base x FTE x (1 + on-cost rate) + fixed on-cost per seat',
  });
  const unknown = await as.member.call('capability.explain', { name: 'org_unit.mooove' });
  refused(t, unknown, 'NOT_FOUND');
  t.true(unknown.text.includes('org_unit.move'));
});

test('capability.list tells what the caller may use, what it lacks, and where the rest is done', async (t) => {
  const { structuredContent: c } = await as.viewer.call('capability.list');
  const usable = (c.groups as { tools: { name: string }[] }[]).flatMap((g) => g.tools.map((x) => x.name));
  t.deepEqual(usable.sort(), (await as.viewer.tools()).map((x) => x.name).sort());
  t.deepEqual((c.needs_more as { name: string }[]).map((x) => x.name).sort(), [
    'audit.events',
    'scenario.action.confirm',
    'scenario.action.plan',
    'scenario.action.withdraw',
    'scenario.create',
  ]);
  for (const { what, instead } of c.not_in_mcp as { what: string; instead: string }[]) t.true(what.length > 0 && instead.length > 0);
});

test('the guides name only tools and arguments that exist, and only those the reader may use', async (t) => {
  for (const [role, guide, args] of [
    ['owner', 'org.review.guide', {}],
    ['member', 'org.review.guide', { focus: 'cost' }],
    ['member', 'org.review.guide', { focus: 'structure', scenario_id: made.scenario_id }],
    ['viewer', 'org.review.guide', { focus: 'vacancies' }],
    ['owner', 'scenario.review.guide', {}],
    ['viewer', 'scenario.review.guide', { scenario_id: made.scenario_id }],
  ] as const) {
    const answer = await as[role].call(guide, args);
    const steps = answer.structuredContent.steps as { step: number; tool: string; arguments: Record<string, unknown> }[];
    t.deepEqual(
      steps.map((s) => s.step),
      steps.map((_, i) => i + 1),
    );
    if (role === 'member' && 'focus' in args && args.focus === 'cost') t.deepEqual(steps, [], 'a member has no cost to look at');
    else t.true(steps.length > 1);
    for (const s of steps) {
      const tool = w.box.find(s.tool);
      t.true(
        tool?.operation.abilities.every((a) => roleAbilities[role].includes(a)),
        `${s.tool} for ${role}`,
      );
      const filled = JSON.parse(JSON.stringify(s.arguments).replace(/<[^>]+>/g, made.scenario_id)) as Record<string, unknown>;
      t.true(tool?.operation.input.strict().safeParse(filled).success, `${s.tool} ${JSON.stringify(filled)}`);
    }
  }
});

test.serial('status.get says how far the log and the read model are, and that nothing stands still', async (t) => {
  const { structuredContent: s } = await as.member.call('status.get');
  t.like(s, { up_to_date: true, tenant: 'acme' });
  t.is((s.projections as { behind: number }[])[0]?.behind, 0);
  await w.e.sql.query(
    "insert into projection_lane_error (projection, version, tenant, position, message, attempts, first_at, last_at) select projection, version, tenant, position + 1, 'secret detail', 4, now(), now() from projection_checkpoint where tenant = 1",
  );
  const stuck = await as.member.call('status.get');
  await w.e.sql.query('delete from projection_lane_error');
  t.like(stuck.structuredContent, { up_to_date: false });
  t.regex(stuck.text, /stuck: before_position: \d+, code: FAULT, way_out: .*projection rebuild.*, attempts: 4/);
  t.false(stuck.text.includes('secret detail'));
});

test('a fault inside is answered with an event id that stands in the log with the whole of it, and with nothing else', async (t) => {
  const broken = (name: string, run: () => Promise<never>) =>
    operation({
      name,
      title: 't',
      summary: 's',
      input: z.object({}),
      output: z.object({ a: z.string() }),
      abilities: [],
      readOnly: true,
      run,
    });
  const face = { group: 'discovery', hints: hints.reads, useWhen: ['fail'], example: {} } as const;
  const box = toolbox(
    [
      broken('fault.thrown', () => Promise.reject(new Error('password=hunter2 at /srv/app.ts:3'))),
      broken('fault.shape', async () => ({ b: 'not what was promised' }) as never),
    ],
    { 'fault.thrown': face, 'fault.shape': face },
  );
  const f = await mcpWorld(t, { box });
  const client = await f.client(await f.token(), '2026');
  for (const tool of ['fault.thrown', 'fault.shape']) {
    const answer = await client.call(tool);
    refused(t, answer, 'FAULT', tool);
    t.false(JSON.stringify(answer).includes('hunter2'));
    const event_id = (answer.structuredContent.details as { event_id: string }).event_id;
    const line = f.logged.find((l) => l.fields.event_id === event_id);
    t.is(line?.level, 'error');
    t.true(line?.fields.err instanceof Error);
  }
});

test('a client that goes away stops the work that was done for it', async (t) => {
  const seen: { started?: () => void; aborted?: () => void } = {};
  const started = new Promise<void>((resolve) => (seen.started = resolve));
  const aborted = new Promise<void>((resolve) => (seen.aborted = resolve));
  const slow = operation({
    name: 'slow.work',
    title: 't',
    summary: 's',
    input: z.object({}),
    output: z.object({}),
    abilities: [],
    readOnly: true,
    run: async (_deps, caller) => {
      seen.started?.();
      await new Promise<void>((resolve) => caller.signal?.addEventListener('abort', () => resolve(), { once: true }));
      seen.aborted?.();
      return {};
    },
  });
  const f = await mcpWorld(t, {
    box: toolbox([slow], { 'slow.work': { group: 'discovery', hints: hints.reads, useWhen: ['wait'], example: {} } }),
  });
  const gone = new AbortController();
  const request = fetch(f.mcp, {
    method: 'POST',
    headers: rpcHeaders(await f.token()),
    body: JSON.stringify(rawCall('slow.work')),
    signal: gone.signal,
  });
  await started;
  gone.abort();
  await t.throwsAsync(request);
  await aborted;
  t.pass();
});
