import { Resolver } from 'node:dns/promises';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { BlockList, isIP, isIPv6 } from 'node:net';

export type Fetch = (url: string | URL, init?: RequestInit) => Promise<Response>;
/** Every address of a name. */
export type Resolve = (name: string) => Promise<{ address: string; family: number }[]>;

/** Most bytes of an answer: key sets are the largest thing that is asked for. */
const MOST_BYTES = 64 * 1024;
const PATIENCE_MS = 5_000;

/** IPv4 that is not the public internet (IANA's special-purpose registry, multicast and reserved space). */
const special = new BlockList();
for (const [net, prefix] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.31.196.0', 24],
  ['192.52.193.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['192.175.48.0', 24],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
] as const)
  special.addSubnet(net, prefix, 'ipv4');

/** Of IPv6 only global unicast is public at all; inside it these are not, or lead into IPv4. */
const globalUnicast = new BlockList();
globalUnicast.addSubnet('2000::', 3, 'ipv6');
for (const [net, prefix] of [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['2620:4f:8000::', 48],
  ['3fff::', 20],
] as const)
  special.addSubnet(net, prefix, 'ipv6');

/** Whether an address is one of the public internet. */
export const isPublicAddress = (address: string): boolean => {
  if (isIPv6(address)) return globalUnicast.check(address, 'ipv6') && !special.check(address, 'ipv6');
  return isIP(address) === 4 && !special.check(address, 'ipv4');
};

type Address = Awaited<ReturnType<Resolve>>[number];

/**
 * Asks name servers itself rather than the system's resolver: that one holds one of the process's four worker threads until it has its answer,
 * and whoever names a document chooses how slow the name servers are. Hashes of passwords wait for those threads.
 */
const everyAddress: Resolve = async (name) => {
  const resolver = new Resolver({ timeout: 2_000, tries: 2 });
  const [four, six] = await Promise.allSettled([resolver.resolve4(name), resolver.resolve6(name)]);
  return [
    ...(four.status === 'fulfilled' ? four.value.map((address) => ({ address, family: 4 })) : []),
    ...(six.status === 'fulfilled' ? six.value.map((address) => ({ address, family: 6 })) : []),
  ];
};

const answered = async (res: IncomingMessage): Promise<Response> => {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of res as AsyncIterable<Buffer>) {
    size += part.length;
    if (size > MOST_BYTES) throw new Error('the answer is too large');
    parts.push(part);
  }
  const status = res.statusCode ?? 502;
  const headers = new Headers();
  for (const kept of ['content-type', 'cache-control', 'expires'] as const) {
    const value = res.headers[kept];
    if (value !== undefined) headers.set(kept, value);
  }
  if (status === 200 && !/^application\/(?:[a-z0-9.+-]+\+)?json\b/i.test(headers.get('content-type') ?? ''))
    throw new Error('the answer is no JSON');
  return new Response(status === 200 ? Buffer.concat(parts) : null, { status, headers });
};

/**
 * One GET over TLS to the addresses given, whatever the name resolves to by now; the certificate must be the name's. Redirects are
 * not followed; at most 64 kB of JSON. Looks at no address: that is the caller's part.
 */
export const pinnedGet = (url: URL, addresses: readonly [Address, ...Address[]], signal: AbortSignal): Promise<Response> =>
  new Promise((done, failed) => {
    const req = request(
      url,
      {
        headers: { accept: 'application/json', 'user-agent': 'orgonaut' },
        agent: false,
        signal,
        lookup: (_name, options, found) => {
          if (options.all) found(null, [...addresses]);
          else found(null, addresses[0].address, addresses[0].family);
        },
      },
      (res) => {
        answered(res).then(done, (error) => {
          res.destroy();
          failed(error);
        });
      },
    );
    req.on('error', failed);
    req.end();
  });

/**
 * A GET of something that a stranger named (a client's metadata document, its keys) which cannot be made to reach inside: https
 * on its own port only; every address of the name must be public, and the connection goes to the addresses that were looked at.
 * Rejects with why.
 */
export const guardedFetch =
  (resolve: Resolve = everyAddress): Fetch =>
  async (target, init = {}) => {
    const url = new URL(target);
    if (url.protocol !== 'https:' || url.port !== '' || url.username !== '' || url.password !== '')
      throw new Error('only https on its usual port, without credentials, is fetched');
    if ((init.method ?? 'GET') !== 'GET') throw new Error('nothing but GET is sent');
    const signal = AbortSignal.any([AbortSignal.timeout(PATIENCE_MS), ...(init.signal ? [init.signal] : [])]);
    const name = url.hostname.replace(/^\[|\]$/g, '');
    const [first, ...others] = isIP(name) ? [{ address: name, family: isIP(name) }] : await resolve(name);
    signal.throwIfAborted();
    if (first === undefined || ![first, ...others].every((a) => isPublicAddress(a.address)))
      throw new Error(`${name} is not on the public internet`);
    return pinnedGet(url, [first, ...others], signal);
  };
