import { z } from 'zod';
import { refuse } from '../../domain/codes.ts';
import { Decimal, fteText } from '../../domain/decimal.ts';
import { ratios } from '../../domain/ratios.ts';
import type { Basis } from '../../projections/basis.ts';
import { noSeats, unitMetrics, type UnitSeats } from '../../projections/queries/unit-metrics.ts';
import { unitTree, upward } from '../../projections/queries/unit-tree.ts';
import type { Sql } from '../../projections/sql.ts';
import { fteField, idField } from './shape.ts';

export const unitMetricsOutput = z.object({
  org_unit_id: idField,
  name: z.string(),
  headcount: z.int(),
  contractors: z.int(),
  robots: z.int(),
  ai_agents: z.int(),
  seats: z.int(),
  planned: z.int(),
  frozen: z.int(),
  vacant_positions: z.int(),
  managers: z.int().describe('Seats of this unit with a direct report anywhere.'),
  fte: fteField,
  establishment_fte: fteField,
  fte_in_post: fteField,
  vacancy_fte: fteField,
  vacancy_rate: z.string().optional(),
});
type UnitMetrics = z.input<typeof unitMetricsOutput>;

type Heads = Record<'headcount' | 'contractors' | 'robots' | 'ai_agents', number>;
type Counted = UnitSeats & Heads;

const empty = (): Counted => ({
  headcount: 0,
  contractors: 0,
  robots: 0,
  ai_agents: 0,
  ...noSeats(),
});

const addSeats = (to: Counted, of: UnitSeats): void => {
  for (const name of ['seats', 'planned', 'frozen', 'vacant_positions', 'managers'] as const) to[name] += of[name];
  for (const name of ['establishment_fte', 'fte', 'fte_in_post'] as const) to[name] = to[name].plus(of[name]);
};

const addHeads = (to: Counted, group: { kind: string; contractor: boolean; people: number }): void => {
  if (group.kind === 'human') {
    to.headcount += group.people;
    if (group.contractor) to.contractors += group.people;
  } else to[group.kind === 'robot' ? 'robots' : 'ai_agents'] += group.people;
};

/**
 * The counts of every unit that has some, most people first: of the unit alone, or with every unit below it, where a person with
 * placements in several of them counts once. NOT_FOUND for a unit that is unknown.
 */
export const metricsByUnit = async (
  sql: Sql,
  basis: Basis,
  input: { subtree: boolean; org_unit_id?: string | undefined },
): Promise<UnitMetrics[]> => {
  const tree = await unitTree(sql, basis);
  if (input.org_unit_id !== undefined && !tree.has(input.org_unit_id))
    throw refuse('NOT_FOUND', `there is no unit ${input.org_unit_id}`, {
      ids: [input.org_unit_id],
      wayOut: 'Look the unit up with org.search or org.tree.',
    });
  const found = await unitMetrics(sql, basis);
  const counted = new Map<string, Counted>();
  const at = (id: string): Counted => {
    const known = counted.get(id) ?? empty();
    counted.set(id, known);
    return known;
  };
  const reach = (id: string): string[] => (input.subtree ? upward(tree, id) : [id]);
  for (const [id, seats] of found.units) for (const unit of reach(id)) addSeats(at(unit), seats);
  for (const group of found.heads) for (const unit of new Set(group.units.flatMap(reach))) addHeads(at(unit), group);
  return [...counted]
    .filter(([id]) => input.org_unit_id === undefined || upward(tree, id).includes(input.org_unit_id))
    .sort(([a, x], [b, y]) => y.headcount - x.headcount || y.seats - x.seats || (a < b ? -1 : 1))
    .map(([id, c]) => {
      const ratio = ratios({ ...c, seats: new Decimal(c.seats), roots: 0 });
      return {
        org_unit_id: id,
        name: tree.get(id)?.name ?? id,
        headcount: c.headcount,
        contractors: c.contractors,
        robots: c.robots,
        ai_agents: c.ai_agents,
        seats: c.seats,
        planned: c.planned,
        frozen: c.frozen,
        vacant_positions: c.vacant_positions,
        managers: c.managers,
        fte: fteText(c.fte),
        establishment_fte: fteText(c.establishment_fte),
        fte_in_post: fteText(c.fte_in_post),
        vacancy_fte: fteText(c.establishment_fte.minus(c.fte_in_post)),
        ...(ratio.vacancy_rate ? { vacancy_rate: ratio.vacancy_rate.toDecimalPlaces(4).toFixed(4) } : {}),
      };
    });
};
