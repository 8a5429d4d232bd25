import type { Basis } from '../basis.ts';
import type { Sql } from '../sql.ts';
import { containing, type Filter, Query } from './query.ts';

export interface ActorFilter {
  /** Ids of units with an active placement of the actor; the caller has resolved a subtree to them. */
  units?: readonly string[] | undefined;
  kind?: string | undefined;
  statuses?: readonly string[] | undefined;
  employment_type?: string | undefined;
  country?: string | undefined;
  /** Text that the external uid holds, ignoring case. */
  external_uid?: string | undefined;
  /** true: without an active placement on the date; false: with one. */
  unplaced?: boolean | undefined;
}

export interface ActorRow {
  id: string;
  kind: string;
  external_uid: string;
  contract_fte: string | null;
  employment_type: string | null;
  country: string | null;
  status: string;
  exit_reason: string | null;
  source_system: string | null;
  source_id: string | null;
}

const plain = ['id', 'kind', 'external_uid', 'employment_type', 'country', 'status', 'exit_reason', 'source_system', 'source_id'];

/** The actors that fit a filter on the basis, in the order of their ids after `after`, at most `limit`. */
export const actors = async (
  sql: Sql,
  basis: Basis,
  filter: ActorFilter,
  page: { after?: string | undefined; limit: number },
): Promise<ActorRow[]> => {
  const q = new Query(basis);
  const statuses = q.value(filter.statuses ?? ['active'], 'text[]');
  const tests: ((a: string) => string)[] = [(a) => `${a}.status = any(${statuses})`];
  const equal = (column: string, value: string | undefined) =>
    value !== undefined && tests.push((a) => `${a}.${column} = ${q.value(value, 'text')}`);
  equal('kind', filter.kind);
  equal('employment_type', filter.employment_type);
  equal('country', filter.country);
  if (filter.external_uid !== undefined)
    tests.push((a) => `lower(${a}.external_uid) like lower(${q.value(containing(filter.external_uid ?? ''), 'text')})`);
  if (page.after !== undefined) tests.push((a) => `${a}.id > ${q.value(page.after, 'uuid')}`);
  if (filter.unplaced !== undefined) {
    const placed = (a: string) =>
      `exists (select 1 from ${q.effective('placement', { columns: ['status'], where: (l) => `${l}.actor_id = ${a}.id` })} l where l.status = 'active')`;
    tests.push((a) => (filter.unplaced ? `not ${placed(a)}` : placed(a)));
  }
  if (filter.units) {
    // The few actors of some units by index, not every actor with a look at its placements.
    const units = q.value(filter.units, 'uuid[]');
    tests.push(
      (a) =>
        `${a}.id in (select l.actor_id from ${q.effective('placement', { columns: ['actor_id', 'status'], where: (l) => `${l}.unit_id = any(${units})` })} l where l.status = 'active')`,
    );
  }
  const where: Filter = (a) => tests.map((t) => t(a)).join(' and ');
  return q.run<ActorRow>(
    sql,
    `select ${plain.map((c) => `x.${c}`).join(', ')}, x.contract_fte::text
    from ${q.effective('actor', { columns: [...plain, 'contract_fte'], where, first: page.limit })} x order by x.id limit ${q.value(page.limit, 'int')}`,
  );
};
