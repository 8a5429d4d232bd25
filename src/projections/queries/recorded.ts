import type { ChangeName } from '../../domain/changes.ts';
import { type Kind, kinds, type Values } from '../../domain/entities.ts';
import type { Sql } from '../sql.ts';

/** A change as it was recorded: by which event, in which place of it, to which thing. Personal fields stand elsewhere. */
export interface RecordedChange {
  type: ChangeName;
  kind: Kind;
  id: string;
  position: number;
  index: number;
  effective_from: string;
  set: Values;
}

const columns = `c.type, c.kind, c.id, c.position::float8 as position, c.index, c.effective_from::text as effective_from, c.set`;

/** The changes of one thing, by the primary key: all kinds are named, since an id does not tell its kind. */
const ofThing = (all: string, id: string): string => `c.kind = any(${all}::text[]) and c.id = ${id}::uuid`;

/** The first changes that one event made in a branch, in their order; those of one thing alone where `id` is given. */
export const changesOfEvent = (
  sql: Sql,
  at: { tenant: number; branch: number; position: number; id?: string | undefined },
  limit: number,
): Promise<RecordedChange[]> =>
  sql.query<RecordedChange>(
    `select ${columns} from entity_change c
     where c.tenant = $1::int and c.branch = $2::bigint and c.position = $3::bigint ${at.id === undefined ? '' : `and ${ofThing('$5', '$6')}`}
     order by c.index limit $4::int`,
    [at.tenant, at.branch, at.position, limit, ...(at.id === undefined ? [] : [kinds, at.id])],
  );

/** How many changes of each type one event made in a branch; those of one thing alone where `id` is given. */
export const changeTypesOfEvent = async (
  sql: Sql,
  at: { tenant: number; branch: number; position: number; id?: string | undefined },
): Promise<Record<string, number>> => {
  const rows = await sql.query<{ type: string; n: number }>(
    `select c.type, count(*)::int as n from entity_change c
     where c.tenant = $1::int and c.branch = $2::bigint and c.position = $3::bigint ${at.id === undefined ? '' : `and ${ofThing('$4', '$5')}`}
     group by c.type order by c.type`,
    [at.tenant, at.branch, at.position, ...(at.id === undefined ? [] : [kinds, at.id])],
  );
  return Object.fromEntries(rows.map((r) => [r.type, r.n]));
};

/** The changes in force that a branch holds of some things up to a position, oldest first, at most `each` of a thing. */
export const changesOfThings = async (
  sql: Sql,
  at: { tenant: number; branch: number; position: number; kind: Kind; ids: readonly string[] },
  each: number,
): Promise<RecordedChange[]> =>
  at.ids.length === 0
    ? []
    : sql.query<RecordedChange>(
        `select ${columns} from unnest($5::uuid[]) t(id) cross join lateral (
           select * from entity_change e where e.tenant = $1::int and e.branch = $2::bigint and e.kind = $3::text and e.id = t.id
             and e.position <= $4::bigint and (e.retracted_at is null or e.retracted_at > $4::bigint)
           order by e.position, e.index limit $6::int) c
         order by c.position, c.index`,
        [at.tenant, at.branch, at.kind, at.position, at.ids, each],
      );
