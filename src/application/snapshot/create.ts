import { z } from 'zod';
import { refuse } from '../../domain/codes.ts';
import { type EventData, streams } from '../../domain/events.ts';
import { requireSameSnapshot, snapshotName } from '../../domain/snapshot.ts';
import { RevisionConflict } from '../../store/port.ts';
import { appendSurely, withSignal } from '../append.ts';
import { type Caller, type Deps, metadataOf, need } from '../context.ts';
import { derivedId } from '../idempotency.ts';
import { resolvePoint } from '../read/point.ts';
import { parsed } from '../tenant/create.ts';

const input = z.strictObject({
  name: snapshotName,
  /** An event position, a time or `snapshot:NAME`; the last event of the tenant unless given. */
  at: z.union([z.int(), z.string()]).optional(),
  reason: z.string().trim().min(1).max(2000).optional(),
});

/** What naming a point answers. `created` is false when the name stood for this position already: nothing was written. */
export interface SnapshotNamed {
  name: string;
  position: number;
  created: boolean;
  event_position: number;
}

/**
 * Names a position of the tenant's history. The id of the event derives from the name, so the log itself keeps a name one of a
 * kind, whoever asks at the same moment. Refuses with SNAPSHOT_NAME_TAKEN where the name stands for another position.
 */
export const createSnapshot = async (deps: Deps, caller: Caller, given: z.input<typeof input>): Promise<SnapshotNamed> => {
  need(caller, 'imports.write');
  const { name, at, reason } = parsed(input, given);
  const { tenant, signal } = caller;
  const head = (await deps.store.heads(withSignal(signal))).get(tenant) ?? 0;
  if (head > 0) await deps.reached(tenant, head, signal);
  const data: EventData['SnapshotNamed'] = { name, position: await resolvePoint(deps, caller, 'at', at ?? head) };
  const event = {
    event_id: derivedId(tenant, 'SnapshotNamed', name),
    type: 'SnapshotNamed',
    schema_version: 1,
    data,
    metadata: metadataOf(caller, reason === undefined ? {} : { reason }),
    recorded_at: deps.now().toISOString(),
  };
  try {
    const { position, repeated } = await appendSurely(deps.store, tenant, streams.baseline(tenant), 'stream_exists', [event], signal);
    await deps.reached(tenant, position, signal);
    if (!repeated) return { ...data, created: true, event_position: position };
    const [first] = await deps.store.readLog(tenant, position - 1, 1, withSignal(signal));
    const there = first?.data as EventData['SnapshotNamed'];
    // Without a point, the name alone was asked for: whatever it stands for is the answer.
    if (at !== undefined) requireSameSnapshot(there, data);
    return { ...there, created: false, event_position: position };
  } catch (error) {
    if (!(error instanceof RevisionConflict)) throw error;
    throw refuse('NOT_FOUND', 'this tenant has no baseline yet', { wayOut: 'Import an organisation with `orgonaut import`.' });
  }
};
