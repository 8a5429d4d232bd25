import type { IsoDate } from '../../domain/dates.ts';
import { fields, type Kind, kinds, personalFields, type Values } from '../../domain/entities.ts';
import { type BaselineRow, BaselineView, type Said } from '../../import/baseline.ts';
import type { OpenScratch } from '../../import/scratch.ts';
import type { Sql } from '../../projections/sql.ts';

/** Rows fetched at once: a page of wide rows stays below a few tens of megabytes. */
const PAGE = 5_000;

type Row = { id: string; effective_from: string; effective_to: string } & Values;

/** Every baseline version of one kind that stands at a position and ends after a date, page by page along the primary key. */
async function* versionsOf(sql: Sql, tenant: number, position: number, on: IsoDate, kind: Kind): AsyncGenerator<BaselineRow[]> {
  const columns = Object.keys(fields[kind]);
  let last: Row | undefined;
  for (;;) {
    const rows: Row[] = await sql.query<Row>(
      `select id, effective_from::text as effective_from, effective_to::text as effective_to, ${columns.join(', ')}
       from ${kind}_version
       where tenant = $1::int and branch = 0 and from_position <= $2::bigint and to_position > $2::bigint and effective_to > $3::date
         and (id, effective_from) > ($4::uuid, $5::date)
       order by id, effective_from limit ${PAGE}`,
      [tenant, position, on, last?.id ?? '00000000-0000-0000-0000-000000000000', last?.effective_from ?? '-infinity'],
    );
    yield rows.map((row) => {
      const { id, effective_from, effective_to, ...values } = row;
      return { kind, id, effective_from, effective_to, values };
    });
    last = rows.at(-1);
    if (rows.length < PAGE || !last) return;
  }
}

/** The personal fields of some actors on a date. */
const personalOn = async (
  sql: Sql,
  tenant: number,
  position: number,
  on: IsoDate,
  ids: readonly string[],
): Promise<Map<string, Values>> => {
  const rows = await sql.query<{ id: string } & Values>(
    `select id, ${personalFields.join(', ')} from actor_personal
     where tenant = $1::int and branch = 0 and from_position <= $2::bigint and to_position > $2::bigint and effective_from <= $3::date and effective_to > $3::date
       and id = any($4::uuid[])`,
    [tenant, position, on, ids],
  );
  return new Map(rows.map((row) => [row.id, row]));
};

interface Entry {
  id: string;
  effective_from: string;
  fields: string[];
  replace_later: boolean;
}

/** What the baseline says for dates after `from`, by thing: of what was recorded up to the position and not dropped by what came after it. */
const saidAfter = async (sql: Sql, tenant: number, position: number, from: IsoDate): Promise<Map<string, Said[]>> => {
  // In two steps: few things have a later date, and right after a large import the planner does not know that yet.
  const later = await sql.query<{ id: string }>(
    `select distinct id from entity_change
     where tenant = $1::int and branch = 0 and position <= $2::bigint and effective_from > $3::date`,
    [tenant, position, from],
  );
  if (later.length === 0) return new Map();
  const entries = await sql.query<Entry>(
    `select c.id, c.effective_from::text as effective_from, array(select jsonb_object_keys(c.set)) as fields, c.replace_later
     from unnest($3::uuid[]) as l(id) join entity_change c on c.id = l.id
     where c.tenant = $1::int and c.branch = 0 and c.kind = any($4::text[]) and c.position <= $2::bigint
       and (c.retracted_at is null or c.retracted_at > $2::bigint)
     order by c.position, c.index`,
    [tenant, position, later.map((l) => l.id), kinds],
  );
  const byThing = new Map<string, Said[]>();
  for (const { id, effective_from, fields: set, replace_later } of entries) {
    const before = byThing.get(id) ?? [];
    const kept = replace_later
      ? before.map((s) => (s.from > effective_from ? { ...s, fields: s.fields.filter((f) => !set.includes(f)) } : s))
      : before;
    byThing.set(id, [...kept, { from: effective_from, fields: set }]);
  }
  for (const [id, said] of byThing)
    byThing.set(
      id,
      said.filter((s) => s.from > from && s.fields.length > 0),
    );
  return byThing;
};

/** The whole baseline at a position, from the date `from` on, for files whose undated facts hold from `on`. Personal fields only where the file speaks of them. */
export const loadBaseline = async (
  sql: Sql,
  tenant: number,
  position: number,
  { on, from }: { on: IsoDate; from: IsoDate },
  personal: boolean,
  scratch?: OpenScratch,
): Promise<BaselineView> => {
  const view = new BaselineView(on, [], undefined, from, await saidAfter(sql, tenant, position, from), scratch);
  for (const kind of kinds)
    for await (const rows of versionsOf(sql, tenant, position, from, kind)) {
      const people =
        personal && kind === 'actor' ? await personalOn(sql, tenant, position, on, [...new Set(rows.map((r) => r.id))]) : undefined;
      for (const row of rows) view.add(row, people?.get(row.id));
    }
  view.finish();
  return view;
};
