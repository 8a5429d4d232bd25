import { z } from 'zod';
import { operation } from '../../application/operation.ts';
import { refuse } from '../../domain/codes.ts';
import type { Toolbox } from '../toolbox.ts';
import { type Actions, explain, explanation, namesLike } from './catalogue.ts';

/** Explains anything by its name: schema, formula, what to do, an example. */
export const capabilityExplain = (box: () => Toolbox, actions: Actions) =>
  operation({
    name: 'capability.explain',
    title: 'Explain a name',
    summary:
      'Explains a tool, action type, metric, error code, ability or access role by its name: schema, formula, what to do about it, an example',
    input: z.object({ name: z.string().min(1).max(100).describe('The name, e.g. org_unit.move, annualised, TREE_CYCLE or costs.read.') }),
    output: explanation,
    abilities: [],
    readOnly: true,
    run: async (_deps, caller, { name }) => {
      const found = explain(box(), actions, name.trim());
      if (found) return found;
      const near = namesLike(box(), actions, name, caller.abilities);
      throw refuse('NOT_FOUND', `nothing here is called ${JSON.stringify(name)}`, {
        wayOut:
          near.length > 0
            ? `Did you mean ${near.join(', ')}? capability.list names everything.`
            : 'capability.list names everything there is.',
      });
    },
  });
