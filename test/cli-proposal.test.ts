import { existsSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { connectAssistant } from '../src/cli/mcp-client.ts';
import { dataFolder, orgonaut, startServe } from './support/cli.ts';

test('a person reviews, confirms and withdraws on the command line what an assistant planned and may not confirm', async (t) => {
  const data = dataFolder(t);
  const env = { DATA_DIR: data };
  const serve = await startServe(env);
  t.teardown(() => serve.stop());
  t.true(existsSync(join(data, 'service.json')));
  const run = async (...args: string[]) => orgonaut([...args, '--tenant', 'demo', '--json'], env);
  const ok = async (...args: string[]) => {
    const ran = await run(...args);
    t.is(ran.code, 0, ran.stderr);
    return ran.json;
  };
  t.deepEqual((await ok('tenant', 'set', '--human-confirmation', 'on')).changed, ['human_confirmation']);
  t.deepEqual((await ok('tenant', 'set', '--human-confirmation', 'on')).changed, []);
  const named = await ok('snapshot', 'create', '--name', 'Before the review');
  t.true(named.created);
  t.is((await ok('snapshot', 'list')).snapshots[0].name, 'Before the review');

  const assistant = await connectAssistant({ mcp: serve.ready.mcp, tenant: 'demo', token: serve.ready.token as string }, 'test', '1');
  const { scenario_id } = await assistant.call('scenario.create', { name: 'Review' });
  const { results } = (await assistant.call('org.search', { query: 'Field Service', kinds: ['org_unit'] })) as {
    results: { id: string }[];
  };
  const action = (name: string) => [{ type: 'org_unit.rename', org_unit_id: results[0]?.id, name }];
  const plan = await assistant.call('scenario.action.plan', { scenario_id, actions: action('Customer Service') });
  const error = await t.throwsAsync(assistant.call('scenario.action.confirm', { proposal_id: plan.proposal_id, digest: plan.digest }));
  t.regex(error?.message ?? '', /HUMAN_REQUIRED/);
  const command = /orgonaut (proposal confirm --tenant demo [0-9a-f-]{36} --digest [0-9a-f]{64})/.exec(error?.message ?? '')?.[1];
  t.truthy(command, 'the answer carries the very command');

  const listed = await ok('proposal', 'list', '--state', 'planned');
  t.deepEqual(
    listed.proposals.map((p: { id: string }) => p.id),
    [plan.proposal_id],
  );
  const shown = await orgonaut(['proposal', 'show', '--tenant', 'demo', String(plan.proposal_id)], env);
  t.regex(shown.stdout, /Renames unit "Field Service" to "Customer Service"/);
  t.true(shown.stdout.includes(String(plan.digest)));
  t.is((await run('proposal', 'confirm', String(plan.proposal_id), '--digest', 'f'.repeat(64))).json.error.code, 'DIGEST_MISMATCH');

  const user = await ok('user', 'add', '--email', 'pat@brightwater.example', '--role', 'manager');
  t.is((await run('proposal', 'confirm', String(plan.proposal_id), '--as', 'nobody@brightwater.example')).json.error.code, 'NOT_FOUND');
  t.is(
    (await run('proposal', 'confirm', String(plan.proposal_id), '--as', 'pat@brightwater.example')).json.error.code,
    'NOT_FOUND',
    'a private scenario is not that person’s to see',
  );
  await ok('scenario', 'share', String(scenario_id));
  const confirmed = await orgonaut([...String(command).split(' '), '--as', 'pat@brightwater.example', '--json'], env);
  t.is(confirmed.json.content_version, 1, confirmed.stderr);
  const since = (await assistant.call('audit.events', { after: 'snapshot:Before the review', type: 'ProposalConfirmed' })) as {
    events: { user: string; via: string; changes: string[] }[];
  };
  t.like(since.events[0], { user: user.user_id, via: 'cli', changes: [(plan.changes as { sentence: string }[])[0]?.sentence] });

  const second = await assistant.call('scenario.action.plan', { scenario_id, actions: action('Service') });
  t.is((await ok('proposal', 'withdraw', String(second.proposal_id), '--reason', 'not now')).status, 'withdrawn');
  t.is((await run('proposal', 'confirm', String(second.proposal_id))).json.error.code, 'PROPOSAL_WITHDRAWN');
  t.is((await run('proposal', 'list', '--scenario', 'x')).json.error.code, 'INPUT_INVALID');
  t.is((await run('proposal', 'list', '--limit', 'x')).json.error.code, 'INPUT_INVALID');
  t.is((await run('snapshot', 'create', '--name', 'Before the review', '--at', '1')).json.error.code, 'SNAPSHOT_NAME_TAKEN');
  await assistant.close();

  await ok('tenant', 'set', '--human-confirmation', 'off');
  const toured = await orgonaut(['demo'], env);
  t.is(toured.code, 0, toured.stderr);
  t.regex(toured.stdout, /6\. What changed since "Before the tour of/);
  // long lines are broken at 80 columns
  t.regex(toured.stdout.replaceAll(/\s+/g, ' '), /- Moves unit "Field Service" from "[^"]+" to "Commercial" from \d{4}-01-01\./);
  t.regex(toured.stdout, /7\. Replay the history/);
});
