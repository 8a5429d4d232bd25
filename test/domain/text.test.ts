import test from 'ava';
import { change } from '../../src/domain/changes.ts';
import { lineText, noteText, oneLine, quoted, wellFormed } from '../../src/domain/text.ts';
import { actor, company, facts, placed, pos, unit } from './kit.ts';

const takes = (schema: { safeParse(v: unknown): { success: boolean } }, text: string) => schema.safeParse(text).success;

test('a name is one line in one direction: what breaks it, steers a terminal, or has no form in the log is refused', (t) => {
  for (const odd of ['a\nb', 'a\u0000b', '\u001b[2Jgone', 'a\u0085b', 'a\u2028b', 'a\u202eb', 'a\u2066b', 'a\ud800b']) {
    t.false(takes(lineText(50), odd), JSON.stringify(odd));
    t.false(oneLine(odd).match(/[\p{Cc}\u2028\u202e\u2066]/u) !== null || !oneLine(odd).isWellFormed(), JSON.stringify(odd));
  }
  for (const fair of ['<b>&amp;', "O'Neil", '組織', '👩‍👩‍👧', 'نمی‌خواهم', 'שלום\u200f', ' trimmed \n'])
    t.true(takes(lineText(50), fair), fair);
  t.true(takes(noteText(50), 'two\nlines\tand a tab\r\n'));
  for (const odd of ['a\u0000b', 'a\u202eb', 'a\udc00b', '\u001b[0m']) t.false(takes(noteText(50), odd), JSON.stringify(odd));
  t.is(quoted('the "big"\n\u202eteam'), '"the \'big\'  team"');
});

test('a text with a lone surrogate is found anywhere in a JSON value, however deep it lies', (t) => {
  t.true(wellFormed([{ a: ['𝕏', 1, null, true] }, 'b']));
  t.false(wellFormed([{ a: [{ b: '\ud835' }] }]));
  t.false(wellFormed({ '\udc00': 1 }), 'in the name of a member too');
  let deep: unknown = '\ud800';
  for (let n = 0; n < 100_000; n++) deep = [deep];
  t.false(wellFormed(deep));
});

test('an action takes no text that its review would not show, and says where it is', async (t) => {
  const b = company();
  for (const action of [
    { type: 'org_unit.rename', org_unit_id: unit(2), name: 'a\u0000b' },
    { type: 'org_unit.set_cost_centre', org_unit_id: unit(2), cost_centre: 'a\nb' },
    { type: 'position.update', position_id: pos(4), grade: 'a\u202eb' },
    { type: 'actor.add', external_uid: 'a\u0007b' },
    { type: 'actor.add', personal: { name: 'a\u0000b' } },
    { type: 'placement.end', placement_id: placed(4), reason: 'a\u0000b', effective_on: '2026-07-01' },
    { type: 'actor.exit', actor_id: actor(6), reason: 'a\u0000b', effective_on: '2026-07-01' },
    { type: 'org_unit.create', parent_id: unit(2), name: 'U', purpose: 'a\u0000b' },
  ]) {
    const refusal = await b.refusal(action);
    t.is(refusal.code, 'INPUT_INVALID', action.type);
    t.regex(refusal.message, /actions\[0\]\.[\w.]+: .*without control characters and marks of direction/);
  }
});

test('a sentence and a title stay one line, whatever an imported name holds', async (t) => {
  const b = company();
  b.record([change('OrgUnitRenamed', unit(3), '2021-01-01', { name: 'Ops\n\u202e2. Confirm "everything"' })]);
  const { changes } = await b.plan({ type: 'org_unit.move', org_unit_id: unit(4), new_parent_id: unit(3), effective_on: '2026-07-01' });
  t.regex(changes[0]?.sentence as string, / to "Ops {2}2\. Confirm 'everything'" from 2026-07-01\.$/);
  const renamed = await b.plan({ type: 'org_unit.rename', org_unit_id: unit(3), name: 'Ops', effective_on: '2026-07-01' });
  t.is(renamed.changes[0]?.sentence, `Renames unit "Ops  2. Confirm 'everything'" to "Ops" from 2026-07-01.`);
});

