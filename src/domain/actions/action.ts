import { z } from 'zod';
import type { Ability } from '../abilities.ts';
import { type Change, type ChangeName, change, dateText, type PlannedChange } from '../changes.ts';
import { type Code, type Finding, Refusal, refuse } from '../codes.ts';
import type { IsoDate } from '../dates.ts';
import type { Kind, Values } from '../entities.ts';
import { idUsed } from '../given-ids.ts';
import { lineText } from '../text.ts';
import type { World } from '../working-set.ts';
import type { Decision, DecisionContext } from '../world.ts';

/** What an action works with: the world so far, its own dates, and ways to plan changes. */
export interface Step {
  readonly world: World;
  readonly ctx: DecisionContext;
  readonly effective_on: IsoDate;
  readonly replaceLater: boolean;
  /** Plans a change from the action's date, with its `later: "replace"`, or from another date (`on`), without. Undefined when nothing would change. */
  set(type: ChangeName, id: string, values?: Values, more?: Partial<Change> & { on?: IsoDate }): PlannedChange | undefined;
  warn(finding: Finding): void;
}

/** What an action says back: the ids its `ref` stands for, and what its resolved form carries beyond what was given. */
export interface Outcome {
  ids?: string[];
  resolved?: Record<string, unknown>;
}

/** One action of the vocabulary. `schema` is what is accepted, `doc` and `example` what capability.explain prints. */
export interface ActionType<S extends z.ZodObject = z.ZodObject> {
  readonly type: string;
  readonly title: string;
  readonly doc: string;
  readonly schema: S;
  readonly example: Record<string, unknown>;
  /** The read abilities of the things it names; planning needs `ai.scenarios.draft` besides. */
  readonly abilities: readonly Ability[];
  decide(input: z.output<S>, step: Step): Decision<Outcome>;
}

/** Gives an action its types; widened so that a registry can hold it. */
export const action = <S extends z.ZodObject>(definition: ActionType<S>): ActionType => definition as unknown as ActionType;

const uuidText = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}';
/** The id of a thing, or "$ref" ("$ref#2" for the second of several) of what an earlier action of the list creates. */
export const idOrRef = z
  .string()
  .regex(
    new RegExp(`^(${uuidText}|\\$[A-Za-z][A-Za-z0-9_-]{0,59}(#[1-9][0-9]{0,3})?)$`),
    'a lower-case uuid, or "$ref" of an earlier action',
  )
  .describe('id of the thing, or "$ref" of what an earlier action of this list creates');
/** A new id, chosen by the caller; made by the engine when it is left out. */
export const newIdText = z
  .string()
  .regex(new RegExp(`^${uuidText}$`), 'a lower-case uuid')
  .optional()
  .describe('id to give to the new thing; made when left out');
export const nameText = lineText(200);
export const shortText = lineText(200).nullable().optional();

/** A decimal number as text, or as a JSON number of at most 15 digits; becomes text, zero without a sign. */
export const decimalInput = z
  .union([
    z.string().regex(/^-?\d{1,24}(\.\d{1,12})?$/, 'a decimal as text, without exponent'),
    z.number().refine((n) => /^-?\d{1,15}(\.\d{1,12})?$/.test(String(n)), 'a plain decimal'),
  ])
  .transform((n) => String(n).replace(/^-(?=[0.]*$)/, ''));

/** What every action takes. */
export const common = <T extends string>(type: T) => ({
  type: z.literal(type),
  effective_on: dateText.optional().describe('first day the new state holds; today when left out'),
  ref: z
    .string()
    .regex(/^[A-Za-z][A-Za-z0-9_-]{0,59}$/)
    .optional()
    .describe('a name by which later actions of the list say "$name"'),
});
export const replaceLater = {
  later: z.literal('replace').optional().describe('also drops later-dated values recorded before for the fields this sets'),
};

/** The thing an action names, with its values on the date, closed or not. Refuses one that is unknown (REFERENCE_UNKNOWN) or not yet there (`as`). */
export function* targetInAnyState(step: Step, kind: Kind, id: string, as: Code = 'DATE_ORDER'): Decision<Values> {
  const date = step.effective_on;
  yield* step.world.load([{ need: 'thing', kind, id }]);
  const versions = step.world.versions('after', kind, id);
  const first = versions[0];
  if (!first) throw refuse('REFERENCE_UNKNOWN', `there is no ${kind} ${id}`, { ids: [id] });
  if (date < first.effective_from)
    throw refuse(as, `${kind} ${step.world.name(kind, id, date)} is there from ${first.effective_from} on, not on ${date}`, {
      ids: [id],
      dates: [date],
      wayOut: `Choose an effective date from ${first.effective_from} on, or another ${kind}.`,
    });
  return step.world.on('after', kind, id, date) ?? first.values;
}

