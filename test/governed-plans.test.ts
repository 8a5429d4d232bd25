import test from 'ava';
import { confirmProposal, getProposal, listProposals, planProposal, withdrawProposal } from '../src/application/proposal/index.ts';
import { createScenario, getScenario, listScenarios, lockScenario, shareScenario } from '../src/application/scenario/index.ts';
import { setTenant } from '../src/application/tenant/index.ts';
import { foldScenario } from '../src/domain/scenario.ts';
import { scenarioEvent } from '../src/application/scenario/load.ts';
import { streams } from '../src/domain/events.ts';
import { effectiveAbilities } from '../src/domain/abilities.ts';
import { refused, rename, replaysEqual, setPay, type Stage, stage } from './governed/support.ts';
import { id } from './support/engine.ts';

const list = (s: Stage, given: Partial<Parameters<typeof listProposals>[2]> = {}, by = s.planner) =>
  listProposals(s.deps, by, { limit: 100, ...given });
const idsOf = async (found: ReturnType<typeof listProposals>) => (await found).proposals.map((p) => p.id);

test('a plan without a title is called by its sentences, in every answer', async (t) => {
  const s = await stage(t);
  const one = await s.plan([rename('sales', 'Revenue')]);
  t.is(one.title, 'Renames unit "sales" to "Revenue" from 2026-06-01');
  t.is(one.title, one.changes[0]?.sentence.slice(0, -1) as string);
  const three = await s.plan([rename('engineering', 'Technology'), rename('platform', 'Base'), setPay('rep 1', '61234.56')]);
  t.is(three.title, 'Renames unit "engineering" to "Technology" from 2026-06-01 and 2 more changes');
  t.is((await getProposal(s.deps, s.planner, { proposal_id: three.proposal_id, limit: 10 })).title, three.title);
  t.is((await list(s)).proposals[0]?.title, three.title);
  t.is((await s.plan([rename('sales', 'Revenue')], { title: 'Mine' })).title, 'Mine');
  const long = await s.plan([rename('sales', `${'𝕏'.repeat(99)}!`), rename('platform', 'Base')]);
  t.true(long.title.length <= 200 && long.title.endsWith('… and 1 more change'), long.title);
  t.true(long.title.isWellFormed(), 'cut between characters');
  t.is((await s.plan([rename('sales', 'R')], { title: long.title })).title, long.title, 'which can be given again');
});

test('a replaced proposal names its successor, is shown so, and is never confirmed', async (t) => {
  const s = await stage(t);
  const first = await s.plan([rename('sales', 'Revenue')]);
  const before = await s.head();
  const second = await s.plan([rename('sales', 'Income')], { replaces: first.proposal_id });
  t.is(second.replaces, first.proposal_id);
  const got = await getProposal(s.deps, s.planner, { proposal_id: first.proposal_id, limit: 10 });
  t.is(got.state, 'replaced');
  t.is(got.replaced_by, second.proposal_id);
  t.is((await getProposal(s.deps, s.planner, { proposal_id: first.proposal_id, limit: 10, as_of: before })).state, 'planned');
  t.deepEqual(await idsOf(list(s, { state: 'replaced' })), [first.proposal_id]);
  t.deepEqual(await idsOf(list(s, { state: 'planned' })), [second.proposal_id]);
  const scenario = await getScenario(s.deps, s.planner, { scenario_id: s.scenario_id });
  t.like(scenario.counts, { planned: 1, replaced: 1, expired: 0 });
  t.is(scenario.open_proposals, 1);
  t.deepEqual(
    scenario.proposals.map((p) => p.id),
    [second.proposal_id],
  );
  const head = await s.head();
  t.is((await refused(t, s.confirm(first.proposal_id), 'PROPOSAL_REPLACED')).details.replaced_by, second.proposal_id);
  t.is(
    (await refused(t, s.plan([rename('sales', 'X')], { replaces: first.proposal_id }), 'PROPOSAL_REPLACED')).details.replaced_by,
    second.proposal_id,
    'amendments form a line',
  );
  t.is(await s.head(), head, 'refusals write nothing');
  t.is((await withdrawProposal(s.deps, s.planner, { proposal_id: first.proposal_id })).status, 'withdrawn');
  t.is((await getProposal(s.deps, s.planner, { proposal_id: first.proposal_id, limit: 1 })).replaced_by, undefined);
  await s.confirm(second.proposal_id);
  await refused(t, s.plan([rename('sales', 'X')], { replaces: second.proposal_id }), 'PROPOSAL_CONFIRMED');
  await replaysEqual(t, s);
});

