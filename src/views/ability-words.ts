import type { Ability } from '../domain/abilities.ts';

/** What each ability lets somebody do, as a person who grants it reads it. */
export const abilityWords: Record<Ability, string> = {
  'org-units.read': 'See the units of the organisation and how they are arranged',
  'positions.read': 'See positions, vacant ones too',
  'placements.read': 'See who holds which position',
  'teams.read': 'See teams and their members',
  'actors.read': 'See people, robots and AI agents, without personal data',
  'org-metrics.read': 'See headcount, FTE, spans and layers',
  'scenarios.read': 'See the scenarios you can see',
  'settings.read': 'See the settings of the workplace',
  'costs.read': 'See pay and cost',
  'actors.personal.read': 'See personal data of people, such as their names',
  'ai.scenarios.draft': 'Plan changes on a scenario, for review',
  'scenarios.write': 'Create scenarios, and confirm or withdraw planned changes',
  'scenarios.approve': 'Approve changes that need a second person',
  'audit.read': 'See the audit trail',
  'imports.write': 'Import data into the baseline',
  'scenarios.promote': 'Make a scenario the new baseline',
  'settings.write': 'Change the settings of the workplace',
  'members.write': 'Manage members, their roles and their access',
};
