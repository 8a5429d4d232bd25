import test from 'ava';
import { getProposal, listProposals, withdrawProposal } from '../src/application/proposal/index.ts';
import { readOperations } from '../src/application/read/index.ts';
import { archiveScenario, createScenario, lockScenario } from '../src/application/scenario/index.ts';
import { setTenant } from '../src/application/tenant/index.ts';
import { change } from '../src/domain/changes.ts';
import type { Stage } from './governed/support.ts';
import { refused, rename, replaysEqual, setPay, stage } from './governed/support.ts';
import { id } from './support/engine.ts';

const overview = async (s: Stage, scenario_id: string | null, effective_on = '2026-06-01') =>
  (await readOperations.find((o) => o.name === 'org.overview')?.run(s.deps, s.planner, { scenario_id, effective_on })) as Record<
    string,
    unknown
  > & {
    cost: { planned: { annualised: string } };
  };

test('a proposal is planned, reviewed, confirmed once, and the history replays to the same state', async (t) => {
  const s = await stage(t);
  const baseline = await s.baselineHead();
  const before = await overview(s, s.scenario_id);
  const start = await s.head();

  const plan = await s.plan(
    [
      {
        type: 'position.create',
        org_unit_id: id('sales'),
        title: 'Rep',
        count: 2,
        pay_amount: '40000',
        ref: 'reps',
        effective_on: '2026-06-01',
      },
      { type: 'actor.add', ref: 'hire', personal: { name: 'Quillon Zephyr' }, effective_on: '2026-06-01' },
      { type: 'placement.start', actor_id: '$hire', position_id: '$reps#2', effective_on: '2026-06-01' },
      setPay('rep 1', '60000'),
    ],
    { title: 'Grow sales', reason: 'more leads than reps' },
  );
  t.deepEqual(
    await s.eventsAfter(start),
    ['ProposalContentStored', 'ProposalContentStored', 'ProposalPlanned'],
    'planning writes its content and says so',
  );
  t.deepEqual((await overview(s, s.scenario_id)).seats, before.seats, 'and changes nothing');
  t.is(plan.impact.seats.delta, '2');
  t.is(plan.impact.headcount.delta, '1');
  // (2 x 40000 + 9999.99) x 1.28, rounded by leaf
  t.is(plan.impact.annualised?.delta, '115199.99');
  t.is(plan.changes.length, 5);
  t.deepEqual(plan.changes.at(-1)?.before, { pay_amount: '50000.01', pay_basis: 'annual', pay_currency: 'GBP' });
  t.is(plan.expires_at, '2026-03-04T12:00:00.000Z');

  const afterPlan = await s.head();
  const answer = await s.confirm(plan.proposal_id, { digest: plan.digest });
  t.deepEqual(answer, {
    proposal_id: plan.proposal_id,
    status: 'confirmed',
    scenario_id: s.scenario_id,
    content_version: 1,
    event_position: afterPlan + 1,
  });
  t.deepEqual(await s.eventsAfter(afterPlan), ['ProposalConfirmed'], 'confirming appends one event');
  t.deepEqual(await s.confirm(plan.proposal_id), answer, 'and confirming again gives the first answer');
  t.is(await s.head(), afterPlan + 1, 'and writes nothing');

  const after = await overview(s, s.scenario_id);
  t.is(String(after.seats), plan.impact.seats.after);
  t.is(String(after.headcount), plan.impact.headcount.after);
  t.is(after.cost.planned.annualised, plan.impact.annualised?.after ?? '');
  t.deepEqual((await overview(s, null)).seats, before.seats, 'the baseline shows nothing of it');
  t.is(await s.baselineHead(), baseline, 'the baseline stream was not touched');

  const got = await getProposal(s.deps, s.planner, { proposal_id: plan.proposal_id, limit: 100 });
  t.is(got.state, 'confirmed');
  t.is(got.reason, 'more leads than reps');
  t.deepEqual(got.changes, plan.changes);
  t.is(got.digest, plan.digest);
  const events = await s.store.readLog(s.tenant, 0, 1000);
  t.false(
    events.some((e) => Buffer.from(e.bytes).toString('utf8').includes('Quillon')),
    'a name never stands in the log in the clear',
  );
  t.is(got.changes.find((c) => c.type === 'ActorAdded')?.personal?.name, 'Quillon Zephyr');
  await replaysEqual(t, s);
});

