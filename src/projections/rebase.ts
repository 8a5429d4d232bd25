import type { Track } from './fold-branch.ts';
import { type Step, type Touched, projectSteps } from './projector-rows.ts';
import { readingOf } from './memory.ts';
import type { Sql } from './sql.ts';

/** Everything a branch has changed, in force or not: what a new pin can change. */
export const touchedBy = async (sql: Sql, tenant: number, branch: number): Promise<Touched[]> => {
  const rows = await sql.query<{ track: Track; id: string }>(
    `select distinct kind as track, id from entity_change where tenant = $1 and branch = $2
     union all select distinct 'actor_personal', id from actor_personal_change where tenant = $1 and branch = $2`,
    [tenant, branch],
  );
  return rows.map((r) => ({ branch, ...r }));
};

/**
 * Moves a branch to another baseline position, at one event position: the pin moves, the step's changes are added and its
 * retractions made, and every thing the branch holds is merged again on the new ground. What it does not hold shows the
 * baseline at the new pin by itself.
 */
export const projectRebase = async (sql: Sql, tenant: number, branch: number, pin: number, step: Step): Promise<void> => {
  const before = await sql.query<{ from_position: string; baseline_position: string }>(
    'select from_position, baseline_position from branch_pin where tenant = $1 and branch = $2 order by from_position',
    [tenant, branch],
  );
  await sql.query('insert into branch_pin (tenant, branch, from_position, baseline_position) values ($1, $2, $3, $4)', [
    tenant,
    branch,
    step.position,
    pin,
  ]);
  const pinAt = (of: number, position: number): number => {
    if (of === 0) return position;
    if (position >= step.position) return pin;
    return Number(before.findLast((p) => Number(p.from_position) <= position)?.baseline_position ?? 0);
  };
  await projectSteps(sql, tenant, [{ ...step, touched: await touchedBy(sql, tenant, branch) }], pinAt, readingOf());
};
