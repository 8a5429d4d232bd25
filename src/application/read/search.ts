import { z } from 'zod';
import { search as find, type Searched } from '../../projections/queries/search.ts';
import { operation } from '../operation.ts';
import { basisInput, basisOutput, printBasis, resolveBasis } from './basis.ts';
import { seesPersons, idField } from './shape.ts';

const kinds = ['org_unit', 'position', 'actor'] as const;
const ability = { org_unit: 'org-units.read', position: 'positions.read', actor: 'actors.read' } as const;

export const search = operation({
  name: 'org.search',
  title: 'Search units, positions and actors',
  summary: 'Finds units by name or code, positions by title or source id, actors by external uid (and by name with actors.personal.read).',
  input: z.object({
    ...basisInput,
    query: z.string().trim().min(1).max(200).describe('The text to look for, anywhere in a name; case does not matter.'),
    kinds: z.array(z.enum(kinds)).min(1).max(3).optional().describe('What to look for. Default: all that the credential may read.'),
    limit: z.int().min(1).max(100).default(20),
  }),
  output: z.object({
    results: z.array(
      z.object({
        kind: z.enum(kinds),
        id: idField,
        name: z.string(),
        matched: z.string().describe('The field that holds the text.'),
        status: z.string(),
      }),
    ),
    more: z.int().optional().describe('Further matches that are not shown.'),
    basis: basisOutput,
  }),
  abilities: ['org-units.read'],
  readOnly: true,
  run: async (deps, caller, input) => {
    const basis = await resolveBasis(deps, caller, input);
    const asked: Searched[] = (input.kinds ?? kinds).filter((k) => caller.abilities.has(ability[k]));
    const { hits, total } =
      asked.length === 0
        ? { hits: [], total: 0 }
        : await find(deps.sql, basis, { text: input.query, kinds: asked, personal: seesPersons(caller), limit: input.limit });
    return {
      results: hits.map((h) => ({ kind: h.kind, id: h.id, name: h.label, matched: h.field, status: h.status })),
      ...(total > hits.length ? { more: total - hits.length } : {}),
      basis: printBasis(basis),
    };
  },
});
