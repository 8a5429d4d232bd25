import type pg from 'pg';
import { type Refusal, refuse } from '../../domain/codes.ts';
import type { EventStore } from '../../store/port.ts';
import { logBroken } from '../check-log.ts';
import { PROJECTION } from '../projector.ts';
import { LIVE_SCHEMA, type Sql } from '../sql.ts';
import { sqlOnClient } from '../sql-pg.ts';
import { waiting } from '../waiting.ts';
import { type Filler, fillerOf, FillStuck } from './fill.ts';
import { type Filling, dropRetired, forget, indexed, takeFilling } from './generation.ts';
import { type Proof, prove, proven } from './prove.ts';
import { swapAll, swapTenant } from './swap.ts';

export interface RebuildSettings {
  store: EventStore;
  /** The read model's pool; one of its connections is taken for as long as the rebuild takes. */
  pool: pg.Pool;
  /** Only this tenant; every tenant unless given. */
  tenant?: number;
  /** Starts anew instead of going on with what an earlier run left. */
  anew?: boolean;
  /** So long the replaced tables are kept for transactions that still read them, in ms; half a minute unless given. */
  graceMs?: number;
  onProgress?: (progress: { tenant: number; position: number; head: number }) => void;
  /** Called when everything is filled and compared, before the swap. */
  beforeSwap?: () => Promise<void>;
}

export interface RebuiltTenant {
  tenant: number;
  /** Filled up to here. */
  position: number;
  /** The comparison with the live rows; absent when the live lane was behind what was filled. */
  proof?: Proof;
  /** The event that cannot be projected, before which this tenant stands still as it did live. */
  stuck?: { position: number; message: string };
}

export interface RebuildResult {
  projection: string;
  version: number;
  /** The generation that is served now. */
  generation: number;
  tenants: RebuiltTenant[];
  /** Every tenant's live rows were what the log says. */
  equal: boolean;
  /** An earlier run was gone on with. */
  resumed: boolean;
  /** False when one tenant was asked for and its live rows were right: there was nothing to put in their place. */
  swapped: boolean;
  /** Schemas of replaced generations that somebody still reads; the next rebuild drops them. */
  left: string[];
  /** Events folded by this run, and the seconds the fold took. */
  events: number;
  seconds: number;
}

/** Any fixed number: one rebuild at a time in a database. */
const LOCK = 7_202_610_504;
/** So long a rebuild waits for the lock: a killed one's connection may take a moment to go. */
const LOCK_PATIENCE_MS = 5_000;

const locked = async (sql: Sql): Promise<void> => {
  for (const until = Date.now() + LOCK_PATIENCE_MS; ; await waiting(200)) {
    const [row] = await sql.query<{ got: boolean }>('select pg_try_advisory_lock($1) as got', [LOCK]);
    if (row?.got) return;
    if (Date.now() > until)
      throw refuse('UNAVAILABLE', 'another rebuild of this projection is under way', {
        wayOut: 'Wait until it has ended; run this again only if it failed.',
      });
  }
};

/** How far the live lane of a tenant is. */
const liveAt = async (sql: Sql, tenant: number): Promise<number> => {
  const [row] = await sql.query<{ position: string }>(
    `select position from ${LIVE_SCHEMA}.projection_checkpoint where projection = $1 and version = $2 and tenant = $3`,
    [PROJECTION.name, PROJECTION.version, tenant],
  );
  return Number(row?.position ?? 0);
};

interface Work {
  sql: Sql;
  filler: Filler;
  filling: Filling;
  settings: RebuildSettings;
  done: Map<number, RebuiltTenant>;
  /** Events folded, and the milliseconds that took. */
  folded: { events: number; ms: number };
}

/** Fills a tenant up to a position; where an event cannot be projected, up to before it, and says which. */
const fillTenant = async (w: Work, tenant: number, to: number, head: number): Promise<RebuiltTenant['stuck']> => {
  const from = await w.filler.at(w.sql, tenant);
  const begun = performance.now();
  try {
    await w.filler.fill(w.sql, tenant, to, (position) => w.settings.onProgress?.({ tenant, position, head }));
    return undefined;
  } catch (error) {
    if (!(error instanceof FillStuck)) throw error;
    return { position: error.position, message: error.message };
  } finally {
    w.folded.ms += performance.now() - begun;
    w.folded.events += (await w.filler.at(w.sql, tenant).catch(() => from)) - from;
  }
};

