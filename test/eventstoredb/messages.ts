import shared from '@eventstore/db-client/generated/shared_pb.js';
import pb from '@eventstore/db-client/generated/streams_pb.js';
import type { Appended, Expected, Kept, Proposed } from './log.ts';

/** The protocol's messages to and from what the server under test works with. */

const text = (bytes: Uint8Array | string): string => Buffer.from(bytes as Uint8Array).toString('utf8');

const identifier = (stream: string): InstanceType<typeof shared.StreamIdentifier> => {
  const id = new shared.StreamIdentifier();
  id.setStreamName(Buffer.from(stream, 'utf8').toString('base64'));
  return id;
};

const recorded = (event: Kept, inAll: boolean) => {
  const record = new pb.ReadResp.ReadEvent.RecordedEvent();
  const id = new shared.UUID();
  id.setString(event.id);
  record.setId(id);
  record.setStreamIdentifier(identifier(event.stream));
  record.setStreamRevision(String(event.revision));
  // a read of one stream knows no place in the order of all
  record.setCommitPosition(inAll ? String(event.commit) : '18446744073709551615');
  record.setPreparePosition(inAll ? String(event.commit) : '18446744073709551615');
  record.setCustomMetadata(event.metadata);
  record.setData(event.data);
  record.getMetadataMap().set('type', event.type).set('content-type', event.contentType).set('created', '638000000000000000');
  return record;
};

export const eventMessage = (event: Kept, inAll: boolean): InstanceType<typeof pb.ReadResp> => {
  const read = new pb.ReadResp.ReadEvent();
  // a link stands for another event and is delivered as itself where links are not resolved
  read.setEvent(recorded(event, inAll));
  if (inAll) read.setCommitPosition(String(event.commit));
  else read.setNoPosition(new shared.Empty());
  const message = new pb.ReadResp();
  message.setEvent(read);
  return message;
};

export const confirmation = (id: string): InstanceType<typeof pb.ReadResp> => {
  const confirm = new pb.ReadResp.SubscriptionConfirmation();
  confirm.setSubscriptionId(id);
  const message = new pb.ReadResp();
  message.setConfirmation(confirm);
  return message;
};

export const checkpoint = (commit: bigint): InstanceType<typeof pb.ReadResp> => {
  const point = new pb.ReadResp.Checkpoint();
  point.setCommitPosition(String(commit));
  point.setPreparePosition(String(commit));
  const message = new pb.ReadResp();
  message.setCheckpoint(point);
  return message;
};

export const streamNotFound = (stream: string): InstanceType<typeof pb.ReadResp> => {
  const missing = new pb.ReadResp.StreamNotFound();
  missing.setStreamIdentifier(identifier(stream));
  const message = new pb.ReadResp();
  message.setStreamNotFound(missing);
  return message;
};

export const appendAnswer = (appended: Appended, expected: Expected): InstanceType<typeof pb.AppendResp> => {
  const message = new pb.AppendResp();
  if (appended.ok) {
    const success = new pb.AppendResp.Success();
    success.setCurrentRevision(String(appended.revision));
    const position = new pb.AppendResp.Position();
    position.setCommitPosition(String(appended.commit));
    position.setPreparePosition(String(appended.commit));
    success.setPosition(position);
    message.setSuccess(success);
    return message;
  }
  const wrong = new pb.AppendResp.WrongExpectedVersion();
  if (appended.actual === undefined) wrong.setCurrentNoStream(new shared.Empty());
  else wrong.setCurrentRevision(String(appended.actual));
  if (expected === 'any') wrong.setExpectedAny(new shared.Empty());
  else if (expected === 'no_stream') wrong.setExpectedNoStream(new shared.Empty());
  else if (expected === 'stream_exists') wrong.setExpectedStreamExists(new shared.Empty());
  else wrong.setExpectedRevision(String(expected));
  message.setWrongExpectedVersion(wrong);
  return message;
};

export const appendOptions = (message: InstanceType<typeof pb.AppendReq>): { stream: string; expected: Expected } | undefined => {
  const options = message.getOptions();
  if (!options) return undefined;
  const stream = text(options.getStreamIdentifier()?.getStreamName_asU8() ?? '');
  if (options.hasNoStream()) return { stream, expected: 'no_stream' };
  if (options.hasAny()) return { stream, expected: 'any' };
  if (options.hasStreamExists()) return { stream, expected: 'stream_exists' };
  return { stream, expected: BigInt(options.getRevision()) };
};

export const proposed = (message: InstanceType<typeof pb.AppendReq>): Proposed => {
  const event = message.getProposedMessage() as NonNullable<ReturnType<typeof message.getProposedMessage>>;
  return {
    id: event.getId()?.getString() ?? '',
    type: event.getMetadataMap().get('type') ?? '',
    contentType: event.getMetadataMap().get('content-type') ?? '',
    data: event.getData_asU8(),
    metadata: event.getCustomMetadata_asU8(),
  };
};

export interface ReadWish {
  /** Absent: the order of all streams. */
  stream?: string;
  backwards: boolean;
  count: number;
  subscription: boolean;
  /** A revision, or a commit position. */
  from: bigint | 'start' | 'end';
  matches(event: Kept): boolean;
  filtered: boolean;
  /** Events that did not match between two checkpoints. */
  checkpointEvery: number;
}

export const readWish = (message: InstanceType<typeof pb.ReadReq>): ReadWish => {
  const options = message.getOptions() as NonNullable<ReturnType<typeof message.getOptions>>;
  const one = options.getStream();
  const all = options.getAll();
  const filter = options.getFilter();
  const on = filter?.getStreamIdentifier() ?? filter?.getEventType();
  const [prefixes, regex] = [on?.getPrefixList() ?? [], on?.getRegex() ?? ''];
  const named = (event: Kept): string => (filter?.getStreamIdentifier() ? event.stream : event.type);
  return {
    ...(one ? { stream: text(one.getStreamIdentifier()?.getStreamName_asU8() ?? '') } : {}),
    backwards: Number(options.getReadDirection()) === 1,
    count: options.hasSubscription() ? Number.POSITIVE_INFINITY : Number(options.getCount()),
    subscription: options.hasSubscription(),
    from:
      one?.hasStart() || all?.hasStart()
        ? 'start'
        : one?.hasEnd() || all?.hasEnd()
          ? 'end'
          : BigInt(one ? one.getRevision() : (all?.getPosition()?.getCommitPosition() ?? '0')),
    matches: (event) =>
      !on || prefixes.some((prefix) => named(event).startsWith(prefix)) || (regex !== '' && new RegExp(regex).test(named(event))),
    filtered: filter !== undefined,
    checkpointEvery: (filter?.getMax() || 32) * (filter?.getCheckpointintervalmultiplier() ?? 1),
  };
};
