import type { Operation } from '../application/operation.ts';
import { proposalOperations } from '../application/proposal/index.ts';
import { readOperations } from '../application/read/index.ts';
import { scenarioOperations } from '../application/scenario/index.ts';
import { actionTypes } from '../domain/actions/index.ts';
import { capabilityExplain } from './discovery/explain.ts';
import { orgReviewGuide, scenarioReviewGuide } from './discovery/guides.ts';
import { capabilityList } from './discovery/list.ts';
import { statusGet } from './discovery/status.ts';
import { faces } from './faces.ts';
import { type Toolbox, toolbox } from './toolbox.ts';

/** Every operation there is, those that describe the tools included. */
export const offeredOperations: readonly Operation[] = [
  capabilityList(() => offeredTools(), actionTypes),
  capabilityExplain(() => offeredTools(), actionTypes),
  orgReviewGuide,
  scenarioReviewGuide,
  statusGet,
  ...readOperations,
  ...scenarioOperations,
  ...proposalOperations,
] as unknown as readonly Operation[];

let made: Toolbox | undefined;

/** The tools of the canonical server; made once, since their schemas never change while the process runs. */
export const offeredTools = (): Toolbox => {
  made ??= toolbox(offeredOperations, faces);
  return made;
};
