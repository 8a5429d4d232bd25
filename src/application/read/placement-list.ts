import { z } from 'zod';
import { uuid } from '../../domain/changes.ts';
import { fteText } from '../../domain/decimal.ts';
import { employmentTypes } from '../../domain/entities.ts';
import { namesOf } from '../../projections/queries/names.ts';
import { placements } from '../../projections/queries/placements.ts';
import { operation } from '../operation.ts';
import { basisInput, basisOutput, printBasis, resolveBasis } from './basis.ts';
import { nextCursor, pageInput, readCursor } from './cursor.ts';
import { fteField, present, seesPersons, idField } from './shape.ts';
import { unitFilter } from './units.ts';

const item = z.object({
  id: idField,
  actor_id: idField,
  external_uid: z.string(),
  name: z.string().optional().describe('Of the person; needs actors.personal.read.'),
  actor_kind: z.string(),
  org_unit_id: idField.optional(),
  org_unit_name: z.string().optional(),
  position_id: idField.optional(),
  position_title: z.string().optional(),
  allocation: z.string().optional().describe('Percent, up to four decimals.'),
  fte: fteField.describe('Contract FTE x allocation / 100; unknown counts 0.'),
  primary: z.boolean(),
  role: z.string().optional(),
  status: z.string(),
  employment_type: z.string().optional(),
  country: z.string().optional(),
});

export const placementList = operation({
  name: 'placement.list',
  title: 'List placements',
  summary:
    'Who sits where: placements of actors by unit (with or without what lies below), position, actor, kind of actor or employment type.',
  input: z.object({
    ...basisInput,
    org_unit_id: uuid.optional(),
    subtree: z.boolean().default(false).describe('Also the placements in every unit below org_unit_id.'),
    position_id: uuid.optional(),
    actor_id: uuid.optional(),
    actor_kind: z.enum(['human', 'robot', 'ai_agent']).optional(),
    employment_type: z.enum(employmentTypes).optional().describe('Of the actor.'),
    role: z.enum(['lead', 'member']).optional(),
    status: z
      .array(z.enum(['active', 'ended']))
      .min(1)
      .optional()
      .describe('Default: active.'),
    ...pageInput,
  }),
  output: z.object({
    placements: z.array(item),
    next_cursor: z.string().optional().describe('There are more; give it as cursor.'),
    basis: basisOutput,
  }),
  abilities: ['placements.read', 'actors.read'],
  readOnly: true,
  run: async (deps, caller, input) => {
    const page = readCursor('placement.list', input);
    const basis = await resolveBasis(deps, caller, page.basis);
    const { sql } = deps;
    const rows = await placements(
      sql,
      basis,
      {
        units: await unitFilter(deps, basis, input),
        position_ids: input.position_id === undefined ? undefined : [input.position_id],
        actor_ids: input.actor_id === undefined ? undefined : [input.actor_id],
        statuses: input.status,
        role: input.role,
        actor_kind: input.actor_kind,
        employment_type: input.employment_type,
      },
      { after: page.after, limit: input.limit + 1 },
    );
    const shown = rows.slice(0, input.limit);
    const units = await namesOf(
      sql,
      basis,
      'org_unit',
      shown.map((r) => r.unit_id),
    );
    const titles = await namesOf(
      sql,
      basis,
      'position',
      shown.map((r) => r.position_id),
    );
    const persons = seesPersons(caller)
      ? await namesOf(
          sql,
          basis,
          'actor',
          shown.map((r) => r.actor_id),
          true,
        )
      : undefined;
    const last = shown.at(-1);
    return {
      placements: shown.map(
        (r) =>
          present({
            id: r.id,
            actor_id: r.actor_id,
            external_uid: r.external_uid,
            actor_kind: r.actor_kind,
            name: persons && persons.get(r.actor_id) !== r.external_uid ? persons.get(r.actor_id) : undefined,
            org_unit_id: r.unit_id,
            org_unit_name: r.unit_id && units.get(r.unit_id),
            position_id: r.position_id,
            position_title: r.position_id && titles.get(r.position_id),
            allocation: r.allocation === null ? null : fteText(r.allocation),
            fte: fteText(r.fte),
            primary: r.is_primary ?? false,
            role: r.role,
            status: r.status,
            employment_type: r.employment_type,
            country: r.country,
          }) as z.infer<typeof item>,
      ),
      ...(rows.length > input.limit && last ? { next_cursor: nextCursor('placement.list', basis, input, last.id) } : {}),
      basis: printBasis(basis),
    };
  },
});
