import { z } from 'zod';
import { uuid } from '../../domain/changes.ts';
import { fteText, moneyText } from '../../domain/decimal.ts';
import { employmentTypes, fields } from '../../domain/entities.ts';
import { managersOf, mayReportTo } from '../../projections/queries/managers.ts';
import { namesOf } from '../../projections/queries/names.ts';
import { placements } from '../../projections/queries/placements.ts';
import { positions } from '../../projections/queries/positions.ts';
import { operation } from '../operation.ts';
import { basisInput, basisOutput, printBasis, resolveBasis } from './basis.ts';
import { nextCursor, pageInput, readCursor } from './cursor.ts';
import { fteField, moneyField, present, seesCosts, seesPersons, idField } from './shape.ts';
import { unitFilter } from './units.ts';

const holder = z.object({
  placement_id: idField,
  actor_id: idField,
  external_uid: z.string(),
  name: z.string().optional(),
  kind: z.string(),
  fte: fteField,
});

const item = z.object({
  id: idField,
  title: z.string(),
  org_unit_id: idField,
  org_unit_name: z.string().optional(),
  status: z.string(),
  vacant: z.boolean().describe('Open or frozen without an active placement.'),
  reporting: z.string(),
  manager_position_id: idField.optional().describe('Resolved: also where the line follows the head of the unit.'),
  manager_title: z.string().optional(),
  grade: z.string().optional(),
  job_family: z.string().optional(),
  location: z.string().optional(),
  country: z.string().optional(),
  employment_type: z.string().optional(),
  capacity_fte: fteField.optional(),
  target_pay: z.object({ amount: moneyField, basis: z.string(), currency: z.string() }).optional(),
  holders: z.array(holder).optional().describe('At most ten; needs placements.read.'),
  more_holders: z.int().optional(),
  source_id: z.string().optional(),
});

export const positionList = operation({
  name: 'position.list',
  title: 'List positions',
  summary: 'Positions by unit (with or without what lies below), grade, status, vacancy, manager, title or employment type.',
  input: z.object({
    ...basisInput,
    org_unit_id: uuid.optional(),
    subtree: z.boolean().default(false).describe('Also the positions of every unit below org_unit_id.'),
    grade: z.string().max(200).optional(),
    status: z
      .array(z.enum(fields.position.status.values as readonly ['planned', 'open', 'frozen', 'closed']))
      .min(1)
      .optional()
      .describe('Default: planned, open and frozen.'),
    vacant: z.boolean().optional().describe('true: only vacant positions; false: only those with a holder.'),
    manager_position_id: uuid.optional().describe('Only direct reports of this position.'),
    title: z.string().trim().min(1).max(200).optional().describe('Text that the title holds; case does not matter.'),
    employment_type: z.enum(employmentTypes).optional(),
    country: z.string().max(100).optional(),
    ...pageInput,
  }),
  output: z.object({
    positions: z.array(item),
    next_cursor: z.string().optional().describe('There are more; give it as cursor.'),
    basis: basisOutput,
  }),
  abilities: ['positions.read'],
  readOnly: true,
  run: async (deps, caller, input) => {
    const page = readCursor('position.list', input);
    const basis = await resolveBasis(deps, caller, page.basis);
    const { sql } = deps;
    const units = await unitFilter(deps, basis, input);
    let ids: string[] | undefined;
    if (input.manager_position_id) {
      const candidates = await mayReportTo(sql, basis, input.manager_position_id);
      const managers = await managersOf(sql, basis, candidates);
      ids = candidates.filter((id) => managers.get(id) === input.manager_position_id);
    }
    const rows = await positions(
      sql,
      basis,
      {
        units,
        ids,
        statuses: input.status,
        grade: input.grade,
        vacant: input.vacant,
        title: input.title,
        employment_type: input.employment_type,
        country: input.country,
      },
      { after: page.after, limit: input.limit + 1 },
    );
    const shown = rows.slice(0, input.limit);
    const shownIds = shown.map((r) => r.id);
    const [managers, unitNames, held] = [
      await managersOf(sql, basis, shownIds),
      await namesOf(
        sql,
        basis,
        'org_unit',
        shown.map((r) => r.unit_id),
      ),
      // Enough for every holder of a page: a seat with hundreds of holders is shown with a count.
      shownIds.length === 0 ? [] : await placements(sql, basis, { position_ids: shownIds }, { limit: 20_000 }),
    ];
    const titles = await namesOf(sql, basis, 'position', [...managers.values()]);
    const persons = seesPersons(caller)
      ? await namesOf(
          sql,
          basis,
          'actor',
          held.map((h) => h.actor_id),
          true,
        )
      : undefined;
    const holders = Map.groupBy(held, (h) => h.position_id);
    const last = shown.at(-1);
    return {
      positions: shown.map((r) => {
        const sat = holders.get(r.id) ?? [];
        const manager = managers.get(r.id);
        return present({
          id: r.id,
          title: r.title,
          org_unit_id: r.unit_id,
          org_unit_name: unitNames.get(r.unit_id),
          status: r.status,
          vacant: ['open', 'frozen'].includes(r.status) && sat.length === 0,
          reporting: r.reporting,
          manager_position_id: manager,
          manager_title: manager && titles.get(manager),
          grade: r.grade,
          job_family: r.job_family,
          location: r.location,
          country: r.country,
          employment_type: r.employment_type,
          capacity_fte: r.capacity_fte === null ? null : fteText(r.capacity_fte),
          target_pay:
            seesCosts(caller) && r.pay_amount !== null && r.pay_currency !== null
              ? { amount: moneyText(r.pay_amount, r.pay_currency), basis: r.pay_basis ?? 'annual', currency: r.pay_currency }
              : null,
          holders:
            caller.abilities.has('placements.read') && sat.length > 0
              ? sat.slice(0, 10).map((h) =>
                  present({
                    placement_id: h.id,
                    actor_id: h.actor_id,
                    external_uid: h.external_uid,
                    kind: h.actor_kind,
                    fte: fteText(h.fte),
                    name: persons && persons.get(h.actor_id) !== h.external_uid ? persons.get(h.actor_id) : undefined,
                  }),
                )
              : null,
          more_holders: caller.abilities.has('placements.read') && sat.length > 10 ? sat.length - 10 : null,
          source_id: r.source_id,
        }) as z.infer<typeof item>;
      }),
      ...(rows.length > input.limit && last ? { next_cursor: nextCursor('position.list', basis, input, last.id) } : {}),
      basis: printBasis(basis),
    };
  },
});
