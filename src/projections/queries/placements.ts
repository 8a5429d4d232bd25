import type { Basis } from '../basis.ts';
import type { Sql } from '../sql.ts';
import { roundHalfEven } from './money-sql.ts';
import { type Filter, Query } from './query.ts';

export interface PlacementFilter {
  units?: readonly string[] | undefined;
  position_ids?: readonly string[] | undefined;
  actor_ids?: readonly string[] | undefined;
  statuses?: readonly string[] | undefined;
  role?: string | undefined;
  /** Of the actor. */
  actor_kind?: string | undefined;
  employment_type?: string | undefined;
}

export interface PlacementRow {
  id: string;
  actor_id: string;
  unit_id: string | null;
  position_id: string | null;
  allocation: string | null;
  is_primary: boolean | null;
  role: string | null;
  status: string;
  effective_from: string;
  actor_kind: string;
  external_uid: string;
  employment_type: string | null;
  country: string | null;
  contract_fte: string | null;
  /** Contract FTE x allocation / 100 at four decimals, half-even; 0 where either is unknown. */
  fte: string;
}

/** The placements that fit a filter on the basis with their actors, in the order of their ids after `after`, at most `limit`. */
export const placements = async (
  sql: Sql,
  basis: Basis,
  filter: PlacementFilter,
  page: { after?: string | undefined; limit: number },
): Promise<PlacementRow[]> => {
  const q = new Query(basis);
  const list = (values: readonly string[] | undefined, cast: string) => values && q.value(values, cast);
  const units = list(filter.units, 'uuid[]');
  const seats = list(filter.position_ids, 'uuid[]');
  const actors = list(filter.actor_ids, 'uuid[]');
  const statuses = q.value(filter.statuses ?? ['active'], 'text[]');
  // Inside the filter, so that a page is full before it is cut.
  const actor = (l: string) => {
    const tests = (a: string) =>
      [
        `${a}.id = ${l}.actor_id`,
        filter.actor_kind !== undefined && `${a}.kind = ${q.value(filter.actor_kind, 'text')}`,
        filter.employment_type !== undefined && `${a}.employment_type = ${q.value(filter.employment_type, 'text')}`,
      ]
        .filter(Boolean)
        .join(' and ');
    return `exists (select 1 from ${q.effective('actor', { columns: ['id'], where: tests })} a)`;
  };
  const where: Filter = (a) =>
    [
      `${a}.status = any(${statuses})`,
      units && `${a}.unit_id = any(${units})`,
      seats && `${a}.position_id = any(${seats})`,
      actors && `${a}.actor_id = any(${actors})`,
      filter.role !== undefined && `${a}.role = ${q.value(filter.role, 'text')}`,
      page.after !== undefined && `${a}.id > ${q.value(page.after, 'uuid')}`,
      actor(a),
    ]
      .filter(Boolean)
      .join(' and ');
  return q.run<PlacementRow>(
    sql,
    `
    select l.id, l.actor_id, l.unit_id, l.position_id, l.allocation::text, l.is_primary, l.role, l.status, l.effective_from::text,
      a.kind as actor_kind, a.external_uid, a.employment_type, a.country, a.contract_fte::text,
      ${roundHalfEven('coalesce(a.contract_fte * l.allocation / 100, 0)', 4)}::text as fte
    from ${q.effective('placement', { columns: ['id', 'actor_id', 'unit_id', 'position_id', 'allocation', 'is_primary', 'role', 'status', 'effective_from'], where, first: page.limit })} l
    cross join lateral ${q.effective('actor', { columns: ['kind', 'external_uid', 'employment_type', 'country', 'contract_fte'], where: (a) => `${a}.id = l.actor_id` })} a
    order by l.id limit ${q.value(page.limit, 'int')}`,
  );
};
