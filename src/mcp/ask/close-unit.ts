import { inputRequired } from '@modelcontextprotocol/server';
import { Refusal } from '../../domain/codes.ts';
import { type Asking, asLabel, type InputRequired, type Read } from './asking.ts';

/**
 * `org_unit.close` without a mode: what becomes of what is in the unit? An assistant may answer that as well as a person, since it
 * only completes a plan that somebody reviews and confirms, so a form is a safe place to ask.
 */

type Action = Record<string, unknown>;
interface Request {
  scenario_id?: unknown;
  actions: Action[];
}

/** At most so many units are asked about at once, and so many units offered to take over the contents of each. */
const QUESTIONS = 5;
const TAKERS = 10;

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);
const keyOf = (index: number): string => `close_${index}`;

const requestIn = (args: unknown): Request | undefined =>
  isRecord(args) && Array.isArray(args.actions) && args.actions.every(isRecord) ? (args as unknown as Request) : undefined;

/** The actions that close a unit and do not say how, by their place in the plan. */
const undecided = (actions: readonly Action[]): [number, Action][] =>
  [...actions.entries()].filter(
    ([, a]) => a.type === 'org_unit.close' && a.mode === undefined && a.new_parent_id === undefined && uuid.test(String(a.org_unit_id)),
  );

/** What the form says: "cascade", or "reparent:" and the unit that takes over. Anything else is as if nothing had been said. */
const chosen = (response: unknown): Action | undefined => {
  if (!isRecord(response) || response.action !== 'accept' || !isRecord(response.content)) return undefined;
  const choice = String(response.content.contents);
  if (choice === 'cascade') return { mode: 'cascade' };
  const to = choice.startsWith('reparent:') ? choice.slice('reparent:'.length) : '';
  return uuid.test(to) ? { mode: 'reparent', new_parent_id: to } : undefined;
};

/** The arguments of a plan, completed by what was answered. */
export const withCloseModes = (args: unknown, { responses }: Asking): unknown => {
  const request = requestIn(args);
  if (!request || !responses) return args;
  const open = new Set(undecided(request.actions).map(([i]) => i));
  return { ...request, actions: request.actions.map((a, i) => (open.has(i) ? { ...a, ...chosen(responses[keyOf(i)]) } : a)) };
};

const question = async (action: Action, scenario_id: unknown, read: Read) => {
  const on = {
    ...(typeof scenario_id === 'string' ? { scenario_id } : {}),
    ...(typeof action.effective_on === 'string' ? { effective_on: action.effective_on } : {}),
  };
  const unit = await read('org.entity', { ...on, id: action.org_unit_id, kind: 'org_unit' });
  const parent = isRecord(unit.values) ? unit.values.parent_id : undefined;
  if (typeof parent !== 'string') return undefined;
  const tree = await read('org.tree', { ...on, org_unit_id: parent, depth: 2, limit: TAKERS + 2 });
  const [top] = tree.nodes as { id: string; name: string; children: { id: string; name: string }[] }[];
  if (!top) return undefined;
  const takers = [top, ...top.children].filter((u) => u.id !== action.org_unit_id).slice(0, TAKERS);
  return inputRequired.elicit({
    message: `What becomes of the units, positions and placements in "${asLabel(unit.name)}" when it closes?`,
    requestedSchema: {
      type: 'object',
      properties: {
        contents: {
          type: 'string',
          title: 'What is in the unit',
          enum: [...takers.map((u) => `reparent:${u.id}`), 'cascade'],
          enumNames: [...takers.map((u) => `Moves to ${asLabel(u.name)}`), 'Closes with it: positions close, placements end'],
        },
      },
      required: ['contents'],
    },
  });
};

/** The form that completes a refused plan, or undefined where the refusal has another cause, or was answered already. */
export const askCloseModes = async (args: unknown, error: unknown, asking: Asking, read: Read): Promise<InputRequired | undefined> => {
  const request = requestIn(args);
  if (!asking.form || !request || !(error instanceof Refusal) || error.code !== 'CLOSE_UNIT') return undefined;
  const open = undecided(request.actions).filter(([i]) => asking.responses?.[keyOf(i)] === undefined);
  const asked = await Promise.all(
    open.slice(0, QUESTIONS).map(async ([i, action]) => [keyOf(i), await question(action, request.scenario_id, read)] as const),
    // Who may not read the tree cannot be shown a choice: the refusal says in words what is missing.
  ).catch((cause: unknown) => {
    if (cause instanceof Refusal) return [];
    throw cause;
  });
  const inputRequests = Object.fromEntries(asked.flatMap(([key, q]) => (q ? [[key, q]] : [])));
  return Object.keys(inputRequests).length > 0 ? inputRequired({ inputRequests }) : undefined;
};
