import test from 'ava';
import { confirmProposal, getProposal, listProposals, planProposal, withdrawProposal } from '../src/application/proposal/index.ts';
import {
  archiveScenario,
  createScenario,
  getScenario,
  listScenarios,
  reopenScenario,
  shareScenario,
} from '../src/application/scenario/index.ts';
import { type Ability, effectiveAbilities } from '../src/domain/abilities.ts';
import { refused, rename, setPay, stage } from './governed/support.ts';
import { id } from './support/engine.ts';

test('a private scenario and its proposals are not there for others, and answer exactly as what never was', async (t) => {
  const s = await stage(t);
  const plan = await s.plan([rename('sales', 'Revenue')]);
  const other = { ...s.caller('manager'), user: { id: id('another planner'), label: 'another@acme.example' } };
  const never = id('never');
  const told = async (call: Promise<unknown>) => (await refused(t, call, 'NOT_FOUND')).message;
  for (const call of [
    (scenario_id: string) => getScenario(s.deps, other, { scenario_id }),
    (scenario_id: string) => planProposal(s.deps, other, { scenario_id, actions: [rename('sales', 'Mine')] }),
    (scenario_id: string) => listProposals(s.deps, other, { scenario_id, limit: 10 }),
    (scenario_id: string) => archiveScenario(s.deps, other, { scenario_id }),
    (scenario_id: string) => shareScenario(s.deps, other, { scenario_id, visibility: 'shared' }),
  ])
    t.is((await told(call(s.scenario_id))).replaceAll(s.scenario_id, never), await told(call(never)));
  for (const call of [
    (proposal_id: string) => confirmProposal(s.deps, other, { proposal_id }),
    (proposal_id: string) => withdrawProposal(s.deps, other, { proposal_id }),
    (proposal_id: string) => getProposal(s.deps, other, { proposal_id, limit: 10 }),
  ])
    t.is((await told(call(plan.proposal_id))).replaceAll(plan.proposal_id, never), await told(call(never)));
  t.is((await listScenarios(s.deps, other, { limit: 10 })).total, 0);
  t.is((await listProposals(s.deps, other, { limit: 10 })).total, 0);

  await shareScenario(s.deps, s.planner, { scenario_id: s.scenario_id, visibility: 'private', with: [other.user.id] });
  t.is((await listScenarios(s.deps, other, { limit: 10 })).scenarios[0]?.mine, false);
  await refused(t, archiveScenario(s.deps, other, { scenario_id: s.scenario_id }), 'FORBIDDEN');
  t.is((await confirmProposal(s.deps, other, { proposal_id: plan.proposal_id })).content_version, 1, 'named people may confirm');
  await shareScenario(s.deps, s.planner, { scenario_id: s.scenario_id, visibility: 'private', with: [] });
  await refused(t, confirmProposal(s.deps, other, { proposal_id: plan.proposal_id }), 'NOT_FOUND');
});

test('every use case asks for its abilities before it reads or writes', async (t) => {
  const s = await stage(t);
  const { proposal_id } = await s.plan([rename('sales', 'Revenue')]);
  const without = (...gone: Ability[]) => ({ ...s.planner, abilities: new Set([...s.planner.abilities].filter((a) => !gone.includes(a))) });
  const head = await s.head();
  const forbidden = async (call: Promise<unknown>, missing: Ability) =>
    t.deepEqual((await refused(t, call, 'FORBIDDEN')).details.missing, [missing]);
  await forbidden(s.plan([rename('sales', 'R')], {}, without('ai.scenarios.draft')), 'ai.scenarios.draft');
  await forbidden(s.plan([rename('sales', 'R')], {}, without('org-units.read')), 'org-units.read');
  await forbidden(s.plan([setPay('rep 1', '1')], {}, without('costs.read')), 'costs.read');
  await forbidden(s.confirm(proposal_id, {}, without('scenarios.write')), 'scenarios.write');
  await forbidden(withdrawProposal(s.deps, without('scenarios.write'), { proposal_id }), 'scenarios.write');
  await forbidden(createScenario(s.deps, without('scenarios.write'), { name: 'No' }), 'scenarios.write');
  await forbidden(getProposal(s.deps, without('scenarios.read'), { proposal_id, limit: 1 }), 'scenarios.read');
  await forbidden(listScenarios(s.deps, without('scenarios.read'), { limit: 1 }), 'scenarios.read');
  await forbidden(archiveScenario(s.deps, without('scenarios.write'), { scenario_id: s.scenario_id }), 'scenarios.write');
  t.is(await s.head(), head);
});

