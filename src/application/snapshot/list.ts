import { type Caller, type Deps, need } from '../context.ts';

export interface Snapshot {
  name: string;
  /** The event position it names. */
  position: number;
  /** When the event at that position was recorded, ISO UTC. */
  recorded_at: string;
  /** The event that gave the name. */
  named_position: number;
  named_by: string;
}

/** The snapshots of a tenant, the latest point first. */
export const listSnapshots = async (deps: Deps, caller: Caller): Promise<Snapshot[]> => {
  need(caller, 'settings.read');
  return deps.sql.query<Snapshot>(
    `select s.name, s.position::float8 as position, s.named_position::float8 as named_position, s.named_by,
       to_char(e.recorded_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as recorded_at
     from snapshot_named s join log.event e on e.tenant = s.tenant and e.position = s.position
     where s.tenant = $1::int order by s.position desc, s.named_position desc`,
    [caller.tenant],
  );
};
