import { withActionTypes } from './action-types.ts';
import { hints, type ToolFace } from './tool.ts';

const scenario = '01996f3c-8a00-7000-8000-000000000001';
const proposal = '01996f3c-8a00-7000-8000-000000000002';
const digest = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
const thing = '01996f3c-8a00-7000-8000-000000000003';

/**
 * The tools of the canonical server, in the order they are listed. An operation without a face here is not offered over MCP.
 * Ids in examples are made up; nothing here comes from an organisation's data.
 */
export const faces: Readonly<Record<string, ToolFace>> = {
  'capability.list': {
    group: 'discovery',
    hints: hints.reads,
    example: {},
    useWhen: ['see what you may do here', 'find out where something is done that is not in MCP'],
  },
  'capability.explain': {
    group: 'discovery',
    hints: hints.reads,
    example: { name: 'org_unit.move' },
    useWhen: [
      'get the schema and an example of an action type before planning',
      'get the formula of a metric',
      'learn what an error code asks for',
    ],
  },
  'org.review.guide': {
    group: 'discovery',
    hints: hints.reads,
    example: { focus: 'structure' },
    useWhen: ['review or audit an organisation and want the steps'],
  },
  'scenario.review.guide': {
    group: 'discovery',
    hints: hints.reads,
    example: { scenario_id: scenario },
    useWhen: ['review what a scenario changes before it goes further'],
  },
  'org.overview': {
    group: 'organisation',
    hints: hints.reads,
    example: { effective_on: '2026-12-31' },
    useWhen: [
      'get headcount, seats, FTE, vacancies, layers and cost of the whole organisation',
      'check the effect of a scenario on the totals',
    ],
  },
  'org.search': {
    group: 'organisation',
    hints: hints.reads,
    example: { query: 'finance' },
    useWhen: ['find the id of a unit, position or actor from a word of its name, title or code'],
  },
  'org.tree': {
    group: 'organisation',
    hints: hints.reads,
    example: { depth: 2 },
    useWhen: ['see how units nest', 'see what lies below one unit'],
  },
  'org.entity': {
    group: 'organisation',
    hints: hints.reads,
    example: { id: thing },
    useWhen: ['read one unit, position, actor or placement whole, with its timeline'],
  },
  'position.list': {
    group: 'organisation',
    hints: hints.reads,
    example: { org_unit_id: thing, vacant: true, limit: 20 },
    useWhen: ['list seats of a unit, vacant seats or the reports of a manager'],
  },
  'placement.list': {
    group: 'organisation',
    hints: hints.reads,
    example: { org_unit_id: thing, limit: 20 },
    useWhen: ['see who sits where, with what allocation'],
  },
  'team.list': {
    group: 'organisation',
    hints: hints.reads,
    example: { org_unit_id: thing, limit: 10 },
    useWhen: ['see which teams there are, who leads them and who belongs to them', 'find the teams of one person or agent'],
  },
  'actor.list': {
    group: 'organisation',
    hints: hints.reads,
    example: { kind: 'human', unplaced: true, limit: 20 },
    useWhen: ['list people, contractors, robots or AI agents', 'find those without a placement'],
  },
  'cost.summary': {
    group: 'organisation',
    hints: hints.reads,
    example: { by: 'grade' },
    useWhen: ['see where planned and actual cost arise, and how far they differ', 'hold a budget against planned cost'],
  },
  'org.metrics': {
    group: 'organisation',
    hints: hints.reads,
    example: { by_unit: true, subtree: true, limit: 10 },
    useWhen: [
      'get a metric together with its formula',
      'compare units by headcount, FTE or vacancy rate',
      'check spans, layers or diversity',
    ],
  },
  'scenario.list': {
    group: 'scenarios',
    hints: hints.reads,
    example: {},
    useWhen: ['find the scenarios you can see and their state'],
  },
  'scenario.get': {
    group: 'scenarios',
    hints: hints.reads,
    example: { scenario_id: scenario },
    useWhen: ['read one scenario: owner, state, who sees it, what it is pinned to'],
  },
  'scenario.create': {
    group: 'scenarios',
    hints: hints.adds,
    example: { name: 'Merge two support teams', purpose: 'Fewer layers from January' },
    useWhen: ['start planning changes without touching the baseline'],
  },
  'scenario.compare': {
    group: 'scenarios',
    hints: hints.reads,
    example: { scenario_ids: [null, scenario] },
    useWhen: ['compare a scenario with the baseline or with another one'],
  },
  'scenario.action.plan': {
    group: 'governed actions',
    hints: hints.adds,
    example: {
      scenario_id: scenario,
      title: 'Rename a unit',
      reason: 'New name from January',
      actions: [{ type: 'org_unit.rename', org_unit_id: thing, name: 'Customer Support', effective_on: '2027-01-01' }],
    },
    useWhen: [
      'propose changes on a scenario and see their impact and findings; nothing is applied until the proposal is confirmed',
      'amend a proposal (`replaces`)',
    ],
    refineInput: withActionTypes,
  },
  'scenario.action.confirm': {
    group: 'governed actions',
    hints: hints.changesOnce,
    example: { proposal_id: proposal, digest },
    useWhen: ['apply a proposal to its scenario after a person has agreed to exactly this digest'],
  },
  'scenario.action.withdraw': {
    group: 'governed actions',
    hints: hints.changesOnce,
    example: { proposal_id: proposal },
    useWhen: ['take back a proposal that is not to be confirmed'],
  },
  'scenario.action.list': {
    group: 'governed actions',
    hints: hints.reads,
    example: { scenario_id: scenario },
    useWhen: ['see which proposals wait, also for you as the second person', 'see what was confirmed, withdrawn, replaced or has expired'],
  },
  'scenario.action.get': {
    group: 'governed actions',
    hints: hints.reads,
    example: { proposal_id: proposal },
    useWhen: ['read a proposal whole before confirming it: changes with before and after, impact, findings, digest'],
  },
  'audit.events': {
    group: 'audit',
    hints: hints.reads,
    example: { after: 'snapshot:Before the merger', limit: 20 },
    useWhen: [
      'see what happened, when, by whom, through which assistant and token, and why',
      'see what changed since a time, an event position or a snapshot',
      'see the history of one thing',
    ],
  },
  'settings.get': {
    group: 'workplace',
    hints: hints.reads,
    example: { effective_on: '2027-01-01' },
    useWhen: ['learn the currency, fiscal year, policies, on-cost or exchange rates that figures rest on'],
  },
  'status.get': {
    group: 'workplace',
    hints: hints.reads,
    example: {},
    useWhen: ['check that answers are up to date', 'find out why a change does not show yet'],
  },
};
