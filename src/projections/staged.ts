import { createHash } from 'node:crypto';
import type { Change } from '../domain/changes.ts';
import { type EventData, type ProposalContent, streams } from '../domain/events.ts';
import { joinParts, putPeopleBack } from '../domain/proposal-content.ts';
import type { EventStore, StoredEvent } from '../store/port.ts';

/** What an event rests on is missing or altered: no projection can mend that. `position` is that of the event that names it. */
export class LogFault extends Error {
  readonly position: number;
  constructor(position: number, message: string) {
    super(message);
    this.name = 'LogFault';
    this.position = position;
  }
}

/** Staged batches read at once: at most 900 kB each. */
const BATCHES_A_PAGE = 4;

/** The SHA-256 of a staged batch that `BaselineImportApplied` names: over the event's stored bytes, as lower-case hex. */
export const stagedSha256 = (event: StoredEvent): string => createHash('sha256').update(event.bytes).digest('hex');

/** The SHA-256 of a proposal's content that `ProposalPlanned` names: over the joined text of its parts, as lower-case hex. */
export const contentSha256 = (text: string): string => createHash('sha256').update(text, 'utf8').digest('hex');

/** The same values, the next one always on its way while the last is worked on. */
export const ahead = async function* <T>(source: AsyncGenerator<T>): AsyncGenerator<T> {
  const start = (): Promise<IteratorResult<T>> => {
    const next = source.next();
    // Who stops taking values never hears of an error that came meanwhile.
    next.catch(() => undefined);
    return next;
  };
  for (let next = start(); ; ) {
    const { value, done } = await next;
    if (done) return;
    next = start();
    yield value;
  }
};

/**
 * The batches that an import's final event names, in its order, each verified by event id and hash. What else was staged for
 * the same import (a run that was computed again) is passed over. Throws a LogFault when a batch is missing or altered.
 */
export const stagedBatches = async function* (
  store: EventStore,
  tenant: number,
  position: number,
  applied: EventData['BaselineImportApplied'],
): AsyncGenerator<{ batch: number; changes: Change[] }> {
  const stream = streams.import(tenant, applied.import_id);
  let next = 0;
  let revision = 0;
  while (next < applied.batches.length) {
    const events = await store.readStream(tenant, stream, revision, BATCHES_A_PAGE);
    if (events.length === 0)
      throw new LogFault(position, `import ${applied.import_id}: batch ${next + 1} of ${applied.batches.length} is not in the log`);
    revision += events.length;
    for (const event of events) {
      const wanted = applied.batches[next];
      if (!wanted || event.event_id !== wanted.event_id) continue;
      if (stagedSha256(event) !== wanted.sha256)
        throw new LogFault(position, `import ${applied.import_id}: batch ${next + 1} does not match its hash`);
      const data = event.data as EventData['ImportStaged'];
      next += 1;
      yield { batch: data.batch, changes: data.changes };
    }
  }
};

/** The content of a proposal from its own stream, verified against the hash its plan names. Throws a LogFault when parts are missing or altered. */
export const proposalContent = async (
  store: EventStore,
  tenant: number,
  position: number,
  proposalId: string,
  sha256: string,
): Promise<ProposalContent> => {
  const parts: EventData['ProposalContentStored'][] = [];
  const stream = streams.proposal(tenant, proposalId);
  for (let revision = 0; ; ) {
    const events = await store.readStream(tenant, stream, revision, BATCHES_A_PAGE);
    if (events.length === 0) break;
    revision += events.length;
    for (const event of events) if (event.type === 'ProposalContentStored') parts.push(event.data as EventData['ProposalContentStored']);
  }
  const { text, people } = joinParts(parts, sha256);
  if (contentSha256(text) !== sha256) throw new LogFault(position, `proposal ${proposalId}: its content does not match its hash`);
  return putPeopleBack(JSON.parse(text) as ProposalContent, people);
};
