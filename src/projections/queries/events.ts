import { kinds } from '../../domain/entities.ts';
import { streams } from '../../domain/events.ts';
import type { Sql } from '../sql.ts';

export interface EventFilter {
  tenant: number;
  /** Positions from here up to and including there. */
  from: number;
  to: number;
  types?: readonly string[] | undefined;
  stream?: string | undefined;
  /** A scenario's own stream and those of its proposals; 'baseline': everything that is of no scenario. */
  scenario_id?: string | 'baseline' | undefined;
  /** Caused by this user. */
  user?: string | undefined;
  /** Access events about this user, whoever caused them. */
  about?: string | undefined;
  /** Events that changed this thing, on the baseline or in a scenario the caller may see. */
  entity_id?: string | undefined;
  newestFirst: boolean;
  limit: number;
}

/**
 * Positions of the events that fit, in order. `visible` says which rows of scenario_version (alias s) the caller may see; events of
 * other scenarios and their proposals are not there. Reads the log by its indexes and decodes nothing.
 */
export const eventPositions = async (
  sql: Sql,
  filter: EventFilter,
  visible: (placeholder: (value: unknown) => string) => string,
): Promise<number[]> => {
  const values: unknown[] = [];
  const value = (v: unknown) => `$${values.push(v)}`;
  const tenant = `${value(filter.tenant)}::int`;
  const governed = `e.stream like 'scenario-%' or e.stream like 'proposal-%'`;
  const own = `select 'scenario-' || s.tenant || '.' || s.id from scenario_version s where s.tenant = ${tenant} and s.to_position = 9223372036854775807`;
  const proposals = `select distinct 'proposal-' || p.tenant || '.' || p.id from proposal_version p`;
  const tests = [`e.tenant = ${tenant}`, `e.position >= ${value(filter.from)}::bigint`, `e.position <= ${value(filter.to)}::bigint`];
  if (filter.types) tests.push(`e.type = any(${value(filter.types)}::text[])`);
  if (filter.stream !== undefined) tests.push(`e.stream = ${value(filter.stream)}::text`);
  if (filter.scenario_id === 'baseline') tests.push(`not (${governed})`);
  else if (filter.scenario_id !== undefined) {
    const id = `${value(filter.scenario_id)}::uuid`;
    tests.push(`e.stream in (${own} and s.id = ${id} union all ${proposals} where p.tenant = ${tenant} and p.scenario_id = ${id})`);
  }
  const allowed = visible((v) => `${value(v)}::uuid`);
  if (allowed !== 'true')
    tests.push(`(not (${governed}) or e.stream in (${own} and ${allowed}) or e.stream in (${proposals}
      join scenario_version s on s.tenant = p.tenant and s.id = p.scenario_id and s.to_position = 9223372036854775807 where p.tenant = ${tenant} and ${allowed}))`);
  // Who caused an event stands in its bytes alone. They are canonical, and a quote inside a text is escaped, so these bytes are
  // the metadata's and nothing else.
  if (filter.user !== undefined)
    tests.push(`position(convert_to(${value(`"user":"${filter.user}","via":"`)}::text, 'UTF8') in e.bytes) > 0`);
  // So does whom an event of the access stream is about.
  if (filter.about !== undefined) {
    const named = value(`"user_id":"${filter.about}"`);
    tests.push(`e.stream = ${value(streams.access(filter.tenant))}::text and position(convert_to(${named}::text, 'UTF8') in e.bytes) > 0`);
  }
  if (filter.entity_id !== undefined)
    // An array, so that the log is looked up by position and not walked.
    tests.push(`e.position = any (array(
      select p.position from (select 0::bigint as branch union all
          select s.branch from scenario_version s where s.tenant = ${tenant} and s.to_position = 9223372036854775807 and ${allowed}) b
        cross join unnest(${value(kinds)}::text[]) k(kind)
        join entity_change c on c.tenant = ${tenant} and c.branch = b.branch and c.kind = k.kind and c.id = ${value(filter.entity_id)}::uuid
        cross join lateral (values (c.position), (c.retracted_at)) p(position) where p.position is not null))`);
  const rows = await sql.query<{ position: number }>(
    `select e.position::float8 as position from log.event e where ${tests.join(' and ')} order by e.position ${filter.newestFirst ? 'desc' : 'asc'} limit ${value(filter.limit)}::int`,
    values,
  );
  return rows.map((r) => r.position);
};

/** What is known of some proposals at the end of history: where their content lies and how large it is. */
export const proposalRefs = async (
  sql: Sql,
  tenant: number,
  ids: readonly string[],
): Promise<Map<string, { content_sha256: string; change_count: number; title: string }>> => {
  if (ids.length === 0) return new Map();
  const rows = await sql.query<{ id: string; content_sha256: string; change_count: number; title: string }>(
    'select distinct on (id) id, content_sha256, change_count, title from proposal_version where tenant = $1::int and id = any($2::uuid[]) order by id, from_position desc',
    [tenant, ids],
  );
  return new Map(rows.map((r) => [r.id, r]));
};
