import type { Change } from '../../src/domain/changes.ts';
import { facts } from './kit.ts';

/**
 * A root, a unit 2 with `seats` filled seats, half of them in it and half in a hundred units of two levels below it, with heads
 * and with lines by name and by head, and an empty unit 3 beside it. A third of the seats and people carry pay.
 */
export const largeUnit = (seats: number): Change[] => {
  const teams = 100;
  const unitOf = (n: number) => (n > 2 + teams && n % 2 === 0 ? 2 : 10 + (n % teams));
  return [
    facts.unit(1, null),
    facts.unit(2, 1),
    facts.unit(3, 1),
    ...Array.from({ length: teams }, (_, i) => facts.unit(10 + i, i < 10 ? 2 : 10 + (i % 10))),
    facts.position(1, 1, { reporting: 'none' }),
    facts.head(1, 1),
    ...Array.from({ length: seats }, (_, i) => i + 2).flatMap((n) => [
      facts.position(n, unitOf(n), {
        ...(n > 2 + teams && n % 2 === 0 ? { reporting: 'explicit', manager_id: facts.position(2 + (n % teams), 1).id } : {}),
        ...(n % 3 === 0 ? { pay_amount: '50000', pay_basis: 'annual', pay_currency: 'USD' } : {}),
      }),
      facts.actor(n),
      facts.placement(n, n, unitOf(n), n),
      ...(n % 3 === 0 ? [facts.pay(n, n, '48000')] : []),
    ]),
    ...Array.from({ length: teams }, (_, i) => facts.head(10 + ((i + 2) % teams), i + 2)),
  ];
};
