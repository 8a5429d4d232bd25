import type { Ability } from '../abilities.ts';
import type { ActionType } from './action.ts';
import { addActor, updateActor } from './actor.ts';
import { exitActor } from './actor-exit.ts';
import { setCompensation } from './compensation.ts';
import { createUnit, moveUnit, renameUnit, setHead } from './org-unit.ts';
import { reclassifyUnit, reopenUnit, setCostCentre } from './org-unit-change.ts';
import { closeUnit } from './org-unit-close.ts';
import { endPlacement, startPlacement } from './placement.ts';
import { changeAllocation, setPrimary, swapPlacements, transferPlacement } from './placement-change.ts';
import { createPosition, setManager, setPay } from './position.ts';
import { closePosition } from './position-close.ts';
import { backfillPosition, duplicatePosition } from './position-copy.ts';
import { movePosition } from './position-move.ts';
import { freezePosition, reopenPosition, unfreezePosition } from './position-status.ts';
import { updatePosition } from './position-update.ts';
import { revertChange } from './scenario.ts';

/** The vocabulary of scenario.action.plan: every action type with its schema, title, doc, example and abilities. */
// biome-ignore format: one line a family.
export const actionTypes: ReadonlyMap<string, ActionType> = new Map(
  [
    createUnit, renameUnit, reclassifyUnit, setCostCentre, moveUnit, closeUnit, reopenUnit, setHead,
    createPosition, duplicatePosition, updatePosition, setPay, movePosition, setManager,
    freezePosition, unfreezePosition, closePosition, reopenPosition, backfillPosition,
    addActor, updateActor, exitActor,
    startPlacement, transferPlacement, changeAllocation, setPrimary, swapPlacements, endPlacement,
    setCompensation,
    revertChange,
  ].map((a) => [a.type, a]),
);

/** What a field of an action asks for where it is given, besides what its type asks for. */
const fieldAbilities: Record<string, Ability> = { pay_amount: 'costs.read', amount: 'costs.read', personal: 'actors.personal.read' };

/** Every read ability that an action as given asks for. A type that is not known asks for none: the decision refuses it. */
export const abilitiesOf = (action: Readonly<Record<string, unknown>>): Ability[] => [
  ...(actionTypes.get(String(action.type))?.abilities ?? []),
  ...Object.entries(fieldAbilities).flatMap(([field, ability]) => (action[field] === undefined ? [] : [ability])),
];
