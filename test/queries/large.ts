import { columnsOf } from '../../src/projections/schema.ts';
import type { Sql } from '../../src/projections/sql.ts';

/** How large the loaded organisation is. */
export interface Size {
  positions: number;
  units: number;
  scenarios: number;
  /** Overlay rows of each scenario and kind of thing that it touches. */
  touched: number;
}

export const wholeSize: Size = { positions: 100_000, units: 1_000, scenarios: 1_000, touched: 260 };

/** The ids of the loaded organisation, so that a test can name a thing: kind letter and number. */
export const largeId = (letter: 'a' | 'b' | 'c' | 'd' | 'e', n: number): string =>
  `0000000${letter}-0000-7000-8000-${String(n).padStart(12, '0')}`;
const idSql = (letter: string, n: string) => `('0000000${letter}-0000-7000-8000-' || lpad((${n})::text, 12, '0'))::uuid`;

/**
 * Fills the version tables of tenant 1 with SQL: a tree of units with ten below each (the lowest are teams) and its head in each, a position per seat in three versions (one
 * ended in history, two by date), holders for nine in ten, their pay, and scenarios that touch positions. Position 10 is the
 * baseline's; scenario n has branch 10 + n and changed everything at 5,000 + n.
 */
export const loadLarge = async (sql: Sql, size: Size): Promise<void> => {
  const { positions: p, units: u, scenarios: s, touched } = size;
  const forever = '9223372036854775807';
  const seat = `'Seat ' || (g % 500), ${idSql('a', `1 + (g - 1) % ${u}`)}, case when g <= ${u} or g % 10 <> 0 then 'unit_head' else 'explicit' end,
    case when g > ${u} and g % 10 = 0 then ${idSql('b', 'g / 10')} end, 'G' || (g % 7), case when g % 3 = 0 then 'DE' else 'GB' end, 1 - (g % 4) * 0.125, 'permanent', 30000 + g % 50000 + 0.25, 'annual', case when g % 5 = 0 then 'USD' else 'GBP' end, 'open', 's' || g`;
  const columns =
    'tenant, branch, id, from_position, to_position, effective_from, effective_to, title, unit_id, reporting, manager_id, grade, country, capacity_fte, employment_type, pay_amount, pay_basis, pay_currency, status, source_id';
  await sql.query(`insert into org_unit_version (tenant, branch, id, from_position, effective_from, name, kind, parent_id, head_id, status)
    select 1, 0, ${idSql('a', 'g')}, 10, '2020-01-01', 'Unit ' || g, case when g > ${u} / 10 then 'team' else 'department' end, case when g > 1 then ${idSql('a', '(g + 8) / 10')} end, ${idSql('b', 'g')}, 'active' from generate_series(1, ${u}) g`);
  await sql.query(`insert into position_version (${columns})
    select 1, 0, ${idSql('b', 'g')}, 5, 10, '2020-01-01'::date, 'infinity'::date, ${seat} from generate_series(1, ${p}) g
    union all select 1, 0, ${idSql('b', 'g')}, 10, ${forever}, '2020-01-01', '2026-03-01', ${seat} from generate_series(1, ${p}) g
    union all select 1, 0, ${idSql('b', 'g')}, 10, ${forever}, '2026-03-01', 'infinity', ${seat} from generate_series(1, ${p}) g`);
  await sql.query(`insert into actor_version (tenant, branch, id, from_position, effective_from, kind, external_uid, contract_fte, employment_type, country, status)
    select 1, 0, ${idSql('c', 'g')}, 10, '2020-01-01', 'human', 'U' || g, 1 - (g % 4) * 0.125, case when g % 20 = 0 then 'contractor' else 'permanent' end, 'GB', 'active' from generate_series(1, ${p}) g where g % 10 <> 9`);
  await sql.query(`insert into placement_version (tenant, branch, id, from_position, effective_from, actor_id, unit_id, position_id, allocation, is_primary, role, status)
    select 1, 0, ${idSql('d', 'g')}, 10, '2020-01-01', ${idSql('c', 'g')}, ${idSql('a', `1 + (g - 1) % ${u}`)}, ${idSql('b', 'g')}, 100, true, 'member', 'active' from generate_series(1, ${p}) g where g % 10 <> 9`);
  await sql.query(`insert into compensation_version (tenant, branch, id, from_position, effective_from, actor_id, amount, basis, currency, status)
    select 1, 0, ${idSql('e', 'g')}, 10, '2020-01-01', ${idSql('c', 'g')}, 31000 + g % 50000, 'annual', 'GBP', 'active' from generate_series(1, ${p}) g where g % 10 <> 9`);
  await sql.query(`insert into assumption_version (tenant, branch, id, from_position, effective_from, name, scope, scope_ref, value, status)
    values (1, 0, gen_random_uuid(), 10, '2020-01-01', 'fx_rate', 'tenant', 'USD', 0.79125, 'active'), (1, 0, gen_random_uuid(), 10, '2020-01-01', 'on_cost_rate', 'country', 'DE', 0.205, 'active')`);
  await sql.query(`insert into position_version (${columns})
    select 1, 10 + s.n, ${idSql('b', `1 + (g.g * 37 + s.n * 101) % ${p}`)}, 5000 + s.n, ${forever}, '2020-01-01', 'infinity', v.title, v.unit_id, v.reporting, v.manager_id, v.grade, v.country, v.capacity_fte, v.employment_type, 60000, 'annual', 'GBP', case when g.g % 5 = 0 then 'closed' else 'open' end, v.source_id
    from generate_series(1, ${s}) s(n) cross join generate_series(1, ${touched}) g(g)
    join position_version v on v.tenant = 1 and v.branch = 0 and v.id = ${idSql('b', `1 + (g.g * 37 + s.n * 101) % ${p}`)} and v.from_position = 10 and v.effective_from = '2020-01-01'`);
  await sql.query(
    `insert into branch_pin (tenant, branch, from_position, baseline_position) select 1, 10 + n, 10 + n, 10 from generate_series(1, ${s}) n`,
  );
  await sql.query(`insert into scenario_version (tenant, id, branch, from_position, name, owner, visibility, state, content_version, content_position, created_position)
    select 1, gen_random_uuid(), 10 + n, 10 + n, 'Plan ' || n, gen_random_uuid(), 'shared', 'open', 1, 5000 + n, 10 + n from generate_series(1, ${s}) n`);
};

