import { z } from 'zod';
import type { ActionType, Outcome } from './actions/action.ts';
import { stepOf } from './actions/action.ts';
import { actionTypes } from './actions/index.ts';
import type { PlannedChange } from './changes.ts';
import { type Finding, finding, Refusal, refuse } from './codes.ts';
import type { ImpactDelta } from './impact.ts';
import { idsGivenIn } from './given-ids.ts';
import { issueWords } from './input-words.ts';
import { judge } from './judge.ts';
import { tellChanges } from './tell.ts';
import { World } from './working-set.ts';
import type { Decision, DecisionContext, Need } from './world.ts';

/** What a list of actions comes to: exactly what is reviewed, stored and applied. */
export interface Plan {
  /** The actions as given, with references resolved to ids and the ids of what they create written in: the same list plans the same ids. */
  actions: Record<string, unknown>[];
  changes: PlannedChange[];
  /** Warnings and approvals; what stops is thrown as a Refusal. */
  findings: Finding[];
  delta: ImpactDelta;
  /** Ids that the caller gave to what is created; those that were made are not among them. */
  givenIds: readonly string[];
}

/** The most actions one plan takes. */
export const maxActions = 1000;

const inputError = (index: number, path: readonly PropertyKey[], message: string): Finding =>
  finding(
    'INPUT_INVALID',
    `actions[${index}]${path.map((p) => (typeof p === 'number' ? `[${p}]` : `.${String(p)}`)).join('')}: ${message}`,
  );

/** Help for an action that was refused: where, its schema, an example. */
const help = (index: number, type: ActionType | undefined): Record<string, unknown> =>
  type
    ? {
        action: index,
        type: type.type,
        schema: z.toJSONSchema(type.schema, { io: 'input', unrepresentable: 'any' }),
        example: type.example,
      }
    : { action: index, types: [...actionTypes.keys()] };

const typeOf = (raw: unknown): ActionType | undefined =>
  actionTypes.get(String(typeof raw === 'object' && raw !== null ? (raw as { type?: unknown }).type : undefined));

/** Reads every action before anything is decided, so that all mistakes of form are told at once. */
const readAll = (actions: readonly unknown[]): void => {
  const findings: Finding[] = [];
  let details: Record<string, unknown> | undefined;
  actions.forEach((raw, index) => {
    const type = typeOf(raw);
    const read = type?.schema.safeParse(raw);
    if (read?.success) return;
    details ??= help(index, type);
    if (!read) findings.push(inputError(index, ['type'], 'no known action type'));
    else for (const issue of read.error.issues.slice(0, 5)) findings.push(inputError(index, issue.path, issueWords(issue, raw)));
  });
  if (findings.length > 0) throw new Refusal(findings.slice(0, 20), details ?? {});
};

/** Replaces "$ref" by the id it stands for wherever an id is expected. */
const resolve = (value: unknown, key: string, refs: ReadonlyMap<string, readonly string[]>): unknown => {
  if (Array.isArray(value)) return value.map((v) => resolve(v, key, refs));
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, resolve(v, k, refs)]));
  if (typeof value !== 'string' || !value.startsWith('$') || (key !== 'id' && !key.endsWith('_id'))) return value;
  const [name = '', nth = '1'] = value.slice(1).split('#');
  const id = refs.get(name)?.[Number(nth) - 1];
  if (id === undefined)
    throw refuse('REFERENCE_UNKNOWN', `no earlier action gives ${value}`, { wayOut: 'Give an earlier action of the list this ref.' });
  return id;
};

