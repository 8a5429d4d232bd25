/**
 * The things of the engine and the fields of their timelines. This registry is the one place that names a field: change
 * schemas, the read model's columns, diffs and labels are derived from it. Names follow SAP OM and the W3C Organization Ontology.
 */
export const kinds = ['org_unit', 'position', 'actor', 'placement', 'compensation', 'assumption'] as const;
export type Kind = (typeof kinds)[number];

/** id: uuid; decimal: text without exponent (money, FTE, percent, rates); date: ISO; boolean; text; choice: one of `values`. */
export interface Field {
  readonly type: 'id' | 'text' | 'choice' | 'decimal' | 'date' | 'boolean';
  readonly references?: Kind;
  readonly values?: readonly string[];
  readonly label: string;
}

const id = (references: Kind, label: string): Field => ({ type: 'id', references, label });
const text = (label: string): Field => ({ type: 'text', label });
const decimal = (label: string): Field => ({ type: 'decimal', label });
const bool = (label: string): Field => ({ type: 'boolean', label });
const choice = (label: string, ...values: string[]): Field => ({ type: 'choice', values, label });

export const payBases = ['annual', 'daily', 'hourly'] as const;
export const employmentTypes = ['permanent', 'contractor'] as const;

export const fields = {
  org_unit: {
    name: text('name'),
    kind: choice('kind', 'company', 'division', 'department', 'team', 'system'),
    unit_type: text('type'),
    parent_id: id('org_unit', 'parent unit'),
    head_id: id('position', 'head'),
    code: text('code'),
    cost_centre: text('cost centre'),
    purpose: text('purpose'),
    status: choice('status', 'active', 'closed'),
    source_system: text('source system'),
    source_id: text('source id'),
  },
  position: {
    title: text('title'),
    unit_id: id('org_unit', 'unit'),
    /** explicit: `manager_id`; unit_head: the head of the nearest unit upward that is not the position itself; none: reports to nobody. */
    reporting: choice('reporting', 'explicit', 'unit_head', 'none'),
    manager_id: id('position', 'manager'),
    job_family: text('job family'),
    grade: text('grade'),
    location: text('location'),
    country: text('country'),
    capacity_fte: decimal('capacity FTE'),
    employment_type: choice('employment type', ...employmentTypes),
    pay_amount: decimal('target pay'),
    pay_basis: choice('pay basis', ...payBases),
    pay_currency: text('pay currency'),
    status: choice('status', 'planned', 'open', 'frozen', 'closed'),
    close_on_vacate: bool('close on vacate'),
    close_reason: choice('close reason', 'redundancy', 'exit', 'not_needed', 'duplicate'),
    predecessor_id: id('position', 'predecessor'),
    source_system: text('source system'),
    source_id: text('source id'),
  },
  actor: {
    kind: choice('kind', 'human', 'robot', 'ai_agent'),
    external_uid: text('external uid'),
    contract_fte: decimal('contract FTE'),
    employment_type: choice('employment type', ...employmentTypes),
    country: text('country'),
    status: choice('status', 'active', 'exited'),
    exit_reason: text('exit reason'),
    source_system: text('source system'),
    source_id: text('source id'),
  },
  placement: {
    actor_id: id('actor', 'actor'),
    unit_id: id('org_unit', 'unit'),
    position_id: id('position', 'position'),
    allocation: decimal('allocation %'),
    is_primary: bool('primary'),
    role: choice('role', 'lead', 'member'),
    status: choice('status', 'active', 'ended'),
    end_reason: text('end reason'),
    source_system: text('source system'),
    source_id: text('source id'),
  },
  compensation: {
    actor_id: id('actor', 'actor'),
    amount: decimal('amount'),
    basis: choice('basis', ...payBases),
    currency: text('currency'),
    status: choice('status', 'active', 'ended'),
  },
  assumption: {
    name: choice('name', 'on_cost_rate', 'fixed_on_cost', 'fx_rate', 'working_days', 'working_hours'),
    scope: choice('scope', 'tenant', 'unit', 'country', 'employment_type'),
    /** The unit id, ISO country or employment type of the scope; null for the tenant. For fx_rate: the foreign currency. */
    scope_ref: text('scope reference'),
    /** on_cost_rate: 0.28 is 28 %. fixed_on_cost: tenant currency per seat and year. fx_rate: tenant currency for one unit of the foreign one. */
    value: decimal('value'),
    status: choice('status', 'active', 'ended'),
  },
} as const satisfies Record<Kind, Record<string, Field>>;

/** Personal fields of an actor: kept apart in events (`personal`) and in the read model (`actor_personal`), see docs on privacy. */
export const personalFields = ['name', 'email', 'birth_date', 'gender'] as const;
export type PersonalField = (typeof personalFields)[number];

export type Value = string | boolean | null;
export type Values = Record<string, Value>;

/** The state that means "is there": what `status` says when a thing counts on a date. Closed, exited and ended things keep their rows. */
export const inForce: Record<Kind, readonly string[]> = {
  org_unit: ['active'],
  position: ['planned', 'open', 'frozen'],
  actor: ['active'],
  placement: ['active'],
  compensation: ['active'],
  assumption: ['active'],
};

const referenceFields = Object.fromEntries(
  kinds.map((kind): [Kind, [field: string, target: Kind][]] => [
    kind,
    Object.entries(fields[kind] as Record<string, Field>).flatMap(([name, f]): [string, Kind][] =>
      f.references ? [[name, f.references]] : [],
    ),
  ]),
) as unknown as Record<Kind, readonly (readonly [field: string, target: Kind])[]>;

/** The fields of a kind that refer to another thing, with the kind they refer to. */
export const references = (kind: Kind): readonly (readonly [field: string, target: Kind])[] => referenceFields[kind];
