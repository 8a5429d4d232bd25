import { actionTypes } from '../domain/actions/index.ts';
import type { JsonSchema } from './tool.ts';

type Node = Record<string, unknown>;
const at = (node: Node, key: string): Node => {
  const found = node[key];
  if (typeof found !== 'object' || found === null) throw new TypeError(`the schema of actions has no ${key}`);
  return found as Node;
};

/**
 * Lists the action types as an enum in the published schema of scenario.action.plan and leaves the schema of each to
 * capability.explain: all of them in full would cost a model more than all the other tools together.
 */
export const withActionTypes = (schema: JsonSchema): JsonSchema => {
  const refined = structuredClone(schema);
  const type = at(at(at(at(at(refined, 'properties'), 'actions'), 'items'), 'properties'), 'type');
  for (const key of ['minLength', 'maxLength']) delete type[key];
  type.enum = [...actionTypes.keys()];
  return refined;
};
