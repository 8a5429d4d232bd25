import type { IsoDate } from '../../domain/dates.ts';
import { fields, type Kind, kinds, personalFields, type Values } from '../../domain/entities.ts';
import { type BaselineRow, BaselineView } from '../../import/baseline.ts';
import type { Sql } from '../../projections/sql.ts';

/** Rows fetched at once: a page of wide rows stays below a few tens of megabytes. */
const PAGE = 20_000;

type Row = { id: string; effective_from: string; effective_to: string } & Values;

/** Every baseline version of one kind that stands at a position and ends after a date, page by page along the primary key. */
async function* versionsOf(sql: Sql, tenant: number, position: number, on: IsoDate, kind: Kind): AsyncGenerator<BaselineRow> {
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
    for (const row of rows) yield { kind, id: row.id, effective_from: row.effective_from, effective_to: row.effective_to, values: row };
    last = rows.at(-1);
    if (rows.length < PAGE || !last) return;
  }
}

/** The personal fields of every actor on a date. */
const personalOn = async (sql: Sql, tenant: number, position: number, on: IsoDate): Promise<Map<string, Values>> => {
  const rows = await sql.query<{ id: string } & Values>(
    `select id, ${personalFields.join(', ')} from actor_personal
     where tenant = $1::int and branch = 0 and from_position <= $2::bigint and to_position > $2::bigint and effective_from <= $3::date and effective_to > $3::date`,
    [tenant, position, on],
  );
  return new Map(rows.map((row) => [row.id, row]));
};

/** The whole baseline at a position, from the date `from` on, for files whose undated facts hold from `on`. Personal fields only where the file speaks of them. */
export const loadBaseline = async (
  sql: Sql,
  tenant: number,
  position: number,
  { on, from }: { on: IsoDate; from: IsoDate },
  personal: boolean,
): Promise<BaselineView> => {
  const rows: BaselineRow[] = [];
  for (const kind of kinds) for await (const row of versionsOf(sql, tenant, position, from, kind)) rows.push(row);
  return new BaselineView(on, rows, personal ? await personalOn(sql, tenant, position, on) : undefined, from);
};
