import { kinds, type Values } from '../domain/entities.ts';
import { copyRows } from './copy-in.ts';
import { columnsOfTrack, type Recorded, type Row, type Track } from './fold-branch.ts';
import { OPEN_END } from './schema.ts';
import type { Sql } from './sql.ts';

/** One change to be projected: of which branch and thing, at which place of the log. */
export interface ChangeRow {
  branch: number;
  track: Track;
  id: string;
  position: number;
  index: number;
  type: string;
  effective_from: string;
  set: Values;
  replace_later: boolean;
  batch: number | null;
  line: number | null;
}

/** A change taken out of force from `position` on. */
export interface Retraction {
  branch: number;
  track: Track;
  id: string;
  position: number;
  index: number;
  retracted_at: number;
}

/** One thing of one branch while it is worked on: what is recorded of it, and its open rows. */
export interface Held {
  track: Track;
  branch: number;
  id: string;
  recorded: Recorded[];
  rows: Row[];
  /** Rows that ended, and rows that turned out never to have held: what is to be written beside the open ones. */
  gone: Row[];
  dropped: Row[];
}

const ROWS_A_STATEMENT = 4000;

const pages = function* <T>(list: readonly T[]): Generator<T[]> {
  for (let i = 0; i < list.length; i += ROWS_A_STATEMENT) yield list.slice(i, i + ROWS_A_STATEMENT);
};

export const tracks: Track[] = [...kinds, 'actor_personal'];
const tableOf = (track: Track): string => (track === 'actor_personal' ? 'actor_personal' : `${track}_version`);
export const keyOf = (branch: number, track: Track, id: string): string => `${branch}/${track}/${id}`;

export type Key = { branch: number; id: string };

/** The recorded changes and open rows of these things, by key, in one statement per table and page. */
export const load = async (sql: Sql, tenant: number, wanted: Map<Track, Key[]>): Promise<Map<string, Held>> => {
  const held = new Map<string, Held>();
  for (const [track, keys] of wanted) {
    for (const { branch, id } of keys)
      held.set(keyOf(branch, track, id), { track, branch, id, recorded: [], rows: [], gone: [], dropped: [] });
    const names = columnsOfTrack(track);
    for (const page of pages(keys)) {
      const given = JSON.stringify(page);
      // json_to_recordset is planned as few rows, so each key is an index lookup however large the table is: where the planner
      // knows of the tenant's rows (see slices.ts). It must stay free to join: each key by itself could be a walk over them all.
      const changes = await sql.query<
        Omit<Recorded, 'position' | 'retracted_at'> & { branch: string; id: string; position: string; retracted_at: string | null }
      >(
        `select c.branch, c.id, c.position, c.index, c.effective_from, c.set, c.replace_later, c.retracted_at
         from json_to_recordset($2::json) as k(branch bigint, id uuid)
         join ${track === 'actor_personal' ? 'actor_personal_change' : 'entity_change'} c
           on c.tenant = $1 and c.branch = k.branch and c.id = k.id ${track === 'actor_personal' ? '' : 'and c.kind = $3'}`,
        track === 'actor_personal' ? [tenant, given] : [tenant, given, track],
      );
      for (const c of changes)
        held.get(keyOf(Number(c.branch), track, c.id))?.recorded.push({
          ...c,
          position: Number(c.position),
          retracted_at: c.retracted_at === null ? null : Number(c.retracted_at),
        });
      // What has no change has no row either: the things an import makes need no second look.
      const known = new Set(changes.map((c) => `${c.branch}/${c.id}`));
      if (known.size === 0) continue;
      const open = await sql.query<
        Values & { branch: string; id: string; from_position: string; effective_from: string; effective_to: string }
      >(
        `select v.branch, v.id, v.from_position, v.effective_from, v.effective_to, ${names.map((n) => `v.${n}`).join(', ')}
         from json_to_recordset($2::json) as k(branch bigint, id uuid)
         join ${tableOf(track)} v on v.tenant = $1 and v.branch = k.branch and v.id = k.id and v.to_position = ${OPEN_END}`,
        [tenant, JSON.stringify(page.filter((k) => known.has(`${k.branch}/${k.id}`)))],
      );
      for (const { branch, id, from_position, effective_from, effective_to, ...values } of open)
        held.get(keyOf(Number(branch), track, id))?.rows.push({
          from_position: Number(from_position),
          to_position: null,
          effective_from,
          effective_to,
          values,
          stored: true,
        });
    }
  }
  return held;
};

