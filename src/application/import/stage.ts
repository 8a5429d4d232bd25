import { ZodError } from 'zod';
import { readChange } from '../../domain/changes.ts';
import { refuse } from '../../domain/codes.ts';
import { type EventData, streams } from '../../domain/events.ts';
import type { Changes } from '../../import/batches.ts';
import type { EventStore, NewEvent } from '../../store/port.ts';
import { appendSurely, withSignal } from '../append.ts';
import { type Caller, type Deps, metadataOf } from '../context.ts';
import { derivedId, sha256 } from '../idempotency.ts';
import { eventLoopTurns } from '../turns.ts';

/** Staged events read back at once: at most 900 kB each. */
const PAGE = 4;

const event = (deps: Deps, caller: Caller, id: string, type: string, data: unknown): NewEvent => ({
  event_id: id,
  type,
  schema_version: 1,
  data,
  metadata: metadataOf(caller, { via: 'import' }),
  recorded_at: deps.now().toISOString(),
});

/** Ids and hashes of the staged events as they stand in the log. The hash is over the stored bytes. */
const stagedHashes = async (
  store: EventStore,
  tenant: number,
  stream: string,
  caller: Caller,
): Promise<{ event_id: string; sha256: string }[]> => {
  const hashes: { event_id: string; sha256: string }[] = [];
  for (;;) {
    const page = await store.readStream(tenant, stream, hashes.length, PAGE, withSignal(caller.signal));
    for (const stored of page) hashes.push({ event_id: stored.event_id, sha256: sha256(stored.bytes) });
    if (page.length < PAGE) return hashes;
  }
};

/** Changes looked at between two offers to let others run. */
const A_TURN = 200;

/**
 * Refuses (FAULT) changes that the projection could not read back, naming the row they come from: once in the log, one of them
 * would stop every later event of the tenant. That an import plans such a change is a mistake of the program, never of the file.
 */
const requireReadable = async (changes: Changes, signal: AbortSignal | undefined): Promise<void> => {
  const turn = eventLoopTurns(signal);
  let n = 0;
  for (const change of changes) {
    if (++n % A_TURN === 0) await turn();
    try {
      readChange(change);
    } catch (cause) {
      const row = change.line === undefined ? 'the file' : `line ${change.line} of the file`;
      const field = cause instanceof ZodError ? cause.issues[0]?.path.join('.') : undefined;
      throw refuse(
        'FAULT',
        `${row} comes to a change that cannot be kept: ${change.type}${field ? `, ${field}` : ''}; nothing was written`,
        {
          ids: [change.id],
          wayOut: 'Import the file without this row, and tell who makes this program.',
        },
      );
    }
  }
};

/**
 * Writes the changes of an import to its own stream, in batches whose ids come from the import's id and the batch's number. What an interrupted
 * run of the same import staged before is kept. Returns the id and hash of every batch, in order. Throws FAULT where a change cannot be read back.
 */
export const stage = async (
  deps: Deps,
  caller: Caller,
  importId: string,
  changes: Changes,
  onBatch: (done: number, of: number) => void,
): Promise<EventData['BaselineImportApplied']['batches']> => {
  await requireReadable(changes, caller.signal);
  const stream = streams.import(caller.tenant, importId);
  const { batches } = changes;
  const head = await deps.store.head(caller.tenant, stream, withSignal(caller.signal));
  for (let n = head ? head.revision + 1 : 0; n < batches; n++) {
    const data: EventData['ImportStaged'] = { import_id: importId, batch: n + 1, changes: changes.batch(n) };
    const one = event(deps, caller, derivedId('import batch', importId, n + 1), 'ImportStaged', data);
    await appendSurely(deps.store, caller.tenant, stream, n === 0 ? 'no_stream' : n - 1, [one], caller.signal);
    onBatch(n + 1, batches);
  }
  const hashes = await stagedHashes(deps.store, caller.tenant, stream, caller);
  hashes.forEach((hash, n) => {
    if (hash.event_id !== derivedId('import batch', importId, n + 1))
      throw new Error(`import ${importId}: batch ${n + 1} is not the one this import staged`);
  });
  if (hashes.length !== batches) throw new Error(`import ${importId}: ${hashes.length} batches are staged, ${batches} belong to it`);
  return hashes;
};

/** The event that makes the staged changes real, at exactly the revision of the baseline on which they were computed. Throws RevisionConflict. */
export const apply = async (deps: Deps, caller: Caller, revision: number, data: EventData['BaselineImportApplied']): Promise<number> =>
  (
    await appendSurely(
      deps.store,
      caller.tenant,
      streams.baseline(caller.tenant),
      revision,
      [event(deps, caller, derivedId('import applied', data.import_id), 'BaselineImportApplied', data)],
      caller.signal,
    )
  ).position;
