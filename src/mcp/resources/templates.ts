import { actionTypes } from '../../domain/actions/index.ts';
import type { Ability } from '../../domain/abilities.ts';
import { metrics } from '../../domain/metrics.ts';
import { completeActions, completeEvents, completeGuides, completeMetrics, type Completer } from '../complete/names.ts';
import { completeProposals, completeScenarios, completeUnits } from '../complete/things.ts';
import type { Desk } from '../desk.ts';
import { guides } from './guides.ts';

/** A resource's content. */
export interface Content {
  mimeType: 'application/json' | 'text/markdown';
  text: string;
}

/** A kind of resource. Reading one calls a tool and adds nothing to what the tool says or may say. */
export interface Template {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly uriTemplate: string;
  readonly variable: string;
  readonly mimeType: Content['mimeType'];
  readonly abilities: readonly Ability[];
  /** How long a client may keep what it read, in ms: long where the same address says the same for good. */
  readonly ttlMs: number;
  readonly complete: Completer;
  /** The content, or undefined where there is no such thing. Refusals pass through. */
  read(desk: Desk, value: string): Promise<Content | undefined>;
}

/** The widest content, in characters (about 10,000 tokens). */
export const CONTENT_LIMIT = 40_000;

const HOUR_MS = 3_600_000;
const json = (value: unknown): Content => ({ mimeType: 'application/json', text: JSON.stringify(value) });

/** The first of these calls whose answer fits; the last one as it is. */
const fitting = async (desk: Desk, tool: string, attempts: Record<string, unknown>[]): Promise<Content> => {
  let last = json({});
  for (const args of attempts) {
    last = json(await desk.call(tool, args));
    if (last.text.length <= CONTENT_LIMIT) return last;
  }
  return last;
};

/** Every kind of resource, in the order they are listed. */
export const templates: readonly Template[] = [
  {
    name: 'guide',
    title: 'Guide',
    description: 'How something is done with the tools of this server, step by step.',
    uriTemplate: 'orgonaut://guide/{name}',
    variable: 'name',
    mimeType: 'text/markdown',
    abilities: [],
    ttlMs: HOUR_MS,
    complete: completeGuides,
    read: async (desk, name) => {
      const guide = guides.find((g) => g.name === name);
      if (!guide) return undefined;
      desk.need(guide.abilities);
      return { mimeType: 'text/markdown', text: await guide.markdown(desk) };
    },
  },
  {
    name: 'metric',
    title: 'Metric',
    description: 'What a metric counts: its formula, its unit, what it leaves out.',
    uriTemplate: 'orgonaut://metric/{name}',
    variable: 'name',
    mimeType: 'application/json',
    abilities: [],
    ttlMs: HOUR_MS,
    complete: completeMetrics,
    read: async (desk, name) => (Object.hasOwn(metrics, name) ? json(await desk.call('capability.explain', { name })) : undefined),
  },
  {
    name: 'action',
    title: 'Action type',
    description: 'What an action of a plan does, its schema and an example.',
    uriTemplate: 'orgonaut://action/{type}',
    variable: 'type',
    mimeType: 'application/json',
    abilities: [],
    ttlMs: HOUR_MS,
    complete: completeActions,
    read: async (desk, type) => (actionTypes.has(type) ? json(await desk.call('capability.explain', { name: type })) : undefined),
  },
  {
    name: 'scenario',
    title: 'Scenario',
    description: 'One scenario as it stands now: state, pin, counts, the proposals that wait.',
    uriTemplate: 'orgonaut://scenario/{id}',
    variable: 'id',
    mimeType: 'application/json',
    abilities: ['scenarios.read'],
    ttlMs: 0,
    complete: completeScenarios,
    read: (desk, id) => fitting(desk, 'scenario.get', [{ scenario_id: id }]),
  },
  {
    name: 'proposal',
    title: 'Proposal',
    description: 'One proposal as it stands now: changes with before and after, impact, findings, digest. Long ones are cut and say so.',
    uriTemplate: 'orgonaut://proposal/{id}',
    variable: 'id',
    mimeType: 'application/json',
    abilities: ['scenarios.read'],
    ttlMs: 0,
    complete: completeProposals,
    read: (desk, id) =>
      fitting(
        desk,
        'scenario.action.get',
        [40, 10, 1].map((limit) => ({ proposal_id: id, limit })),
      ),
  },
  {
    name: 'unit',
    title: 'Unit',
    description: 'One unit of the baseline as it is today, with its timeline and what belongs to it.',
    uriTemplate: 'orgonaut://unit/{id}',
    variable: 'id',
    mimeType: 'application/json',
    abilities: ['org-units.read'],
    ttlMs: 0,
    complete: completeUnits,
    read: (desk, id) => fitting(desk, 'org.entity', [{ id, kind: 'org_unit' }]),
  },
  {
    name: 'event',
    title: 'Event',
    description: 'What happened at one position of the log: who, with what, why, and the changes in words.',
    uriTemplate: 'orgonaut://event/{position}',
    variable: 'position',
    mimeType: 'application/json',
    abilities: ['audit.read'],
    ttlMs: HOUR_MS,
    complete: completeEvents,
    read: async (desk, position) => {
      if (!/^[1-9]\d{0,14}$/.test(position)) return undefined;
      const at = { from_position: Number(position), to_position: Number(position), limit: 1 };
      for (const sentences of [100, 25, 0]) {
        const [event] = (await desk.call('audit.events', { ...at, sentences })).events as unknown[];
        if (event === undefined) return undefined;
        const content = json(event);
        if (content.text.length <= CONTENT_LIMIT || sentences === 0) return content;
      }
      return undefined;
    },
  },
];