test('a decimal written otherwise is no change, and zero has no sign', async (t) => {
  const b = company();
  const at = { effective_on: '2026-07-01' };
  await b.confirm({
    type: 'position.set_pay',
    position_id: pos(4),
    pay_amount: '90000.50',
    pay_basis: 'annual',
    pay_currency: 'USD',
    ...at,
  });
  const again = await b.plan(
    { type: 'position.set_pay', position_id: pos(4), pay_amount: '090000.5', ...at },
    { type: 'position.set_pay', position_id: pos(4), pay_amount: 90000.5, ...at },
  );
  t.deepEqual(again.changes, []);
  t.deepEqual(
    (await b.plan({ type: 'position.set_pay', position_id: pos(4), pay_amount: '90000.51', ...at })).changes[0]?.set.pay_amount,
    '90000.51',
  );
  for (const zero of ['-0', '-0.00', -0]) {
    const { changes } = await b.plan({ type: 'placement.change_allocation', placement_id: placed(6), allocation: zero, ...at });
    t.regex(String(changes[0]?.set.allocation), /^0(\.00)?$/);
  }
  // An identifier is text, whatever it looks like.
  b.record([facts.unit(7, 2, { cost_centre: '100' })]);
  t.is((await b.plan({ type: 'org_unit.set_cost_centre', org_unit_id: unit(7), cost_centre: '100.00', ...at })).changes.length, 1);
});

test('a refused date or state says which dates and what else would do', async (t) => {
  const b = company();
  const early = await b.refusal({ type: 'org_unit.create', parent_id: unit(2), name: 'U', effective_on: '1950-01-01' });
  t.is(early.code, 'CLOSED_TARGET');
  t.regex(early.findings[0]?.way_out as string, /^Choose an effective date from \d{4}-\d\d-\d\d on, or another org_unit\.$/);
  const gone = await b.refusal(
    { type: 'actor.exit', actor_id: actor(6), effective_on: '2026-05-01' },
    { type: 'placement.start', actor_id: actor(6), position_id: pos(5), effective_on: '2026-06-01' },
  );
  t.is(gone.findings[0]?.way_out, 'Choose another actor, or an effective date before it is exited.');
  const nothing = await b.refusal({ type: 'scenario.revert_change', event_position: 9, things: [{ kind: 'org_unit', id: unit(2) }] });
  t.regex(nothing.findings[0]?.way_out as string, /audit\.events/);
});

test('what is taken back is told by its things, and a refused placement by its person', async (t) => {
  const b = company();
  const made = await b.confirm(
    { type: 'org_unit.create', parent_id: unit(2), name: 'Lab', org_unit_id: unit(90) },
    { type: 'position.create', org_unit_id: unit(90), title: 'Chemist', count: 3, position_ids: [pos(91), pos(92), pos(93)] },
  );
  const things = [{ kind: 'org_unit', id: unit(90) }, ...[91, 92, 93].map((n) => ({ kind: 'position', id: pos(n) }))];
  const back = await b.plan({ type: 'scenario.revert_change', event_position: made.position, things });
  t.is(
    back.changes[0]?.sentence,
    'Takes back 4 recorded changes of this scenario, to unit "Lab", position "Chemist", position "Chemist" and 1 more thing.',
  );
  const exit = await b.confirm({ type: 'actor.exit', actor_id: actor(6), effective_on: '2026-07-01' });
  const one = await b.plan({
    type: 'scenario.revert_change',
    event_position: exit.position,
    things: [
      { kind: 'placement', id: placed(6) },
      { kind: 'actor', id: actor(6) },
    ],
  });
  t.is(one.changes[0]?.sentence, 'Takes back 2 recorded changes of this scenario, to placement "A6" and actor "A6".');
  const ended = await b.refusal({
    type: 'placement.change_allocation',
    placement_id: placed(6),
    allocation: '50',
    effective_on: '2026-08-01',
  });
  t.regex(ended.message, /placement "A6" is ended on 2026-08-01/);
});
