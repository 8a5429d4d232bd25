import { type Kind, references, type Values } from '../domain/entities.ts';
import { type LoadedThing, lookups, type Need, type TimelineSource } from '../domain/world.ts';
import { below, followers } from './lines-below.ts';
import { type LoadBasis, type Place, tenantAnd, versions } from './live-versions.ts';
import type { Sql } from './sql.ts';
import { usedIds } from './used-ids.ts';

interface Found {
  kind: Kind;
  id: string;
}

/** The name of a reference column, checked against the registry: it becomes part of a statement. */
const column = (kind: Kind, field: string): string => {
  if (!references(kind).some(([name]) => name === field)) throw new TypeError(`${kind} has no reference ${field}`);
  return field;
};

/** Ids of the things of a kind that refer to one of `ids` by `field`, on any date. */
const referrers = (sql: Sql, place: Place, kind: Kind, field: string, ids: readonly string[]): Promise<Found[]> =>
  sql.query<Found>(
    `select distinct '${kind}' as kind, f.id from unnest($5::uuid[]) as t(id)
     cross join lateral (${versions(kind, 'v.id', (a) => `${a}.${field} = t.id`)}) f`,
    [...place, ids],
  );

/** Ids of the things of a kind whose `field` has one of `values` on any date; by the field's own index. */
const holders = (sql: Sql, place: Place, kind: Kind, field: string, values: readonly string[]): Promise<Found[]> => {
  if (!lookups[kind]?.includes(field)) throw new TypeError(`${kind} is not looked up by ${field}`);
  return sql.query<Found>(
    `select distinct '${kind}' as kind, f.id from unnest($5::text[]) as t(value)
     cross join lateral (${versions(kind, 'v.id', (a) => `${a}.${field} = t.value`)}) f`,
    [...place, values],
  );
};

/** Units reached by following `columns` from the given ones; the given ones first. */
const walkUnits = (sql: Sql, place: Place, ids: readonly string[], direction: 'up' | 'down'): Promise<Found[]> => {
  const step =
    direction === 'up'
      ? versions('org_unit', 'v.parent_id as id', (a) => `${a}.id = w.id and ${a}.parent_id is not null`)
      : versions('org_unit', 'v.id', (a) => `${a}.parent_id = w.id`);
  return sql.query<Found>(
    `with recursive walk(id) as (
       select unnest($5::uuid[])
       union
       select s.id from walk w cross join lateral (${step}) s)
     select 'org_unit' as kind, id from walk`,
    [...place, ids],
  );
};

/**
 * The positions above the given ones, and the units on the way. A position leads to its manager where the line is explicit, to
 * its unit where it reports to the head; a unit leads to its head and to its parent (the head's own line goes on upward).
 */
const reportingChain = (sql: Sql, place: Place, ids: readonly string[]): Promise<Found[]> => {
  const fromPosition = versions(
    'position',
    `v.reporting, v.manager_id, v.unit_id`,
    (a) => `w.kind = 'position' and ${a}.id = w.id and ${a}.reporting <> 'none'`,
  );
  const fromUnit = versions('org_unit', 'v.head_id, v.parent_id', (a) => `w.kind = 'org_unit' and ${a}.id = w.id`);
  return sql.query<Found>(
    `with recursive walk(kind, id) as (
       select 'position'::text, unnest($5::uuid[])
       union
       select n.kind, n.id from walk w cross join lateral (
         select case when p.reporting = 'explicit' then 'position' else 'org_unit' end as kind,
           case when p.reporting = 'explicit' then p.manager_id else p.unit_id end as id from (${fromPosition}) p
         union all
         select e.kind, e.id from (${fromUnit}) u cross join lateral (values ('position', u.head_id), ('org_unit', u.parent_id)) e(kind, id)
       ) n where n.id is not null)
     select kind, id from walk`,
    [...place, ids],
  );
};

const assumptions = (sql: Sql, place: Place): Promise<Found[]> =>
  sql.query<Found>(`select distinct 'assumption' as kind, id from (${versions('assumption', 'v.id', () => 'true')}) a`, place);

