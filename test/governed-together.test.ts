import { setTimeout as sleep } from 'node:timers/promises';
import test from 'ava';
import { confirmProposal, planProposal, withdrawProposal } from '../src/application/proposal/index.ts';
import { createScenario } from '../src/application/scenario/index.ts';
import type { EventData } from '../src/domain/events.ts';
import { streams } from '../src/domain/events.ts';
import { type EventStore, OutcomeUnknown } from '../src/store/port.ts';
import { refused, rename, replaysEqual, setPay, stage } from './governed/support.ts';
import { id } from './support/engine.ts';

test('100 parallel confirms of one proposal are one application, one content version and the same answer to all', async (t) => {
  const s = await stage(t);
  const plan = await s.plan([setPay('rep 1', '60000'), rename('sales', 'Revenue')]);
  const start = await s.head();
  const people = [s.planner, s.caller('owner'), s.caller('admin')];
  const answers = await Promise.all(Array.from({ length: 100 }, (_, i) => s.confirm(plan.proposal_id, {}, people[i % 3])));
  for (const answer of answers) t.deepEqual(answer, answers[0]);
  t.is(answers[0]?.content_version, 1);
  t.deepEqual(await s.eventsAfter(start), ['ProposalConfirmed']);
  await replaysEqual(t, s);
});

test('100 parallel plans on one scenario all succeed, in less than 3 times the time of 100 one after another', async (t) => {
  const s = await stage(t);
  const one = (i: number) => s.plan([{ type: 'position.create', org_unit_id: id('sales'), title: `Rep ${i}`, pay_amount: '40000' }]);
  for (let i = 0; i < 10; i++) await one(i);
  const inTurn = performance.now();
  for (let i = 0; i < 100; i++) await one(i);
  const sequential = performance.now() - inTurn;
  const atOnce = performance.now();
  const plans = await Promise.all(Array.from({ length: 100 }, (_, i) => one(i)));
  const parallel = performance.now() - atOnce;
  t.is(new Set(plans.map((p) => p.proposal_id)).size, 100);
  t.log(`100 in turn ${sequential.toFixed(0)} ms, 100 at once ${parallel.toFixed(0)} ms`);
  t.true(parallel < 3 * sequential, `${parallel} ms at once, ${sequential} ms in turn`);
  for (const { proposal_id } of plans.slice(0, 3)) await s.confirm(proposal_id);
});

test('proposals of one scenario confirmed at the same moment all stand, each on a version of its own, beside others that plan', async (t) => {
  const s = await stage(t);
  const plans = [];
  for (let i = 0; i < 12; i++)
    plans.push(await s.plan([{ type: 'position.create', org_unit_id: id('sales'), title: `Rep ${i}`, pay_amount: '40000' }]));
  const [answers] = await Promise.all([
    Promise.all(plans.map((p) => s.confirm(p.proposal_id))),
    Promise.all(Array.from({ length: 20 }, (_, i) => s.plan([rename('sales', `Sales ${i}`)]))),
  ]);
  t.deepEqual(
    answers.map((a) => a.content_version).sort((a, b) => a - b),
    Array.from({ length: 12 }, (_, i) => i + 1),
  );
  const confirmed = (await s.store.readStream(s.tenant, streams.scenario(s.tenant, s.scenario_id), 0, 1000)).filter(
    (e) => e.type === 'ProposalConfirmed',
  );
  t.deepEqual(
    confirmed.map((e) => (e.data as EventData['ProposalConfirmed']).content_version),
    Array.from({ length: 12 }, (_, i) => i + 1),
    'in the log too',
  );
  await replaysEqual(t, s);
});

test('of proposals that contradict each other, confirmed at the same moment, one stands', async (t) => {
  const s = await stage(t);
  const plans = await Promise.all(['A', 'B', 'C', 'D', 'E'].map((name) => s.plan([rename('sales', name)])));
  const results = await Promise.allSettled(plans.map((p) => s.confirm(p.proposal_id)));
  const lost = results.filter((r) => r.status === 'rejected').map((r) => (r.reason as { code: string }).code);
  t.deepEqual(lost, ['SCENARIO_MOVED', 'SCENARIO_MOVED', 'SCENARIO_MOVED', 'SCENARIO_MOVED']);
  await replaysEqual(t, s);
});

