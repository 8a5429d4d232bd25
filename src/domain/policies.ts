import { type Code, type Finding, finding } from './codes.ts';
import type { Policy } from './events.ts';
import type { ImpactDelta } from './impact.ts';
import { reportsBefore } from './impact-lines.ts';
import type { World } from './working-set.ts';
import type { Decision, Need } from './world.ts';

const say = (policy: Policy, code: Code, message: string, ids: string[]): Finding =>
  finding(code, message, { ids, severity: policy.level === 'stop' ? 'stop' : policy.level === 'approval' ? 'approval' : 'warn' });

const limitOf = (policy: Policy): number => Number(policy.limit ?? Number.POSITIVE_INFINITY);

/** SPAN: managers who get direct reports stay within the limit. Those they have are counted for this policy alone. */
function* span(world: World, delta: ImpactDelta, policy: Policy): Decision<Finding[]> {
  const more = delta.spans.filter((s) => s.delta > 0);
  yield* world.load(more.map(({ position_id }): Need => ({ need: 'thing', kind: 'position', id: position_id })));
  const had = yield* reportsBefore(
    world,
    more.map((s) => s.position_id),
    delta.effective_on,
  );
  return more.flatMap(({ position_id, delta: gained }) => {
    const reports = (had.get(position_id) ?? 0) + gained;
    if (reports <= limitOf(policy)) return [];
    const name = world.name('position', position_id, delta.effective_on);
    return [say(policy, 'SPAN', `position ${name} would have ${reports} direct reports; the limit is ${policy.limit}`, [position_id])];
  });
}

/** LAYERS: nobody comes to lie below the limit; touched positions are named, those who only follow are counted. */
const layers = (world: World, delta: ImpactDelta, policy: Policy): Finding[] => {
  const tooDeep = ({ before, after }: { before: number | null; after: number | null }): boolean =>
    after !== null && after > limitOf(policy) && after > (before ?? 0);
  const touched = delta.layers.filter(tooDeep);
  const others = delta.layer_shifts.filter(tooDeep).reduce((n, l) => n + l.positions, -touched.length);
  return [
    ...touched.map((l) =>
      say(
        policy,
        'LAYERS',
        `position ${world.name('position', l.position_id, delta.effective_on)} would be on layer ${l.after}; the limit is ${policy.limit}`,
        [l.position_id],
      ),
    ),
    ...(others > 0
      ? [say(policy, 'LAYERS', `${others} position(s) that follow would come to lie below layer ${policy.limit}, the limit`, [])]
      : []),
  ];
};

/** True when the unit, or one above it on the date, is `subject` (or there is no subject). */
function* inside(world: World, unit: unknown, subject: string | undefined, date: string): Decision<boolean> {
  if (subject === undefined) return true;
  if (typeof unit !== 'string') return false;
  yield* world.load([{ need: 'unit_chain', id: unit }]);
  const seen = new Set<string>();
  for (let up: unknown = unit; typeof up === 'string' && !seen.has(up); up = world.on('after', 'org_unit', up, date)?.parent_id) {
    if (up === subject) return true;
    seen.add(up);
  }
  return false;
}

/** FREEZE: no new position and no new placement of a human, in the tenant or in the unit that is the policy's subject. */
function* freeze(world: World, policy: Policy): Decision<Finding[]> {
  const ids: string[] = [];
  for (const change of world.changes) {
    if (change.type !== 'PositionCreated' && change.type !== 'PlacementStarted') continue;
    if (
      change.type === 'PlacementStarted' &&
      world.on('after', 'actor', String(change.set.actor_id), change.effective_from)?.kind !== 'human'
    )
      continue;
    if (yield* inside(world, change.set.unit_id, policy.subject, change.effective_from)) ids.push(change.id);
  }
  return ids.length === 0
    ? []
    : [say(policy, 'FREEZE', `a hiring freeze is in force; ${ids.length} new position(s) or placement(s) fall under it`, ids)];
}

/** Judges a plan by the tenant's policies: those that the neighbourhood of the plan can answer. */
export function* checkPolicies(world: World, delta: ImpactDelta): Decision<Finding[]> {
  const found: Finding[] = [];
  for (const policy of world.ctx.settings.policies) {
    switch (policy.name) {
      case 'span':
        found.push(...(yield* span(world, delta, policy)));
        break;
      case 'layers':
        found.push(...layers(world, delta, policy));
        break;
      case 'freeze':
        found.push(...(yield* freeze(world, policy)));
        break;
      case 'impact_limit':
        if (world.changes.length > limitOf(policy))
          found.push(say(policy, 'IMPACT_LIMIT', `the plan makes ${world.changes.length} changes; the limit is ${policy.limit}`, []));
        break;
      // Grade bands, budgets and allocation limits have no data in this engine yet.
      case 'grade_band':
      case 'budget':
      case 'allocation':
        break;
      default:
        policy.name satisfies never;
    }
  }
  return found;
}
