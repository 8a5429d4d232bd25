import type { Finding } from '../codes.ts';
import type { View, World } from '../working-set.ts';
import type { Decision } from '../world.ts';
import { nothingLeftBehind } from './closing.ts';
import { horizon, startBeforeEnd } from './dates.ts';
import { oneActorPerUid } from './identity.ts';
import type { Invariant } from './invariant.ts';
import { noStartOnFrozen, onePrimary, withinCapacity, withinContract } from './placements.ts';
import { referencesHold } from './references.ts';
import { noReportingLoop } from './reports.ts';
import { noUnitLoop, oneRoot } from './tree.ts';
import { allocation, amounts, capacityFte, contractFte, foreignCurrency } from './values.ts';

/** Every invariant of the domain that a plan can break, in the order in which findings are told. */
// biome-ignore format: one line a family.
export const invariants: readonly Invariant[] = [
  horizon, startBeforeEnd, referencesHold, nothingLeftBehind, oneRoot, noUnitLoop, noReportingLoop,
  contractFte, capacityFte, allocation, amounts, foreignCurrency,
  onePrimary, noStartOnFrozen, withinContract, withinCapacity,
  oneActorPerUid,
];

function* all(world: World, view: View): Decision<Finding[]> {
  const found: Finding[] = [];
  for (const check of invariants) {
    yield [];
    const result = check(world, view);
    found.push(...(Array.isArray(result) ? result : yield* result));
  }
  return found;
}

const key = (f: Finding) => `${f.code}/${[...f.ids].sort().join()}`;

/**
 * Checks what is planned against every invariant. What the recorded state breaks already, in the same things, does not stop a
 * plan: data of an import may be older than a rule, and a plan that mends one thing must not have to mend all.
 */
export function* checkInvariants(world: World): Decision<Finding[]> {
  const found = yield* all(world, 'after');
  if (!found.some((f) => f.severity === 'stop')) return found;
  const old = new Set((yield* all(world, 'before')).filter((f) => f.severity === 'stop').map(key));
  return found.filter((f) => f.severity !== 'stop' || !old.has(key(f)));
}
