import { dateIn } from '../../domain/dates.ts';
import { streams } from '../../domain/events.ts';
import type { Basis } from '../../projections/basis.ts';
import { branchFigures, branchShape } from '../../projections/queries/totals.ts';
import type { Deps } from '../context.ts';
import { settingsAt } from './basis.ts';

export interface TotalsKeeper {
  start(): void;
  /** Resolves when what is under way has ended. */
  stop(): Promise<void>;
}

/** Any fixed number: the first half of the advisory lock under which one process counts a tenant. */
const LOCK = 720_261;
/** What comes within this time is counted once: an import is often followed by another. */
const GATHER_MS = 100;

/**
 * Counts today's totals and layers of a tenant's baseline whenever it has changed, once it is projected, so that the first plan after an import finds
 * them. A service process runs it; of several one counts. What goes wrong is told and forgotten: whoever asks counts for himself.
 */
export const totalsKeeper = (deps: Deps, onError: (error: unknown, tenant: number) => void): TotalsKeeper => {
  /** Position of the baseline event that was counted last, by tenant. */
  const counted = new Map<number, number>();
  const waiting = new Map<number, NodeJS.Timeout>();
  const running = new Map<number, Promise<void>>();
  const ending = new AbortController();
  let stopListening: (() => void) | undefined;

  const count = async (tenant: number): Promise<void> => {
    const head = await deps.store.head(tenant, streams.baseline(tenant), { signal: ending.signal });
    if (!head || counted.get(tenant) === head.position) return;
    await deps.reached(tenant, head.position, ending.signal);
    const settings = await settingsAt(deps, tenant, head.position);
    const on = dateIn(deps.now(), settings.time_zone);
    await deps.sql.transaction(async (tx) => {
      const [lock] = await tx.query<{ mine: boolean }>('select pg_try_advisory_xact_lock($1::int, $2::int) as mine', [LOCK, tenant]);
      if (!lock?.mine) return;
      // Not in this transaction, which holds the lock alone: on the connections where others who ask meanwhile find the same count.
      const { position } = head;
      const basis: Basis = { tenant, branch: 0, scenario_id: null, position, pin: position, effective_on: on, settings };
      await branchFigures(deps.sql, basis);
      await branchShape(deps.sql, basis);
    });
    counted.set(tenant, head.position);
  };

  const later = (tenant: number): void => {
    if (ending.signal.aborted || waiting.has(tenant)) return;
    waiting.set(
      tenant,
      setTimeout(() => {
        const before = running.get(tenant) ?? Promise.resolve();
        waiting.delete(tenant);
        const now = before
          .then(() => (ending.signal.aborted ? undefined : count(tenant)))
          .catch((error: unknown) => {
            if (!ending.signal.aborted) onError(error, tenant);
          })
          .finally(() => {
            if (running.get(tenant) === now) running.delete(tenant);
          });
        running.set(tenant, now);
      }, GATHER_MS),
    );
  };

  return {
    start: () => {
      stopListening ??= deps.store.onAppend(later);
    },
    stop: async () => {
      stopListening?.();
      ending.abort();
      for (const timer of waiting.values()) clearTimeout(timer);
      waiting.clear();
      await Promise.all(running.values());
    },
  };
};
