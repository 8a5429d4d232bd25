import type { Below, BelowQuestion, FollowersQuestion, Heads, LineQuestion, Pair } from '../domain/line-questions.ts';
import { type Place, versions } from './live-versions.ts';
import type { Sql } from './sql.ts';

/** Parameters after those of the place: the date, the positions left out, the units with their heads. */
const valuesOf = (place: Place, { date, except, units }: LineQuestion): unknown[] => {
  const heads = (h: Heads, view: string) => ({ [`${view}1`]: h.first, [`${view}2`]: h.second });
  return [
    ...place,
    date,
    except,
    JSON.stringify(units.map(({ id, before, after }) => ({ id, ...heads(before, 'b'), ...heads(after, 'a') }))),
  ];
};

const onDate = (a: string): string => `${a}.effective_from <= $5::date and ${a}.effective_to > $5::date`;
const inForce = `coalesce(v.status in ('planned', 'open', 'frozen'), false) as in_force`;
const seats = (filter: (alias: string) => string): string =>
  `(${versions('position', `v.id, v.unit_id, v.reporting, ${inForce}`, (a) => `${filter(a)} and ${onDate(a)}`)})`;
/** Units with their head, where it is in force. */
const units = (filter: (alias: string) => string): string => `(
  select u.id, h.id as head from (${versions('org_unit', 'v.id, v.head_id', (a) => `${filter(a)} and ${onDate(a)}`)}) u
  left join lateral ${seats((a) => `${a}.id = u.head_id`)} h on h.in_force)`;

/**
 * The units above whose members a head changes, downward from those the plan names, each with the two heads before (b) and after
 * (a) as in queries/layers.ts; and the members that get another manager by it.
 */
const follower = `
  named as materialized (select * from json_to_recordset($7::json) as n(id uuid, b1 uuid, b2 uuid, a1 uuid, a2 uuid)),
  region (id, b1, b2, a1, a2) as (
    select * from named
    union all
    select u.id, coalesce(u.head, r.b1), case when u.head is null or u.head = r.b1 then r.b2 else r.b1 end,
      coalesce(u.head, r.a1), case when u.head is null or u.head = r.a1 then r.a2 else r.a1 end
    from region r cross join lateral ${units((a) => `${a}.parent_id = r.id`)} u
    where (r.b1, r.b2) is distinct from (r.a1, r.a2) and not (u.id in (select id from named))),
  follower as materialized (
    select s.id, s.in_force, m.was, m.now
    from region r
    cross join lateral (
      select * from ${seats((a) => `r.b1 is distinct from r.a1 and ${a}.unit_id = r.id`)} every_member
      union all
      select * from ${seats((a) => `r.b1 = r.a1 and r.b2 is distinct from r.a2 and ${a}.id = r.b1`)} the_head) s
    cross join lateral (select case when r.b1 = s.id then r.b2 else r.b1 end as was, case when r.a1 = s.id then r.a2 else r.a1 end as now) m
    where s.unit_id = r.id and s.reporting = 'unit_head' and s.id <> all ($6::uuid[]) and m.was is distinct from m.now)`;

/** Between which managers members change that the plan does not touch. Reads those members and the units they stand in. */
export const followers = async (sql: Sql, place: Place, question: FollowersQuestion): Promise<Pair<string | null>[]> =>
  sql.query<Pair<string | null>>(
    `with recursive ${follower} select distinct was as before, now as after from follower order by 1, 2`,
    valuesOf(place, question),
  );

/**
 * A walk down the recorded lines from whoever hands down something else than before: to the positions that name it, to the units
 * it leads (`head`), through those below to the next head, and to that head itself (`other`, which reports to the one above). It
 * ends where nothing differs any more. What the plan touches and who follows another head is no step: each begins a walk of its own.
 */
const walk = `
  start as materialized (select * from json_to_recordset($8::json) as s(id uuid, heads boolean, db int, da int, lb uuid, la uuid)),
  led as materialized (select * from json_to_recordset($9::json) as l(was uuid, now uuid, db int, da int, lb uuid, la uuid)),
  walk (what, id, head, other, counts, heads, mb, ma, db, da, lb, la) as (
    select b.* from (
      select 'seat', id, null::uuid, null::uuid, false, heads, null::uuid, null::uuid, db, da, lb, la from start
      union all
      select 'seat', f.id, null, null, f.in_force, f.in_force, l.lb, l.la, l.db + f.in_force::int, l.da + f.in_force::int,
        case when f.in_force then f.id else l.lb end, case when f.in_force then f.id else l.la end
      from follower f join led l on l.was is not distinct from f.was and l.now is not distinct from f.now) b
    union all
    select n.what, n.id, n.head, n.other, n.in_force, n.in_force, w.lb, w.la, w.db + n.in_force::int, w.da + n.in_force::int,
      case when n.in_force then n.id else w.lb end, case when n.in_force then n.id else w.la end
    from walk w cross join lateral (
      select 'seat' as what, s.id, null::uuid as head, null::uuid as other, s.in_force
        from ${seats((a) => `w.what = 'seat' and ${a}.manager_id = w.id`)} s where s.reporting = 'explicit'
      union all
      select 'unit', u.id, w.id, null, false from (${versions('org_unit', 'v.id', (a) => `w.what = 'seat' and w.heads and ${a}.head_id = w.id and ${onDate(a)}`)}) u
      union all
      select 'seat', s.id, null, null, s.in_force from ${seats((a) => `w.what = 'unit' and w.other is null and ${a}.unit_id = w.id`)} s
        where s.reporting = 'unit_head' and s.id <> w.head
      union all
      select 'seat', s.id, null, null, s.in_force from ${seats((a) => `w.what = 'unit' and ${a}.id = w.other`)} s
        where s.reporting = 'unit_head' and s.unit_id = w.id
      union all
      select 'unit', u.id, w.head, coalesce(w.other, u.head), false from ${units((a) => `w.what = 'unit' and ${a}.parent_id = w.id`)} u
        where u.head is null or (u.head <> w.head and (w.other is null or u.head = w.other))) n
    where (w.db is distinct from w.da or w.lb is distinct from w.la)
      and (n.what = 'unit' or (n.id <> all ($6::uuid[]) and not (n.id in (select id from follower)))))`;

/** Counts who gets another manager in force or another layer. Reads as many rows as positions follow or lie below. */
export const below = async (sql: Sql, place: Place, question: BelowQuestion): Promise<Below[]> => {
  const handed = ({ before, after }: BelowQuestion['followers'][number]['handed']) => ({
    db: before.depth,
    da: after.depth,
    lb: before.lead,
    la: after.lead,
  });
  const rows = await sql.query<{ mb: string | null; ma: string | null; db: number | null; da: number | null; positions: number }>(
    `with recursive ${follower}, ${walk}
     select mb, ma, db, da, count(*)::int as positions from walk where counts and (mb is distinct from ma or db is distinct from da) group by 1, 2, 3, 4`,
    [
      ...valuesOf(place, question),
      JSON.stringify(question.starts.map(({ id, heads, ...down }) => ({ id, heads, ...handed(down) }))),
      JSON.stringify(question.followers.map((f) => ({ was: f.managers.before, now: f.managers.after, ...handed(f.handed) }))),
    ],
  );
  return rows.map((r) => ({ before: { lead: r.mb, layer: r.db }, after: { lead: r.ma, layer: r.da }, positions: r.positions }));
};
