import { z } from 'zod';
import { isDate } from './dates.ts';
import { type Field, fields, type Kind, personalFields, type Values } from './entities.ts';

/**
 * Changes are the facts of the log: each says which thing, from which date, and which fields now hold which values.
 * A type has one meaning: `*Updated` says that fields of a thing changed (imports, and actions that change just that), the others say
 * what was decided. What a type may set is listed here and nowhere else.
 */
interface ChangeType {
  readonly kind: Kind;
  /** The version of the type's schema that is written now; older ones are lifted by `upcast`. */
  readonly version: number;
  readonly required: readonly string[];
  readonly optional: readonly string[];
  /** Values the type always sets. */
  readonly fixed?: Values;
}

const all = (kind: Kind, ...but: string[]) => Object.keys(fields[kind]).filter((f) => !but.includes(f));
const type = (kind: Kind, required: string[], optional: string[] = [], fixed?: Values, version = 1): ChangeType => ({
  kind,
  version,
  required,
  optional: optional.filter((f) => !required.includes(f)),
  ...(fixed ? { fixed } : {}),
});

export const changeTypes = {
  OrgUnitCreated: type('org_unit', ['name', 'kind', 'parent_id', 'status'], all('org_unit'), { status: 'active' }),
  OrgUnitUpdated: type(
    'org_unit',
    [],
    ['name', 'code', 'cost_centre', 'purpose', 'kind', 'unit_type', 'parent_id', 'head_id', 'status', 'source_id'],
  ),
  OrgUnitRenamed: type('org_unit', ['name']),
  OrgUnitMoved: type('org_unit', ['parent_id']),
  OrgUnitHeadSet: type('org_unit', ['head_id']),
  OrgUnitReclassified: type('org_unit', [], ['kind', 'unit_type']),
  OrgUnitCostCentreSet: type('org_unit', ['cost_centre']),
  OrgUnitClosed: type('org_unit', ['status'], [], { status: 'closed' }),
  OrgUnitReopened: type('org_unit', ['status'], [], { status: 'active' }),
  PositionCreated: type('position', ['title', 'unit_id', 'status', 'reporting'], all('position')),
  PositionUpdated: type('position', [], all('position', 'close_reason')),
  PositionPaySet: type('position', ['pay_amount', 'pay_basis', 'pay_currency']),
  PositionMoved: type('position', ['unit_id']),
  PositionManagerSet: type('position', ['reporting', 'manager_id']),
  PositionFrozen: type('position', ['status'], [], { status: 'frozen' }),
  /** `status` is what it was before it was frozen: planned or open. */
  PositionUnfrozen: type('position', ['status']),
  PositionClosed: type('position', ['status', 'close_reason'], [], { status: 'closed' }, 2),
  PositionReopened: type('position', ['status', 'close_reason']),
  /** Lets a seat that was backfilled close with its last holder. */
  PositionClosingOnVacate: type('position', ['close_on_vacate']),
  ActorAdded: type('actor', ['kind', 'external_uid', 'contract_fte', 'status'], all('actor'), { status: 'active' }),
  ActorUpdated: type('actor', [], all('actor', 'status', 'exit_reason')),
  ActorExited: type('actor', ['status'], ['exit_reason'], { status: 'exited' }),
  PlacementStarted: type(
    'placement',
    ['actor_id', 'unit_id', 'position_id', 'allocation', 'is_primary', 'role', 'status'],
    all('placement'),
    { status: 'active' },
  ),
  PlacementUpdated: type('placement', [], all('placement', 'actor_id', 'status', 'end_reason')),
  PlacementTransferred: type('placement', ['unit_id', 'position_id']),
  PlacementAllocationChanged: type('placement', ['allocation']),
  PlacementPrimarySet: type('placement', ['is_primary']),
  PlacementEnded: type('placement', ['status'], ['end_reason'], { status: 'ended' }),
  CompensationSet: type('compensation', ['actor_id', 'amount', 'basis', 'currency', 'status'], [], { status: 'active' }),
  CompensationEnded: type('compensation', ['status'], [], { status: 'ended' }),
  AssumptionSet: type('assumption', ['name', 'scope', 'scope_ref', 'value', 'status'], [], { status: 'active' }),
  /** Takes recorded changes of this branch out of force from this position on; writes no values. */
  ChangesReverted: type('org_unit', []),
} as const satisfies Record<string, ChangeType>;

export type ChangeName = keyof typeof changeTypes;
export const changeNames = Object.keys(changeTypes) as ChangeName[];

/**
 * One change. `id` is the thing's uuid; `set` holds only the fields it sets; `personal` the personal fields of an actor
 * (kept apart so that they can be erased). `line` is the line of an imported file, counted from 1 with the header.
 */