const placeOfChange = ['position', 'index', 'effective_from', 'set', 'replace_later'] as const;

export const insertChanges = async (sql: Sql, tenant: number, changes: readonly ChangeRow[]): Promise<void> => {
  const [people, things] = [changes.filter((c) => c.track === 'actor_personal'), changes.filter((c) => c.track !== 'actor_personal')];
  await copyRows(
    sql,
    'entity_change',
    ['tenant', 'branch', 'kind', 'id', ...placeOfChange, 'type', 'batch', 'line'],
    things.map((c) => [
      tenant,
      c.branch,
      c.track,
      c.id,
      c.position,
      c.index,
      c.effective_from,
      c.set,
      c.replace_later,
      c.type,
      c.batch,
      c.line,
    ]),
  );
  await copyRows(
    sql,
    'actor_personal_change',
    ['tenant', 'branch', 'id', ...placeOfChange],
    people.map((c) => [tenant, c.branch, c.id, c.position, c.index, c.effective_from, c.set, c.replace_later]),
  );
};

export const retract = async (sql: Sql, tenant: number, retractions: readonly Retraction[]): Promise<void> => {
  for (const page of pages(retractions)) {
    const given = JSON.stringify(page);
    const shape = 'as r(branch bigint, track text, id uuid, position bigint, index int, retracted_at bigint)';
    await sql.query(
      `update entity_change c set retracted_at = r.retracted_at from json_to_recordset($2::json) ${shape}
       where c.tenant = $1 and c.branch = r.branch and c.kind = r.track and c.id = r.id and c.position = r.position and c.index = r.index
         and c.retracted_at is null`,
      [tenant, given],
    );
    await sql.query(
      `update actor_personal_change c set retracted_at = r.retracted_at from json_to_recordset($2::json) ${shape}
       where r.track = 'actor_personal' and c.tenant = $1 and c.branch = r.branch and c.id = r.id and c.position = r.position
         and c.index = r.index and c.retracted_at is null`,
      [tenant, given],
    );
  }
};

/** Ends, removes and inserts rows of one version table. Removing comes first: a new row may take the place of one that never held. */
export const writeRows = async (sql: Sql, tenant: number, track: Track, held: readonly Held[]): Promise<void> => {
  const table = tableOf(track);
  const placeOf = (h: Held, r: Row) => ({
    branch: h.branch,
    id: h.id,
    effective_from: r.effective_from,
    from_position: r.from_position,
    to_position: r.to_position,
  });
  const shape = 'as r(branch bigint, id uuid, effective_from date, from_position bigint, to_position bigint)';
  const match = `v.tenant = $1 and v.branch = r.branch and v.id = r.id and v.effective_from = r.effective_from and v.from_position = r.from_position`;
  for (const page of pages(held.flatMap((h) => h.dropped.filter((r) => r.stored).map((r) => placeOf(h, r)))))
    await sql.query(`delete from ${table} v using json_to_recordset($2::json) ${shape} where ${match}`, [tenant, JSON.stringify(page)]);
  for (const page of pages(held.flatMap((h) => h.gone.filter((r) => r.stored).map((r) => placeOf(h, r)))))
    await sql.query(`update ${table} v set to_position = r.to_position from json_to_recordset($2::json) ${shape} where ${match}`, [
      tenant,
      JSON.stringify(page),
    ]);
  const names = columnsOfTrack(track);
  const fresh = function* (): Generator<unknown[]> {
    for (const h of held)
      for (const r of [...h.rows, ...h.gone])
        if (!r.stored)
          yield [
            tenant,
            h.branch,
            h.id,
            r.from_position,
            r.to_position ?? OPEN_END,
            r.effective_from,
            r.effective_to,
            ...names.map((n) => r.values[n]),
          ];
  };
  const place = ['tenant', 'branch', 'id', 'from_position', 'to_position', 'effective_from', 'effective_to'];
  await copyRows(sql, table, [...place, ...names], fresh());
};
