import type { Sql } from '../projections/sql.ts';

/** One call of a tool, without what was asked or answered. */
export interface Use {
  tenant: number;
  user_id: string;
  /** Id of the token, or of the connected app's grant. */
  credential: string;
  /** The client the credential was made for. */
  client: string | null;
  /** What the client calls itself; used where the credential says nothing. Untrusted text. */
  says: string | undefined;
  /** Canonical name. */
  tool: string;
  failed: boolean;
}

/** Self-given client names kept apart per credential and hour; a client that changes its name with every call is counted as "other". */
const NAMES = 20;
const HOUR_MS = 3_600_000;
/** Calls are kept for so many months: a year can be compared with the one before, to the month. */
export const USAGE_MONTHS = 13;

type Key = [tenant: number, hour: string, user_id: string, credential: string, client: string, tool: string];
interface Count {
  key: Key;
  calls: number;
  errors: number;
}

/**
 * Deletes what is older than the retention, in every tenant; gives how many rows went. The tenants are named, so that the primary key
 * leads to the old hours of each on every version of PostgreSQL, and no index on the hour alone costs each write something.
 */
export const sweepUsage = async (sql: Sql, at: Date): Promise<number> =>
  (
    await sql.query(
      `delete from access.usage where tenant = any(array(select id from access.tenant)) and hour < $1::timestamptz - make_interval(months => $2)
       returning 1`,
      [at.toISOString(), USAGE_MONTHS],
    )
  ).length;

export interface UsageRecorder {
  count(use: Use): void;
  /** Writes what is counted so far. Rejects when the database does; nothing counted is lost then. */
  flush(): Promise<void>;
  /** The last flush; nothing is counted after it. */
  stop(): Promise<void>;
}

/** Counts calls in memory and adds them to `access.usage` every few seconds, so that no call waits for it. */
export const usageRecorder = (
  sql: Sql,
  { now, onError, everyMs = 5_000 }: { now(): Date; onError(error: unknown): void; everyMs?: number },
): UsageRecorder => {
  let waiting = new Map<string, Count>();
  let names = { hour: '', by: new Map<string, Set<string>>() };
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();
  let sweptDay = '';

  const clientOf = ({ client, says = '', credential }: Use, hour: string): string => {
    if (client !== null) return client;
    if (names.hour !== hour) names = { hour, by: new Map() };
    const said = names.by.get(credential) ?? new Set();
    names.by.set(credential, said);
    if (!said.has(says) && said.size >= NAMES) return 'other';
    said.add(says);
    return says;
  };
  const add = ({ key, calls, errors }: Count): void => {
    const id = JSON.stringify(key);
    const there = waiting.get(id) ?? { key, calls: 0, errors: 0 };
    waiting.set(id, { key, calls: there.calls + calls, errors: there.errors + errors });
  };
  const write = async (): Promise<void> => {
    const taken = waiting;
    waiting = new Map();
    // One order for all processes: two that add to the same rows never wait for each other in a circle.
    const counts = [...taken.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, count]) => count);
    const column = <T>(of: (count: Count) => T): T[] => counts.map(of);
    try {
      await sql.query(
        `insert into access.usage (tenant, hour, user_id, credential, client, tool, calls, errors)
         select * from unnest($1::int[], $2::timestamptz[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::int[], $8::int[])
         on conflict (tenant, hour, user_id, credential, client, tool)
         do update set calls = access.usage.calls + excluded.calls, errors = access.usage.errors + excluded.errors`,
        [...[0, 1, 2, 3, 4, 5].map((n) => column((c) => c.key[n])), column((c) => c.calls), column((c) => c.errors)],
      );
    } catch (error) {
      for (const count of counts) add(count);
      throw error;
    }
  };
  /** Once a day of whoever writes; several processes find nothing left. A sweep that fails is tried at the next write. */
  const sweep = async (): Promise<void> => {
    const at = now();
    const day = at.toISOString().slice(0, 10);
    if (day === sweptDay) return;
    await sweepUsage(sql, at);
    sweptDay = day;
  };
  const turn = async (): Promise<void> => {
    if (waiting.size === 0) return;
    await write();
    await sweep().catch(onError);
  };
  const flush = (): Promise<void> => {
    running = running.then(turn, turn);
    return running;
  };
  const schedule = (): void => {
    timer ??= setTimeout(() => {
      timer = undefined;
      flush().catch((error: unknown) => {
        onError(error);
        schedule();
      });
    }, everyMs).unref();
  };
  return {
    count(use) {
      const hour = new Date(Math.floor(now().getTime() / HOUR_MS) * HOUR_MS).toISOString();
      // Neither NUL nor half a surrogate pair can be stored.
      const client = clientOf(use, hour).replaceAll('\0', '').toWellFormed().slice(0, 200);
      add({ key: [use.tenant, hour, use.user_id, use.credential, client, use.tool], calls: 1, errors: use.failed ? 1 : 0 });
      schedule();
    },
    flush,
    async stop() {
      clearTimeout(timer);
      await flush();
    },
  };
};

/** Usage is shown of so many days unless asked otherwise. */
export const USAGE_DAYS = 30;

/** From when on usage is asked for: a date or a time with its zone, from the year 1 on. Undefined for what is neither. */
export const usageFrom = (text: string | undefined, now: Date): Date | undefined => {
  if (text === undefined) return new Date(now.getTime() - USAGE_DAYS * 86_400_000);
  const since = new Date(text);
  return /^(?!0000)\d{4}-\d\d-\d\d/.test(text) && !Number.isNaN(since.getTime()) && since.getUTCFullYear() > 0 ? since : undefined;
};

export interface UsageRow {
  user_id: string;
  /** E-mail address or service name. */
  user: string;
  /** Name of the token or the connected app; its id where that is gone. */
  credential: string;
  client: string;
  tool: string;
  calls: number;
  errors: number;
  /** The last hour (ISO, its beginning) with a call. */
  last_hour: string;
}

/** Who used which tool through which client since an instant, most calls first; `more` counts the rows left out. */
export const usageSince = async (sql: Sql, tenant: number, since: Date, limit = 1000): Promise<{ usage: UsageRow[]; more: number }> => {
  const rows = await sql.query<UsageRow & { total: number }>(
    `select g.user_id, coalesce(u.email, u.service_name, g.user_id::text) as "user", coalesce(t.name, a.client_name, g.credential) as credential,
            g.client, g.tool, g.calls, g.errors, to_char(g.last_hour at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as last_hour,
            (count(*) over ())::int as total
       from (select user_id, credential, client, tool, sum(calls)::float8 as calls, sum(errors)::float8 as errors, max(hour) as last_hour
               from access.usage where tenant = $1 and hour >= date_trunc('hour', $2::timestamptz)
              group by user_id, credential, client, tool) g
       left join access.app_user u on u.id = g.user_id
       left join access.token t on t.tenant = $1 and t.id::text = g.credential
       left join access.connected_app a on a.tenant = $1 and a.grant_id = g.credential
      order by g.calls desc, g.user_id, g.credential, g.client, g.tool limit $3`,
    [tenant, since.toISOString(), limit],
  );
  return { usage: rows.map(({ total: _, ...row }) => row), more: Math.max(0, (rows[0]?.total ?? 0) - rows.length) };
};
