import { setTimeout as sleep } from 'node:timers/promises';
import { comparedTables } from '../schema.ts';
import { PROJECTION } from '../projector.ts';
import { LIVE_SCHEMA, type Sql } from '../sql.ts';
import type { Filler } from './fill.ts';
import type { Filling } from './generation.ts';

const key = [PROJECTION.name, PROJECTION.version] as const;
const laneError = 'projection, version, tenant, position, message, code, attempts, first_at, last_at';
/** The swap asks for its lock so long at a time: lanes queue behind it, so between two tries they go on. */
const LOCK_WAIT_MS = 1_000;
const TRIES = 120;

const isLockTimeout = (error: unknown): boolean => ['55P03', '40P01'].includes(String((error as { code?: unknown }).code));

/** Runs `work` in a transaction, again and again while its locks are not to be had; `between` runs before each try. */
export const persistently = async <T>(
  sql: Sql,
  filler: Filler,
  work: (tx: Sql) => Promise<T>,
  between: () => Promise<void> = async () => {},
): Promise<T> => {
  for (let tries = 1; ; tries++) {
    await between();
    try {
      return await sql.transaction(async (tx) => {
        await tx.query(`set local lock_timeout = ${LOCK_WAIT_MS}`);
        return work(tx);
      });
    } catch (error) {
      filler.forget();
      if (!isLockTimeout(error) || tries >= TRIES) throw error;
      await sleep(200 + Math.random() * 300);
    }
  }
};

/** Brings the filling level with the live lanes, of which none moves meanwhile. */
const level = async (tx: Sql, filler: Filler): Promise<void> => {
  const lanes = await tx.query<{ tenant: number; position: string }>(
    `select tenant, position from ${LIVE_SCHEMA}.projection_checkpoint where projection = $1 and version = $2`,
    [...key],
  );
  for (const { tenant, position } of lanes)
    if ((await filler.at(tx, tenant)) < Number(position)) await filler.fill(tx, tenant, Number(position));
};

/**
 * Serves the filling in place of the live generation, in one transaction. The lanes stand still from the moment the lock on
 * their checkpoints is there; who projects meanwhile waits at that lock, looks the name up again and finds the new tables,
 * level with the old. Reads are never held: a statement under way ends on the tables it began on, the next one finds the new
 * ones by the same name. The leader keeps its lease and its fencing number. `tail` brings the filling near the heads before
 * each try, so that the lanes stand still for little.
 */
export const swapAll = (sql: Sql, filler: Filler, filling: Filling, tail: () => Promise<void>): Promise<{ retired: string }> =>
  persistently(
    sql,
    filler,
    async (tx) => {
      const { schema, generation } = filling;
      await tx.query(`lock table ${LIVE_SCHEMA}.projection_checkpoint, ${LIVE_SCHEMA}.projection_lease in exclusive mode`);
      await level(tx, filler);
      await tx.query(`insert into ${schema}.projection_lease select * from ${LIVE_SCHEMA}.projection_lease`);
      await tx.query(
        `insert into ${schema}.projection_lane_error (${laneError}) select ${laneError} from ${LIVE_SCHEMA}.projection_lane_error e
         where position > (select c.position from ${schema}.projection_checkpoint c where c.tenant = e.tenant and c.projection = e.projection and c.version = e.version)`,
      );
      // What was computed from rows that are the same again needs no computing again.
      await tx.query(
        `insert into ${schema}.baseline_total select b.* from ${LIVE_SCHEMA}.baseline_total b join projection.proof p on p.tenant = b.tenant
         and p.projection = $1 and p.version = $2 and p.generation = $3 and p.live_digest = p.rebuilt_digest and b.position <= p.position`,
        [...key, generation],
      );
      const [old] = await tx.query<{ generation: number }>(
        `select generation from projection.generation where projection = $1 and version = $2 and state = 'live' for update`,
        [...key],
      );
      const gone = `${LIVE_SCHEMA}_g${old?.generation}_retired`;
      await tx.query(`alter schema ${LIVE_SCHEMA} rename to ${gone}`);
      await tx.query(`alter schema ${schema} rename to ${LIVE_SCHEMA}`);
      await tx.query(
        `update projection.generation set state = 'retired', schema = $4 where projection = $1 and version = $2 and generation = $3`,
        [...key, old?.generation, gone],
      );
      await tx.query(
        `update projection.generation set state = 'live', schema = $4, swapped_at = clock_timestamp()
         where projection = $1 and version = $2 and generation = $3`,
        [...key, generation, LIVE_SCHEMA],
      );
      return { retired: gone };
    },
    tail,
  );

/**
 * Puts the filling's rows of one tenant in the place of its live rows, in one transaction. Other tenants are not touched; this
 * one's lane stands still meanwhile, its reads see the old rows until the new ones are there.
 */
export const swapTenant = (sql: Sql, filler: Filler, filling: Filling, tenant: number, tail: () => Promise<void>): Promise<void> =>
  persistently(
    sql,
    filler,
    async (tx) => {
      const [lane] = await tx.query<{ position: string }>(
        `select position from ${LIVE_SCHEMA}.projection_checkpoint where projection = $1 and version = $2 and tenant = $3 for update`,
        [...key, tenant],
      );
      if (!lane) return;
      if ((await filler.at(tx, tenant)) < Number(lane.position)) await filler.fill(tx, tenant, Number(lane.position));
      for (const table of [...Object.keys(comparedTables), 'baseline_total'])
        await tx.query(`delete from ${LIVE_SCHEMA}.${table} where tenant = $1`, [tenant]);
      for (const table of Object.keys(comparedTables))
        await tx.query(`insert into ${LIVE_SCHEMA}.${table} select * from ${filling.schema}.${table} where tenant = $1`, [tenant]);
      await tx.query(
        `update ${LIVE_SCHEMA}.projection_checkpoint set position = $4, updated_at = clock_timestamp() where projection = $1 and version = $2 and tenant = $3`,
        [...key, tenant, await filler.at(tx, tenant)],
      );
    },
    tail,
  );
