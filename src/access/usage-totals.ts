import type { Sql } from '../projections/sql.ts';

/** All calls of one person, one client or one tool. */
export interface UsageTotal {
  /** E-mail address or service name of a person; name of a client, '' where it said none; canonical name of a tool. */
  name: string;
  calls: number;
  errors: number;
  /** The last hour (ISO, its beginning) with a call. */
  last_hour: string;
}

export interface UsageTotals {
  calls: number;
  errors: number;
  people: UsageTotal[];
  clients: UsageTotal[];
  tools: UsageTotal[];
}

interface Row extends UsageTotal, Record<string, unknown> {
  by: 'people' | 'clients' | 'tools' | 'all';
}

/** The calls of a tenant since an instant, added up three ways, most calls first. */
export const usageTotals = async (sql: Sql, tenant: number, since: Date): Promise<UsageTotals> => {
  // `grouping` has a bit for each column that a row was added up over: user, client, tool.
  const rows = await sql.query<Row>(
    `with g as (
       select user_id, client, tool, sum(calls)::float8 as calls, sum(errors)::float8 as errors, max(hour) as last_hour,
              case grouping(user_id, client, tool) when 3 then 'people' when 5 then 'clients' when 6 then 'tools' else 'all' end as by
         from access.usage where tenant = $1 and hour >= date_trunc('hour', $2::timestamptz)
        group by grouping sets ((user_id), (client), (tool), ()))
     select g.by, coalesce(u.email, u.service_name, g.user_id::text, g.client, g.tool, '') as name, coalesce(g.calls, 0) as calls,
            coalesce(g.errors, 0) as errors, to_char(g.last_hour at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as last_hour
       from g left join access.app_user u on u.id = g.user_id
      order by g.calls desc, name`,
    [tenant, since.toISOString()],
  );
  const of = (by: Row['by']): UsageTotal[] => rows.filter((r) => r.by === by).map(({ by: _, ...total }) => total);
  const [all] = of('all');
  return { calls: all?.calls ?? 0, errors: all?.errors ?? 0, people: of('people'), clients: of('clients'), tools: of('tools') };
};
