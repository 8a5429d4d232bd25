import test from 'ava';
import { toText } from '../src/mcp/text.ts';
import { id } from './support/engine.ts';
import { mcpWorld } from './support/mcp.ts';
import { smallOrg } from './support/small-org.ts';
import { wholeClient } from './support/surface.ts';

interface Guide {
  steps: { tool: string; arguments: Record<string, unknown>; look_for: string }[];
  rules: string[];
}

test('each step of a guide can be sent as it stands, on a unit that begins on the scenario too, and says what its answer can tell', async (t) => {
  const w = await mcpWorld(t, { settings: { subscription: 'enterprise' } });
  await w.e.givenBaseline(smallOrg());
  const token = await w.token();
  const client = await w.client(token);
  const { scenario_id } = (await client.call('scenario.create', { name: 'New unit' })).structuredContent;
  const plan = await client.call('scenario.action.plan', {
    scenario_id,
    actions: [{ type: 'org_unit.create', name: 'Labs', parent_id: id('sales') }],
  });
  const { proposal_id, digest, changes } = plan.structuredContent as { proposal_id: string; digest: string; changes: { id: string }[] };
  t.regex(plan.text, /before: none/);
  await client.call('scenario.action.confirm', { proposal_id, digest });
  const unit_id = String(changes[0]?.id);

  const prompts = await wholeClient(w, t, { era: '2026', token });
  for (const name of ['cost-review', 'span-and-layers-review']) {
    const { messages } = await prompts.getPrompt({ name, arguments: { scenario_id: String(scenario_id), unit_id } });
    const text = (messages[0] as { content: { text: string } }).content.text;
    t.regex(text, /there, unit [0-9a-f-]{36}, called "Labs", and what is below it/);
    const calls = [...text.matchAll(/^\d+\. ([a-z.]+) (\{.*\}): /gm)].map(
      ([, tool, args]) => [String(tool), JSON.parse(String(args))] as const,
    );
    t.true(calls.length > 3);
    for (const [tool, args] of calls) {
      t.falsy((await client.call(tool, args)).isError, `${tool} ${JSON.stringify(args)}`);
      if (tool === 'position.list') t.like(args, { org_unit_id: unit_id, subtree: true, scenario_id });
    }
  }
  for (const [tool, args] of [
    ['org.review.guide', { scenario_id }],
    ['scenario.review.guide', { scenario_id }],
  ] as const) {
    const guide = (await client.call(tool, args)).structuredContent as unknown as Guide;
    for (const step of guide.steps.filter((s) => !JSON.stringify(s.arguments).includes('<')))
      t.falsy((await client.call(step.tool, step.arguments)).isError, `${step.tool} ${JSON.stringify(step.arguments)}`);
    const lists = guide.steps.filter((s) => s.tool === 'position.list');
    t.false(
      lists.some((s) => /one to three reports/.test(s.look_for)),
      'rows of seats hold no count of reports',
    );
  }
  const review = (await client.call('scenario.review.guide', { scenario_id })).structuredContent as unknown as Guide;
  t.regex(review.steps.find((s) => s.tool === 'scenario.compare')?.look_for ?? '', /effective_on/);
});

test('what is empty is said to be so', (t) => {
  t.is(toText({ before: {}, after: { name: 'Labs' } }), 'before: none\nafter: name: Labs');
});
