import type pg from 'pg';
import { call } from '../postgres/calls.ts';
import type { ExpectedRevision } from '../port.ts';

/** What the copy says about an append: which of its ids it has, and where its stream is. */
export interface Judgement {
  /** Last revision of the stream, -1 for none. */
  head: number;
  /** Events of the stream on the server that were not copied: so much further its revisions are there. */
  drops: number;
  /** The position and revision of the last event when all stand as this append; 'mismatch' when some do, or otherwise; undefined when none does. */
  standing: { position: number; revision: number; attempt: string | null } | 'mismatch' | undefined;
}

interface Known {
  head: string;
  drops: string;
  no: number;
  position: string;
  revision: string;
  same: boolean;
  attempt: string | null;
}
type Row = Known | { head: string; drops: string; no: null };

/** One row per id that is known, and one without where none is. */
const JUDGE = `select h.head, h.drops, s.* from (select
    coalesce((select max(revision) from log.event where tenant = $1 and stream = $2), -1) as head,
    (select count(*) from log.dropped where tenant = $1 and stream = $2) as drops) h
  left join (select i.no::int, e.position, e.revision, e.stream = $2 as same, o.attempt
    from unnest($3::uuid[]) with ordinality i(id, no)
    cross join lateral (select position, revision, stream from log.event k where k.tenant = $1 and k.event_id = i.id limit 1) e
    left join log.origin o on o.tenant = $1 and o.position = e.position) s on true order by s.no`;

/**
 * Looks an append up in the copy. After an exact revision its events must stand right there; with any and stream_exists where
 * the first of them is.
 */
export const judge = async (
  pool: pg.Pool,
  timeoutMs: number,
  tenant: number,
  stream: string,
  expected: ExpectedRevision,
  ids: readonly string[],
  signal?: AbortSignal,
): Promise<Judgement> => {
  const rows = await call<Row>(pool, { name: 'copy-judge', text: JUDGE, values: [tenant, stream, ids] }, timeoutMs, signal);
  const place = rows[0];
  const found = rows.filter((row): row is Known => row.no !== null);
  const first = found[0];
  const base =
    typeof expected === 'number' ? expected : expected === 'no_stream' ? -1 : first?.no === 1 ? Number(first.revision) - 1 : Number.NaN;
  const last = found.at(-1);
  const whole = found.length === ids.length && found.every((f) => f.same && Number(f.revision) === base + f.no);
  return {
    head: Number(place?.head ?? -1),
    drops: Number(place?.drops ?? 0),
    standing:
      last && whole && new Set(ids).size === ids.length
        ? { position: Number(last.position), revision: Number(last.revision), attempt: last.attempt }
        : last || new Set(ids).size < ids.length
          ? 'mismatch'
          : undefined,
  };
};