test('a withdrawn proposal cannot be confirmed, and a confirmed one cannot be withdrawn', async (t) => {
  const s = await stage(t);
  const first = await s.plan([rename('sales', 'Revenue')]);
  const withdrawn = await withdrawProposal(s.deps, s.planner, { proposal_id: first.proposal_id, reason: 'not now' });
  t.is(withdrawn.status, 'withdrawn');
  const head = await s.head();
  t.deepEqual(
    await withdrawProposal(s.deps, s.planner, { proposal_id: first.proposal_id }),
    withdrawn,
    'withdrawing again gives the first answer',
  );
  await refused(t, s.confirm(first.proposal_id), 'PROPOSAL_WITHDRAWN');
  t.is(await s.head(), head, 'a refused confirm writes nothing');
  const second = await s.plan([rename('sales', 'Revenue')]);
  await s.confirm(second.proposal_id);
  await refused(t, withdrawProposal(s.deps, s.planner, { proposal_id: second.proposal_id }), 'PROPOSAL_CONFIRMED');
  const { proposals, total } = await listProposals(s.deps, s.planner, { scenario_id: s.scenario_id, limit: 1 });
  t.is(total, 2);
  t.is(proposals[0]?.state, 'confirmed');
  await replaysEqual(t, s);
});

test('an expired proposal is refused with ready arguments for the same plan, and a confirmed one never expires', async (t) => {
  const s = await stage(t, { settings: { proposal_hours: 24 } });
  const done = await s.plan([rename('engineering', 'Technology')]);
  const answer = await s.confirm(done.proposal_id);
  const plan = await s.plan([
    rename('sales', 'Revenue'),
    { type: 'org_unit.create', parent_id: id('sales'), name: 'Inside sales', ref: 'new' },
  ]);
  s.setNow(new Date('2026-03-02T11:59:59.999Z'));
  t.is((await listProposals(s.deps, s.planner, { state: 'planned', limit: 10 })).total, 1);
  s.setNow(new Date('2026-03-02T12:00:00.000Z'));
  const refusal = await refused(t, s.confirm(plan.proposal_id), 'PROPOSAL_EXPIRED');
  t.is((await listProposals(s.deps, s.planner, { state: 'expired', limit: 10 })).total, 1);
  t.deepEqual(await s.confirm(done.proposal_id), answer, 'the first answer, after expiry too');
  const { arguments: again, tool } = refusal.details as {
    tool: string;
    arguments: Parameters<Stage['plan']>[1] & { actions: Parameters<Stage['plan']>[0] };
  };
  t.is(tool, 'scenario.action.plan');
  const renewed = await s.plan(again.actions, again);
  t.is(renewed.replaces, plan.proposal_id);
  t.deepEqual(
    renewed.changes.map((c) => c.id),
    plan.changes.map((c) => c.id),
    'the same things get the same ids',
  );
  t.is(renewed.digest, plan.digest, 'and what is reviewed is the same, to the digest');
  await s.confirm(renewed.proposal_id, { digest: plan.digest });
  await replaysEqual(t, s);
});

test('a digest that is not the reviewed one, a locked and an archived scenario refuse a confirm, and nothing is written', async (t) => {
  const s = await stage(t);
  const done = await s.plan([rename('engineering', 'Technology')]);
  const answer = await s.confirm(done.proposal_id);
  const plan = await s.plan([rename('sales', 'Revenue')]);
  const refusal = await refused(t, s.confirm(plan.proposal_id, { digest: 'a'.repeat(64) }), 'DIGEST_MISMATCH');
  t.is(refusal.details.digest, plan.digest);
  await lockScenario(s.deps, s.planner, { scenario_id: s.scenario_id, locked: true });
  let head = await s.head();
  await refused(t, s.confirm(plan.proposal_id), 'SCENARIO_LOCKED');
  await refused(t, s.plan([rename('sales', 'Revenue')]), 'SCENARIO_LOCKED');
  t.is(await s.head(), head);
  await lockScenario(s.deps, s.planner, { scenario_id: s.scenario_id, locked: false });
  await archiveScenario(s.deps, s.planner, { scenario_id: s.scenario_id });
  head = await s.head();
  await refused(t, s.confirm(plan.proposal_id), 'SCENARIO_LOCKED');
  t.deepEqual(await s.confirm(done.proposal_id), answer, 'the first answer, after archiving too');
  t.is(await s.head(), head);
});