/**
 * What else a lived-in tenant has: the recorded changes behind the rows, people's names and birth dates, twenty proposals a scenario
 * of which one waits.
 */
export const loadLargeRecords = async (sql: Sql, size: Size): Promise<void> => {
  const types = {
    org_unit: 'OrgUnitCreated',
    position: 'PositionCreated',
    actor: 'ActorAdded',
    placement: 'PlacementStarted',
    compensation: 'CompensationSet',
    assumption: 'AssumptionSet',
  } as const;
  for (const [kind, type] of Object.entries(types) as [keyof typeof types, string][]) {
    const texts = columnsOf(kind).flatMap(([name, type_]) => (type_ === 'numeric' ? [`'${name}', ${name}::text`] : []));
    await sql.query(`insert into entity_change (tenant, branch, kind, id, position, index, type, effective_from, set)
      select tenant, branch, '${kind}', id, from_position, row_number() over (partition by branch order by id, effective_from), '${type}', effective_from,
        jsonb_strip_nulls(to_jsonb(v) - array['tenant', 'branch', 'id', 'from_position', 'to_position', 'effective_from', 'effective_to'] || jsonb_build_object(${texts.join(', ')}))
      from ${kind}_version v where tenant = 1 and to_position = 9223372036854775807`);
  }
  await sql.query(`insert into actor_personal (tenant, branch, id, from_position, effective_from, name, birth_date, gender)
    select 1, 0, ${idSql('c', 'g')}, 10, '2020-01-01', 'Person ' || g, (1960 + g % 45) || '-03-01', case when g % 3 = 0 then 'male' else 'female' end
    from generate_series(1, ${size.positions}) g where g % 10 <> 9`);
  await sql.query(`insert into proposal_version (tenant, id, scenario_id, branch, from_position, state, title, planner, digest, content_sha256, content_version, expires_at, change_count, warnings, approval_required, planned_position)
    select 1, gen_random_uuid(), s.id, s.branch, s.from_position + 1, case when g = 20 then 'planned' else 'withdrawn' end, 'Plan ' || g, gen_random_uuid(), '', '', 0, '2999-01-01', 3, 0, g = 20, s.from_position + 1
    from scenario_version s cross join generate_series(1, 20) g where s.tenant = 1 and s.branch <= ${10 + size.scenarios}`);
};

/** Statistics as the running service keeps them. */
export const analyzeLarge = async (admin: Sql): Promise<void> => {
  for (const table of ['org_unit', 'position', 'actor', 'placement', 'compensation', 'assumption', 'scenario', 'proposal'])
    await admin.query(`analyze read_v1.${table}_version`);
  for (const table of ['read_v1.entity_change', 'read_v1.actor_personal', 'read_v1.branch_pin', 'log.event'])
    await admin.query(`analyze ${table}`);
};
