import test from 'ava';
import { planProposal } from '../src/application/proposal/index.ts';
import { type Ability, abilities, accessRoles, roleAbilities } from '../src/domain/abilities.ts';
import { prompts } from '../src/mcp/prompts/index.ts';
import { templates } from '../src/mcp/resources/templates.ts';
import { id } from './support/engine.ts';
import { type McpWorld, mcpWorld, rawCall, rpcHeaders } from './support/mcp.ts';
import { smallOrg } from './support/small-org.ts';

const ends: (() => Promise<void>)[] = [];
let w: McpWorld;
let scenario_id: string;
let proposal_id: string;
let planned: number;

const raise = { type: 'position.set_pay', position_id: id('seller'), pay_amount: '61234', pay_currency: 'USD', pay_basis: 'annual' };
const rename = { type: 'org_unit.rename', org_unit_id: id('sales'), name: 'Revenue' };

test.before(async () => {
  w = await mcpWorld({ teardown: (fn) => void ends.push(fn) }, { settings: { subscription: 'enterprise' } });
  await w.e.givenBaseline(smallOrg());
  ({ scenario_id } = await w.e.givenScenario({ visibility: 'shared', name: 'Shared' }));
  const plan = await planProposal(w.e.deps, w.e.caller('owner'), { scenario_id, title: 'A raise', actions: [raise] });
  ({ proposal_id } = plan);
  planned = plan.event_position;
});
test.after.always(async (t) => {
  t.deepEqual(
    w.logged.filter((l) => l.level === 'error'),
    [],
  );
  for (const end of ends) await end();
});

/** A proposal in a scenario of its own, so that what one credential does to it takes nothing from the next. */
const fresh = async (): Promise<{ proposal_id: string }> => {
  const own = await w.e.givenScenario({ visibility: 'shared', name: 'Own' });
  const request = { scenario_id: own.scenario_id, title: 'Rename', actions: [rename] };
  return { proposal_id: (await planProposal(w.e.deps, w.e.caller('owner'), request)).proposal_id };
};

type Args = () => Promise<Record<string, unknown>> | Record<string, unknown>;

/** Arguments with which each tool answers whoever may use it. A tool without a line here fails the first test. */
const toolArgs: Record<string, Args> = {
  'capability.list': () => ({}),
  'capability.explain': () => ({ name: 'fte' }),
  'org.review.guide': () => ({}),
  'scenario.review.guide': () => ({ scenario_id }),
  'org.overview': () => ({ scenario_id }),
  'org.search': () => ({ query: 'sales' }),
  'org.tree': () => ({ depth: 20 }),
  'org.entity': () => ({ id: id('seller'), scenario_id }),
  'position.list': () => ({ scenario_id }),
  'placement.list': () => ({}),
  'team.list': () => ({}),
  'actor.list': () => ({}),
  'cost.summary': () => ({ by: 'grade' }),
  'org.metrics': () => ({ by_unit: true }),
  'scenario.list': () => ({}),
  'scenario.get': () => ({ scenario_id }),
  'scenario.create': () => ({ name: 'Mine' }),
  'scenario.compare': () => ({ scenario_ids: [null, scenario_id] }),
  'scenario.action.plan': () => ({ scenario_id, title: 'Rename', actions: [rename] }),
  'scenario.action.confirm': fresh,
  'scenario.action.withdraw': fresh,
  'scenario.action.list': () => ({}),
  'scenario.action.get': () => ({ proposal_id }),
  'audit.events': () => ({ limit: 100 }),
  'settings.get': () => ({}),
  'status.get': () => ({}),
};
/** What these very arguments need beside the tool's own abilities, and say: a token that was narrowed is told before anything is done. */
const said: Record<string, readonly Ability[]> = {
  'org.overview': ['scenarios.read'],
  'org.entity': ['scenarios.read'],
  'position.list': ['scenarios.read'],
  'org.metrics': ['org-units.read'],
  'scenario.action.plan': ['org-units.read'],
};
/** What is known only inside, so that it is refused in the answer. */
const inside: Record<string, readonly Ability[]> = {
  'org.entity': ['positions.read'],
  'orgonaut://guide/{name}': ['org-units.read'],
};
const addresses: Record<string, () => string> = {
  guide: () => 'orgonaut://guide/org-review',
  metric: () => 'orgonaut://metric/annualised',
  action: () => 'orgonaut://action/org_unit.move',
  scenario: () => `orgonaut://scenario/${scenario_id}`,
  proposal: () => `orgonaut://proposal/${proposal_id}`,
  unit: () => `orgonaut://unit/${id('sales')}`,
  event: () => `orgonaut://event/${planned}`,
};
const promptArgs: Record<string, Args> = {
  'org-review': () => ({}),
  'cost-review': () => ({}),
  'span-and-layers-review': () => ({}),
  'scenario-review': () => ({ scenario_id }),
  'compare-scenarios': () => ({ scenario_id }),
  'plan-a-change': () => ({ scenario_id, goal: 'Rename Sales' }),
  'audit-trail': () => ({}),
};

