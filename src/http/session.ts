import { randomBytes } from 'node:crypto';
import { CLIENT_INFO_META_KEY } from '@modelcontextprotocol/server';
import type { EventMetadata } from '../domain/events.ts';
import { assistantOf } from '../mcp/server.ts';

/**
 * The 2025 revisions tell the client's name once, at initialize, and the service keeps no sessions. So the session id itself
 * carries the name: the client sends it back with every request. It is the client's own word either way and opens nothing.
 */
export const sessionIdFor = (message: unknown): string | undefined => {
  if (typeof message !== 'object' || message === null) return undefined;
  const { method, params } = message as { method?: unknown; params?: { clientInfo?: unknown } };
  if (method !== 'initialize') return undefined;
  const assistant = assistantOf(params?.clientInfo);
  return (
    assistant &&
    `${randomBytes(12).toString('base64url')}.${Buffer.from(JSON.stringify([assistant.client, assistant.version ?? ''])).toString('base64url')}`
  );
};

/** What the client calls itself in this very message: at initialize, or in every request of the newest revision. */
export const assistantBehind = (message: unknown): EventMetadata['assistant'] => {
  if (typeof message !== 'object' || message === null) return undefined;
  const { params } = message as { params?: { clientInfo?: unknown; _meta?: Record<string, unknown> } };
  return assistantOf(params?.clientInfo) ?? assistantOf(params?._meta?.[CLIENT_INFO_META_KEY]);
};

/** The client named in a session id, or undefined for one that is not ours. */
export const assistantIn = (sessionId: string | undefined): EventMetadata['assistant'] => {
  const encoded =
    sessionId === undefined || sessionId.length > 1000 ? undefined : /^[A-Za-z0-9_-]{16}\.([A-Za-z0-9_-]+)$/.exec(sessionId)?.[1];
  if (encoded === undefined) return undefined;
  try {
    const [name, version] = JSON.parse(Buffer.from(encoded, 'base64url').toString('utf8')) as unknown[];
    return assistantOf({ name, version });
  } catch {
    return undefined;
  }
};
