import type { Finding } from './codes.ts';
import type { ImpactDelta } from './impact.ts';
import { impactDelta } from './impact-delta.ts';
import { checkInvariants } from './invariants/index.ts';
import { loadNeighbourhood } from './neighbourhood.ts';
import { checkPolicies } from './policies.ts';
import type { World } from './working-set.ts';
import type { Decision } from './world.ts';

const unique = (findings: readonly Finding[]): Finding[] => [...new Map(findings.map((f) => [JSON.stringify(f), f])).values()];

/** Checks what is planned: invariants, impact, policies. Everything found is returned, stops included. */
export function* judge(world: World): Decision<{ findings: Finding[]; delta: ImpactDelta }> {
  yield* loadNeighbourhood(world);
  const broken = yield* checkInvariants(world);
  const delta = yield* impactDelta(world);
  return { findings: unique([...broken, ...(yield* checkPolicies(world, delta)), ...world.warnings]), delta };
}