/** Every tenant asked for, up to the head of its log. The first time it is compared on the way, where the live lane stands. */
const fillAll = async (w: Work): Promise<void> => {
  const { sql, filler, filling, settings, done } = w;
  const heads = [...(await settings.store.heads())].filter(([t]) => settings.tenant === undefined || t === settings.tenant);
  for (const [tenant, head] of heads.sort(([a], [b]) => a - b)) {
    let proof = done.get(tenant)?.proof ?? (await proven(sql, filling, tenant));
    if (!proof) {
      const live = await liveAt(sql, tenant);
      if (live > head && live > ((await settings.store.heads()).get(tenant) ?? 0))
        throw logBroken(tenant, head + 1, `the log ends before this position; it was projected up to ${live}`);
      const stuck = await fillTenant(w, tenant, live, Math.max(live, head));
      if (stuck) throw passed(tenant, stuck, live);
      proof = await prove(sql, filler, filling, tenant);
    }
    const stuck = await fillTenant(w, tenant, head, head);
    done.set(tenant, { tenant, position: await filler.at(sql, tenant), ...(proof ? { proof } : {}), ...(stuck ? { stuck } : {}) });
  }
  filler.forget();
};

const passed = (tenant: number, { position, message }: { position: number; message: string }, live: number): Refusal =>
  refuse(
    'LOG_BROKEN',
    `event ${position} of tenant ${tenant} cannot be projected (${message}), but the live projection is at ${live}: nothing was swapped`,
    { wayOut: 'Run `orgonaut replay --verify` for this tenant, and restore its log where it is broken.' },
    { tenant, event_position: position },
  );

const rebuildOn = async (sql: Sql, settings: RebuildSettings): Promise<RebuildResult> => {
  const only = settings.tenant;
  let left = await dropRetired(sql, 100);
  const filling = await takeFilling(sql, only ?? null, settings.anew ?? false);
  await sql.query(`set search_path = ${filling.schema}`);
  const filler = fillerOf(settings.store);
  const w: Work = { sql, filler, filling, settings, done: new Map(), folded: { events: 0, ms: 0 } };
  await fillAll(w);
  if (only !== undefined && !w.done.has(only)) throw refuse('NOT_FOUND', 'this tenant has no events');
  const equal = [...w.done.values()].every((t) => t.proof?.equal ?? true);
  const swapped = only === undefined || !equal;
  await settings.beforeSwap?.();
  if (only === undefined) {
    await indexed(sql, filling);
    await swapAll(sql, filler, filling, () => fillAll(w));
    left = await dropRetired(sql, settings.graceMs);
  } else {
    if (swapped) await swapTenant(sql, filler, filling, only, () => fillAll(w));
    await forget(sql, filling);
  }
  return {
    projection: PROJECTION.name,
    version: PROJECTION.version,
    generation: filling.generation,
    tenants: [...w.done.values()],
    equal,
    resumed: !filling.fresh,
    swapped,
    left,
    events: w.folded.events,
    seconds: w.folded.ms / 1000,
  };
};

/**
 * Builds the read model again from the log, beside the one that is served: tenant by tenant it folds the log into a schema of
 * its own, compares each tenant's rows with the live ones at one position, catches up with what came meanwhile, and swaps. What
 * is served stays served throughout. A rebuild that was killed is gone on with by the next. Refuses with UNAVAILABLE while
 * another one runs, and with LOG_BROKEN when the log no longer says what was projected from it.
 */
export const rebuild = async (settings: RebuildSettings): Promise<RebuildResult> => {
  const client = await settings.pool.connect();
  client.on('error', () => {});
  try {
    const sql = sqlOnClient(client);
    await locked(sql);
    return await rebuildOn(sql, settings);
  } finally {
    // Its lock and its search_path go with the connection.
    client.release(true);
  }
};