test('an expired proposal can be replaced, and is then replaced', async (t) => {
  const s = await stage(t, { settings: { proposal_hours: 1 } });
  const old = await s.plan([rename('sales', 'Revenue')]);
  s.setNow(new Date('2026-03-01T14:00:00Z'));
  t.deepEqual(await idsOf(list(s, { state: 'expired' })), [old.proposal_id]);
  await s.plan([rename('sales', 'Revenue')], { replaces: old.proposal_id });
  await refused(t, s.confirm(old.proposal_id), 'PROPOSAL_REPLACED');
  t.deepEqual(await idsOf(list(s, { state: 'expired' })), []);
  t.like((await getScenario(s.deps, s.planner, { scenario_id: s.scenario_id })).counts, { planned: 1, replaced: 1, expired: 0 });
});

test('taking somebody else’s plan away needs scenarios.write, one’s own does not', async (t) => {
  const s = await stage(t);
  await shareScenario(s.deps, s.planner, { scenario_id: s.scenario_id, visibility: 'shared' });
  const drafts = { ...s.planner, abilities: new Set([...s.planner.abilities].filter((a) => a !== 'scenarios.write')) };
  const theirs = await s.plan([rename('sales', 'Revenue')], {}, s.caller('owner'));
  await refused(t, s.plan([rename('sales', 'R')], { replaces: theirs.proposal_id }, drafts), 'FORBIDDEN');
  const mine = await s.plan([rename('sales', 'Revenue')], {}, drafts);
  t.is((await s.plan([rename('sales', 'R')], { replaces: mine.proposal_id }, drafts)).replaces, mine.proposal_id);
  t.is((await s.plan([rename('sales', 'R')], { replaces: theirs.proposal_id })).replaces, theirs.proposal_id);
  await refused(t, s.plan([rename('sales', 'R')], { replaces: id('never planned') }), 'NOT_FOUND');
});

test('a confirm and a plan that replaces at the same moment: applied at most once, and never after it was replaced', async (t) => {
  const s = await stage(t);
  for (let i = 0; i < 5; i++) {
    const { proposal_id } = await s.plan([setPay('rep 1', String(60000 + i))]);
    const [confirmed, amended] = await Promise.allSettled([
      s.confirm(proposal_id),
      s.plan([setPay('rep 1', String(70000 + i))], { replaces: proposal_id }),
    ]);
    const log = await s.store.readStream(s.tenant, streams.scenario(s.tenant, s.scenario_id));
    const at = (type: string, of: string) =>
      log.find((e) => e.type === type && JSON.stringify(e.data).includes(`"${of}":"${proposal_id}"`))?.revision ?? Number.POSITIVE_INFINITY;
    if (confirmed.status === 'rejected') t.is((confirmed.reason as { code: string }).code, 'PROPOSAL_REPLACED');
    if (amended.status === 'rejected') t.is((amended.reason as { code: string }).code, 'PROPOSAL_CONFIRMED');
    t.is(confirmed.status === 'fulfilled', at('ProposalConfirmed', 'proposal_id') < at('ProposalPlanned', 'replaces'));
  }
  await replaysEqual(t, s);
});

/** The engine's parts with a store that does something once, just before it appends the first event of a type. */
const interrupted = (s: Stage, type: string, first: () => Promise<unknown>): Stage['deps'] => {
  let due = true;
  const append: Stage['store']['append'] = async (...args) => {
    if (due && args[3][0]?.type === type) {
      due = false;
      await first();
    }
    return s.store.append(...args);
  };
  return { ...s.deps, store: Object.assign(Object.create(s.store) as typeof s.store, { append }) };
};

test('a proposal that is replaced in the very moment of its confirm is not confirmed', async (t) => {
  const s = await stage(t);
  const { proposal_id } = await s.plan([rename('sales', 'Revenue')]);
  let successor = '';
  const deps = interrupted(s, 'ProposalConfirmed', async () => {
    successor = (await s.plan([rename('sales', 'Income')], { replaces: proposal_id })).proposal_id;
  });
  const refusal = await refused(t, confirmProposal(deps, s.planner, { proposal_id }), 'PROPOSAL_REPLACED');
  t.is(refusal.details.replaced_by, successor);
  t.false((await s.eventsAfter(0)).includes('ProposalConfirmed'));
  t.is((await s.confirm(successor)).content_version, 1);
});

test('a proposal that is confirmed in the very moment of its amendment stays confirmed, and the amendment waits beside it', async (t) => {
  const s = await stage(t);
  const { proposal_id } = await s.plan([rename('sales', 'Revenue')]);
  let answer: unknown;
  const deps = interrupted(s, 'ProposalPlanned', async () => {
    answer = await s.confirm(proposal_id);
  });
  const late = await planProposal(deps, s.planner, {
    scenario_id: s.scenario_id,
    actions: [rename('sales', 'Income')],
    replaces: proposal_id,
  });
  t.deepEqual(await s.confirm(proposal_id), answer, 'the first answer');
  t.like(await getProposal(s.deps, s.planner, { proposal_id, limit: 1 }), { state: 'confirmed', replaced_by: undefined });
  await refused(t, s.confirm(late.proposal_id), 'SCENARIO_MOVED');
  await replaysEqual(t, s);
});

