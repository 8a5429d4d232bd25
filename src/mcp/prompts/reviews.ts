import { amongNames } from '../complete/names.ts';
import { completeScenarios, completeUnits } from '../complete/things.ts';
import type { Desk } from '../desk.ts';
import { guideText } from '../resources/guides.ts';
import { idIn, type Prompt, type PromptArgument, quoted, task } from './prompt.ts';
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

const focuses = ['structure', 'vacancies', 'cost', 'everything'];

/** What a scenario is called, as quoted data, with its id. */
export const scenarioWords = async (desk: Desk, scenario_id: string): Promise<string> => {
  const { name } = await desk.call('scenario.get', { scenario_id });
  return `scenario ${scenario_id}, called ${quoted(String(name))}`;
};

const unitWords = async (desk: Desk, unit_id: string): Promise<string> => {
  const { name } = await desk.call('org.entity', { id: unit_id, kind: 'org_unit' });
  return `unit ${unit_id}, called ${quoted(String(name))}, and what is below it`;
};

/** What a review is about: a branch, and a part of it. */
const subject = async (desk: Desk, scenario_id: string | undefined, unit_id: string | undefined): Promise<string> =>
  [
    scenario_id === undefined ? 'the baseline' : await scenarioWords(desk, scenario_id),
    ...(unit_id === undefined ? [] : [await unitWords(desk, unit_id)]),
  ].join('; there, ');

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
    const scenario_id = idIn(given, 'scenario_id');
    const guide = await desk.call('org.review.guide', { focus, ...(scenario_id ? { scenario_id } : {}) });
    const what = await subject(desk, scenario_id, undefined);
    return `Review ${what}. Follow this guide and report what stands out, most important first, each with its figure and citation.\n\n${guideText(desk, guide)}`;
  },
};

export const costReview: Prompt = {
  name: 'cost-review',
  title: 'Review cost',
  description: 'Reviews planned and actual cost: where it arises, how far they differ, what the figures leave out.',
  abilities: ['org-metrics.read', 'costs.read', 'org-units.read'],
  arguments: [inUnit, onScenario],
  text: async (desk, given) => {
    const [scenario_id, unit] = [idIn(given, 'scenario_id'), idIn(given, 'unit_id')];
    const on = scenario_id ? { scenario_id } : {};
    const below = unit ? { org_unit_id: unit } : {};
    return task(
      desk,
      `Review the cost of ${await subject(desk, scenario_id, unit)}. Say where it arises and where planned and actual part.`,
      [
        ['org.overview', on, 'planned and actual annualised cost of the whole, and the coverage of both'],
        ['cost.summary', { ...on, ...below, by: 'unit', subtree: true, limit: 20 }, 'where cost arises, budgets and variances'],
        ['cost.summary', { ...on, by: 'grade', limit: 20 }, 'which grades carry it'],
        ['position.list', { ...on, ...below, vacant: true, limit: 50 }, 'what vacant seats would cost if they were filled'],
        ['settings.get', {}, 'the currency, fiscal year, on-cost and rates that the figures rest on'],
      ],
    );
  },
};

export const spanAndLayersReview: Prompt = {
  name: 'span-and-layers-review',
  title: 'Review spans and layers',
  description: 'Reviews how many reports managers have and how many layers there are, and names the managers behind the extremes.',
  abilities: ['org-metrics.read', 'positions.read', 'org-units.read'],
  arguments: [inUnit, onScenario],
  text: async (desk, given) => {
    const [scenario_id, unit] = [idIn(given, 'scenario_id'), idIn(given, 'unit_id')];
    const on = scenario_id ? { scenario_id } : {};
    const below = unit ? { org_unit_id: unit } : {};
    return task(
      desk,
      `Review the spans and layers of ${await subject(desk, scenario_id, unit)}. Say what is unusual and for whom, not only averages.`,
      [
        ['org.metrics', on, 'the distribution of spans, manager share and layers, each with its formula'],
        ['org.metrics', { ...on, ...below, by_unit: true, subtree: true, limit: 20 }, 'which units differ from the whole'],
        ['org.tree', { ...on, ...below, depth: 3 }, 'deep branches and units with a single child'],
        [
          'position.list',
          { ...on, ...below, limit: 50 },
          'managers with one to three reports or more than twelve, and chains of single reports',
        ],
      ],
    );
  },
};
