import test from 'ava';
import { replaysEqual } from './governed/support.ts';
import { id } from './support/engine.ts';
import { mcpWorld } from './support/mcp.ts';
import { smallOrg } from './support/small-org.ts';

test('text that the log or the read model cannot hold is refused at the door as wrong input, with a key and without; nothing is written', async (t) => {
  const w = await mcpWorld(t, { settings: { subscription: 'enterprise' } });
  await w.e.givenBaseline(smallOrg());
  const client = await w.client(await w.token());
  const made = await client.call('scenario.create', { name: 'Fair' });
  const scenario_id = String(made.structuredContent.scenario_id);
  const rename = (name: string) => [{ type: 'org_unit.rename', org_unit_id: id('sales'), name }];
  const before = (await w.e.store.heads()).get(w.e.tenant);
  const plan = { scenario_id, actions: rename('Fair') };
  for (const [tool, args] of [
    ['scenario.action.plan', { ...plan, actions: rename('a\ud800b') }],
    ['scenario.action.plan', { ...plan, actions: rename('a\ud800b'), idempotency_key: 'once' }],
    ['scenario.action.plan', { ...plan, actions: rename('a\u0000b') }],
    ['scenario.action.plan', { ...plan, actions: [{ type: 'org_unit.rename', '\udc00': 1 }] }],
    ['scenario.action.plan', { ...plan, title: 'a\u0000b' }],
    ['scenario.action.plan', { ...plan, reason: 'a\ud800b' }],
    ['scenario.action.plan', { ...plan, idempotency_key: 'a\ud800b' }],
    ['scenario.create', { name: 'a\u0000b' }],
    ['scenario.create', { name: 'a\nb' }],
    ['scenario.create', { name: 'Fair', purpose: 'a\u0000b' }],
    ['scenario.create', { name: 'Fair', idempotency_key: 'a\ud800b' }],
    ['scenario.action.confirm', { proposal_id: scenario_id, reason: 'a\ud800b' }],
    ['scenario.action.withdraw', { proposal_id: scenario_id, reason: 'a\u0000b' }],
  ] as const) {
    const answer = await client.call(tool, args);
    t.true(answer.isError, JSON.stringify(args));
    t.is(answer.structuredContent.code, 'INPUT_INVALID', `${tool} ${JSON.stringify(args)} ${answer.text}`);
  }
  t.is((await w.e.store.heads()).get(w.e.tenant), before);
  const fair = await client.call('scenario.action.plan', { ...plan, reason: 'Line one\nand "two" <b>', title: 'Größe 👩‍👩‍👧' });
  t.falsy(fair.isError, fair.text);
  await replaysEqual(t, w.e);
});
