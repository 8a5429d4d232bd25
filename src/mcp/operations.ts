import type { Operation } from '../application/operation.ts';
import { actionTypes } from '../domain/actions/index.ts';
import type { Actions } from './discovery/catalogue.ts';
import { capabilityExplain } from './discovery/explain.ts';
import { orgReviewGuide, scenarioReviewGuide } from './discovery/guides.ts';
import { capabilityList } from './discovery/list.ts';
import { statusGet } from './discovery/status.ts';
import { faces } from './faces.ts';
import { type Toolbox, toolbox } from './toolbox.ts';

/** Every operation there is, the ones that describe the others included. */
export const allOperations = (box: () => Toolbox, actions: Actions): Operation[] => [
  capabilityList(box, actions), capabilityExplain(box, actions), orgReviewGuide, scenarioReviewGuide, statusGet,
];

/** The tools of the canonical server. */
export const orgonautToolbox = (): Toolbox => {
  const box: Toolbox = toolbox(allOperations(() => box, actionTypes), faces);
  return box;
};
