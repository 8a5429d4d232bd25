import test from 'ava';
import { codes, finding, Refusal } from '../../src/domain/codes.ts';
import type { EventData } from '../../src/domain/events.ts';
import { recheck } from '../../src/domain/plan.ts';
import { closeConfirm, decideWithdraw, digestContent, openConfirm } from '../../src/domain/proposal.ts';
import { runDecision } from '../../src/domain/run.ts';
import {
  decideArchive,
  decideLock,
  decideReopen,
  decideShare,
  foldScenario,
  maySee,
  type ScenarioEvent,
  type ScenarioState,
} from '../../src/domain/scenario.ts';
import { company, facts, pos, uid, unit } from './kit.ts';

const id = uid(1, 9);
const [ann, bob, cid] = [uid(1, 8), uid(2, 8), uid(3, 8)];
let position = 10;
const event = <T extends ScenarioEvent['type']>(type: T, data: EventData[T], user = ann): ScenarioEvent =>
  ({ type, data, position: position++, user, recorded_at: '2026-01-01T00:00:00.000Z' }) as unknown as ScenarioEvent;
const created = event('ScenarioCreated', { scenario_id: id, name: 'S', baseline_position: 7, owner: ann, visibility: 'private' });
const planned = (n: number, more: Partial<EventData['ProposalPlanned']> = {}) =>
  event('ProposalPlanned', {
    proposal_id: uid(n, 7),
    scenario_id: id,
    title: 'T',
    content_sha256: '',
    parts: 1,
    digest: `d${n}`,
    content_version: 0,
    settings_position: 1,
    planner: ann,
    expires_at: '2026-01-04T00:00:00.000Z',
    change_count: 1,
    warnings: 0,
    approval_required: false,
    ...more,
  });
const confirmed = (n: number, user = ann) =>
  event('ProposalConfirmed', { proposal_id: uid(n, 7), scenario_id: id, digest: `d${n}`, settings_position: 1, content_version: 1 }, user);
const withdrawn = (n: number) => event('ProposalWithdrawn', { proposal_id: uid(n, 7), scenario_id: id });
const archived = event('ScenarioArchived', { scenario_id: id });
const locked = event('ScenarioLocked', { scenario_id: id, locked: true });
const given = (...events: ScenarioEvent[]) => foldScenario([created, ...events]) as ScenarioState;
const now = new Date('2026-01-02T00:00:00Z');
const confirm = (state: ScenarioState, n = 1, more: { now?: Date; digest?: string; settings_position?: number } = {}) =>
  openConfirm(state, uid(n, 7), { now, settings_position: 1, ...more });
const code = (run: () => unknown) => {
  try {
    run();
  } catch (error) {
    if (error instanceof Refusal) return error.code;
    throw error;
  }
  return undefined;
};

test('given a planned proposal, when it is confirmed, then the answer is to go on', (t) => {
  t.like(confirm(given(planned(1)), 1, { digest: 'd1' }), { outcome: 'go_on', moved: false, policiesMoved: false });
});

test('a confirmed proposal gives its first answer, even expired, archived, locked and with another digest', (t) => {
  const state = given(planned(1), confirmed(1, bob), planned(2), confirmed(2), archived, locked);
  const answer = confirm(state, 1, { now: new Date('2030-01-01'), digest: 'no' });
  t.like(answer, { outcome: 'already', answer: { content_version: 1, by: bob } });
});

test('the order of refusals at confirm: unknown, withdrawn, expired, locked, digest', (t) => {
  const late = new Date('2026-01-04T00:00:00Z');
  t.is(
    code(() => confirm(given(planned(1)), 2)),
    'PROPOSAL_UNKNOWN',
  );
  t.is(
    code(() => confirm(given(planned(1), withdrawn(1), locked), 1, { now: late, digest: 'no' })),
    'PROPOSAL_WITHDRAWN',
  );
  t.is(
    code(() => confirm(given(planned(1), locked), 1, { now: late, digest: 'no' })),
    'PROPOSAL_EXPIRED',
  );
  t.is(
    code(() => confirm(given(planned(1)), 1, { now: new Date(late.getTime() - 1) })),
    undefined,
    'a millisecond before it is not',
  );
  t.is(
    code(() => confirm(given(planned(1), locked), 1, { digest: 'no' })),
    'SCENARIO_LOCKED',
  );
  t.is(
    code(() => confirm(given(planned(1), archived), 1)),
    'SCENARIO_LOCKED',
  );
  t.is(
    code(() => confirm(given(planned(1)), 1, { digest: 'no' })),
    'DIGEST_MISMATCH',
  );
});

test('another confirm moves the content version, another plan does not', (t) => {
  t.like(confirm(given(planned(1), planned(2), confirmed(2))), { moved: true });
  t.like(confirm(given(planned(1), planned(2), withdrawn(2))), { moved: false });
  t.like(confirm(given(planned(1)), 1, { settings_position: 5 }), { policiesMoved: true });
  const state = given(planned(1), planned(2), confirmed(2), confirmed(1));
  t.is(state.content_version, 2);
  t.is(state.content_position, state.proposals.get(uid(1, 7))?.confirmed?.position ?? -1);
});

