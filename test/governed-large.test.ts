import test from 'ava';
import fc from 'fast-check';
import { canonicalInTurns } from '../src/application/canonical-in-turns.ts';
import { canonical } from '../src/application/idempotency.ts';
import { listScenarios } from '../src/application/scenario/list.ts';
import { splitText } from '../src/application/proposal/content.ts';
import { rename, replaysEqual, stage } from './governed/support.ts';
import { id } from './support/engine.ts';

test('a text made in turns is the canonical one, and others have their turn at every member of a list', async (t) => {
  let turns = 0;
  const turn = async (): Promise<void> => {
    turns++;
  };
  await fc.assert(
    fc.asyncProperty(fc.dictionary(fc.string(), fc.oneof(fc.jsonValue(), fc.array(fc.jsonValue()))), async (value) => {
      t.is(await canonicalInTurns(value, turn), canonical(value));
    }),
  );
  turns = 0;
  await canonicalInTurns({ changes: [1, 2, 3], actions: [{}], left: undefined, title: 'x' }, turn);
  t.is(turns, 4);
  t.deepEqual([...splitText('abc', 2)], ['ab', 'c']);
});

test('while a plan of 5,000 changes is made, stored and confirmed, others are answered', async (t) => {
  const s = await stage(t, { settings: { subscription: 'enterprise' } });
  let answered = 0;
  /** What another caller gets done while a piece of work is under way. */
  const beside = async <T>(work: Promise<T>): Promise<{ result: T; answers: number }> => {
    const before = answered;
    let done = false;
    const ended = work.finally(() => {
      done = true;
    });
    while (!done) {
      const page = await listScenarios(s.deps, s.planner, { limit: 10 });
      t.is(page.scenarios.length, 1);
      // What is answered in the very turn that ends the work says nothing.
      if (!done) answered++;
    }
    return { result: await ended, answers: answered - before };
  };
  const actions = Array.from({ length: 50 }, (_, i) => ({
    type: 'position.create',
    org_unit_id: id('sales'),
    title: `Rep ${i}`,
    count: 100,
    pay_amount: '40000',
    effective_on: '2026-06-01',
  }));
  const planned = await beside(s.plan(actions));
  t.is(planned.result.change_count, 5000);
  const other = await s.plan([rename('engineering', 'Research')]);
  await s.confirm(other.proposal_id);
  const confirmed = await beside(s.confirm(planned.result.proposal_id, { digest: planned.result.digest }));
  t.log(`answered meanwhile: ${planned.answers} while planned, ${confirmed.answers} while confirmed`);
  t.true(planned.answers > 5 && confirmed.answers > 5);
  await replaysEqual(t, s);
});
