import { type Finding, finding } from './codes.ts';
import type { Decision } from './world.ts';

/** Does not say where it was used: that may be a scenario which the caller does not see. */
export const idUsed = (id: string): Finding => finding('ID_UNIQUE', `the id ${id} was used before`, { ids: [id] });

/** The fields by which actions give ids to what they create, whatever their type; these name nothing that is there. */
const always = ['position_ids', 'new_position_id'];
const byType: Readonly<Record<string, string>> = {
  'org_unit.create': 'org_unit_id',
  'actor.add': 'actor_id',
  'placement.start': 'placement_id',
};

/** The ids that a list of actions gives to what it creates, so that they are asked about in one question and not one by one. */
export const idsGivenIn = (actions: readonly Readonly<Record<string, unknown>>[]): string[] =>
  actions
    .flatMap((action) => [...always, byType[String(action.type)] ?? []].flat().flatMap((field) => action[field]))
    .filter((id) => typeof id === 'string');

/** ID_UNIQUE for those of a stored plan's given ids that were used since it was made. */
export function* usedSince(ids: readonly string[]): Decision<Finding[]> {
  if (ids.length === 0) return [];
  const used = new Set((yield { ask: 'used', ids }) as string[]);
  return ids.filter((id) => used.has(id)).map(idUsed);
}
