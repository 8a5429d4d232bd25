import type { ActionType } from './action.ts';
import { addActor } from './actor.ts';
import { createUnit, moveUnit, renameUnit, setHead } from './org-unit.ts';
import { closeUnit } from './org-unit-close.ts';
import { endPlacement, startPlacement } from './placement.ts';
import { createPosition, setManager, setPay } from './position.ts';
import { closePosition } from './position-close.ts';
import { movePosition } from './position-move.ts';
import { revertChange } from './scenario.ts';

/** The vocabulary of scenario.action.plan: every action type with its schema, title, doc, example and abilities. */
export const actionTypes: ReadonlyMap<string, ActionType> = new Map(
  [
    createUnit,
    renameUnit,
    moveUnit,
    closeUnit,
    setHead,
    createPosition,
    setPay,
    movePosition,
    setManager,
    closePosition,
    addActor,
    startPlacement,
    endPlacement,
    revertChange,
  ].map((a) => [a.type, a]),
);