test('of plans made on the same version, independent ones are all confirmed', async (t) => {
  const s = await stage(t);
  const a = await s.plan([setPay('rep 1', '60000')]);
  const b = await s.plan([rename('engineering', 'Technology')]);
  const c = await s.plan([{ type: 'position.create', org_unit_id: id('platform'), title: 'Developer', pay_amount: '70000' }]);
  t.deepEqual(
    [a, b, c].map((p) => p.content_version),
    [0, 0, 0],
  );
  t.is((await s.confirm(c.proposal_id)).content_version, 1);
  t.is((await s.confirm(a.proposal_id)).content_version, 2);
  t.is((await s.confirm(b.proposal_id)).content_version, 3);
  await replaysEqual(t, s);
});

test('a plan that others overtook is refused with the difference and arguments for a new one, which then succeeds', async (t) => {
  const s = await stage(t);
  const mine = await s.plan([
    setPay('rep 1', '60000'),
    { type: 'position.create', org_unit_id: id('sales'), title: 'Rep', pay_amount: '40000', effective_on: '2026-06-01' },
  ]);
  const other = await s.plan([setPay('rep 1', '55000')]);
  await s.confirm(other.proposal_id);
  const head = await s.head();
  const refusal = await refused(t, s.confirm(mine.proposal_id), 'SCENARIO_MOVED');
  t.is(await s.head(), head, 'nothing is written');
  const { difference, arguments: again } = refusal.details as {
    difference: { changes: { field: string; planned: string; now: string }[]; impact: { figure: string; planned: string; now: string }[] };
    arguments: { actions: Parameters<Stage['plan']>[0] };
  };
  t.like(difference.changes[0], { id: id('rep 1'), field: 'pay_amount', planned: '50000.01', now: '55000' });
  t.like(
    difference.impact.find((i) => i.figure === 'annualised'),
    { planned: '63999.99', now: '57600.00' },
  );
  const renewed = await s.plan(again.actions, again);
  t.is(renewed.replaces, mine.proposal_id);
  t.is(renewed.impact.annualised?.delta, '57600.00');
  t.deepEqual(
    renewed.changes.map((c) => c.id),
    mine.changes.map((c) => c.id),
  );
  const beside = await s.plan(again.actions);
  t.is((await s.confirm(renewed.proposal_id, { digest: renewed.digest })).content_version, 2);
  t.is((await refused(t, s.confirm(mine.proposal_id), 'PROPOSAL_REPLACED')).details.replaced_by, renewed.proposal_id);
  const late = await refused(t, s.confirm(beside.proposal_id), 'SCENARIO_MOVED');
  t.true(
    late.findings.some((f) => f.code === 'ID_UNIQUE'),
    'what the new plan created, another one cannot create again',
  );
  await replaysEqual(t, s);
});

test('of two plans that add one person, the second is refused: an external uid is one actor’s, whichever plan came first', async (t) => {
  const s = await stage(t);
  const hire = (title: string) => [
    { type: 'actor.add', external_uid: 'E-new', ref: 'hire', effective_on: '2026-06-01' },
    { type: 'position.create', org_unit_id: id('sales'), title, ref: 'seat', effective_on: '2026-06-01' },
    { type: 'placement.start', actor_id: '$hire', position_id: '$seat', effective_on: '2026-06-01' },
  ];
  const [first, second] = [await s.plan(hire('One')), await s.plan(hire('Two'))];
  await s.confirm(first.proposal_id);
  const head = await s.head();
  const refusal = await refused(t, s.confirm(second.proposal_id), 'SCENARIO_MOVED');
  t.is(await s.head(), head);
  t.deepEqual(
    refusal.findings.map((f) => f.code),
    ['SCENARIO_MOVED', 'ID_UNIQUE'],
  );
  t.regex(refusal.findings[0]?.way_out as string, /^Change the actions in this answer as the other findings say/);
  t.regex(refusal.findings[1]?.way_out as string, /^Place the actor that is there/);
  await replaysEqual(t, s);
});