test('policies stop, and a second person is another user than the planner', (t) => {
  const state = given(planned(1));
  const proposal = state.proposals.get(uid(1, 7));
  if (!proposal) throw new Error('planned');
  const close = (user: string, severity: 'stop' | 'approval' | 'warn', humanMissing = false) =>
    closeConfirm(state, proposal, { user, settings_position: 3, findings: [finding('SPAN', 'too many', { severity })], humanMissing });
  t.is(
    code(() => close(bob, 'stop')),
    'POLICY_STOP',
  );
  t.is(
    code(() => close(ann, 'approval')),
    'APPROVAL_REQUIRED',
  );
  t.deepEqual(close(bob, 'approval'), { proposal_id: uid(1, 7), scenario_id: id, digest: 'd1', settings_position: 3, content_version: 1 });
  t.is(close(ann, 'warn').content_version, 1);
  // A person is asked only for what that person could confirm.
  t.deepEqual(
    [code(() => close(bob, 'stop', true)), code(() => close(ann, 'approval', true)), code(() => close(bob, 'approval', true))],
    ['POLICY_STOP', 'APPROVAL_REQUIRED', 'HUMAN_REQUIRED'],
  );
});

test('withdrawing twice changes nothing; a confirmed proposal stands', (t) => {
  t.deepEqual(decideWithdraw(given(planned(1)), uid(1, 7)), { proposal_id: uid(1, 7), scenario_id: id });
  t.is(decideWithdraw(given(planned(1), withdrawn(1)), uid(1, 7)), undefined);
  t.is(
    code(() => decideWithdraw(given(planned(1), confirmed(1)), uid(1, 7))),
    'PROPOSAL_CONFIRMED',
  );
  t.true(Object.hasOwn(codes, 'PROPOSAL_CONFIRMED'));
});

test("a private scenario is seen by its owner, the people named, and the tenant's owner and admins", (t) => {
  const state = given(event('ScenarioShared', { scenario_id: id, visibility: 'private', with: [bob] }));
  t.deepEqual(
    [
      maySee(state, ann, 'member'),
      maySee(state, bob, 'viewer'),
      maySee(state, cid, 'manager'),
      maySee(state, cid, 'admin'),
      maySee(state, cid, 'auditor'),
    ],
    [true, true, false, true, false],
  );
  t.true(maySee(given(event('ScenarioShared', { scenario_id: id, visibility: 'shared', with: [] })), cid, 'viewer'));
});

test('sharing, archiving, locking and reopening twice change nothing', (t) => {
  t.is(decideShare(given(), { visibility: 'private' }), undefined);
  t.deepEqual(decideShare(given(), { visibility: 'shared' }), { scenario_id: id, visibility: 'shared', with: [] });
  t.is(decideArchive(given(archived)), undefined);
  t.is(decideReopen(given()), undefined);
  t.deepEqual(decideReopen(given(archived)), { scenario_id: id });
  t.is(decideLock(given(locked), true), undefined);
  t.is(given(locked, event('ScenarioLocked', { scenario_id: id, locked: false })).locked, false);
});

test('the digest rests on changes, differences and findings, not on sentences', async (t) => {
  const plan = await company().plan({ type: 'org_unit.rename', org_unit_id: unit(2), name: 'X' });
  const impact = {
    effective_on: '2026-01-01',
    currency: 'USD',
    full_year_effect: '0.00',
    headcount: { before: '1', after: '1', delta: '0' },
    spans: [],
  } as unknown as Parameters<typeof digestContent>[0]['impact'];
  const digest = (changes: typeof plan.changes) =>
    JSON.stringify(digestContent({ scenario_id: id, changes, impact, findings: [finding('SPAN', 'words')] }));
  const [first] = plan.changes;
  if (!first) throw new Error('one change');
  t.is(digest([{ ...first, sentence: 'other words' }]), digest([first]));
  t.not(digest([{ ...first, before: { name: 'Y' } }]), digest([first]));
  t.false(digest([first]).includes('words'));
});

test('a recheck on the state of the plan finds no difference; on a moved one it lists what differs', async (t) => {
  const b = company();
  const plan = await b.plan(
    { type: 'position.set_manager', position_id: pos(6), manager_position_id: pos(2), effective_on: '2026-07-01' },
    { type: 'position.create', org_unit_id: unit(4), title: 'X', ref: 'x' },
    { type: 'position.set_pay', position_id: '$x', pay_amount: '5', effective_on: '2026-07-01' },
  );
  const same = await runDecision(recheck(plan.changes, b.context), b);
  t.deepEqual([same.differences, same.findings], [[], plan.findings]);
  t.deepEqual(
    same.changes.map((c) => c.before),
    plan.changes.map((c) => c.before),
  );

  await b.confirm({ type: 'position.set_manager', position_id: pos(6), manager_position_id: pos(3), effective_on: '2026-07-01' });
  const moved = await runDecision(recheck(plan.changes, b.context), b);
  t.deepEqual(moved.differences, [{ index: 0, kind: 'position', id: pos(6), field: 'manager_id', planned: pos(4), now: pos(3) }]);

  await b.confirm({ type: 'org_unit.close', org_unit_id: unit(4), mode: 'reparent', new_parent_id: unit(3), effective_on: '2026-07-01' });
  t.true(
    (await runDecision(recheck(plan.changes, b.context), b)).findings.some((f) => f.code === 'POSITION_UNIT' && f.severity === 'stop'),
    'invariants are decided again',
  );
});

test('a recheck finds an id that was taken in the meantime and a change that was taken back', async (t) => {
  const b = company();
  const create = await b.plan({ type: 'position.create', org_unit_id: unit(4), title: 'X', position_ids: [pos(50)] });
  b.record([facts.position(50, 4)], true);
  t.true((await runDecision(recheck(create.changes, b.context), b)).findings.some((f) => f.code === 'ID_UNIQUE'));
  const done = await b.confirm({ type: 'org_unit.rename', org_unit_id: unit(2), name: 'Y' });
  const revert = { type: 'scenario.revert_change', event_position: done.position, things: [{ kind: 'org_unit', id: unit(2) }] };
  const stored = await b.plan(revert);
  await b.confirm(revert);
  t.like((await runDecision(recheck(stored.changes, b.context), b)).differences[0], { field: 'reverts', now: 'not in force' });
});
