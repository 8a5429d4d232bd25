import type { IncomingMessage } from 'node:http';

/** Largest request body, in bytes. A plan of some thousand actions fits; files do not come this way. */
export const BODY_LIMIT = 4 * 1024 * 1024;

/** How deep a JSON body may nest. What is deeper is no request of ours, and every reader after this one walks it by recursion. */
const DEPTH_LIMIT = 200;

export type Body =
  | { kind: 'json'; value: unknown }
  | { kind: 'too_large' }
  | { kind: 'too_deep' }
  | { kind: 'not_json' }
  | { kind: 'empty' };

// JSON is UTF-8 (RFC 8259): other bytes are refused, not replaced, so that no name arrives as something nobody wrote.
const utf8 = new TextDecoder('utf-8', { fatal: true });

/** Whether a value read from JSON nests deeper than the limit; level by level, since recursion is what depth would break. */
const tooDeep = (value: unknown): boolean => {
  let level: unknown[] = [value];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > DEPTH_LIMIT) return true;
    const next: unknown[] = [];
    for (const v of level) if (typeof v === 'object' && v !== null) for (const inner of Object.values(v)) next.push(inner);
    level = next;
  }
  return false;
};

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
    const value = JSON.parse(utf8.decode(Buffer.concat(parts))) as unknown;
    return tooDeep(value) ? { kind: 'too_deep' } : { kind: 'json', value };
  } catch {
    return { kind: 'not_json' };
  }
};
