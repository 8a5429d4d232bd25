import { type Held, type Key, keyOf, load } from './track-store.ts';
import { metNames } from './met.ts';
import { type LedgerMemory, ledgerMemory } from './ledger.ts';
import type { Track } from './fold-branch.ts';
import type { Sql } from './sql.ts';

/** Changes remembered at most; about a kilobyte each. What is forgotten is read again when it is touched. */
const MOST = 60_000;

/** How things are looked up before they are worked on. */
export interface Recall {
  /** The things named, as they stand; new ones are empty. */
  recall(sql: Sql, tenant: number, wanted: Map<Track, Key[]>): Promise<Map<string, Held>>;
  /** These things stand in the tables now as they are held. */
  written(held: Map<string, Held>): void;
}

const empty = (track: Track, { branch, id }: Key): Held => ({ track, branch, id, recorded: [], rows: [], gone: [], dropped: [] });

/**
 * Reads things from the tables, except those that cannot be there: when the tenant had nothing at the start of a transaction,
 * only what the transaction itself wrote is. So the first import of a tenant looks nothing up.
 */
export const readingOf = (): Recall => {
  const seen = metNames();
  let bare: boolean | undefined;
  return {
    recall: async (sql, tenant, wanted) => {
      bare ??= (await sql.query('select from entity_change where tenant = $1 limit 1', [tenant])).length === 0;
      if (!bare) return load(sql, tenant, wanted);
      const found = new Map<string, Held>();
      const there = new Map<Track, Key[]>();
      for (const [track, keys] of wanted) {
        const known = keys.filter((key) => seen.has(keyOf(key.branch, track, key.id)));
        if (known.length > 0) there.set(track, known);
        for (const key of keys) found.set(keyOf(key.branch, track, key.id), empty(track, key));
      }
      for (const [name, held] of await load(sql, tenant, there)) found.set(name, held);
      return found;
    },
    written: (held) => {
      if (bare) for (const name of held.keys()) seen.add(name);
    },
  };
};

/**
 * What a fold of one tenant remembers of the things it has written, so that it need not read them again. It has to be thrown
 * away with the transaction that fails: it then remembers what was never written.
 */
export interface Memory extends Recall {
  /** The same for scenarios, proposals, settings and pins. */
  readonly ledger: LedgerMemory;
}

/** @param whole nothing of the tenant stands in the tables yet, so what is not remembered is new */
export const memoryOf = (whole: boolean, most = MOST): Memory => {
  let known = new Map<string, Held>();
  // Names of what was written and forgotten since: what has another name is new, and need not be looked for.
  const forgotten = metNames();
  let size = 0;
  return {
    ledger: ledgerMemory(whole),
    recall: async (sql, tenant, wanted) => {
      const found = new Map<string, Held>();
      const missing = new Map<Track, Key[]>();
      const miss = (track: Track, key: Key): void => {
        const list = missing.get(track);
        if (list) list.push(key);
        else missing.set(track, [key]);
      };
      for (const [track, keys] of wanted)
        for (const key of keys) {
          const name = keyOf(key.branch, track, key.id);
          const held = known.get(name);
          if (held) found.set(name, held);
          else if (whole && !forgotten.has(name)) found.set(name, empty(track, key));
          else miss(track, key);
        }
      if (missing.size > 0) for (const [name, held] of await load(sql, tenant, missing)) found.set(name, held);
      return found;
    },
    written: (held) => {
      for (const [name, h] of held) {
        h.rows = h.rows.map((r) => (r.stored ? r : { ...r, stored: true }));
        h.gone = [];
        h.dropped = [];
        if (!known.has(name)) size += h.recorded.length + 1;
        known.set(name, h);
      }
      if (size <= most) return;
      if (whole) for (const name of known.keys()) forgotten.add(name);
      known = new Map();
      size = 0;
    },
  };
};
