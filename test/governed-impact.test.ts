import test from 'ava';
import { checkImpacts } from './governed/impacts.ts';

const seed = Number(process.env.SEED ?? Date.now() % 1_000_000);

test('the impact at plan is the difference after the confirm and by replay, for counts, money, spans and layers of generated organisations', async (t) => {
  t.log(`SEED=${seed}`);
  const counts = await checkImpacts(t, { organisations: 8, lists: 30, seed });
  t.log(JSON.stringify(counts));
  t.true(counts.applied > 60, 'enough lists were applied to say something');
  t.true(counts.shifted > counts.applied / 10 && counts.followed > 0, 'positions shifted that no list names');
  t.true(counts.moved > 30, 'and enough of them moved a figure');
});