function* decideOne(
  world: World,
  raw: Record<string, unknown>,
  type: ActionType,
  refs: Map<string, readonly string[]>,
): Decision<Record<string, unknown>> {
  const resolved = resolve(raw, '', refs) as Record<string, unknown>;
  const input = type.schema.parse(resolved) as { effective_on?: string; later?: unknown; ref?: string };
  const step = stepOf(world, input);
  const outcome: Outcome = yield* type.decide(input, step);
  if (input.ref !== undefined) {
    if (refs.has(input.ref)) throw refuse('INPUT_INVALID', `the ref ${input.ref} is given twice`);
    refs.set(input.ref, outcome.ids ?? []);
  }
  const dated = 'effective_on' in type.schema.shape ? { effective_on: step.effective_on } : {};
  return { ...resolved, ...dated, ...(outcome.resolved ?? {}) };
}

/** The things that ids in the list name are loaded in one batch, so that many actions do not wait one by one. */
const named = (actions: readonly unknown[]): Need[] => {
  const needs: Need[] = [];
  for (const raw of actions as Record<string, unknown>[])
    for (const [key, value] of Object.entries(raw)) {
      if (typeof value !== 'string' || value.startsWith('$')) continue;
      if (/^(org_unit|new_parent|parent)_id$/.test(key)) needs.push({ need: 'thing', kind: 'org_unit', id: value });
      else if (/(^|_)position_id$/.test(key)) needs.push({ need: 'thing', kind: 'position', id: value });
      else if (key === 'actor_id') needs.push({ need: 'thing', kind: 'actor', id: value });
      else if (/(^|_)placement_id$/.test(key)) needs.push({ need: 'thing', kind: 'placement', id: value });
    }
  return needs;
};

/** Thrown and caught here: an action that was not tried because what it rests on failed. */
const skipped = new Error('skipped');

/**
 * Plans a list of actions, in order, each on top of the ones before; all or none. Throws a Refusal with everything that stops
 * it: INPUT_INVALID with schema and example, references, invariants, policies of level stop.
 */
export function* planActions(actions: readonly unknown[], ctx: DecisionContext): Decision<Plan> {
  if (actions.length === 0) throw refuse('INPUT_INVALID', 'actions is empty', {}, { types: [...actionTypes.keys()] });
  if (actions.length > maxActions) throw refuse('TOO_LARGE', `a plan takes at most ${maxActions} actions, this has ${actions.length}`);
  readAll(actions);
  const world = new World(ctx);
  yield* world.load(named(actions));
  yield* world.askUsed(idsGivenIn(actions as Record<string, unknown>[]));
  const refs = new Map<string, readonly string[]>();
  const lost = new Set<string>();
  const resolved: Record<string, unknown>[] = [];
  const stops: Finding[] = [];
  let details: Record<string, unknown> | undefined;
  for (const [index, action] of actions.entries()) {
    yield [];
    const raw = action as Record<string, unknown>;
    const type = typeOf(raw) as ActionType;
    // What rests on an action that failed is not told as a second mistake.
    const rests = JSON.stringify(raw)
      .match(/"\$[A-Za-z][A-Za-z0-9_-]*/g)
      ?.some((r) => lost.has(r.slice(2)));
    try {
      if (rests) throw skipped;
      resolved.push(yield* decideOne(world, raw, type, refs));
    } catch (error) {
      if (typeof raw.ref === 'string') lost.add(raw.ref);
      if (error === skipped) continue;
      if (!(error instanceof Refusal)) throw error;
      stops.push(...error.findings.map((f) => ({ ...f, message: `actions[${index}] ${type.type}: ${f.message}` })));
      details ??= { ...(error.code === 'INPUT_INVALID' ? help(index, type) : { action: index, type: type.type }), ...error.details };
    }
  }
  if (stops.length > 0) throw new Refusal(stops, details ?? {});
  const { findings, delta } = yield* judge(world);
  const stopping = findings.filter((f) => f.severity === 'stop');
  if (stopping.length > 0) throw new Refusal(stopping);
  yield* tellChanges(world);
  return { actions: resolved, changes: world.changes, findings, delta, givenIds: world.givenIds };
}

export { type Difference, type Recheck, recheck } from './recheck.ts';
