import type { ChangeName } from '../domain/changes.ts';
import type { IsoDate } from '../domain/dates.ts';
import { type Field, fields, type Kind, type Value, type Values } from '../domain/entities.ts';

/** A decimal as it is compared: without zeros that mean nothing. */
const trimmed = (text: string): string => (text.includes('.') ? text.replace(/\.?0+$/, '') : text);

export const sameValue = (kind: Kind, field: string, a: Value, b: Value): boolean => {
  if (a === b) return true;
  if (a === null || b === null) return false;
  return (fields[kind] as Record<string, Field>)[field]?.type === 'decimal' && trimmed(String(a)) === trimmed(String(b));
};

/** The fields that have a value. */
export const given = (values: Values): Values => {
  const out: Values = {};
  for (const field in values) {
    const value = values[field];
    if (value !== null && value !== undefined) out[field] = value;
  }
  return out;
};

/** The change that makes a thing of a kind. */
export const making: Record<Kind, ChangeName> = {
  org_unit: 'OrgUnitCreated',
  position: 'PositionCreated',
  actor: 'ActorAdded',
  placement: 'PlacementStarted',
  compensation: 'CompensationSet',
  assumption: 'AssumptionSet',
};
/** The change that says fields of a thing again; kinds without one are said as a whole. */
export const updating: Partial<Record<Kind, ChangeName>> = {
  org_unit: 'OrgUnitUpdated',
  position: 'PositionUpdated',
  actor: 'ActorUpdated',
  placement: 'PlacementUpdated',
};
/** The change that ends a thing of a kind. */
export const ending = {
  org_unit: 'OrgUnitClosed',
  position: 'PositionClosed',
  actor: 'ActorExited',
  placement: 'PlacementEnded',
  compensation: 'CompensationEnded',
} as const satisfies Partial<Record<Kind, ChangeName>>;
/** Fields a making change must name even where they are null. */
export const named: Partial<Record<Kind, string[]>> = {
  org_unit: ['parent_id'],
  actor: ['contract_fte'],
  placement: ['position_id'],
  assumption: ['scope_ref'],
};

/** A thing as a file wants it. */
export interface Wanted {
  kind: Kind;
  id: string;
  line: number;
  /** What is set when the thing is made. */
  make: Values;
  /** The fields that are compared, and set where they differ. All of `make` unless given. */
  compare?: readonly string[];
  from?: IsoDate;
  personal?: Values;
  /** The position this belongs to: it counts as changed when anything of it changes. */
  seat?: string;
  /** Fields that may differ without the position counting as changed: what the file does not say itself. */
  uncounted?: readonly string[];
}