interface Row {
  what: string;
  needs: readonly Ability[];
  ask: () => Promise<object>;
}

/** Everything MCP offers that can be asked for, from the registries themselves. */
const offered = (): Row[] => [
  ...w.box.tools.map((tool) => ({
    what: tool.name,
    needs: tool.operation.abilities,
    ask: async () => rawCall(tool.name, await toolArgs[tool.name]?.()),
  })),
  ...templates.map((x) => ({
    what: x.uriTemplate,
    needs: x.abilities,
    ask: async () => ({ jsonrpc: '2.0', id: 1, method: 'resources/read', params: { uri: addresses[x.name]?.() } }),
  })),
  ...prompts.map((x) => ({
    what: `prompt ${x.name}`,
    needs: x.abilities,
    ask: async () => ({ jsonrpc: '2.0', id: 1, method: 'prompts/get', params: { name: x.name, arguments: await promptArgs[x.name]?.() } }),
  })),
];

test('every tool, resource and prompt that is offered stands in this matrix, and nothing else does', (t) => {
  t.deepEqual(Object.keys(toolArgs).sort(), w.box.tools.map((x) => x.name).sort());
  t.deepEqual(Object.keys(addresses).sort(), templates.map((x) => x.name).sort());
  t.deepEqual(Object.keys(promptArgs).sort(), prompts.map((x) => x.name).sort());
});

/** 60,000 planned, 54,321 actual and 61,234 planned anew; with 28 % on-cost; their sums and differences. */
const amount =
  /(?<![\d.])(60,?000|54,?321|61,?234|76,?800|69,?530(\.88)?|78,?379|300,?000|162,?963|384,?000|208,?592|301,?234|385,?579|1,?234|1,?579|6,?400|5,?794)(\.\d+)?(?!\d)/;
const without = (text: string): string =>
  text.replace(/[0-9a-f]{8}-[0-9a-f-]{27}|[0-9a-f]{64}|\d{4}-\d\d-\d\dT[\d:.]+Z?|"event_position":\d+|"position":\d+/g, '');

/** Fields by whose name a number in them is money. */
const moneyField = /\\?"(?:[a-z_]*(?:pay_amount|cost|annualised|salary|salaries|variance|budget|amount)[a-z_]*)\\?":\s*\\?"?-?\d/;

const post = (token: string, body: object) => w.raw({ headers: rpcHeaders(token), body });

