import { randomUUID } from 'node:crypto';
import { StreamsService } from '@eventstore/db-client/generated/streams_grpc_pb.js';
import type pb from '@eventstore/db-client/generated/streams_pb.js';
import * as grpc from '@grpc/grpc-js';
import { type Kept, type Proposed, ServerLog } from './log.ts';
import {
  appendAnswer,
  appendOptions,
  checkpoint,
  confirmation,
  eventMessage,
  proposed,
  type ReadWish,
  readWish,
  streamNotFound,
} from './messages.ts';

/** What the next appends meet; each number counts down. */
export interface Faults {
  /** Written, and the call then fails: its outcome is unknown to the caller. */
  loseAnswer: number;
  /** Written, and never answered. */
  keepSilent: number;
  /** Neither written nor answered. */
  swallow: number;
  /** Refused as unavailable, nothing written. */
  unavailable: number;
  /** Refused: another node leads, this one. */
  notLeader: number;
  leader: { host: string; port: number };
}

export interface TestServer {
  port: number;
  /** For the client, without TLS. */
  url: string;
  log: ServerLog;
  faults: Faults;
  /** Calls of append that arrived. */
  appends: number;
  /** Ends every call and listens no more. */
  stop(): Promise<void>;
  /** Listens again on the same port, with the same log; what it remembered of event ids is gone. */
  start(): Promise<void>;
}

const KINDS = { notLeader: 'not-leader', tooLarge: 'maximum-append-size-exceeded' };

const failure = (code: grpc.status, details: string, more: Record<string, string> = {}): grpc.ServiceError => {
  const metadata = new grpc.Metadata();
  for (const [name, value] of Object.entries(more)) metadata.set(name, value);
  return Object.assign(new Error(details), { code, details, metadata });
};

/**
 * A server that speaks EventStoreDB's protocol for streams, in this process, over the service definitions that the client
 * ships: appends with every expected revision, reads of one stream and of all in both directions, filtered subscriptions with
 * checkpoints. It shows what the adapter does with the protocol and with faults; what a real server promises, only one can show.
 */
export const eventStoreServer = async (
  t: { teardown(fn: () => Promise<void>): void },
  { maxAppendSize = 1_048_576, log = new ServerLog() }: { maxAppendSize?: number; log?: ServerLog } = {},
): Promise<TestServer> => {
  const faults: Faults = { loseAnswer: 0, keepSilent: 0, swallow: 0, unavailable: 0, notLeader: 0, leader: { host: '', port: 0 } };
  const meets = (fault: Exclude<keyof Faults, 'leader'>): boolean => faults[fault] > 0 && (faults[fault] -= 1) >= 0;
  let listening: grpc.Server | undefined;

  const append: grpc.handleClientStreamingCall<pb.AppendReq, pb.AppendResp> = (call, answer) => {
    let options: ReturnType<typeof appendOptions>;
    const events: Proposed[] = [];
    let size = 0;
    call.on('data', (message: pb.AppendReq) => {
      if (!options) options = appendOptions(message);
      else {
        const event = proposed(message);
        size += event.data.length + event.metadata.length;
        events.push(event);
      }
    });
    call.on('error', () => {});
    call.on('end', () => {
      server.appends += 1;
      if (!options) return answer(failure(grpc.status.INVALID_ARGUMENT, 'no options'));
      if (meets('notLeader'))
        return answer(
          failure(grpc.status.NOT_FOUND, 'Leader info available', {
            exception: KINDS.notLeader,
            'leader-endpoint-host': faults.leader.host,
            'leader-endpoint-port': String(faults.leader.port),
          }),
        );
      if (meets('unavailable')) return answer(failure(grpc.status.UNAVAILABLE, 'Server is not ready'));
      if (meets('swallow')) return;
      if (size > maxAppendSize)
        return answer(
          failure(grpc.status.INVALID_ARGUMENT, 'Maximum Append Size Exceeded.', {
            exception: KINDS.tooLarge,
            'maximum-append-size': String(maxAppendSize),
          }),
        );
      const appended = log.append(options.stream, options.expected, events);
      if (appended.ok && meets('loseAnswer')) return answer(failure(grpc.status.UNAVAILABLE, 'Connection dropped'));
      if (appended.ok && meets('keepSilent')) return;
      answer(null, appendAnswer(appended, options.expected));
    });
  };

  const read: grpc.handleServerStreamingCall<pb.ReadReq, pb.ReadResp> = (call) => {
    const wish = readWish(call.request);
    if (wish.subscription) return subscribe(call, wish);
    if (wish.stream !== undefined && log.stream(wish.stream).length === 0) call.write(streamNotFound(wish.stream));
    else for (const event of asked(wish)) call.write(eventMessage(event, wish.stream === undefined));
    call.end();
  };

  const asked = (wish: ReadWish): Kept[] => {
    const events = wish.stream === undefined ? log.all : log.stream(wish.stream);
    const place = (event: Kept): bigint => (wish.stream === undefined ? event.commit : BigInt(event.revision));
    const { from } = wish;
    const chosen = events.filter(
      (e) =>
        from === (wish.backwards ? 'end' : 'start') || (typeof from === 'bigint' && (wish.backwards ? place(e) <= from : place(e) >= from)),
    );
    if (wish.backwards) chosen.reverse();
    return chosen.filter(wish.matches).slice(0, wish.count);
  };

  const subscribe = (call: grpc.ServerWritableStream<pb.ReadReq, pb.ReadResp>, wish: ReadWish): void => {
    call.write(confirmation(randomUUID()));
    const { from } = wish;
    let next = from === 'start' ? 0 : from === 'end' ? log.all.length : log.all.findIndex((e) => e.commit > from);
    if (next < 0) next = log.all.length;
    let passed = 0;
    let full = false;
    let waiting = false;
    const send = (): void => {
      while (!full && next < log.all.length && !call.cancelled) {
        const event = log.all[next++] as Kept;
        if (wish.matches(event)) {
          passed = 0;
          full = !call.write(eventMessage(event, true));
        } else if (++passed % wish.checkpointEvery === 0) full = !call.write(checkpoint(event.commit));
      }
      if (!full || waiting) return;
      waiting = true;
      call.once('drain', () => {
        full = waiting = false;
        send();
      });
    };
    const stop = log.watch(send);
    call.on('cancelled', stop).on('close', stop).on('error', stop);
    send();
  };

  const listen = (port: number): Promise<number> =>
    new Promise((resolve, reject) => {
      listening = new grpc.Server({ 'grpc.max_receive_message_length': 17 * 1024 * 1024 });
      listening.addService(StreamsService, { append, read });
      listening.bindAsync(`127.0.0.1:${port}`, grpc.ServerCredentials.createInsecure(), (error, bound) =>
        error ? reject(error) : resolve(bound),
      );
    });

  const server: TestServer = {
    port: 0,
    url: '',
    log,
    faults,
    appends: 0,
    stop: async () => {
      listening?.forceShutdown();
      listening = undefined;
    },
    start: async () => {
      log.forget();
      await listen(server.port);
    },
  };
  server.port = await listen(0);
  server.url = `esdb://127.0.0.1:${server.port}?tls=false&defaultDeadline=5000`;
  t.teardown(server.stop);
  return server;
};
