import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { cookieNames } from './places.ts';

const most = 56 * 1024;

/** The body of a request as text, or undefined when it is larger than the library would take. */
export const bodyText = async (req: IncomingMessage, limit = most): Promise<string | undefined> => {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of req as AsyncIterable<Buffer>) {
    size += part.length;
    if (size > limit) return undefined;
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
};

/** How deep what a client says of itself may nest: a set of keys is three levels. */
const DEEPEST = 16;

/** Whether a value of JSON can be kept: the database takes neither the character NUL nor half a surrogate pair, and walks by recursion. */
export const keepable = (value: unknown): boolean => {
  let level: unknown[] = [value];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > DEEPEST || level.some((v) => typeof v === 'string' && (v.includes('\0') || !v.isWellFormed()))) return false;
    level = level.flatMap((v) => (typeof v === 'object' && v !== null ? Object.entries(v).flat() : []));
  }
  return true;
};

/** Of a Cookie header what the library shall see: the ties to a browser of an authorization under way, never a session. */
const ties = (header: string | undefined): string =>
  (header ?? '')
    .split(';')
    .map((c) => c.trim())
    .filter((c) => c.startsWith(cookieNames.interaction) || c.startsWith(cookieNames.resume))
    .join('; ');

/**
 * The request as the library shall see it: at the issuer's own host and scheme whatever the Host header said (its URLs follow it),
 * without the cookies that are not its, with the address and body given here.
 */
export const seenAs = (req: IncomingMessage, issuer: string, more: { url?: string; body?: string } = {}): IncomingMessage => {
  const { host, protocol } = new URL(issuer);
  const headers = { ...req.headers };
  for (const name of ['forwarded', 'x-forwarded-for', 'cookie', 'content-length', 'transfer-encoding']) delete headers[name];
  headers.host = host;
  headers['x-forwarded-host'] = host;
  headers['x-forwarded-proto'] = protocol.slice(0, -1);
  const cookie = ties(req.headers.cookie);
  if (cookie !== '') headers.cookie = cookie;
  const body = Buffer.from(more.body ?? '');
  if (more.body !== undefined) headers['content-length'] = String(body.length);
  const stream = Readable.from(body.length === 0 ? [] : [body], { objectMode: false });
  return Object.assign(stream, {
    headers,
    method: req.method,
    url: more.url ?? req.url,
    socket: req.socket,
    connection: req.socket,
    httpVersion: req.httpVersion,
    httpVersionMajor: req.httpVersionMajor,
    httpVersionMinor: req.httpVersionMinor,
    complete: true,
  }) as unknown as IncomingMessage;
};
