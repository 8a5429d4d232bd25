import type { IncomingMessage } from 'node:http';

/** Largest request body, in bytes. A plan of some thousand actions fits; files do not come this way. */
export const BODY_LIMIT = 4 * 1024 * 1024;

export type Body = { kind: 'json'; value: unknown } | { kind: 'too_large' } | { kind: 'not_json' } | { kind: 'empty' };

/** Reads a JSON body whole, up to the limit. Rejects when the client goes away before it is sent. */
export const readJson = async (req: IncomingMessage, limit: number = BODY_LIMIT): Promise<Body> => {
  if (Number(req.headers['content-length'] ?? 0) > limit) return { kind: 'too_large' };
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of req as AsyncIterable<Buffer>) {
    size += part.length;
    if (size > limit) return { kind: 'too_large' };
    parts.push(part);
  }
  if (size === 0) return { kind: 'empty' };
  try {
    return { kind: 'json', value: JSON.parse(Buffer.concat(parts).toString('utf8')) as unknown };
  } catch {
    return { kind: 'not_json' };
  }
};