test('a confirm and a withdrawal at the same moment: exactly one of them wins', async (t) => {
  const s = await stage(t);
  for (let i = 0; i < 8; i++) {
    const { proposal_id } = await s.plan([setPay('rep 1', String(60000 + i))]);
    const start = await s.head();
    const [confirmed, withdrawn] = await Promise.allSettled([s.confirm(proposal_id), withdrawProposal(s.deps, s.planner, { proposal_id })]);
    t.not(confirmed.status, withdrawn.status);
    t.deepEqual(await s.eventsAfter(start), [confirmed.status === 'fulfilled' ? 'ProposalConfirmed' : 'ProposalWithdrawn']);
  }
  await replaysEqual(t, s);
});

/** A store that does what it is told and then says that it does not know, for the first `times` appends of a type. */
const forgetful = (store: EventStore, type: string, times: number): EventStore & { forgot: number } => {
  const made = Object.assign(Object.create(store) as EventStore, {
    forgot: 0,
    append: async (...args: Parameters<EventStore['append']>) => {
      const result = await store.append(...args);
      if (args[3][0]?.type !== type || made.forgot >= times) return result;
      made.forgot++;
      throw new OutcomeUnknown('the connection was cut');
    },
  });
  return made;
};

test('an append whose outcome is unknown is repeated with the same ids and stands once', async (t) => {
  const s = await stage(t);
  for (const type of ['ProposalContentStored', 'ProposalPlanned', 'ProposalConfirmed', 'ScenarioCreated']) {
    const store = forgetful(s.store, type, 2);
    const deps = { ...s.deps, store };
    const start = await s.head();
    const { scenario_id } = await createScenario(deps, s.planner, { name: 'Cut off' });
    const plan = await planProposal(deps, s.planner, { scenario_id, actions: [rename('sales', 'Revenue')] });
    await confirmProposal(deps, s.planner, { proposal_id: plan.proposal_id });
    t.is(store.forgot, 2, type);
    t.deepEqual(await s.eventsAfter(start), ['ScenarioCreated', 'ProposalContentStored', 'ProposalPlanned', 'ProposalConfirmed'], type);
  }
  await replaysEqual(t, s);
});

test('a store that never says what happened ends in UNAVAILABLE, and the same call afterwards gives the one answer', async (t) => {
  const s = await stage(t);
  const { proposal_id } = await s.plan([rename('sales', 'Revenue')]);
  await refused(
    t,
    confirmProposal({ ...s.deps, store: forgetful(s.store, 'ProposalConfirmed', 1000) }, s.planner, { proposal_id }),
    'UNAVAILABLE',
  );
  t.is((await s.confirm(proposal_id)).content_version, 1);
  t.is((await s.eventsAfter(0)).filter((type) => type === 'ProposalConfirmed').length, 1);
  const { proposal_id: second } = await s.plan([rename('engineering', 'Technology')]);
  const cancelled = { ...s.planner, signal: AbortSignal.timeout(300) };
  await t.throwsAsync(
    confirmProposal({ ...s.deps, store: forgetful(s.store, 'ProposalConfirmed', 1000) }, cancelled, { proposal_id: second }),
  );
  t.is((await s.confirm(second)).content_version, 2, 'a call that was cancelled too');
});

test('calls that are cancelled at any moment give back what they hold, so that everything closes afterwards', async (t) => {
  const s = await stage(t);
  const { proposal_id } = await s.plan([rename('sales', 'Revenue')]);
  const signals = Array.from({ length: 60 }, (_, ms) => AbortSignal.timeout(ms));
  await Promise.all(signals.map((signal) => confirmProposal(s.deps, { ...s.planner, signal }, { proposal_id }).catch(() => undefined)));
  t.is((await s.confirm(proposal_id)).content_version, 1);
  t.is((await s.eventsAfter(0)).filter((type) => type === 'ProposalConfirmed').length, 1);
  t.is(await Promise.race([s.close().then(() => 'closed'), sleep(100_000, 'still open', { ref: false })]), 'closed');
});