/** The recorded changes in force of these things, in order of recording. */
const entries = async (sql: Sql, place: Place, things: readonly Found[]): Promise<LoadedThing[]> => {
  const half = (branch: string, at: string, guard: string): string => `
    select c.branch, c.kind, c.id, c.position, c.index, c.effective_from, c.set, c.replace_later
    from json_to_recordset($5::json) as k(kind text, id uuid)
    join entity_change c on ${tenantAnd('c', branch)} and c.kind = k.kind and c.id = k.id and c.position <= ${at}
      and (c.retracted_at is null or c.retracted_at > ${at}) ${guard}`;
  const rows = await sql.query<
    Found & { branch: string; position: string; index: number; effective_from: string; set: Values; replace_later: boolean }
  >(`select * from (${half('0', '$4', '')} union all ${half('$2', '$3', 'and $2 <> 0')}) e order by branch, position, index`, [
    ...place,
    JSON.stringify(things),
  ]);
  const loaded = new Map<string, LoadedThing>(things.map(({ kind, id }) => [`${kind}/${id}`, { kind, id, entries: [] }]));
  for (const r of rows)
    loaded.get(`${r.kind}/${r.id}`)?.entries.push({
      scenario: r.branch !== '0',
      position: Number(r.position),
      index: r.index,
      effective_from: r.effective_from,
      set: r.set,
      replace_later: r.replace_later,
    });
  return [...loaded.values()].filter((thing) => thing.entries.length > 0);
};

/** The ids that these needs lead to; each kind of need is one statement, however often it is asked. */
const find = async (sql: Sql, place: Place, needs: readonly Need[]): Promise<Found[]> => {
  const found: Found[] = [];
  const chains = { reporting_chain: [] as string[], unit_chain: [] as string[], subtree: [] as string[] };
  const pointing = new Map<string, { kind: Kind; field: string; ids: string[] }>();
  const named = new Map<string, { kind: Kind; field: string; values: string[] }>();
  let all = false;
  for (const need of needs)
    switch (need.need) {
      case 'thing':
        found.push({ kind: need.kind, id: need.id });
        break;
      case 'referrers': {
        const key = `${need.kind}.${need.field}`;
        const group = pointing.get(key) ?? { kind: need.kind, field: column(need.kind, need.field), ids: [] };
        group.ids.push(need.id);
        pointing.set(key, group);
        break;
      }
      case 'by_value': {
        const key = `${need.kind}.${need.field}`;
        const group = named.get(key) ?? { kind: need.kind, field: need.field, values: [] };
        group.values.push(need.value);
        named.set(key, group);
        break;
      }
      case 'reporting_chain':
      case 'unit_chain':
      case 'subtree':
        chains[need.need].push(need.id);
        break;
      case 'assumptions':
        all = true;
        break;
      default:
        need satisfies never;
    }
  for (const { kind, field, ids } of pointing.values()) found.push(...(await referrers(sql, place, kind, field, ids)));
  for (const { kind, field, values } of named.values()) found.push(...(await holders(sql, place, kind, field, values)));
  if (chains.reporting_chain.length > 0) found.push(...(await reportingChain(sql, place, chains.reporting_chain)));
  if (chains.unit_chain.length > 0) found.push(...(await walkUnits(sql, place, chains.unit_chain, 'up')));
  if (chains.subtree.length > 0) found.push(...(await walkUnits(sql, place, chains.subtree, 'down')));
  if (all) found.push(...(await assumptions(sql, place)));
  return [...new Map(found.map(({ kind, id }) => [`${kind}/${id}`, { kind, id }])).values()];
};

/** Runs look-ups so that each goes by an index. */
const byIndex = <T>(sql: Sql, work: (tx: Sql) => Promise<T>): Promise<T> =>
  sql.transaction(async (tx) => {
    // A table of one page is cheaper to scan than to look up in, once; along a chain that is a scan for every link. And the
    // number of ids is not known to the planner, which may then read a whole index to join it with three of them.
    await tx.query("select set_config(name, 'off', true) from unnest(array['enable_seqscan', 'enable_hashjoin', 'enable_mergejoin']) name");
    return work(tx);
  });

/**
 * Loads what decisions ask for from the read model, for one branch at one position: one statement for each kind of need, one for
 * the changes of everything found. Reads only what is asked; never a whole table. Each thing comes once, however often asked.
 */
export const timelineSource = (sql: Sql, basis: LoadBasis): TimelineSource => {
  const place: Place = [basis.tenant, basis.branch, basis.position, basis.pin];
  return {
    load: async (needs: readonly Need[]): Promise<LoadedThing[]> => {
      if (needs.length === 0) return [];
      return byIndex(sql, async (tx) => {
        const things = await find(tx, place, needs);
        return things.length === 0 ? [] : entries(tx, place, things);
      });
    },
    followers: (question) => byIndex(sql, (tx) => followers(tx, place, question)),
    below: (question) => byIndex(sql, (tx) => below(tx, place, question)),
    used: ({ ids }) => byIndex(sql, (tx) => usedIds(tx, place, ids)),
  };
};