/** All rows for one credential: who has every ability is answered, who lacks one is refused, and without costs.read nothing is money. */
const askAll = async (
  t: {
    true(v: boolean, m?: string): unknown;
    is(a: unknown, b: unknown, m?: string): unknown;
    notRegex(s: string, r: RegExp, m?: string): unknown;
  },
  who: string,
  token: string,
  has: ReadonlySet<Ability>,
  role: readonly Ability[],
): Promise<Set<string>> => {
  const money = new Set<string>();
  for (const row of offered()) {
    const note = `${row.what} as ${who}`;
    const missing = [...row.needs, ...(said[row.what] ?? [])].filter((a) => !has.has(a));
    const within = (inside[row.what] ?? []).filter((a) => !has.has(a));
    const answer = await post(token, await row.ask());
    const refused = /\\?"code\\?":\s*\\?"FORBIDDEN\\?"/.test(answer.text);
    if (missing.length === 0 && within.length > 0) {
      t.true(refused, `${note}: ${answer.text.slice(0, 300)}`);
      t.is(answer.status, 200, note);
      t.is(
        /narrowed away/.test(answer.text),
        within.every((a) => role.includes(a)),
        `${note}: ${answer.text.slice(0, 300)}`,
      );
      t.true(
        within.every((a) => answer.text.includes(a)),
        note,
      );
    } else if (missing.length === 0) {
      t.is(answer.status, 200, `${note}: ${answer.text.slice(0, 300)}`);
      t.true(!refused && !/"isError":true|"error":\{/.test(answer.text), `${note}: ${answer.text.slice(0, 400)}`);
    } else {
      t.true(refused, `${note}: ${answer.text.slice(0, 300)}`);
      const narrowed = missing.every((a) => role.includes(a));
      t.is(answer.status, narrowed ? 403 : 200, note);
      const challenge = String(answer.headers['www-authenticate'] ?? '');
      t.is(/error="insufficient_scope"/.test(challenge), narrowed, note);
      if (narrowed) {
        const scope = /scope="([^"]*)"/.exec(challenge)?.[1]?.split(' ') ?? [];
        t.true(missing.every((a) => scope.includes(a)) && [...has].every((a) => scope.includes(a)), `${note}: ${challenge}`);
      }
    }
    const text = without(answer.text);
    if (amount.test(text) && moneyField.test(text)) money.add(row.what);
    if (has.has('costs.read')) continue;
    t.notRegex(text, amount, note);
    t.notRegex(text, moneyField, note);
  }
  return money;
};

/** The rows that are listed to a credential are those it may use. */
const listed = async (token: string): Promise<string[]> => {
  const list = async (method: string): Promise<string> => (await post(token, { jsonrpc: '2.0', id: 1, method })).text;
  const [tools, resources, prompted] = await Promise.all(['tools/list', 'resources/templates/list', 'prompts/list'].map(list));
  const named = (text = '', key: string): string[] => [...text.matchAll(new RegExp(`"${key}":"([^"]+)"`, 'g'))].map((m) => String(m[1]));
  return [
    ...named(tools, 'name').filter((n) => w.box.find(n)?.name === n),
    ...named(resources, 'uriTemplate'),
    ...named(prompted, 'name').flatMap((n) => (prompts.some((p) => p.name === n) ? [`prompt ${n}`] : [])),
  ].sort();
};
const usable = (has: ReadonlySet<Ability>): string[] =>
  offered()
    .filter((row) => row.needs.every((a) => has.has(a)))
    .map((row) => row.what)
    .sort();

for (const role of accessRoles)
  test(`the whole surface for the role ${role}`, async (t) => {
    const has = new Set(roleAbilities[role]);
    const token = await w.token(role);
    const money = await askAll(t, role, token, has, roleAbilities[role]);
    t.deepEqual(await listed(token), usable(has));
    if (role !== 'owner') return;
    for (const what of ['org.overview', 'cost.summary', 'position.list', 'org.entity', 'scenario.compare', 'scenario.action.get'])
      t.true(money.has(what), `the same search sees the amounts of ${what} with costs.read`);
  });

for (const lost of abilities)
  test(`the whole surface for an owner's token narrowed away from ${lost}`, async (t) => {
    const has = new Set(abilities.filter((a) => a !== lost));
    const token = await w.token('owner', { abilities: [...has] });
    await askAll(t, `owner without ${lost}`, token, has, abilities);
    t.deepEqual(await listed(token), usable(has));
  });

test('the whole surface for tokens narrowed to one ability', async (t) => {
  for (const only of abilities) {
    const has = new Set<Ability>([only]);
    const token = await w.token('owner', { abilities: [only] });
    await askAll(t, `owner with ${only} alone`, token, has, abilities);
    t.deepEqual(await listed(token), usable(has), only);
  }
});

test('the whole surface for the legacy scope, which follows the role', async (t) => {
  const token = await w.token('member', { abilities: ['mcp'] });
  await askAll(t, 'member with mcp', token, new Set(roleAbilities.member), roleAbilities.member);
});