test('an id that the caller gives is used once: in no other scenario, for no other kind, nor after it was taken back', async (t) => {
  const s = await stage(t);
  const { scenario_id: other } = await createScenario(s.deps, s.planner, { name: 'Beside' });
  const unitWith = (name: string, more = {}) => [
    { type: 'org_unit.create', name, parent_id: id('acme'), org_unit_id: id('given'), effective_on: '2026-06-01', ...more },
  ];
  const seatWith = [{ type: 'position.create', org_unit_id: id('sales'), title: 'Rep', position_ids: [id('given')] }];
  const first = await s.plan(unitWith('First'), { idempotency_key: 'first' });
  const second = await s.plan(unitWith('Second'), { scenario_id: other });
  const third = await s.plan(seatWith, { scenario_id: other });
  const made = await s.plan([{ type: 'org_unit.create', name: 'Made', parent_id: id('acme') }], { scenario_id: other });

  const done = await s.confirm(first.proposal_id, { digest: first.digest });
  t.is((await s.confirm(first.proposal_id)).event_position, done.event_position, 'again is the first answer');
  t.is((await s.plan(unitWith('First'), { idempotency_key: 'first' })).proposal_id, first.proposal_id);
  const head = await s.head();
  for (const late of [second, third]) {
    const refusal = await refused(t, s.confirm(late.proposal_id, { digest: late.digest }), 'ID_UNIQUE');
    t.deepEqual(refusal.findings[0]?.ids, [id('given')]);
    t.false(JSON.stringify(refusal.findings).includes('First'), 'nothing is told of the other scenario');
  }
  t.is(await s.head(), head, 'nothing was written');
  await s.confirm(made.proposal_id);
  // With a scenario that moved, and is decided again besides.
  await refused(t, s.confirm(second.proposal_id), 'ID_UNIQUE');

  for (const scenario_id of [other, s.scenario_id]) {
    await refused(t, s.plan(unitWith('Third'), { scenario_id }), 'ID_UNIQUE');
    await refused(t, s.plan(seatWith, { scenario_id }), 'ID_UNIQUE');
  }
  const things = [{ kind: 'org_unit', id: id('given') }];
  const back = await s.plan([{ type: 'scenario.revert_change', event_position: done.event_position, things }]);
  await s.confirm(back.proposal_id);
  for (const scenario_id of [other, s.scenario_id]) await refused(t, s.plan(unitWith('Fourth'), { scenario_id }), 'ID_UNIQUE');
  // A thing of the baseline that came after the scenario was made, which therefore does not see it.
  await s.givenBaseline([
    change('OrgUnitCreated', id('later'), '2026-01-01', { name: 'Later', kind: 'team', parent_id: id('acme'), status: 'active' }),
  ]);
  await refused(t, s.plan(unitWith('Fifth', { org_unit_id: id('later') })), 'ID_UNIQUE');
  await replaysEqual(t, s);
});

test('a plan whose impact another proposal changed is stale, though the values it replaces are the same', async (t) => {
  const s = await stage(t);
  const close = await s.plan([{ type: 'position.close', position_id: id('vacant rep'), reason: 'not_needed', effective_on: '2026-06-01' }]);
  t.is(close.impact.annualised?.delta, '-61440.00');
  await s.confirm((await s.plan([setPay('vacant rep', '50000')])).proposal_id);
  const refusal = await refused(t, s.confirm(close.proposal_id), 'SCENARIO_MOVED');
  t.like(
    refusal.details,
    { difference: { changes: [], impact: [{ figure: 'annualised', planned: '-61440.00', now: '-64000.00' }] } },
    JSON.stringify(refusal.details.difference),
  );
});

