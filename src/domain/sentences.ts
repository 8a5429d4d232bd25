import type { Change } from './changes.ts';
import { kindOf } from './changes.ts';
import { type Field, fields, type Kind, type Value, type Values } from './entities.ts';
import { quoted } from './text.ts';

/** Gives a thing's name, quoted as data; a placement and a pay are called by their actor. */
export type Namer = (kind: Kind, id: string) => string;

const told = (value: Value | undefined): string => (value === null || value === undefined ? 'nothing' : quoted(String(value)));

const counted = (n: number, what: string): string => `${n} ${what}${n === 1 ? '' : 's'}`;

/** `a`, `a and b`, `a, b and c`. */
const listed = (list: readonly string[]): string => (list.length < 2 ? list.join() : `${list.slice(0, -1).join(', ')} and ${list.at(-1)}`);

/** Fields, or things, named in one sentence. */
const FIELDS = 3;

/** Whether a sentence may say the value of a field: amounts are not everybody's to read, and an id says nothing to anybody. */
const sayable = (field: string, type: Field['type'] | undefined): boolean => type !== 'id' && field !== 'pay_amount' && field !== 'amount';

/** What a change sets, field by field, with old and new values: `grade from "L4" to "L5" and location to "Paris"`. */
const fieldsTold = (kind: Kind, set: Values, before: Values, nothing: string): string => {
  const known = fields[kind] as Record<string, Field>;
  const said = Object.entries(set).map(([field, value]) => {
    const label = field.replace(/_id$/, '').replaceAll('_', ' ');
    if (!sayable(field, known[field]?.type)) return label;
    return `${label}${(before[field] ?? null) === null ? '' : ` from ${told(before[field])}`} to ${told(value)}`;
  });
  const more = said.length > FIELDS ? [counted(said.length - FIELDS, 'more field')] : [];
  return listed([...said.slice(0, FIELDS), ...more]) || nothing;
};

/** How many recorded changes are taken back, and of which things. */
const takenBack = (reverts: NonNullable<Change['reverts']>, name: Namer): string => {
  const things = [...new Map(reverts.map((r) => [`${r.kind}/${r.id}`, r])).values()];
  const said = things
    .slice(0, FIELDS)
    .map(({ kind, id }) => `${kind === 'org_unit' ? 'unit' : kind === 'compensation' ? 'pay of' : kind} ${name(kind, id)}`);
  const more = things.length > FIELDS ? [counted(things.length - FIELDS, 'more thing')] : [];
  return `${counted(reverts.length, 'recorded change')} of this scenario, to ${listed([...said, ...more])}`;
};

/**
 * One plain sentence for a change, built from names at planning time. It tells no amount of money and no personal field, so
 * that everybody who may read the change may read it.
 */