test('the state of every proposal by the read model is that of the folded stream', async (t) => {
  const s = await stage(t, { settings: { proposal_hours: 1 } });
  const plans: { proposal_id: string }[] = [];
  for (let i = 0; i < 6; i++) plans.push(await s.plan([rename('sales', `S${i}`)]));
  const of = (i: number) => plans[i]?.proposal_id as string;
  await s.plan([rename('sales', 'A')], { replaces: of(0) });
  await withdrawProposal(s.deps, s.planner, { proposal_id: of(1) });
  await s.plan([rename('sales', 'B')], { replaces: of(1) });
  await s.confirm(of(2));
  await s.plan([rename('sales', 'C')], { replaces: of(3) });
  await withdrawProposal(s.deps, s.planner, { proposal_id: of(3) });
  const folded = foldScenario((await s.store.readStream(s.tenant, streams.scenario(s.tenant, s.scenario_id))).map(scenarioEvent));
  const { proposals } = await list(s);
  t.is(proposals.length, 9);
  for (const p of proposals) {
    const f = folded?.proposals.get(p.id);
    t.is(p.state, f?.replaced_by && f.state === 'planned' ? 'replaced' : (f?.state ?? 'expired'), p.title);
    t.is(p.replaced_by, f?.state === 'planned' ? f.replaced_by : undefined);
  }
  t.deepEqual(proposals.map((p) => p.state).sort(), [
    'confirmed',
    'planned',
    'planned',
    'planned',
    'planned',
    'planned',
    'replaced',
    'withdrawn',
    'withdrawn',
  ]);
});

test('waiting for me: what needs a second person, planned by somebody else, that I may confirm now', async (t) => {
  const s = await stage(t);
  await setTenant(s.deps, s.caller('owner'), { settings: { policies: [{ name: 'span', level: 'approval', limit: '3' }] } });
  const grow = (title: string) => [
    { type: 'position.create', org_unit_id: id('sales'), title, manager_position_id: id('head of sales'), pay_amount: '1' },
  ];
  const mine = await s.plan(grow('A'));
  const plain = await s.plan([rename('sales', 'Revenue')]);
  const theirs = await s.plan(grow('B'), {}, s.caller('owner'));
  t.true(mine.approval_required && theirs.approval_required && !plain.approval_required);
  const waits = (by = s.planner) => idsOf(list(s, { waiting_for_me: true }, by));
  t.deepEqual(await waits(), [theirs.proposal_id]);
  t.deepEqual(await waits(s.caller('owner')), [mine.proposal_id]);
  t.deepEqual(await waits(s.caller('admin')), [theirs.proposal_id, mine.proposal_id], 'an admin sees private scenarios');
  t.deepEqual(
    await waits({ ...s.caller('admin'), abilities: effectiveAbilities('viewer', []) }),
    [],
    'who may not confirm waits for nothing',
  );
  const other = { ...s.caller('manager'), user: { id: id('another'), label: 'another@acme.example' } };
  t.deepEqual(await waits(other), [], 'a private scenario of others');
  await shareScenario(s.deps, s.planner, { scenario_id: s.scenario_id, visibility: 'shared' });
  t.deepEqual(await waits(other), [theirs.proposal_id, mine.proposal_id]);
  await lockScenario(s.deps, s.planner, { scenario_id: s.scenario_id, locked: true });
  t.deepEqual(await waits(other), [], 'nothing waits in a locked scenario');
  await lockScenario(s.deps, s.planner, { scenario_id: s.scenario_id, locked: false });
  await s.plan(grow('C'), { replaces: mine.proposal_id });
  t.false((await waits(other)).includes(mine.proposal_id));
  await s.confirm(theirs.proposal_id, {}, other);
  t.false((await waits(other)).includes(theirs.proposal_id));
  s.setNow(new Date('2027-01-01T00:00:00Z'));
  t.deepEqual(await waits(other), [], 'nor what has expired');
});

