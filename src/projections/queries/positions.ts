import type { Basis } from '../basis.ts';
import type { Sql } from '../sql.ts';
import { activePosition, containing, type Filter, Query, trigrams } from './query.ts';

export interface PositionFilter {
  /** Ids of units; the caller has resolved a subtree to them. */
  units?: readonly string[] | undefined;
  /** Ids of positions, when another filter was resolved to them. */
  ids?: readonly string[] | undefined;
  statuses?: readonly string[] | undefined;
  grade?: string | undefined;
  employment_type?: string | undefined;
  country?: string | undefined;
  /** Text that the title holds, ignoring case. */
  title?: string | undefined;
  /** true: open or frozen without an active placement; false: with one. */
  vacant?: boolean | undefined;
}

export interface PositionRow {
  id: string;
  title: string;
  unit_id: string;
  reporting: string;
  job_family: string | null;
  grade: string | null;
  location: string | null;
  country: string | null;
  capacity_fte: string | null;
  employment_type: string | null;
  pay_amount: string | null;
  pay_basis: string | null;
  pay_currency: string | null;
  status: string;
  source_id: string | null;
  effective_from: string;
}

/** The positions that fit a filter on the basis, in the order of their ids after `after`, at most `limit`. */
export const positions = async (
  sql: Sql,
  basis: Basis,
  filter: PositionFilter,
  page: { after?: string | undefined; limit: number },
): Promise<PositionRow[]> => {
  const q = new Query(basis);
  const tests: ((a: string) => string)[] = [
    (a) => (filter.statuses ? `${a}.status = any(${q.value(filter.statuses, 'text[]')})` : activePosition(a)),
  ];
  const equal = (column: string, value: string | undefined) =>
    value !== undefined && tests.push((a) => `${a}.${column} = ${q.value(value, 'text')}`);
  equal('grade', filter.grade);
  equal('employment_type', filter.employment_type);
  equal('country', filter.country);
  // Arrays are bound once and shared by both halves.
  const units = filter.units && q.value(filter.units, 'uuid[]');
  const ids = filter.ids && q.value(filter.ids, 'uuid[]');
  if (units) tests.push((a) => `${a}.unit_id = any(${units})`);
  if (ids) tests.push((a) => `${a}.id = any(${ids})`);
  if (filter.title !== undefined) tests.push((a) => `lower(${a}.title) like lower(${q.value(containing(filter.title ?? ''), 'text')})`);
  if (page.after !== undefined) tests.push((a) => `${a}.id > ${q.value(page.after, 'uuid')}`);
  if (filter.vacant !== undefined) {
    const held = (a: string) =>
      `exists (select 1 from ${q.effective('placement', { columns: ['status'], where: (l) => `${l}.position_id = ${a}.id` })} l where l.status = 'active')`;
    tests.push((a) => (filter.vacant ? `${a}.status in ('open', 'frozen') and not ${held(a)}` : held(a)));
  }
  const where: Filter = (a) => tests.map((t) => t(a)).join(' and ');
  const columns = [
    'id',
    'title',
    'unit_id',
    'reporting',
    'job_family',
    'grade',
    'location',
    'country',
    'capacity_fte',
    'employment_type',
    'pay_amount',
    'pay_basis',
    'pay_currency',
    'status',
    'source_id',
    'effective_from',
  ];
  return q.run<PositionRow>(
    sql,
    `
    select ${columns.map((c) => (c === 'effective_from' ? 'p.effective_from::text' : c === 'capacity_fte' || c === 'pay_amount' ? `p.${c}::text` : `p.${c}`)).join(', ')}
    from ${q.effective('position', { columns, where, first: trigrams(filter.title) ? 'fenced' : page.limit })} p order by p.id limit ${q.value(page.limit, 'int')}`,
  );
};
