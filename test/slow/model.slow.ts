import test from 'ava';
import { engine } from '../support/engine.ts';
import { happen, look, lookDates, randomOf } from '../support/histories.ts';

/** How many reads, unless READS says otherwise. */
const wanted = Number(process.env.READS ?? 1_000_000);

test('a million reads of (branch, as_of, date) equal the oracle', async (t) => {
  t.timeout(30 * 60_000);
  let reads = 0;
  let histories = 0;
  const wrong: string[] = [];
  for (let seed = 1000; reads < wanted && wrong.length === 0; seed++) {
    const e = await engine(undefined, { background: false, wait: false });
    try {
      const r = randomOf(seed);
      const history = await happen(e, r, { events: 80, things: 14, rebases: seed % 2 === 0 });
      histories += 1;
      for (let position = 1; position <= history.last && wrong.length === 0 && reads < wanted; position++)
        for (const branch of history.branches)
          for (const date of lookDates) {
            // Some looks of each history, so that many histories make up the number; few at a scenario that is not made yet.
            if (!r.chance(branch <= position ? 0.15 : 0.01)) continue;
            reads += await look(e, history, branch, position, date, (what) => wrong.push(`seed ${seed}: ${what}`));
          }
      t.log(`${reads} reads after ${histories} histories`);
    } finally {
      await e.close();
    }
  }
  t.deepEqual(wrong.slice(0, 5), []);
  t.true(reads >= wanted);
  console.log(`${reads} reads over ${histories} histories, ${wrong.length} wrong`);
});
