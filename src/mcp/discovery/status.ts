import { z } from 'zod';
import type { Caller, Deps } from '../../application/context.ts';
import { operation } from '../../application/operation.ts';
import type { Code } from '../../domain/codes.ts';
import { copyWayOut, laneWayOut } from '../../domain/lane-way-out.ts';
import { version } from '../version.ts';

const still = { code: z.string(), way_out: z.string(), attempts: z.int(), since: z.string() };
const stuck = z.object({ before_position: z.int(), ...still });

/** What a caller hears of an error; its message stays in the service's log, for one of the database can hold data. */
const told = (code: Code) => ({ code, way_out: laneWayOut(code) });

/** Why the copy stands still in which this tenant's log is read, where EventStoreDB keeps it; by nobody who copies, too. */
const copyStill = async (deps: Deps, caller: Caller) => {
  const [copy] = await deps.sql.query<{ code: Code; attempts: number; since: string }>(
    `select coalesce(t.code, 'UNAVAILABLE') as code, coalesce(t.attempts, 0) as attempts,
            to_char(coalesce(t.first_at, c.expires_at) at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as since
       from log.copied_tenant h, log.copy c left join log.copy_trouble t on true
      where h.tenant = $1::int and h.state <> 'leaving'
        and (t.code is not null or (c.expires_at > '-infinity' and c.expires_at < clock_timestamp() - interval '15 seconds'))`,
    [caller.tenant],
  );
  return copy && { code: copy.code, way_out: copyWayOut(copy.code), attempts: copy.attempts, since: copy.since };
};

/** Whether what is read is up to date: the log's end, how far the projections are, whether one stands still. */
export const statusGet = operation({
  name: 'status.get',
  title: 'Service status',
  summary: 'Says whether answers are up to date: how far the log and the read model of this tenant are, and whether anything stands still',
  input: z.object({}),
  output: z.object({
    version: z.string(),
    time: z.string(),
    tenant: z.string(),
    log: z.object({
      event_position: z.int(),
      stuck: z.object(still).optional().describe('The copy of the EventStoreDB stands still: appends wait.'),
    }),
    projections: z.array(z.object({ name: z.string(), event_position: z.int(), behind: z.int(), stuck: stuck.optional() })),
    up_to_date: z.boolean(),
  }),
  abilities: ['settings.read'],
  readOnly: true,
  run: async (deps, caller) => {
    const head = (await deps.store.heads(caller.signal ? { signal: caller.signal } : {})).get(caller.tenant) ?? 0;
    const position = await deps.projected(caller.tenant);
    const lanes = await deps.sql.query<{
      name: string;
      position: number | null;
      code: Code | null;
      attempts: number | null;
      since: string | null;
    }>(
      `select c.projection || '_v' || c.version as name, e.position::float8 as position, e.code, e.attempts,
              to_char(e.first_at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as since
         from projection_checkpoint c
         left join projection_lane_error e on e.projection = c.projection and e.version = c.version and e.tenant = c.tenant
        where c.tenant = $1::int order by c.projection, c.version desc limit 1`,
      [caller.tenant],
    );
    const lane = lanes[0];
    const stands =
      lane && lane.position !== null
        ? { before_position: lane.position, ...told(lane.code ?? 'FAULT'), attempts: lane.attempts ?? 0, since: lane.since ?? '' }
        : undefined;
    const behind = Math.max(0, head - position);
    const copy = await copyStill(deps, caller);
    return {
      version,
      time: deps.now().toISOString(),
      tenant: caller.tenantSlug,
      log: { event_position: head, ...(copy ? { stuck: copy } : {}) },
      projections: lane ? [{ name: lane.name, event_position: position, behind, ...(stands ? { stuck: stands } : {}) }] : [],
      up_to_date: behind === 0 && stands === undefined && copy === undefined,
    };
  },
});
