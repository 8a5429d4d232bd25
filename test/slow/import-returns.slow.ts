import test from 'ava';
import { fileAt, naiveRows, sharedFile } from '../support/import.ts';
import { matched, naiveSeats } from '../support/naive-returns.ts';
import { importTexts, MemoryBaseline } from '../support/plan-import.ts';

test('two returns of the Ministry of Defence, under a virtual root, each first of double rows: made, changed and closed as the matching rule counts', (t) => {
  t.timeout(600_000);
  const march = sharedFile(t, 'mod_2015-03-31.csv');
  const september = march && sharedFile(t, 'mod_2015-09-30.csv');
  if (!march || !september) return;
  const baseline = new MemoryBaseline();
  const more = { currency: 'GBP', repairs: { roots: 'virtual', duplicates: 'first' } } as const;
  const first = importTexts({ march: fileAt(march).bytes }, baseline, { ...more, on: '2026-06-01' });
  t.true(first.passes);
  const before = naiveSeats(naiveRows(march));
  t.is(first.outcome.created.positions, before.seats.size + 1, 'every post, and the virtual root');
  const second = importTexts({ september: fileAt(september).bytes }, baseline, { ...more, on: '2026-06-02' });
  t.true(second.passes);
  const counts = matched(before, naiveSeats(naiveRows(september)));
  t.log(JSON.stringify(counts));
  t.deepEqual({ created: second.outcome.created.positions, changed: second.outcome.changed, closed: second.outcome.closed }, counts);
  t.is(importTexts({ september: fileAt(september).bytes }, baseline, { ...more, on: '2026-06-02' }).changes.length, 0);
});