test('without costs.read no amount leaves, in a plan, a proposal, a finding or a refusal', async (t) => {
  const s = await stage(t);
  await shareScenario(s.deps, s.planner, { scenario_id: s.scenario_id, visibility: 'shared' });
  const priced = await s.plan([
    setPay('rep 1', '61234.56'),
    { type: 'position.create', org_unit_id: id('sales'), title: 'Rep', pay_amount: '71234.56' },
  ]);
  const blind = {
    ...s.planner,
    user: { id: id('blind'), label: 'blind' },
    abilities: new Set([...s.planner.abilities].filter((a) => a !== 'costs.read')),
  };
  const free = await s.plan([{ type: 'position.close', position_id: id('vacant rep'), reason: 'not_needed' }], {}, blind);
  t.is(free.impact.seats.delta, '-1');
  const got = await getProposal(s.deps, blind, { proposal_id: priced.proposal_id, limit: 100 });
  await s.confirm((await s.plan([setPay('rep 1', '51234.56'), setPay('vacant rep', '51234.56')])).proposal_id);
  const moved = await refused(t, s.confirm(priced.proposal_id, {}, blind), 'SCENARIO_MOVED');
  for (const answer of [free, got, { ...moved, message: moved.message }]) {
    const text = JSON.stringify(answer);
    for (const amount of ['1234.56', '50000.01', '48000', 'annualised', 'in_year', 'run_rate', 'full_year'])
      t.false(text.includes(amount), `${amount} in ${text.slice(0, 2000)}`);
  }
  t.is(got.actions, undefined);
  t.is(got.changes.length, 2);
  t.truthy((await getProposal(s.deps, s.planner, { proposal_id: priced.proposal_id, limit: 100 })).impact.annualised);
});

test('planning asks for costs.read where an amount is given, for actors.personal.read where a person is, and only there', async (t) => {
  const s = await stage(t);
  const without = (ability: Ability) => ({ ...s.planner, abilities: new Set([...s.planner.abilities].filter((a) => a !== ability)) });
  const seat = { type: 'position.create', org_unit_id: id('sales'), title: 'Rep' };
  const person = { type: 'actor.update', actor_id: id('ann'), country: 'DE' };
  await t.notThrowsAsync(s.plan([seat, { type: 'position.duplicate', position_id: id('rep 1') }], {}, without('costs.read')));
  await t.notThrowsAsync(s.plan([{ type: 'actor.exit', actor_id: id('fay') }], {}, without('costs.read')));
  for (const action of [{ ...seat, pay_amount: '1' }, setPay('rep 1', '1'), { type: 'compensation.set', actor_id: id('ann'), amount: '1' }])
    t.deepEqual((await refused(t, s.plan([action], {}, without('costs.read')), 'FORBIDDEN')).details.missing, ['costs.read']);
  await t.notThrowsAsync(s.plan([person], {}, without('actors.personal.read')));
  for (const action of [
    { ...person, personal: { name: 'Quillon' } },
    { type: 'actor.add', personal: { name: 'Quillon' } },
  ])
    t.deepEqual((await refused(t, s.plan([action], {}, without('actors.personal.read')), 'FORBIDDEN')).details.missing, [
      'actors.personal.read',
    ]);
});

test('an external uid that an actor has is not given again, be it of the baseline or of the scenario', async (t) => {
  const s = await stage(t);
  const taken = await refused(t, s.plan([{ type: 'actor.add', external_uid: 'E-ann' }]), 'ID_UNIQUE');
  t.deepEqual(taken.findings[0]?.ids, [id('ann')]);
  await s.confirm((await s.plan([{ type: 'actor.add', external_uid: 'E-new' }])).proposal_id);
  await refused(t, s.plan([{ type: 'actor.add', external_uid: 'E-new' }]), 'ID_UNIQUE');
});

test('personal fields of a planned hire are shown to those who may see them only', async (t) => {
  const s = await stage(t);
  await shareScenario(s.deps, s.planner, { scenario_id: s.scenario_id, visibility: 'shared' });
  const plan = await s.plan([{ type: 'actor.add', personal: { name: 'Quillon Zephyr', email: 'qz@acme.example' } }]);
  const viewer = s.caller('viewer');
  t.false(viewer.abilities.has('actors.personal.read'));
  const got = JSON.stringify(await getProposal(s.deps, viewer, { proposal_id: plan.proposal_id, limit: 10 }));
  t.false(/Quillon|qz@/.test(got), got);
  t.true(JSON.stringify(await getProposal(s.deps, s.planner, { proposal_id: plan.proposal_id, limit: 10 })).includes('Quillon'));
  await s.db.keys.destroy(s.tenant, plan.changes[0]?.id as string);
  const erased = await getProposal(s.deps, s.planner, { proposal_id: plan.proposal_id, limit: 10 });
  t.deepEqual(erased.changes[0]?.personal, { name: '[erased]', email: '[erased]' });
  t.is(erased.digest, plan.digest);
});

