import { type Code, codes } from '../domain/codes.ts';
import { transportScopes } from '../domain/abilities.ts';
import type { AccessDirectory, CallerPieces } from '../access/types.ts';

/** A request that is turned away before it reaches an operation. `message` never repeats the credential. */
export interface Denied {
  status: 400 | 401 | 403;
  code: Code;
  message: string;
  way_out: string;
  /** RFC 6750's word for it, where it has one. */
  error?: string;
  /** The WWW-Authenticate header, where the protocol asks for one. */
  challenge?: string;
}

/** A verified holder, with what the face needs beside the caller: the client that the token was made for. */
export interface Holder {
  caller: CallerPieces;
  client: string | null;
}

const quoted = (text: string): string => `"${text.replace(/["\\]/g, '')}"`;

const challenge = (error?: string, description?: string): string =>
  [
    'Bearer realm="orgonaut"',
    ...(error ? [`error=${quoted(error)}`] : []),
    ...(description ? [`error_description=${quoted(description)}`] : []),
  ].join(', ');

const denied = (status: Denied['status'], code: Code, message: string, error?: string): Denied => ({
  status,
  code,
  message,
  way_out: codes[code].wayOut,
  ...(error === undefined ? {} : { error }),
  ...(status === 401 || error !== undefined ? { challenge: challenge(error, error === undefined ? undefined : message) } : {}),
});

/** The token of an Authorization header, or why there is none. The scheme's case does not matter (RFC 9110). */
export const bearerOf = (authorization: string | undefined): { token: string } | Denied => {
  if (authorization === undefined || authorization.trim() === '') return denied(401, 'TOKEN_MISSING', 'the request has no bearer token');
  const match = /^bearer +([A-Za-z0-9._~+/-]+=*)$/i.exec(authorization.trim());
  return match?.[1]
    ? { token: match[1] }
    : denied(401, 'TOKEN_INVALID', 'the Authorization header holds no bearer token', 'invalid_request');
};

export interface Presented {
  authorization: string | undefined;
  /** X-Tenant: a slug, where sent. */
  tenantHeader: string | undefined;
  /** The tenant whose own host was called, where it is one. */
  hostTenant: string | undefined;
}

/**
 * Verifies a manual token and that everything that names a tenant names the token's own. Expired and revoked are told apart to
 * the holder; a text that is no token of this installation learns nothing.
 */
export const verifyBearer = async (directory: Pick<AccessDirectory, 'verifyToken'>, presented: Presented): Promise<Holder | Denied> => {
  const bearer = bearerOf(presented.authorization);
  if ('status' in bearer) return bearer;
  const verdict = await directory.verifyToken(bearer.token);
  switch (verdict.status) {
    case 'unknown':
      return denied(401, 'TOKEN_INVALID', 'the token is not known', 'invalid_token');
    case 'expired':
      return denied(401, 'TOKEN_EXPIRED', `the token expired at ${verdict.at}`, 'invalid_token');
    case 'revoked':
      return denied(401, 'TOKEN_REVOKED', `the token was revoked at ${verdict.at}`, 'invalid_token');
    case 'valid':
      break;
    default:
      return verdict satisfies never;
  }
  if (verdict.scopes.length > 0 && !verdict.scopes.some((s) => (transportScopes as readonly string[]).includes(s)))
    return denied(403, 'SCOPE_MISSING', 'the token has no transport scope', 'insufficient_scope');
  const { caller } = verdict;
  if (presented.tenantHeader !== undefined && presented.tenantHeader.trim().toLowerCase() !== caller.tenantSlug)
    return denied(403, 'TENANT_MISMATCH', 'X-Tenant names another tenant than the token');
  if (presented.hostTenant !== undefined && presented.hostTenant !== caller.tenantSlug)
    return denied(403, 'TENANT_MISMATCH', "the host is another tenant's than the token");
  return { caller, client: verdict.client };
};
