import { abilities } from '../domain/abilities.ts';

/** Opens MCP and grants nothing else. */
export const TRANSPORT = 'mcp:use';

/** What a token can carry: with `mcp:use` alone it follows its user's role, further scopes narrow it to these abilities. */
export const tokenScopes: readonly string[] = [TRANSPORT, ...abilities];

/** What may be asked for. `offline_access` is how some clients ask for a refresh token, which every client gets that can use one. */
export const offeredScopes: readonly string[] = [...tokenScopes, 'offline_access'];

/** The scopes of a request: what is known, and the transport always. Some clients ask for nothing, or for what other servers have. */
export const requestedScopes = (scope: string | null | undefined): string =>
  [TRANSPORT, ...tokenScopes.filter((s) => s !== TRANSPORT && (scope ?? '').split(' ').includes(s))].join(' ');

/** The resource with its usual spellings made one: no trailing slash, the host in lower case. Undefined for what is no URL. */
export const plainResource = (resource: string): string | undefined => {
  if (!URL.canParse(resource)) return undefined;
  const { origin, pathname, search, hash } = new URL(resource);
  return `${origin}${pathname.replace(/\/+$/, '')}${search}${hash}`;
};
