import { refuse } from '../../domain/codes.ts';
import type { Basis } from '../../projections/basis.ts';
import { subtreeIds } from '../../projections/queries/tree.ts';
import type { Deps } from '../context.ts';

/** The unit a list is narrowed to, with every unit below it when asked; undefined when none is named, NOT_FOUND when it is unknown. */
export const unitFilter = async (
  deps: Deps,
  basis: Basis,
  input: { org_unit_id?: string | undefined; subtree?: boolean | undefined },
): Promise<string[] | undefined> => {
  if (input.org_unit_id === undefined) return undefined;
  const ids = await subtreeIds(deps.sql, basis, input.org_unit_id);
  if (ids.length === 0)
    throw refuse('NOT_FOUND', `there is no unit ${input.org_unit_id} on ${basis.effective_on}`, {
      ids: [input.org_unit_id],
      wayOut: 'Look the unit up with org.search or org.tree.',
    });
  return input.subtree ? ids : [input.org_unit_id];
};
