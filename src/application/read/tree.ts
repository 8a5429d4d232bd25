import { z } from 'zod';
import { uuid } from '../../domain/changes.ts';
import { refuse } from '../../domain/codes.ts';
import { namesOf } from '../../projections/queries/names.ts';
import { treeRows, unitCounts } from '../../projections/queries/tree.ts';
import { operation } from '../operation.ts';
import { basisInput, basisOutput, printBasis, resolveBasis } from './basis.ts';
import { present, idField } from './shape.ts';

interface Node {
  id: string;
  name: string;
  kind: string;
  code?: string | undefined;
  head_position_id?: string | undefined;
  head_title?: string | undefined;
  positions: number;
  vacant_positions: number;
  children: Node[];
  more_children?: number | undefined;
}

const node: z.ZodType<Node> = z
  .lazy(() =>
    z.object({
      id: idField,
      name: z.string(),
      kind: z.string(),
      code: z.string().optional(),
      head_position_id: idField.optional(),
      head_title: z.string().optional(),
      positions: z.int().describe('Seats directly in this unit.'),
      vacant_positions: z.int().describe('Vacant ones among them.'),
      children: z.array(node),
      more_children: z.int().optional().describe('Units directly below that are not shown; ask again with org_unit_id, depth or limit.'),
    }),
  )
  .meta({ id: 'OrgTreeNode' });

export const tree = operation({
  name: 'org.tree',
  title: 'Tree of units',
  summary: 'The active units from the root, or from one unit, nested, with their heads and counts of seats.',
  input: z.object({
    ...basisInput,
    org_unit_id: uuid.optional().describe('Start at this unit instead of the root.'),
    depth: z.int().min(1).max(20).default(3).describe('How many levels to show; 1 is the first unit alone.'),
    limit: z.int().min(1).max(2000).default(200).describe('Most units in this answer, level by level.'),
  }),
  output: z.object({
    nodes: z.array(node),
    shown: z.int().describe('Units in this answer.'),
    more: z.int().optional().describe('Units directly below shown ones that are not shown themselves. Absent when nothing is left out.'),
    basis: basisOutput,
  }),
  abilities: ['org-units.read'],
  readOnly: true,
  run: async (deps, caller, input) => {
    const basis = await resolveBasis(deps, caller, input);
    const rows = await treeRows(deps.sql, basis, { root: input.org_unit_id, depth: input.depth, limit: input.limit });
    if (input.org_unit_id && rows.length === 0)
      throw refuse('NOT_FOUND', `there is no active unit ${input.org_unit_id} on ${basis.effective_on}`, {
        ids: [input.org_unit_id],
        wayOut: 'Look the unit up with org.search or org.entity.',
      });
    const counts = await unitCounts(
      deps.sql,
      basis,
      rows.map((r) => r.id),
    );
    const heads = caller.abilities.has('positions.read')
      ? await namesOf(
          deps.sql,
          basis,
          'position',
          rows.map((r) => r.head_id),
        )
      : new Map<string, string>();
    const made = new Map<string, Node>();
    const nodes: Node[] = [];
    for (const r of rows) {
      const made_: Node = {
        ...present({
          id: r.id,
          name: r.name,
          kind: r.kind,
          code: r.code,
          head_position_id: r.head_id,
          head_title: r.head_id ? heads.get(r.head_id) : undefined,
        }),
        positions: counts.get(r.id)?.positions ?? 0,
        vacant_positions: counts.get(r.id)?.vacant ?? 0,
        children: [],
      } as Node;
      made.set(r.id, made_);
      (r.depth === 1 ? nodes : (made.get(r.parent_id ?? '')?.children ?? nodes)).push(made_);
    }
    let more = 0;
    for (const r of rows) {
      const shown = made.get(r.id) as Node;
      const hidden = r.children - shown.children.length;
      if (hidden > 0) {
        shown.more_children = hidden;
        more += hidden;
      }
    }
    return { nodes, shown: rows.length, ...(more > 0 ? { more } : {}), basis: printBasis(basis) };
  },
});
