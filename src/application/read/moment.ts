import type { Basis } from '../../projections/basis.ts';
import type { Deps } from '../context.ts';
import type { Point } from './point.ts';

/**
 * The instant that belongs to a basis, ISO UTC: the present for a read of the present; for a read of the past the time at which
 * the event at its position was recorded, so that what had not expired then is shown so.
 */
export const instantOf = async (deps: Deps, basis: Basis, asOf: Point | undefined): Promise<string> => {
  if (asOf === undefined) return deps.now().toISOString();
  const [row] = await deps.sql.query<{ at: string }>(
    `select to_char(recorded_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as at from log.event where tenant = $1::int and position = $2::bigint`,
    [basis.tenant, basis.position],
  );
  return row?.at ?? deps.now().toISOString();
};
