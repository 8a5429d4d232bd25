import { z } from 'zod';
import { refuse } from '../../domain/codes.ts';
import { isDate } from '../../domain/dates.ts';
import { SNAPSHOT_PREFIX } from '../../domain/snapshot.ts';
import type { Caller, Deps } from '../context.ts';

/** A point of a tenant's history as callers give it. */
export const pointInput = z.union([z.int(), z.string()]);
export type Point = number | string;

/** Names shown to somebody who asked for one that is not there. */
const NAMES_SHOWN = 20;

const instant = /^(?!0000)\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-](0\d|1[0-5]):\d{2})$/;

/**
 * Whether a text is a time with a zone, as ISO 8601, that the database reads too: JavaScript takes 30 February for 2 March, knows a
 * year 0 and zones a day away.
 */
export const isInstant = (text: string): boolean => instant.test(text) && isDate(text.slice(0, 10)) && !Number.isNaN(Date.parse(text));

/**
 * The last position recorded at or before an instant; 0 before the first event. Writers set the time before they append, so positions
 * follow it but nearly: of the last thousand recorded up to then the highest position counts.
 */
const positionAt = async (deps: Deps, tenant: number, time: string): Promise<number> => {
  const [row] = await deps.sql.query<{ position: number | null }>(
    `select max(position)::float8 as position from (
       select position from log.event where tenant = $1::int and recorded_at <= $2::timestamptz order by recorded_at desc, position desc limit 1000) e`,
    [tenant, time],
  );
  return row?.position ?? 0;
};

/** The position that a snapshot names. NOT_FOUND tells the names there are. */
const positionOf = async (deps: Deps, tenant: number, name: string): Promise<number> => {
  const [row] = await deps.sql.query<{ position: number }>(
    'select position::float8 as position from snapshot_named where tenant = $1::int and name = $2::text',
    [tenant, name],
  );
  if (row) return row.position;
  const known = await deps.sql.query<{ name: string; position: number }>(
    'select name, position::float8 as position from snapshot_named where tenant = $1::int order by named_position desc limit $2::int',
    [tenant, NAMES_SHOWN],
  );
  throw refuse(
    'NOT_FOUND',
    `there is no snapshot ${JSON.stringify(name.slice(0, 100))}`,
    {
      wayOut:
        known.length > 0
          ? 'Use a name of those in this answer, an event position, or a time.'
          : 'Name one with `orgonaut snapshot create` on the command line, or use an event position or a time.',
    },
    { snapshots: known },
  );
};

/**
 * The event position that an event position, a time with a zone or `snapshot:NAME` stands for; `field` is what the caller calls
 * it. The projections have reached it when this resolves. INPUT_INVALID before the first and beyond the last event.
 */
export const resolvePoint = async (deps: Deps, caller: Caller, field: string, point: Point): Promise<number> => {
  const projected = await deps.projected(caller.tenant);
  const text = String(point);
  let position: number;
  if (typeof point === 'number' || /^\d{1,15}$/.test(text)) position = Number(point);
  else if (text.startsWith(SNAPSHOT_PREFIX))
    position = await positionOf(deps, caller.tenant, text.slice(SNAPSHOT_PREFIX.length).trim().normalize('NFC'));
  else if (isInstant(text)) position = await positionAt(deps, caller.tenant, text);
  else
    throw refuse('INPUT_INVALID', `${field} is no event position, time with a zone or snapshot: ${JSON.stringify(text.slice(0, 40))}`, {
      wayOut: 'Give a number such as 120, a time such as 2026-03-31T12:00:00Z, or snapshot:NAME.',
    });
  if (position < 1 || !Number.isSafeInteger(position))
    throw refuse('INPUT_INVALID', `${field} ${text} lies before the first event of this tenant`, {
      wayOut: `Use position 1 or later, or leave ${field} out.`,
    });
  if (position <= projected) return position;
  const [there] = await deps.store.readLog(caller.tenant, position - 1, 1, caller.signal ? { signal: caller.signal } : {});
  if (!there)
    throw refuse(
      'INPUT_INVALID',
      `${field} ${text} lies beyond the last event; the head is position ${projected}`,
      { wayOut: `Use a position up to ${projected}, or leave ${field} out.` },
      { head: projected },
    );
  await deps.reached(caller.tenant, position, caller.signal);
  return position;
};
