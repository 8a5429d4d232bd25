import { refuse } from '../../domain/codes.ts';
import { type EventData, type ProposalContent, streams } from '../../domain/events.ts';
import { joinParts, putPeopleBack, takePeopleOut } from '../../domain/proposal-content.ts';
import { appendSurely, withSignal } from '../append.ts';
import { canonicalInTurns } from '../canonical-in-turns.ts';
import { type Caller, type Deps, metadataOf } from '../context.ts';
import { derivedId, type RequestIds, sha256 } from '../idempotency.ts';
import { eventLoopTurns } from '../turns.ts';

/** The largest part of a content, in bytes of its text; an event carries the envelope besides. */
export const PART_BYTES = 512_000;

/** Bytes that end a part must end a character too: a UTF-8 continuation byte begins with the bits 10. */
const cut = (bytes: Buffer, at: number): number => {
  let end = Math.min(at, bytes.length);
  while (end < bytes.length && ((bytes[end] as number) & 0xc0) === 0x80) end--;
  return end;
};

/**
 * Splits a text into parts, one at a time, whose JSON form has at most `size` bytes, each ending between characters. Quotes and backslashes
 * are written as two bytes inside JSON, control characters as six, so what counts is the escaped length.
 */
export const splitText = function* (text: string, size = PART_BYTES): Generator<string> {
  const bytes = Buffer.from(text, 'utf8');
  for (let from = 0; from < bytes.length; ) {
    let to = cut(bytes, from + size);
    let part = bytes.toString('utf8', from, to);
    for (let escaped = Buffer.byteLength(JSON.stringify(part)); escaped > size + 2; escaped = Buffer.byteLength(JSON.stringify(part))) {
      to = cut(bytes, from + Math.max(4, Math.floor(((to - from) * size) / escaped)));
      part = bytes.toString('utf8', from, to);
    }
    yield part;
    from = to;
  }
};

/** What a stored content is known by. */
export interface StoredContent {
  content_sha256: string;
  parts: number;
}

/** Persons beside one part: each may hold some kilobytes once it is encrypted. */
const PEOPLE_A_PART = 100;

const chunks = <T>(list: readonly T[], size: number): T[][] =>
  Array.from({ length: Math.ceil(list.length / size) }, (_, i) => list.slice(i * size, (i + 1) * size));

/**
 * Writes a content to its own stream, part by part, before any event names it. The event ids under an idempotency key derive
 * from the content too, so the same try is written once and another try stands beside it.
 */
export const storeContent = async (deps: Deps, caller: Caller, content: ProposalContent, ids: RequestIds): Promise<StoredContent> => {
  const { proposal_id, scenario_id } = content;
  const { bare, people } = takePeopleOut(content);
  const turn = eventLoopTurns();
  const text = await canonicalInTurns(bare, turn);
  const content_sha256 = sha256(text);
  const texts: string[] = [];
  for (const part of splitText(text)) {
    texts.push(part);
    await turn();
  }
  const persons = chunks(people, PEOPLE_A_PART);
  const parts = texts.length + persons.length;
  for (let part = 0; part < parts; part++) {
    const beside = persons[part - texts.length];
    const data: EventData['ProposalContentStored'] = {
      proposal_id,
      scenario_id,
      content_sha256,
      part,
      parts,
      text: texts[part] ?? '',
      ...(beside ? { people: beside } : {}),
    };
    const event = {
      event_id: ids.keyed ? derivedId(caller.tenant, 'ProposalContentStored', proposal_id, content_sha256, part) : deps.newId(),
      type: 'ProposalContentStored',
      schema_version: 1,
      data,
      metadata: metadataOf(caller, { ...ids.metadata, proposal_id }),
      recorded_at: deps.now().toISOString(),
    };
    await appendSurely(deps.store, caller.tenant, streams.proposal(caller.tenant, proposal_id), 'any', [event], caller.signal);
  }
  return { content_sha256, parts };
};

/** Reads a content back and checks it against the hash its plan names. LOG_BROKEN when parts are missing or altered. */
export const readContent = async (deps: Deps, caller: Caller, proposal_id: string, content_sha256: string): Promise<ProposalContent> => {
  const parts: EventData['ProposalContentStored'][] = [];
  const stream = streams.proposal(caller.tenant, proposal_id);
  for (let revision = 0; ; ) {
    const page = await deps.store.readStream(caller.tenant, stream, revision, 8, withSignal(caller.signal));
    if (page.length === 0) break;
    revision += page.length;
    for (const event of page) parts.push(event.data as EventData['ProposalContentStored']);
  }
  const { text, people } = joinParts(parts, content_sha256);
  if (sha256(text) !== content_sha256)
    throw refuse('LOG_BROKEN', 'the content of this proposal does not match its hash', { ids: [proposal_id] });
  return putPeopleBack(JSON.parse(text) as ProposalContent, people);
};
