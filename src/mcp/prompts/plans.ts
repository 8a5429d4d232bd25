import { completeEvents } from '../complete/names.ts';
import { completeProposals, completeScenarios, completeUnits } from '../complete/things.ts';
import { guideText } from '../resources/guides.ts';
import { idIn, type Prompt, quoted, scenarioWords, scopeOf, type Step, task } from './prompt.ts';

export const scenarioReview: Prompt = {
  name: 'scenario-review',
  title: 'Review a scenario',
  description: 'Reviews what one scenario changes, what it does to people and cost, and who planned and confirmed it.',
  abilities: ['scenarios.read'],
  arguments: [
    { name: 'scenario_id', title: 'Scenario', description: 'The scenario to review.', required: true, complete: completeScenarios },
  ],
  text: async (desk, given) => {
    const { words, on } = await scopeOf(desk, given);
    const guide = await desk.call('scenario.review.guide', on);
    return `Review ${words}. Follow this guide and say what a person should ask before agreeing.\n\n${guideText(desk, guide)}`;
  },
};

export const compareScenarios: Prompt = {
  name: 'compare-scenarios',
  title: 'Compare scenarios',
  description: 'Compares two scenarios, or one with the baseline: people, seats, FTE, cost and what each changes.',
  abilities: ['scenarios.read', 'org-metrics.read'],
  arguments: [
    { name: 'scenario_id', title: 'Scenario', description: 'The scenario.', required: true, complete: completeScenarios },
    {
      name: 'with_scenario_id',
      title: 'Compared with',
      description: 'Another scenario; the baseline when left out.',
      complete: completeScenarios,
    },
  ],
  text: async (desk, given) => {
    const one = idIn(given, 'scenario_id') as string;
    const other = idIn(given, 'with_scenario_id') ?? null;
    const against = other === null ? 'the baseline' : await scenarioWords(desk, other);
    return task(
      desk,
      `Compare ${await scenarioWords(desk, one)}, with ${against}. Say what the choice between them comes to.`,
      [
        ['scenario.compare', { scenario_ids: [other, one] }, 'the differences in people, seats, FTE and cost, and what changes'],
        ['scenario.get', { scenario_id: one }, 'its pin: say when both do not stand on the same baseline position'],
        ['scenario.action.list', { scenario_id: one, state: 'planned' }, 'what waits and is not in the figures yet'],
      ],
      ['Compare on one date; give effective_on where the changes hold later than today.'],
    );
  },
};

export const planAChange: Prompt = {
  name: 'plan-a-change',
  title: 'Plan a change',
  description: 'Turns a wish into a plan on a scenario, shows its impact, and leaves the decision to the person.',
  abilities: ['ai.scenarios.draft', 'scenarios.read'],
  arguments: [
    { name: 'goal', title: 'Goal', description: 'What should change, in your own words.', required: true },
    {
      name: 'scenario_id',
      title: 'Scenario',
      description: 'Plan on this scenario; one is chosen or made when left out.',
      complete: completeScenarios,
    },
  ],
  text: async (desk, given) => {
    const { scenario_id, words, on } = await scopeOf(desk, given);
    const choose: Step[] = scenario_id
      ? []
      : [
          ['scenario.list', { state: 'open' }, 'a scenario that is about this already'],
          ['scenario.create', { name: '<a short name>', purpose: '<why>' }, 'a new one, where none fits'],
        ];
    return task(
      desk,
      `Plan a change${scenario_id ? ` on ${words}` : ''}. The person wants, in their words: ${quoted(given.goal as string, 2000)}`,
      [
        ...choose,
        ['org.search', { query: '<a word>', ...on }, 'the ids of what is to change'],
        ['capability.explain', { name: '<action type>' }, 'the schema and an example of each action you use'],
        [
          'scenario.action.plan',
          { scenario_id: scenario_id ?? '<scenario_id>', title: '<what>', reason: '<why>', actions: ['<actions in order>'] },
          'every change, the impact, the findings; it applies nothing',
        ],
        [
          'scenario.action.confirm',
          { proposal_id: '<proposal_id>', digest: '<digest>' },
          'only after the person agreed to what you showed',
        ],
      ],
      [
        'Show the person the impact and every finding as they are, and wait for their decision.',
        'Ask when the goal leaves something open (dates, which unit, what happens to people); do not guess.',
        'Amend by planning again with replaces.',
      ],
    );
  },
};

export const auditTrail: Prompt = {
  name: 'audit-trail',
  title: 'Follow the audit trail',
  description: 'Finds out what happened, when, by whom, through which assistant and why: to one thing, in one scenario, or since a point.',
  abilities: ['audit.read'],
  arguments: [
    { name: 'unit_id', title: 'Unit', description: 'What happened to this unit.', complete: completeUnits },
    { name: 'scenario_id', title: 'Scenario', description: 'What happened in this scenario.', complete: completeScenarios },
    { name: 'proposal_id', title: 'Proposal', description: 'Where this proposal came from.', complete: completeProposals },
    {
      name: 'since',
      title: 'Since',
      description: 'Only after this point: an event position, a time with a zone, or snapshot:NAME.',
      complete: completeEvents,
    },
  ],
  text: async (desk, given) => {
    const [unit, scenario_id, proposal_id] = [idIn(given, 'unit_id'), idIn(given, 'scenario_id'), idIn(given, 'proposal_id')];
    const since = given.since?.trim();
    const after = since === undefined ? {} : { after: /^\d{1,15}$/.test(since) ? Number(since) : since };
    const about = { ...(unit ? { entity_id: unit } : {}), ...(scenario_id ? { scenario_id } : {}), ...after };
    const words = [
      ...(unit ? [`to unit ${unit}`] : []),
      ...(scenario_id ? [`in scenario ${scenario_id}`] : []),
      ...(proposal_id ? [`with proposal ${proposal_id}`] : []),
      ...(since ? [`after ${quoted(since, 80)}`] : []),
    ];
    return task(
      desk,
      `Follow the audit trail: what happened ${words.length > 0 ? words.join(', ') : 'lately'}? Tell it in order, each with event position, time, person, assistant and reason.`,
      [
        ...(proposal_id ? [['scenario.action.get', { proposal_id }, 'what was planned, its digest, its state'] as Step] : []),
        ['audit.events', { ...about, order: 'oldest', limit: 50 }, 'who did what, with which token or client, by which assistant, why'],
        ...(unit
          ? [['org.entity', { ...(scenario_id ? { scenario_id } : {}), id: unit }, 'what the thing is now, and its whole timeline'] as Step]
          : []),
      ],
      ['Say what the log does not tell; a reason is what somebody wrote, not what is proven.'],
    );
  },
};
