import { createHash } from 'node:crypto';
import { z } from 'zod';
import { uuid } from '../../domain/changes.ts';
import { refuse } from '../../domain/codes.ts';
import type { Basis } from '../../projections/basis.ts';
import type { BasisInput } from './basis.ts';

/** Paging of a list: the same for every operation that lists. */
export const pageInput = {
  limit: z.int().min(1).max(500).default(50).describe('Most items in this answer.'),
  cursor: z.string().max(1000).optional().describe('next_cursor of the answer before; every page then rests on the same basis.'),
};

const number = z.string().regex(/^\d{1,15}$/);

/** The lists that page, with what says where a page ended: the id of its last item, the position of its last event, how many were shown. */
const ends = {
  'position.list': uuid,
  'placement.list': uuid,
  'actor.list': uuid,
  'team.list': uuid,
  'audit.events': number,
  'org.metrics': number,
  'cost.summary': number,
} as const;
type List = keyof typeof ends;

const shape = z.strictObject({ p: z.int(), d: z.string(), a: z.string(), h: z.string() });

const fingerprint = (list: List, input: Record<string, unknown>): string => {
  const { limit: _limit, cursor: _cursor, as_of: _asOf, effective_on: _date, ...filters } = input;
  return createHash('sha256')
    .update(
      JSON.stringify([
        list,
        ...Object.entries(filters)
          .filter(([, v]) => v != null)
          .sort(([a], [b]) => (a < b ? -1 : 1)),
      ]),
    )
    .digest('base64url')
    .slice(0, 12);
};

/** Text that leads to the next page: what the pages rest on and the last item shown. It grants nothing. */
export const nextCursor = (list: List, basis: Basis, input: Record<string, unknown>, after: string): string =>
  Buffer.from(JSON.stringify({ p: basis.position, d: basis.effective_on, a: after, h: fingerprint(list, input) })).toString('base64url');

/** Reads a cursor: the basis its pages rest on and where to go on. INPUT_INVALID when it is none, or of another list or other filters. */
export const readCursor = <In extends BasisInput & { cursor?: string | undefined }>(
  list: List,
  input: In,
): { basis: BasisInput; after?: string } => {
  if (input.cursor === undefined) return { basis: input };
  let read: z.infer<typeof shape> | undefined;
  try {
    read = shape.parse(JSON.parse(Buffer.from(input.cursor, 'base64url').toString('utf8')));
  } catch {
    read = undefined;
  }
  if (!read || read.h !== fingerprint(list, input as Record<string, unknown>) || !ends[list].safeParse(read.a).success)
    throw refuse('INPUT_INVALID', read ? 'the cursor belongs to another list or to other filters' : 'the cursor is none of ours', {
      wayOut: 'Repeat the call with the filters of the first page, or leave the cursor out.',
    });
  return { basis: { scenario_id: input.scenario_id, as_of: read.p, effective_on: read.d }, after: read.a };
};
