import { amongNames } from '../complete/names.ts';
import { completeScenarios, completeUnits } from '../complete/things.ts';
import { guideText } from '../resources/guides.ts';
import { type Prompt, type PromptArgument, quoted, type Scope, scopeOf, task } from './prompt.ts';
import { refuse } from '../../domain/codes.ts';

const onScenario: PromptArgument = {
  name: 'scenario_id',
  title: 'Scenario',
  description: 'Review this scenario instead of the baseline.',
  complete: completeScenarios,
};

const inUnit: PromptArgument = {
  name: 'unit_id',
  title: 'Unit',
  description: 'Look at this unit and what is below it; the whole organisation when left out.',
  complete: completeUnits,
};

/** A unit and what is below it, as lists of seats want it said. */
const seatsBelow = (below: Scope['below']) => ({ ...below, ...(below.org_unit_id === undefined ? {} : { subtree: true }) });

const focuses = ['structure', 'vacancies', 'cost', 'everything'];

export const orgReview: Prompt = {
  name: 'org-review',
  title: 'Review the organisation',
  description: 'Reviews structure, vacancies and cost of the organisation and reports what stands out, with figures that can be cited.',
  abilities: ['org-units.read'],
  arguments: [
    {
      name: 'focus',
      title: 'Focus',
      description: 'structure, vacancies, cost or everything.',
      complete: amongNames(() => focuses),
    },
    onScenario,
  ],
  text: async (desk, given) => {
    const focus = given.focus?.trim().toLowerCase() ?? 'everything';
    if (!focuses.includes(focus))
      throw refuse('INPUT_INVALID', `there is no focus ${quoted(focus, 40)}`, { wayOut: `Choose ${focuses.join(', ')}.` });
    const { words, on } = await scopeOf(desk, given);
    const guide = await desk.call('org.review.guide', { focus, ...on });
    return `Review ${words}. Follow this guide and report what stands out, most important first, each with its figure and citation.\n\n${guideText(desk, guide)}`;
  },
};

export const costReview: Prompt = {
  name: 'cost-review',
  title: 'Review cost',
  description: 'Reviews planned and actual cost: where it arises, how far they differ, what the figures leave out.',
  abilities: ['org-metrics.read', 'costs.read', 'org-units.read'],
  arguments: [inUnit, onScenario],
  text: async (desk, given) => {
    const { words, on, below } = await scopeOf(desk, given);
    return task(desk, `Review the cost of ${words}. Say where it arises and where planned and actual part.`, [
      ['org.overview', on, 'planned and actual annualised cost of the whole, and the coverage of both'],
      ['cost.summary', { ...on, ...below, by: 'unit', subtree: true, limit: 20 }, 'where cost arises, budgets and variances'],
      ['cost.summary', { ...on, by: 'grade', limit: 20 }, 'which grades carry the cost of the whole organisation'],
      ['position.list', { ...on, ...seatsBelow(below), vacant: true, limit: 50 }, 'what vacant seats would cost if they were filled'],
      ['settings.get', {}, 'the currency, fiscal year, on-cost and rates that the figures rest on'],
    ]);
  },
};

export const spanAndLayersReview: Prompt = {
  name: 'span-and-layers-review',
  title: 'Review spans and layers',
  description: 'Reviews how many reports managers have and how many layers there are, and names the managers behind the extremes.',
  abilities: ['org-metrics.read', 'positions.read', 'org-units.read'],
  arguments: [inUnit, onScenario],
  text: async (desk, given) => {
    const { words, on, below } = await scopeOf(desk, given);
    return task(desk, `Review the spans and layers of ${words}. Say what is unusual and for whom, not only averages.`, [
      ['org.metrics', on, 'the distribution of spans, manager share and layers, each with its formula'],
      ['org.metrics', { ...on, ...below, by_unit: true, subtree: true, limit: 20 }, 'which units differ from the whole'],
      ['org.tree', { ...on, ...below, depth: 3 }, 'deep branches and units with a single child'],
      [
        'position.list',
        { ...on, ...seatsBelow(below), limit: 50 },
        'whom each seat reports to: count the rows by manager_position_id, over all pages, for managers with one to three reports or more than twelve and for chains of single reports',
      ],
    ]);
  },
};
