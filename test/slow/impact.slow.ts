import test from 'ava';
import { checkImpacts } from '../governed/impacts.ts';

const seed = Number(process.env.SEED ?? Date.now() % 1_000_000);

test('the impact at plan of counts, money, spans and layers is the difference after the confirm and by replay, over thousands of action lists', async (t) => {
  t.timeout(3_600_000);
  t.log(`SEED=${seed}`);
  const organisations = Number(process.env.ORGANISATIONS ?? 200);
  const counts = await checkImpacts(t, { organisations, lists: 30, seed });
  t.log(JSON.stringify(counts));
  t.true(counts.applied > 8 * organisations, 'enough lists were applied to say something');
  t.true(counts.shifted > counts.applied / 10 && counts.followed > counts.applied / 30, 'positions shifted that no list names');
});