export interface Change {
  type: ChangeName;
  v: number;
  id: string;
  effective_from: string;
  set: Values;
  personal?: Partial<Record<(typeof personalFields)[number], string | null>>;
  replace_later?: true;
  /** ChangesReverted only: the changes taken out of force, by place in the log, with the thing each belongs to. */
  reverts?: { kind: Kind; id: string; position: number; index: number }[];
  line?: number;
}

/** A change with the values it replaced and those it leaves, field by field, on its effective date. */
export interface PlannedChange extends Change {
  kind: Kind;
  before: Values;
  after: Values;
  /** One plain sentence, built from names at planning time. */
  sentence: string;
}

const decimalText = z.string().regex(/^-?\d{1,24}(\.\d{1,12})?$/, 'a decimal as text, without exponent');
export const dateText = z.string().refine(isDate, 'a date as YYYY-MM-DD');
export const uuid = z.string().regex(/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/, 'a lower-case uuid');

const schemaOf = (field: Field): z.ZodType<string | boolean | null> => {
  switch (field.type) {
    case 'id':
      return uuid.nullable();
    case 'decimal':
      return decimalText.nullable();
    case 'date':
      return dateText.nullable();
    case 'boolean':
      return z.boolean().nullable();
    case 'choice':
      return z.enum(field.values as [string, ...string[]]).nullable();
    case 'text':
      return z.string().max(2000).nullable();
    default:
      return field.type satisfies never;
  }
};

const setSchema = (name: ChangeName): z.ZodType<Values> => {
  const t: ChangeType = changeTypes[name];
  const known = fields[t.kind] as Record<string, Field>;
  const shape: Record<string, z.ZodType> = {};
  for (const f of t.required) shape[f] = t.fixed?.[f] === undefined ? schemaOf(known[f] as Field) : z.literal(t.fixed[f] as string);
  for (const f of t.optional) shape[f] = schemaOf(known[f] as Field).optional();
  return z.strictObject(shape) as unknown as z.ZodType<Values>;
};

const personalSchema = z.strictObject(Object.fromEntries(personalFields.map((f) => [f, z.string().max(500).nullable().optional()])));

const schemas = new Map(
  changeNames.map((name) => [
    name,
    z.strictObject({
      type: z.literal(name),
      v: z.literal(changeTypes[name].version),
      id: uuid,
      effective_from: dateText,
      set: setSchema(name),
      personal: (changeTypes[name].kind === 'actor' ? personalSchema : z.never()).optional(),
      replace_later: z.literal(true).optional(),
      reverts:
        name === 'ChangesReverted'
          ? z
              .array(
                z.strictObject({
                  kind: z.enum(['org_unit', 'position', 'actor', 'placement', 'compensation', 'assumption']),
                  id: uuid,
                  position: z.int(),
                  index: z.int(),
                }),
              )
              .min(1)
          : z.never().optional(),
      line: z.int().optional(),
    }),
  ]),
);

type Stored = { type: string; v: number; set: Values } & Record<string, unknown>;

/** Lifts one older schema version by one step. PositionClosed 1 named the reason `reason` and let it be missing. */
const upcasters: Record<string, (old: Stored) => Stored> = {
  'PositionClosed/1': (old) => {
    const { reason, ...rest } = old.set;
    return { ...old, v: 2, set: { ...rest, close_reason: reason ?? 'not_needed' } };
  },
};

/** Brings a stored change to the schema written now. Changes of the current version come back as they are. */
export const upcast = (stored: Stored): Stored => {
  let change = stored;
  for (let step = upcasters[`${change.type}/${change.v}`]; step; step = upcasters[`${change.type}/${change.v}`]) change = step(change);
  return change;
};

/** Reads a change from the log: lifts old versions, then checks the schema. Throws a ZodError on what is no change. */
export const readChange = (stored: unknown): Change => {
  const lifted = upcast(stored as Stored);
  const schema = schemas.get(lifted.type as ChangeName);
  if (!schema) throw new TypeError(`unknown change type ${String(lifted.type)}`);
  return schema.parse(lifted) as Change;
};

/** The kind of thing a change is about. */
export const kindOf = (change: { type: ChangeName }): Kind => changeTypes[change.type].kind;

/** Builds a change of the current version; fixed values need not be given. */
export const change = (type: ChangeName, id: string, effective_from: string, set: Values = {}, more: Partial<Change> = {}): Change => ({
  type,
  v: changeTypes[type].version,
  id,
  effective_from,
  set: { ...set, ...((changeTypes[type] as ChangeType).fixed ?? {}) },
  ...more,
});