export const sentence = (change: Change, before: Values, name: Namer): string => {
  const { set, id, effective_from: from } = change;
  const named = (kind: Kind, value: Value | undefined): string => (typeof value === 'string' ? name(kind, value) : 'none');
  const changed = fieldsTold(kindOf(change), set, before, change.personal ? 'personal fields' : 'nothing');
  const placement = `the placement of ${name('placement', id)}`;
  const on = `from ${from}`;
  switch (change.type) {
    case 'OrgUnitCreated':
      return `Creates the ${told(set.kind).replaceAll('"', '')} ${told(set.name)} under ${named('org_unit', set.parent_id)} ${on}.`;
    case 'OrgUnitUpdated':
      return `Changes unit ${name('org_unit', id)}: ${changed} ${on}.`;
    case 'OrgUnitRenamed':
      return `Renames unit ${told(before.name)} to ${told(set.name)} ${on}.`;
    case 'OrgUnitMoved':
      return `Moves unit ${name('org_unit', id)} from ${named('org_unit', before.parent_id)} to ${named('org_unit', set.parent_id)} ${on}.`;
    case 'OrgUnitHeadSet':
      return `Sets the head of unit ${name('org_unit', id)} from ${named('position', before.head_id)} to ${named('position', set.head_id)} ${on}.`;
    case 'OrgUnitReclassified': {
      const what = Object.entries(set).map(([f, v]) => `${f === 'kind' ? 'a' : 'of type'} ${told(v).replaceAll('"', '')}`);
      return `Makes unit ${name('org_unit', id)} ${what.join(' ')} ${on}.`;
    }
    case 'OrgUnitCostCentreSet':
      return `Sets the cost centre of unit ${name('org_unit', id)} from ${told(before.cost_centre)} to ${told(set.cost_centre)} ${on}.`;
    case 'OrgUnitClosed':
      return `Closes unit ${name('org_unit', id)} ${on}.`;
    case 'OrgUnitReopened':
      return `Opens unit ${name('org_unit', id)} again ${on}.`;
    case 'PositionCreated': {
      const instead = typeof set.predecessor_id === 'string' ? ` in place of ${name('position', set.predecessor_id)}` : '';
      return `Creates position ${told(set.title)} in ${named('org_unit', set.unit_id)}${instead} ${on}.`;
    }
    case 'PositionUpdated':
      return `Changes position ${name('position', id)}: ${changed} ${on}.`;
    case 'PositionPaySet':
      return `Sets the target pay of position ${name('position', id)} ${on}.`;
    case 'PositionMoved':
      return `Moves position ${name('position', id)} from ${named('org_unit', before.unit_id)} to ${named('org_unit', set.unit_id)} ${on}.`;
    case 'PositionManagerSet': {
      const to =
        set.reporting === 'explicit'
          ? named('position', set.manager_id)
          : set.reporting === 'unit_head'
            ? 'the head of its unit'
            : 'nobody';
      return `Lets position ${name('position', id)} report to ${to} ${on}.`;
    }
    case 'PositionFrozen':
      return `Freezes position ${name('position', id)} ${on}.`;
    case 'PositionUnfrozen':
      return `Lifts the freeze of position ${name('position', id)} ${on}; it is ${String(set.status)} again.`;
    case 'PositionReopened':
      return `Opens position ${name('position', id)} again ${on}.`;
    case 'PositionClosingOnVacate':
      return set.close_on_vacate === true
        ? `Lets position ${name('position', id)} close with its last holder ${on}.`
        : `Keeps position ${name('position', id)} open when it is vacated ${on}.`;
    case 'PositionClosed':
      return `Closes position ${name('position', id)} (${String(set.close_reason).replaceAll('_', ' ')}) ${on}.`;
    case 'ActorAdded':
      return `Adds the ${String(set.kind).replaceAll('_', ' ')} ${told(set.external_uid)} ${on}.`;
    case 'ActorUpdated':
      return `Changes ${name('actor', id)}: ${changed} ${on}.`;
    case 'ActorExited':
      return `Records the exit of ${name('actor', id)} ${on}.`;
    case 'PlacementStarted': {
      const seat =
        typeof set.position_id === 'string' ? `position ${name('position', set.position_id)}` : `unit ${named('org_unit', set.unit_id)}`;
      return `Places ${named('actor', set.actor_id)} on ${seat} at ${set.allocation} % ${on}.`;
    }
    case 'PlacementUpdated': {
      if ('position_id' in set)
        return `Moves ${placement} from position ${named('position', before.position_id)} to ${named('position', set.position_id)} ${on}.`;
      if ('unit_id' in set)
        return `Moves ${placement} from unit ${named('org_unit', before.unit_id)} to ${named('org_unit', set.unit_id)} ${on}.`;
      return `Changes ${placement}: ${changed} ${on}.`;
    }
    case 'PlacementTransferred': {
      const place = (of: Values) =>
        typeof of.position_id === 'string' ? `position ${name('position', of.position_id)}` : `unit ${named('org_unit', of.unit_id)}`;
      return `Moves ${placement} from ${place(before)} to ${place(set)} ${on}.`;
    }
    case 'PlacementAllocationChanged':
      return `Changes the allocation of ${placement}${before.allocation == null ? '' : ` from ${before.allocation} %`} to ${set.allocation} % ${on}.`;
    case 'PlacementPrimarySet':
      return `Makes ${placement} ${set.is_primary === true ? 'the primary one' : 'no longer the primary one'} ${on}.`;
    case 'PlacementEnded':
      return `Ends ${placement} ${on}.`;
    case 'CompensationSet':
      return `Sets the pay of ${named('actor', set.actor_id)} ${on}.`;
    case 'CompensationEnded':
      return `Ends the pay of ${name('compensation', id)} ${on}.`;
    case 'AssumptionSet':
      return `Sets the assumption ${told(set.name)} ${on}.`;
    case 'ChangesReverted':
      return `Takes back ${takenBack(change.reverts ?? [], name)}.`;
    default:
      return change.type satisfies never;
  }
};

/** The longest title, in characters. */
const TITLE = 200;

/** What a plan is called that was given no name: its first sentence, and how many follow. */
export const titleOf = (changes: readonly { sentence: string }[]): string => {
  const first = (changes[0]?.sentence ?? 'Changes nothing.').replace(/\.$/, '');
  const more = changes.length > 1 ? ` and ${counted(changes.length - 1, 'more change')}` : '';
  const room = TITLE - more.length;
  // Never half of a pair of surrogates: a title is cut between characters.
  return `${first.length <= room ? first : `${first.slice(0, room - 1).replace(/[\uD800-\uDBFF]$/, '')}…`}${more}`;
};