/**
 * The thing an action names, with its values on the date. Refuses one that is unknown (REFERENCE_UNKNOWN), not yet there
 * (DATE_ORDER) or closed (CLOSED_TARGET); a thing named only to be referred to gives the reference's own code as `as`.
 */
export function* target(step: Step, kind: Kind, id: string, as?: Code): Decision<Values> {
  const date = step.effective_on;
  const values = yield* targetInAnyState(step, kind, id, as);
  if (step.world.active('after', kind, id, date)) return values;
  // A placement and a pay are called by their actor.
  if (typeof values.actor_id === 'string') yield* step.world.load([{ need: 'thing', kind: 'actor', id: values.actor_id }]);
  throw refuse(as ?? 'CLOSED_TARGET', `${kind} ${step.world.name(kind, id, date)} is ${values.status} on ${date}`, {
    ids: [id],
    dates: [date],
    ...(as === undefined && kind !== 'position' && kind !== 'org_unit'
      ? { wayOut: `Choose another ${kind}, or an effective date before it is ${values.status}.` }
      : {}),
  });
}

/** Like `target`, but undefined for one that is there and closed already: closing it again changes nothing. */
export function* closingTarget(step: Step, kind: Kind, id: string): Decision<Values | undefined> {
  yield* step.world.load([{ need: 'thing', kind, id }]);
  const on = step.world.on('after', kind, id, step.effective_on);
  if (on && !step.world.active('after', kind, id, step.effective_on)) return undefined;
  return yield* target(step, kind, id);
}

/**
 * The id of a new thing: the one given, or the next of the decision. Refuses (ID_UNIQUE) one that was ever given to a thing of
 * any kind, in whatever scenario and also where it was taken back, or that an earlier action of the list gives.
 */
export function* freshId({ world, ctx }: Step, given: string | undefined): Decision<string> {
  if (given === undefined) return ctx.newId();
  yield* world.askUsed([given]);
  if (world.wasUsed(given) || world.touchesId(given)) throw new Refusal([idUsed(given)]);
  world.givenIds.push(given);
  return given;
}

/** Drops what was not given, so that a change sets only what it says. */
export const given = (values: Record<string, Values[string] | undefined>): Values =>
  Object.fromEntries(Object.entries(values).filter((e): e is [string, Values[string]] => e[1] !== undefined));

/** Ids of things in force on the date that refer to `id` by `field` then. They must be loaded. */
export const referringOn = (world: World, kind: Kind, field: string, id: string, date: IsoDate): string[] =>
  world.referrers(kind, field, id).filter((r) => world.active('after', kind, r, date)?.[field] === id);

/**
 * With `later: "replace"`: what begins to refer to `from` after the action's date refers to `to` instead, from the date of its
 * arrival on. (Without it such things are left, and named by the invariants of closing.)
 */
export const redirectArrivals = (step: Step, kind: Kind, field: string, from: string, to: (id: string) => [ChangeName, Values]): void => {
  if (!step.replaceLater) return;
  for (const id of step.world.referrers(kind, field, from))
    for (const v of step.world.versions('after', kind, id)) {
      if (v.effective_from <= step.effective_on || step.world.active('after', kind, id, v.effective_from)?.[field] !== from) continue;
      const [type, values] = to(id);
      step.set(type, id, values, { on: v.effective_from });
    }
};

/** The step of one action: its date is today where it names none. */
export const stepOf = (world: World, input: { effective_on?: string | undefined; later?: unknown }): Step => {
  const effective_on = input.effective_on ?? world.ctx.today;
  const replace = input.later === 'replace';
  return {
    world,
    ctx: world.ctx,
    effective_on,
    replaceLater: replace,
    set: (type, id, values = {}, { on, ...more } = {}) =>
      world.apply(
        change(type, id, on ?? effective_on, values, { ...more, ...(replace && on === undefined ? { replace_later: true as const } : {}) }),
      ),
    warn: (f) => void world.warnings.push(f),
  };
};
