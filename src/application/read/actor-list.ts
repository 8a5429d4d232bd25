import { z } from 'zod';
import { uuid } from '../../domain/changes.ts';
import { Decimal, fteText } from '../../domain/decimal.ts';
import { employmentTypes, fields } from '../../domain/entities.ts';
import { actors } from '../../projections/queries/actors.ts';
import { namesOf } from '../../projections/queries/names.ts';
import { placements } from '../../projections/queries/placements.ts';
import { operation } from '../operation.ts';
import { basisInput, basisOutput, printBasis, resolveBasis } from './basis.ts';
import { nextCursor, pageInput, readCursor } from './cursor.ts';
import { fteField, idField, present, seesPersons } from './shape.ts';
import { unitFilter } from './units.ts';

/** Placements shown with an actor; placement.list shows the rest. */
const SHOWN = 5;

const placement = z.object({
  placement_id: idField,
  org_unit_id: idField.optional(),
  org_unit_name: z.string().optional(),
  position_id: idField.optional(),
  position_title: z.string().optional(),
  allocation: z.string().optional().describe('Percent.'),
  primary: z.boolean(),
  role: z.string().optional(),
});

const item = z.object({
  id: idField,
  external_uid: z.string(),
  name: z.string().optional().describe('Of the person; needs actors.personal.read. org.entity shows the other personal fields.'),
  kind: z.string(),
  status: z.string(),
  employment_type: z.string().optional(),
  country: z.string().optional(),
  contract_fte: fteField.optional(),
  placed_fte: fteField.optional().describe('Sum of contract FTE x allocation / 100 of its active placements; needs placements.read.'),
  placements: z.array(placement).optional().describe(`Active ones, primary first, at most ${SHOWN}; needs placements.read.`),
  more_placements: z.int().optional(),
  exit_reason: z.string().optional(),
  source: z.string().optional().describe('System and id it comes from.'),
});

export const actorList = operation({
  name: 'actor.list',
  title: 'List people, robots and agents',
  summary: 'Actors by kind, status, employment type, country, unit (with or without what lies below) or whether they are placed at all.',
  input: z.object({
    ...basisInput,
    kind: z.enum(fields.actor.kind.values as readonly ['human', 'robot', 'ai_agent']).optional(),
    status: z
      .array(z.enum(fields.actor.status.values as readonly ['active', 'exited']))
      .min(1)
      .optional()
      .describe('Default: active.'),
    employment_type: z.enum(employmentTypes).optional(),
    country: z.string().max(100).optional(),
    org_unit_id: uuid.optional().describe('Only actors with an active placement in this unit.'),
    subtree: z.boolean().default(false).describe('Also in every unit below org_unit_id.'),
    unplaced: z.boolean().optional().describe('true: only those without an active placement; false: only those with one.'),
    external_uid: z.string().trim().min(1).max(200).optional().describe('Text that the external uid holds; case does not matter.'),
    ...pageInput,
  }),
  output: z.object({
    actors: z.array(item),
    next_cursor: z.string().optional().describe('There are more; give it as cursor.'),
    basis: basisOutput,
  }),
  abilities: ['actors.read'],
  // Who sits where is what these two filters tell.
  alsoAsksFor: ({ unplaced, org_unit_id }) => (unplaced === undefined && org_unit_id === undefined ? [] : ['placements.read']),
  readOnly: true,
  run: async (deps, caller, input) => {
    const page = readCursor('actor.list', input);
    const basis = await resolveBasis(deps, caller, page.basis);
    const { sql } = deps;
    const rows = await actors(
      sql,
      basis,
      {
        units: await unitFilter(deps, basis, input),
        kind: input.kind,
        statuses: input.status,
        employment_type: input.employment_type,
        country: input.country,
        external_uid: input.external_uid,
        unplaced: input.unplaced,
      },
      { after: page.after, limit: input.limit + 1 },
    );
    const shown = rows.slice(0, input.limit);
    const ids = shown.map((r) => r.id);
    const seesPlacements = caller.abilities.has('placements.read');
    const held = seesPlacements && ids.length > 0 ? await placements(sql, basis, { actor_ids: ids }, { limit: 20_000 }) : [];
    const byActor = Map.groupBy(held, (l) => l.actor_id);
    const first = [...byActor].flatMap(([, all]) => all.sort((a, b) => Number(b.is_primary) - Number(a.is_primary)).slice(0, SHOWN));
    const names = async (kind: 'org_unit' | 'position', ability: 'org-units.read' | 'positions.read', of: (string | null)[]) =>
      caller.abilities.has(ability) ? namesOf(sql, basis, kind, of) : new Map<string, string>();
    const units = await names(
      'org_unit',
      'org-units.read',
      first.map((l) => l.unit_id),
    );
    const titles = await names(
      'position',
      'positions.read',
      first.map((l) => l.position_id),
    );
    const persons = seesPersons(caller) ? await namesOf(sql, basis, 'actor', ids, true) : undefined;
    const last = shown.at(-1);
    return {
      actors: shown.map((r) => {
        const all = byActor.get(r.id) ?? [];
        return present({
          id: r.id,
          external_uid: r.external_uid,
          name: persons && persons.get(r.id) !== r.external_uid ? persons.get(r.id) : undefined,
          kind: r.kind,
          status: r.status,
          employment_type: r.employment_type,
          country: r.country,
          contract_fte: r.contract_fte === null ? null : fteText(r.contract_fte),
          placed_fte: seesPlacements ? fteText(all.reduce((sum, l) => sum.plus(l.fte), new Decimal(0))) : undefined,
          placements: seesPlacements
            ? all.slice(0, SHOWN).map((l) =>
                present({
                  placement_id: l.id,
                  org_unit_id: l.unit_id,
                  org_unit_name: l.unit_id && units.get(l.unit_id),
                  position_id: l.position_id,
                  position_title: l.position_id && titles.get(l.position_id),
                  allocation: l.allocation === null ? null : fteText(l.allocation),
                  primary: l.is_primary ?? false,
                  role: l.role,
                }),
              )
            : undefined,
          more_placements: all.length > SHOWN ? all.length - SHOWN : undefined,
          exit_reason: r.exit_reason,
          source: r.source_system === null && r.source_id === null ? undefined : [r.source_system, r.source_id].filter(Boolean).join(' '),
        }) as z.input<typeof item>;
      }),
      ...(rows.length > input.limit && last ? { next_cursor: nextCursor('actor.list', basis, input, last.id) } : {}),
      basis: printBasis(basis),
    };
  },
});
