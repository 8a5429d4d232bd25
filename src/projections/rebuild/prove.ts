import { type Difference, firstDifference, firstOverlap, tableDigests, wholeDigest } from '../digest.ts';
import { PROJECTION } from '../projector.ts';
import { LIVE_SCHEMA, type Sql } from '../sql.ts';
import type { Filler } from './fill.ts';
import type { Filling } from './generation.ts';

/** The rows of one tenant, live and rebuilt, compared at one event position. */
export interface Proof {
  position: number;
  live_digest: string;
  rebuilt_digest: string;
  equal: boolean;
  /** The first row in which the live tables were not what the log says. */
  first_difference?: Difference;
}

const key = [PROJECTION.name, PROJECTION.version] as const;

/** A proof that an earlier run of the same filling made. */
export const proven = async (sql: Sql, filling: Filling, tenant: number): Promise<Proof | undefined> => {
  const [row] = await sql.query<{ position: string; live_digest: string; rebuilt_digest: string; difference: Difference | null }>(
    `select position, live_digest, rebuilt_digest, difference from projection.proof
     where projection = $1 and version = $2 and generation = $3 and tenant = $4`,
    [...key, filling.generation, tenant],
  );
  if (!row) return undefined;
  const { live_digest, rebuilt_digest, difference } = row;
  const equal = live_digest === rebuilt_digest;
  return { position: Number(row.position), live_digest, rebuilt_digest, equal, ...(difference ? { first_difference: difference } : {}) };
};

/**
 * Compares a tenant's rows in the live schema and in the filling, at exactly the live position: the live lane is held still
 * for as long as that takes, reads go on. Undefined when the filling is ahead of the live lane (which then stands still or is
 * far behind): there is no position at which both stand. Throws when the rebuilt rows contradict each other.
 */
export const prove = async (sql: Sql, filler: Filler, filling: Filling, tenant: number): Promise<Proof | undefined> =>
  sql.transaction(async (tx) => {
    const [row] = await tx.query<{ position: string }>(
      `select position from ${LIVE_SCHEMA}.projection_checkpoint where projection = $1 and version = $2 and tenant = $3 for share`,
      [...key, tenant],
    );
    const position = Number(row?.position ?? 0);
    if ((await filler.at(tx, tenant)) > position) return undefined;
    await filler.fill(tx, tenant, position);
    const mine = await tableDigests(tx, LIVE_SCHEMA, tenant);
    const theirs = await tableDigests(tx, filling.schema, tenant);
    const overlap = await firstOverlap(tx, filling.schema, tenant);
    if (overlap)
      throw new Error(`tenant ${tenant}: the rebuilt rows of ${overlap.table} contradict each other: ${JSON.stringify(overlap.key)}`);
    const unequal = mine.find((m, i) => m.digest !== theirs[i]?.digest);
    const difference = unequal && (await firstDifference(tx, unequal.table, LIVE_SCHEMA, filling.schema, tenant));
    const [live_digest, rebuilt_digest] = [wholeDigest(mine), wholeDigest(theirs)];
    await tx.query(
      `insert into projection.proof values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict (projection, version, generation, tenant) do update
       set position = excluded.position, live_digest = excluded.live_digest, rebuilt_digest = excluded.rebuilt_digest, difference = excluded.difference`,
      [...key, filling.generation, tenant, position, live_digest, rebuilt_digest, difference ? JSON.stringify(difference) : null],
    );
    return { position, live_digest, rebuilt_digest, equal: !unequal, ...(difference ? { first_difference: difference } : {}) };
  });