test('a plan that would now bring other reports to a manager is stale; one that stands on another layer and moves as far is not', async (t) => {
  const s = await stage(t);
  const lead = (head: string) => ({ type: 'org_unit.set_head', org_unit_id: id('platform'), head_position_id: id(head) }) as const;
  const seat = { type: 'position.create', org_unit_id: id('platform'), title: 'Developer' } as const;
  await s.confirm((await s.plan([lead('developer 1'), seat, seat])).proposal_id);
  const reviewed = await s.plan([lead('developer 2')]);
  const deeper = await s.plan([{ type: 'position.set_manager', position_id: id('developer 2'), manager_position_id: id('developer 1') }]);
  t.deepEqual(Object.fromEntries(reviewed.impact.spans.map((span) => [span.position_id, span.delta])), {
    [id('developer 1')]: -2,
    [id('developer 2')]: 2,
  });
  await s.confirm((await s.plan([seat])).proposal_id);
  const refusal = await refused(t, s.confirm(reviewed.proposal_id), 'SCENARIO_MOVED');
  const { impact } = (refusal.details as { difference: { impact: { figure: string; planned: string; now: string }[] } }).difference;
  t.deepEqual(Object.fromEntries(impact.map(({ figure, planned, now }) => [figure, [planned, now]])), {
    [`span ${id('developer 1')}`]: ['-2', '-3'],
    [`span ${id('developer 2')}`]: ['2', '3'],
  });
  // Everybody below engineering sinks by one layer: the reviewed move is still one layer down.
  await s.confirm(
    (await s.plan([{ type: 'position.set_manager', position_id: id('head of engineering'), manager_position_id: id('head of sales') }]))
      .proposal_id,
  );
  await s.confirm(deeper.proposal_id);
  await replaysEqual(t, s);
});

test('policies in force at the confirm decide: a stop refuses, an approval asks for a second person', async (t) => {
  const s = await stage(t);
  const owner = s.caller('owner');
  const plan = await s.plan([
    {
      type: 'position.create',
      org_unit_id: id('sales'),
      title: 'Rep',
      count: 3,
      manager_position_id: id('head of sales'),
      pay_amount: '1',
    },
  ]);
  t.false(plan.approval_required);
  await setTenant(s.deps, owner, { settings: { policies: [{ name: 'span', level: 'approval', limit: '5' }] } });
  const head = await s.head();
  await refused(t, s.confirm(plan.proposal_id), 'APPROVAL_REQUIRED');
  await setTenant(s.deps, owner, { settings: { policies: [{ name: 'span', level: 'stop', limit: '5' }] } });
  await refused(t, s.confirm(plan.proposal_id, {}, owner), 'POLICY_STOP');
  await setTenant(s.deps, owner, { settings: { policies: [{ name: 'span', level: 'approval', limit: '5' }] } });
  t.is(await s.head(), head + 2, 'refused confirms wrote nothing');
  t.is((await s.confirm(plan.proposal_id, {}, owner)).content_version, 1, 'a second person confirms');
  t.true(
    (
      await s.plan([
        { type: 'position.create', org_unit_id: id('sales'), title: 'Rep', manager_position_id: id('head of sales'), pay_amount: '1' },
      ])
    ).approval_required,
  );
});

test('a warning of a policy that nobody reviewed makes a plan stale, though its values and its impact are the same', async (t) => {
  const s = await stage(t, { settings: { policies: [{ name: 'span', level: 'warn', limit: '5' }] } });
  const two = { type: 'position.create', org_unit_id: id('sales'), title: 'Rep', count: 2, manager_position_id: id('head of sales') };
  const [first, second] = [await s.plan([two]), await s.plan([two])];
  t.deepEqual([first.findings, second.findings], [[], []], 'three reports and two more are five');
  await s.confirm(first.proposal_id);
  const { details } = await refused(t, s.confirm(second.proposal_id), 'SCENARIO_MOVED');
  t.like(details.difference, { changes: [], impact: [], new_findings: { 0: { code: 'SPAN', severity: 'warn' }, length: 1 } });
});

test('a proposal of more than one part is confirmed like any other', async (t) => {
  const s = await stage(t);
  const plan = await s.plan([
    {
      type: 'position.create',
      org_unit_id: id('sales'),
      title: `Rep ${'"\\é'.repeat(60)}`,
      count: 1000,
      pay_amount: '40000.03',
      effective_on: '2026-06-01',
    },
  ]);
  const types = (await s.eventsAfter(0)).filter((type) => type === 'ProposalContentStored');
  t.true(types.length > 1, `${types.length} parts`);
  t.is(plan.change_count, 1000);
  t.is(plan.more_changes, 900);
  await s.confirm(plan.proposal_id, { digest: plan.digest });
  t.is((await overview(s, s.scenario_id)).cost.planned.annualised, plan.impact.annualised?.after ?? '');
  const second = await getProposal(s.deps, s.planner, { proposal_id: plan.proposal_id, limit: 500, cursor: '500' });
  t.is(second.changes.length, 500);
  t.is(second.cursor, undefined);
  await replaysEqual(t, s);
});
