import { createHash } from 'node:crypto';
import test from 'ava';
import { metNames } from '../src/projections/met.ts';

const name = (n: number): string => `0/position/${createHash('sha256').update(String(n)).digest('hex').slice(0, 32)}`;

test('a name that was met is never taken for new, and hardly a new one for met', (t) => {
  const met = metNames();
  t.false(met.has(name(0)));
  const many = 200_000;
  for (let n = 0; n < many; n++) met.add(name(n));
  let missed = 0;
  for (let n = 0; n < many; n++) if (!met.has(name(n))) missed += 1;
  t.is(missed, 0);
  let mistaken = 0;
  for (let n = many; n < 2 * many; n++) if (met.has(name(n))) mistaken += 1;
  t.true(mistaken <= 2, `${mistaken} of ${many}`);
});
