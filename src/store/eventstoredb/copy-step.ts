import { createHash } from 'node:crypto';
import type pg from 'pg';
import { call } from '../postgres/calls.ts';
import type { Arrived, Group } from './arrived.ts';
import { diverged } from './diverged.ts';

/** A place in the order of all streams of the server. */
export interface Place {
  commit: bigint;
  prepare: bigint;
}

interface Known {
  no: number;
  position: string;
  stream: string;
  revision: string;
  /** Where it is not yet known where the event stands on the server: its hash, to compare. */
  sha256: string | null;
}

const KNOWN = `select g.no::int, e.position, e.stream, e.revision, case when o.position is null then encode(sha256(e.bytes), 'hex') end as sha256
  from unnest($1::int[], $2::uuid[]) with ordinality g(tenant, id, no)
  cross join lateral (select * from log.event k where k.tenant = g.tenant and k.event_id = g.id limit 1) e
  left join log.origin o on o.tenant = g.tenant and o.position = e.position`;
const HOMES = `select t.id as tenant, c.state, exists (select from log.event e where e.tenant = t.id) as filled
  from unnest($1::int[]) t(id) left join log.copied_tenant c on c.tenant = t.id`;
const COPY_IN = `select log.copy_in($1, $2, $3, $4, $5::text[], $6::int[], $7::text[], $8::uuid[], $9::text[], $10::timestamptz[],
  $11::bigint[], $12::bigint[], $13::uuid[], $14::bigint[], $15::int[], $16) as done`;

type Decided = Arrived & { kind: 'add' | 'adopt' | 'drop'; position: string | null };

/**
 * What becomes of each append: added, dropped when an id of it was in the log before, adopted when it is what a move wrote.
 * Appends to tenants whose log lives in PostgreSQL are passed over: nobody was told that they succeeded.
 */
const decide = async (pool: pg.Pool, timeoutMs: number, groups: readonly Group[]): Promise<Decided[]> => {
  const events = groups.flat();
  const homes = new Map(
    (
      await call<{ tenant: number; state: string | null; filled: boolean }>(
        pool,
        { name: 'copy-homes', text: HOMES, values: [[...new Set(events.map((e) => e.tenant))]] },
        timeoutMs,
      )
    ).map((h) => [h.tenant, h.state !== null || !h.filled]),
  );
  const found = await call<Known>(
    pool,
    { name: 'copy-known', text: KNOWN, values: [events.map((e) => e.tenant), events.map((e) => e.event_id)] },
    timeoutMs,
  );
  const known = new Map(found.map((k) => [k.no, k]));
  const added = new Set<string>();
  const decided: Decided[] = [];
  let no = 0;
  for (const group of groups) {
    const standing = group.map(() => known.get(++no));
    if (!homes.get(group[0]?.tenant as number)) continue;
    const moved = standing.map(
      (k, i) => k !== undefined && k.sha256 !== null && same(k, group[i] as Arrived) && !added.has(keyOf(group[i] as Arrived)),
    );
    const repeats = standing.some((k) => k !== undefined) || group.some((e) => added.has(keyOf(e)));
    const kind = !repeats ? 'add' : moved.every(Boolean) ? 'adopt' : 'drop';
    const altered = group.find((e, i) => standing[i]?.sha256 && !same(standing[i] as Known, e));
    if (altered)
      throw diverged(
        altered.tenant,
        Number(standing[group.indexOf(altered)]?.position),
        'the event store holds another event under its id',
      );
    group.forEach((event, i) => {
      if (kind !== 'drop') added.add(keyOf(event));
      decided.push({ ...event, kind, position: kind === 'adopt' ? (standing[i]?.position ?? null) : null });
    });
  }
  return decided;
};

const keyOf = (event: Arrived): string => `${event.tenant}:${event.event_id}`;
const same = (known: Known, event: Arrived): boolean =>
  known.stream === event.stream && known.sha256 === createHash('sha256').update(event.bytes).digest('hex');

/**
 * Copies whole appends and says that everything up to `to` was looked at. Answers the tenants it concerns; undefined when this
 * process no longer leads, and then nothing was written.
 */
export const copyStep = async (
  pool: pg.Pool,
  timeoutMs: number,
  fence: string,
  after: bigint,
  to: Place,
  groups: readonly Group[],
): Promise<number[] | undefined> => {
  const events = groups.length === 0 ? [] : await decide(pool, timeoutMs, groups);
  const stored = events.map((e) => (e.kind === 'add' ? e.bytes : Buffer.alloc(0)));
  const values = [
    fence,
    String(after),
    String(to.commit),
    String(to.prepare),
    events.map((e) => e.kind),
    events.map((e) => e.tenant),
    events.map((e) => e.stream),
    events.map((e) => e.event_id),
    events.map((e) => e.type),
    events.map((e) => e.recorded_at),
    events.map((e) => String(e.commit)),
    events.map((e) => String(e.revision)),
    events.map((e) => e.mark.attempt),
    events.map((e) => e.position),
    stored.map((b) => b.length),
    Buffer.concat(stored),
  ];
  const [row] = await call<{ done: boolean }>(pool, { name: 'copy-in', text: COPY_IN, values }, timeoutMs);
  return row?.done ? [...new Set(events.map((e) => e.tenant))] : undefined;
};
