import { z } from 'zod';
import { uuid } from '../../domain/changes.ts';
import { fteText } from '../../domain/decimal.ts';
import { namesOf } from '../../projections/queries/names.ts';
import { type MemberRow, members, teams } from '../../projections/queries/teams.ts';
import { operation } from '../operation.ts';
import { basisInput, basisOutput, printBasis, resolveBasis } from './basis.ts';
import { nextCursor, pageInput, readCursor } from './cursor.ts';
import { fteField, idField, present, seesPersons } from './shape.ts';
import { unitFilter } from './units.ts';

const member = z.object({
  placement_id: idField,
  actor_id: idField,
  external_uid: z.string(),
  name: z.string().optional().describe('Of the person; needs actors.personal.read.'),
  kind: z.string(),
  position_id: idField.optional(),
  allocation: z.string().optional().describe('Percent; 0 for a plain membership.'),
  fte: fteField,
});

const item = z.object({
  id: idField,
  name: z.string(),
  status: z.string(),
  team_type: z.string().optional(),
  code: z.string().optional(),
  purpose: z.string().optional(),
  parent_id: idField.optional(),
  parent_name: z.string().optional(),
  head_position_id: idField.optional(),
  member_count: z.int().optional().describe('Distinct active actors with an active placement here, leads included; needs placements.read.'),
  lead_count: z.int().optional(),
  fte: fteField.optional(),
  leads: z.array(member).optional().describe('Needs placements.read and actors.read.'),
  members: z.array(member).optional().describe('The others. Together at most members_limit.'),
  more_members: z.int().optional().describe('Placements in the team that are not shown; placement.list shows all.'),
});

export const teamList = operation({
  name: 'team.list',
  title: 'List teams',
  summary: 'Teams (units of kind team) with their leads and members, by unit above, type, name or member. A membership is a placement.',
  input: z.object({
    ...basisInput,
    org_unit_id: uuid.optional().describe('Only teams below this unit, at any depth; the unit itself when it is a team.'),
    actor_id: uuid.optional().describe('Only teams this actor is placed in.'),
    team_type: z.string().max(200).optional().describe('stream-aligned, platform, enabling, complicated-subsystem or other.'),
    name: z.string().trim().min(1).max(200).optional().describe('Text that the name holds; case does not matter.'),
    status: z
      .array(z.enum(['active', 'closed']))
      .min(1)
      .optional()
      .describe('Default: active.'),
    members_limit: z.int().min(0).max(200).default(5).describe('Most leads and members shown of each team; the rest is counted.'),
    ...pageInput,
    limit: z.int().min(1).max(200).default(20).describe('Most teams in this answer.'),
  }),
  output: z.object({
    teams: z.array(item),
    next_cursor: z.string().optional().describe('There are more; give it as cursor.'),
    basis: basisOutput,
  }),
  abilities: ['teams.read'],
  alsoAsksFor: ({ actor_id }) => (actor_id === undefined ? [] : ['placements.read']),
  readOnly: true,
  run: async (deps, caller, input) => {
    const page = readCursor('team.list', input);
    const basis = await resolveBasis(deps, caller, page.basis);
    const { sql } = deps;
    const rows = await teams(
      sql,
      basis,
      {
        units: await unitFilter(deps, basis, { org_unit_id: input.org_unit_id, subtree: true }),
        actor: input.actor_id,
        unit_type: input.team_type,
        statuses: input.status,
        name: input.name,
      },
      { after: page.after, limit: input.limit + 1 },
    );
    const shown = rows.slice(0, input.limit);
    const counts = caller.abilities.has('placements.read');
    const people = counts && caller.abilities.has('actors.read');
    // One row of each team at least: the counts stand on it.
    const found = counts
      ? await members(
          sql,
          basis,
          shown.map((r) => r.id),
          Math.max(1, input.members_limit),
        )
      : [];
    const byTeam = Map.groupBy(found, (m) => m.unit_id);
    const parents = caller.abilities.has('org-units.read')
      ? await namesOf(
          sql,
          basis,
          'org_unit',
          shown.map((r) => r.parent_id),
        )
      : new Map<string, string>();
    const persons =
      people && seesPersons(caller)
        ? await namesOf(
            sql,
            basis,
            'actor',
            found.map((m) => m.actor_id),
            true,
          )
        : undefined;
    const print = (m: MemberRow) =>
      present({
        placement_id: m.placement_id,
        actor_id: m.actor_id,
        external_uid: m.external_uid,
        name: persons && persons.get(m.actor_id) !== m.external_uid ? persons.get(m.actor_id) : undefined,
        kind: m.actor_kind,
        position_id: m.position_id,
        allocation: m.allocation === null ? null : fteText(m.allocation),
        fte: fteText(m.fte),
      }) as z.input<typeof member>;
    const last = shown.at(-1);
    return {
      teams: shown.map((r) => {
        const all = byTeam.get(r.id) ?? [];
        const listed = all.slice(0, input.members_limit);
        const more = (all[0]?.placements ?? 0) - listed.length;
        return present({
          id: r.id,
          name: r.name,
          status: r.status,
          team_type: r.unit_type,
          code: r.code,
          purpose: r.purpose,
          parent_id: r.parent_id,
          parent_name: r.parent_id && parents.get(r.parent_id),
          head_position_id: r.head_id,
          ...(counts ? { member_count: all[0]?.members ?? 0, lead_count: all[0]?.leads ?? 0, fte: fteText(all[0]?.team_fte ?? '0') } : {}),
          ...(people
            ? {
                leads: listed.filter((m) => m.role === 'lead').map(print),
                members: listed.filter((m) => m.role !== 'lead').map(print),
                more_members: more > 0 ? more : undefined,
              }
            : {}),
        }) as z.input<typeof item>;
      }),
      ...(rows.length > input.limit && last ? { next_cursor: nextCursor('team.list', basis, input, last.id) } : {}),
      basis: printBasis(basis),
    };
  },
});
