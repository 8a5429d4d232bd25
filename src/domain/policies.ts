import { type Code, type Finding, finding } from './codes.ts';
import type { Policy } from './events.ts';
import type { ImpactDelta } from './impact.ts';
import { managerOn } from './reporting.ts';
import type { World } from './working-set.ts';
import type { Decision, Need } from './world.ts';

const say = (policy: Policy, code: Code, message: string, ids: string[]): Finding =>
  finding(code, message, { ids, severity: policy.level === 'stop' ? 'stop' : policy.level === 'approval' ? 'approval' : 'warn' });

const limitOf = (policy: Policy): number => Number(policy.limit ?? Number.POSITIVE_INFINITY);

/** SPAN: managers who get direct reports stay within the limit. Their reports are loaded for this policy alone. */
function* span(world: World, delta: ImpactDelta, policy: Policy): Decision<Finding[]> {
  const date = delta.effective_on;
  const found: Finding[] = [];
  const managers = delta.spans.filter((s) => s.delta > 0).map((s) => s.position_id);
  yield* world.load(
    managers.flatMap((id): Need[] => [
      { need: 'referrers', kind: 'position', field: 'manager_id', id },
      { need: 'referrers', kind: 'org_unit', field: 'head_id', id },
    ]),
  );
  for (const manager of managers) {
    const units = world
      .referrers('org_unit', 'head_id', manager)
      .filter((u) => world.active('after', 'org_unit', u, date)?.head_id === manager);
    // Members of units below that have no head of their own report here too.
    yield* world.load(units.map((id): Need => ({ need: 'subtree', id })));
    const below = new Set(units);
    for (const u of below) {
      const children = world
        .referrers('org_unit', 'parent_id', u)
        .filter((child) => world.active('after', 'org_unit', child, date)?.parent_id === u);
      const heads = children.map((child) => world.on('after', 'org_unit', child, date)?.head_id);
      yield* world.load(heads.flatMap((id): Need[] => (typeof id === 'string' ? [{ need: 'thing', kind: 'position', id }] : [])));
      children.forEach((child, i) => {
        const head = heads[i];
        if (typeof head !== 'string' || !world.active('after', 'position', head, date)) below.add(child);
      });
    }
    yield* world.load([...below].map((id): Need => ({ need: 'referrers', kind: 'position', field: 'unit_id', id })));
    const candidates = new Set([
      ...world.referrers('position', 'manager_id', manager),
      ...[...below].flatMap((u) => world.referrers('position', 'unit_id', u)),
    ]);
    let reports = 0;
    for (const id of candidates)
      if (world.active('after', 'position', id, date) && (yield* managerOn(world, 'after', id, date)) === manager) reports++;
    if (reports > limitOf(policy))
      found.push(
        say(
          policy,
          'SPAN',
          `position ${world.name('position', manager, date)} would have ${reports} direct reports; the limit is ${policy.limit}`,
          [manager],
        ),
      );
  }
  return found;
}

/** LAYERS: touched positions do not come to lie below the limit. */
const layers = (world: World, delta: ImpactDelta, policy: Policy): Finding[] =>
  delta.layers
    .filter((l) => l.after !== null && l.after > limitOf(policy) && l.after > (l.before ?? 0))
    .map((l) =>
      say(
        policy,
        'LAYERS',
        `position ${world.name('position', l.position_id, delta.effective_on)} would be on layer ${l.after}; the limit is ${policy.limit}`,
        [l.position_id],
      ),
    );

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