test('proposals are listed by planner, scenario, state and expiry, each filter alone and together', async (t) => {
  const s = await stage(t);
  const { scenario_id } = await createScenario(s.deps, s.caller('owner'), { name: 'Other' });
  const early = await s.plan([rename('sales', 'A')]);
  s.setNow(new Date('2026-03-02T12:00:00Z'));
  const late = await s.plan([rename('sales', 'B')]);
  const elsewhere = await s.plan([rename('sales', 'C')], { scenario_id }, s.caller('owner'));
  const owner = s.caller('owner');
  t.deepEqual(await idsOf(list(s, { expires_before: late.expires_at }, owner)), [early.proposal_id]);
  t.deepEqual(await idsOf(list(s, { expires_before: '2026-03-04T14:00:00+02:00' }, owner)), [], 'an instant, whatever its zone');
  t.deepEqual(await idsOf(list(s, { mine: true }, owner)), [elsewhere.proposal_id]);
  t.deepEqual(await idsOf(list(s, { scenario_id: s.scenario_id }, owner)), [late.proposal_id, early.proposal_id]);
  await withdrawProposal(s.deps, s.planner, { proposal_id: late.proposal_id });
  t.deepEqual(await idsOf(list(s, { scenario_id: s.scenario_id, state: 'planned', expires_before: '2027-01-01T00:00:00Z' }, owner)), [
    early.proposal_id,
  ]);
  t.deepEqual(await idsOf(list(s, { state: 'withdrawn', mine: true })), [late.proposal_id]);
});

test('scenarios and proposals of the past are answered as they stood, and seen by who may see them now', async (t) => {
  const s = await stage(t);
  const plan = await s.plan([rename('sales', 'Revenue')]);
  const then = await s.head();
  await s.confirm(plan.proposal_id);
  await createScenario(s.deps, s.planner, { name: 'Later' });
  await lockScenario(s.deps, s.planner, { scenario_id: s.scenario_id, locked: true });
  s.setNow(new Date('2030-01-01T00:00:00Z'));
  const was = await getScenario(s.deps, s.planner, { scenario_id: s.scenario_id, as_of: then });
  t.like(was, { content_version: 0, locked: false, open_proposals: 1 });
  t.like(was.counts, { planned: 1, confirmed: 0, changes: 0, expired: 0 });
  t.deepEqual(
    was.proposals.map((p) => [p.id, p.stale]),
    [[plan.proposal_id, false]],
  );
  const is = await getScenario(s.deps, s.planner, { scenario_id: s.scenario_id });
  t.like(is, { content_version: 1, locked: true, open_proposals: 0 });
  t.is(is.counts.changes, 1);
  t.deepEqual(
    (await listScenarios(s.deps, s.planner, { limit: 10, as_of: then })).scenarios.map((x) => x.name),
    ['Plan'],
  );
  t.is((await listScenarios(s.deps, s.planner, { limit: 10 })).total, 2);
  t.like((await list(s, { as_of: then })).proposals[0], { state: 'planned', confirmed: undefined });
  const other = { ...s.caller('manager'), user: { id: id('another'), label: 'another@acme.example' } };
  t.is((await listScenarios(s.deps, other, { limit: 10, as_of: then })).total, 0);
  await refused(t, getScenario(s.deps, s.planner, { scenario_id: s.scenario_id, as_of: 1 }), 'INPUT_INVALID');
});

test('a tenant that wants a person is asked of assistants alone, last of all, and the first answer stays', async (t) => {
  // As settings recorded before there was a choice.
  const s = await stage(t, { settings: { human_confirmation: undefined } as never });
  const done = await s.plan([rename('engineering', 'Technology')]);
  const answer = await s.confirm(done.proposal_id);
  const owner = s.caller('owner');
  t.deepEqual((await setTenant(s.deps, owner, { settings: { human_confirmation: false } })).changed, [], 'off unless set');
  await setTenant(s.deps, owner, { settings: { human_confirmation: true } });
  const plan = await s.plan([rename('sales', 'Revenue')]);
  const head = await s.head();
  const refusal = await refused(t, s.confirm(plan.proposal_id, { digest: plan.digest }), 'HUMAN_REQUIRED');
  t.is(refusal.details.command, `orgonaut proposal confirm --tenant acme ${plan.proposal_id} --digest ${plan.digest}`);
  t.is(await s.head(), head);
  t.deepEqual(await s.confirm(done.proposal_id), answer);
  await refused(t, s.confirm(plan.proposal_id, { digest: '0'.repeat(64) }), 'DIGEST_MISMATCH');
  const other = await s.plan([rename('sales', 'Income')]);
  t.is((await s.confirm(plan.proposal_id, {}, { ...owner, via: 'cli' })).content_version, 2);
  await refused(t, s.confirm(other.proposal_id), 'SCENARIO_MOVED');
  await setTenant(s.deps, owner, { settings: { human_confirmation: false } });
  const last = await planProposal(s.deps, s.planner, { scenario_id: s.scenario_id, actions: [rename('sales', 'Z')] });
  t.is((await s.confirm(last.proposal_id)).content_version, 3);
});