test('an idempotency key makes one scenario and one proposal of a repeated request, and refuses another request', async (t) => {
  const s = await stage(t);
  const start = await s.head();
  const create = () => createScenario(s.deps, s.planner, { name: 'Keyed', idempotency_key: 'k-1' });
  const created = await Promise.all([create(), create(), create()]);
  for (const answer of created) t.deepEqual(answer, created[0]);
  await refused(t, createScenario(s.deps, s.planner, { name: 'Other', idempotency_key: 'k-1' }), 'IDEMPOTENCY_MISMATCH');
  t.deepEqual(await s.eventsAfter(start), ['ScenarioCreated']);
  const { scenario_id } = created[0] as { scenario_id: string };
  const plan = () =>
    s.plan([{ type: 'position.create', org_unit_id: id('sales'), title: 'Rep', pay_amount: '1' }], { scenario_id, idempotency_key: 'k-1' });
  const plans = [...(await Promise.all([plan(), plan(), plan()])), await plan()];
  for (const answer of plans) t.deepEqual(answer, plans[0]);
  t.deepEqual(await s.eventsAfter(start), ['ScenarioCreated', 'ProposalContentStored', 'ProposalPlanned']);
  await refused(t, s.plan([rename('sales', 'R')], { scenario_id, idempotency_key: 'k-1' }), 'IDEMPOTENCY_MISMATCH');
  await s.confirm(plans[0]?.proposal_id as string);
  t.deepEqual(await plan(), plans[0], 'the first answer, after the confirm too');
  const other = { ...s.caller('owner') };
  t.not(
    (await createScenario(s.deps, other, { name: 'Keyed', idempotency_key: 'k-1' })).scenario_id,
    scenario_id,
    'a key is its user’s own',
  );
});

test('a plan that broke off between its content and its event is finished by repeating it under its key', async (t) => {
  const s = await stage(t);
  const broken = Object.assign(Object.create(s.store) as typeof s.store, {
    append: async (...args: Parameters<typeof s.store.append>) => {
      if (args[3][0]?.type === 'ProposalPlanned') throw new Error('killed here');
      return s.store.append(...args);
    },
  });
  const given = { scenario_id: s.scenario_id, actions: [setPay('rep 1', '60000')], idempotency_key: 'k' };
  await t.throwsAsync(planProposal({ ...s.deps, store: broken }, s.planner, given), { message: 'killed here' });
  t.is((await listProposals(s.deps, s.planner, { limit: 10 })).total, 0);
  // Meanwhile the scenario moves, so the second try comes to another content under the same proposal.
  await s.confirm((await s.plan([setPay('rep 1', '55000')])).proposal_id);
  const plan = await planProposal(s.deps, s.planner, given);
  t.is(plan.changes[0]?.before.pay_amount, '55000');
  t.is((await s.confirm(plan.proposal_id, { digest: plan.digest })).content_version, 2);
  t.is((await getProposal(s.deps, s.planner, { proposal_id: plan.proposal_id, limit: 10 })).changes[0]?.before.pay_amount, '55000');
});

test('a subscription limits active scenarios exactly, under parallel creation too', async (t) => {
  const s = await stage(t, { settings: { subscription: 'team' } });
  const results = await Promise.allSettled(Array.from({ length: 8 }, (_, i) => createScenario(s.deps, s.planner, { name: `S${i}` })));
  t.is(results.filter((r) => r.status === 'fulfilled').length, 2, 'one existed, three are allowed');
  for (const r of results) if (r.status === 'rejected') t.is((r.reason as { code: string }).code, 'SUBSCRIPTION_LIMIT');
  t.is((await listScenarios(s.deps, s.planner, { state: 'open', limit: 50 })).total, 3);
  await archiveScenario(s.deps, s.planner, { scenario_id: s.scenario_id });
  const fourth = await createScenario(s.deps, s.planner, { name: 'room again' });
  await refused(t, reopenScenario(s.deps, s.planner, { scenario_id: s.scenario_id }), 'SUBSCRIPTION_LIMIT');
  await archiveScenario(s.deps, s.planner, { scenario_id: fourth.scenario_id });
  t.is((await reopenScenario(s.deps, s.planner, { scenario_id: s.scenario_id })).state, 'open');
});

test('lists page through everything once', async (t) => {
  const s = await stage(t, { settings: { subscription: 'enterprise' } });
  for (let i = 0; i < 6; i++) {
    await createScenario(s.deps, s.planner, { name: `S${i}` });
    await s.plan([rename('sales', `R${i}`)]);
  }
  const ids: string[] = [];
  for (let cursor: string | undefined, more = true; more; ) {
    const page = await listScenarios(s.deps, s.planner, { limit: 3, ...(cursor ? { cursor } : {}) });
    ids.push(...page.scenarios.map((x) => x.id));
    cursor = page.cursor;
    more = cursor !== undefined;
  }
  t.is(new Set(ids).size, 7);
  t.is(ids.length, 7);
  const first = await listProposals(s.deps, s.planner, { mine: true, limit: 4 });
  const second = await listProposals(s.deps, s.planner, { mine: true, limit: 4, cursor: first.cursor });
  t.is(new Set([...first.proposals, ...second.proposals].map((p) => p.id)).size, 6);
  await refused(t, listScenarios(s.deps, s.planner, { limit: 3, cursor: 'x' }), 'INPUT_INVALID');
  t.deepEqual(effectiveAbilities('member', []).has('scenarios.read'), true);
});
