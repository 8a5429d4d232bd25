import { type Code, codes } from '../domain/codes.ts';
import { type AccessRole, effectiveAbilities, opensTransport, workingScopes } from '../domain/abilities.ts';
import type { AccessDirectory, CallerPieces } from '../access/types.ts';
import { TOKEN_PREFIX } from '../access/secret.ts';

/** A request that is turned away before it reaches an operation. `message` never repeats the credential. */
export interface Denied {
  status: 400 | 401 | 403;
  code: Code;
  message: string;
  way_out: string;
  /** RFC 6750's word for it, where it has one. */
  error?: string;
  /** The scopes with which it would go. */
  scope?: readonly string[];
}

/** What a good OAuth access token says: who let which client in, and how far. */
export interface OauthHolder {
  tenant: number;
  tenantSlug: string;
  user_id: string;
  /** How the user is shown. */
  label: string;
  /** Held now, whatever it was when the token was issued. */
  role: AccessRole;
  scopes: readonly string[];
  client: { id: string; name: string };
  grant_id: string;
  /** The resource it is bound to, as a URL without a trailing slash. */
  resource: string;
  /** How the user wants tools listed to this app. */
  naming: 'dotted' | 'underscore' | null;
}

/** Looks an access token up; undefined for one that is unknown, expired or revoked. */
export type VerifyOauthToken = (token: string) => Promise<OauthHolder | undefined>;

export interface Verifiers {
  directory: Pick<AccessDirectory, 'verifyToken'>;
  /** Absent: no OAuth here, manual tokens alone. */
  oauth?: VerifyOauthToken;
}

/** A verified holder, with what the face needs beside the caller: the client that the credential was made for. */
export interface Holder {
  caller: CallerPieces;
  client: string | null;
  naming?: 'dotted' | 'underscore';
  /** What limits and usage are counted by: the token, or the grant behind all of an app's tokens. */
  credential: string;
  scopes: readonly string[];
}

const denied = (
  status: Denied['status'],
  code: Code,
  message: string,
  more: { error?: string; scope?: readonly string[]; way_out?: string } = {},
): Denied => ({
  status,
  code,
  message,
  way_out: codes[code].wayOut,
  ...more,
});

const quoted = (text: string): string => `"${text.replace(/["\\]/g, '')}"`;

/**
 * The WWW-Authenticate header of RFC 6750 and RFC 9728: where the authorization server is described, and what to ask it for.
 * Without a metadata address there is none here.
 */
export const challenge = (about: { error?: string; message?: string; scope?: readonly string[]; metadata?: string | undefined }): string =>
  [
    'Bearer realm="orgonaut"',
    ...(about.error === undefined ? [] : [`error=${quoted(about.error)}`]),
    ...(about.error === undefined || about.message === undefined ? [] : [`error_description=${quoted(about.message)}`]),
    ...(about.metadata === undefined ? [] : [`resource_metadata=${quoted(about.metadata)}`]),
    ...(about.scope === undefined ? [] : [`scope=${quoted(about.scope.join(' '))}`]),
  ].join(', ');

/** The challenge that goes with a denial, where the protocol asks for one. */
export const challengeFor = ({ status, error, message, scope }: Denied, metadata: string | undefined): string | undefined => {
  if (status !== 401 && error === undefined) return undefined;
  const wanted = scope ?? (metadata === undefined ? undefined : workingScopes);
  return challenge({ ...(error === undefined ? {} : { error, message }), metadata, ...(wanted ? { scope: wanted } : {}) });
};

/** The token of an Authorization header, or why there is none. The scheme's case does not matter (RFC 9110). */
export const bearerOf = (authorization: string | undefined): { token: string } | Denied => {
  if (authorization === undefined || authorization.trim() === '') return denied(401, 'TOKEN_MISSING', 'the request has no bearer token');
  const match = /^bearer +([A-Za-z0-9._~+/-]+=*)$/i.exec(authorization.trim());
  return match?.[1]
    ? { token: match[1] }
    : denied(401, 'TOKEN_INVALID', 'the Authorization header holds no bearer token', { error: 'invalid_request' });
};

export interface Presented {
  authorization: string | undefined;
  /** X-Tenant: a slug, where sent. */
  tenantHeader: string | undefined;
  /** The tenant whose own host was called, where it is one. */
  hostTenant: string | undefined;
  /** The tenant whose door it is: the host's, or on a plain host the default. OAuth tokens hold there alone. */
  doorTenant: number | undefined;
  /** The address that was called, as clients write it. */
  resource: string;
  /** Whether the token is to open MCP, which needs a transport scope; REST does not. */
  transport: boolean;
}

const manual = async ({ directory }: Verifiers, token: string, presented: Presented): Promise<Holder | Denied> => {
  const verdict = await directory.verifyToken(token);
  const gone = { error: 'invalid_token' };
  switch (verdict.status) {
    case 'unknown':
      return denied(401, 'TOKEN_INVALID', 'the token is not known', gone);
    case 'expired':
      return denied(401, 'TOKEN_EXPIRED', `the token expired at ${verdict.at}`, gone);
    case 'revoked':
      return denied(401, 'TOKEN_REVOKED', `the token was revoked at ${verdict.at}`, gone);
    case 'valid':
      break;
    default:
      return verdict satisfies never;
  }
  const { caller, scopes, client } = verdict;
  if (presented.transport && !opensTransport(scopes))
    return denied(403, 'SCOPE_MISSING', 'the token has no transport scope', { error: 'insufficient_scope', scope: ['mcp.access'] });
  if (presented.tenantHeader !== undefined && presented.tenantHeader.trim().toLowerCase() !== caller.tenantSlug)
    return denied(403, 'TENANT_MISMATCH', 'X-Tenant names another tenant than the token');
  if (presented.hostTenant !== undefined && presented.hostTenant !== caller.tenantSlug)
    return denied(403, 'TENANT_MISMATCH', "the host is another tenant's than the token");
  return { caller, client, credential: caller.with.id, scopes };
};

const connected = async ({ oauth }: Verifiers, token: string, presented: Presented): Promise<Holder | Denied> => {
  const found = await oauth?.(token);
  if (!found) return denied(401, 'TOKEN_INVALID', 'the token is not known', { error: 'invalid_token' });
  // Whose token it is says nothing to a door that it does not open: it is as good as none there.
  if (found.tenant !== presented.doorTenant || found.resource !== presented.resource)
    return denied(401, 'TENANT_MISMATCH', 'the token was issued for another resource', {
      error: 'invalid_token',
      way_out: 'Connect to this address anew, or use the address that the token was issued for.',
    });
  if (presented.tenantHeader !== undefined)
    return denied(403, 'TENANT_MISMATCH', 'X-Tenant goes with manual tokens; an OAuth token has the tenant of its host', {
      way_out: 'Leave X-Tenant out.',
    });
  if (presented.transport && !found.scopes.includes('mcp:use'))
    return denied(403, 'SCOPE_MISSING', 'the token has no transport scope', {
      error: 'insufficient_scope',
      scope: ['mcp:use', ...found.scopes],
    });
  return {
    caller: {
      tenant: found.tenant,
      tenantSlug: found.tenantSlug,
      user: { id: found.user_id, label: found.label },
      role: found.role,
      abilities: effectiveAbilities(found.role, found.scopes),
      with: { kind: 'client', id: found.client.id, name: found.client.name },
    },
    client: found.client.name,
    ...(found.naming ? { naming: found.naming } : {}),
    credential: found.grant_id,
    scopes: found.scopes,
  };
};

/**
 * Verifies a credential and that everything that names a tenant names its own: the host, X-Tenant (manual tokens alone), the
 * bound resource (OAuth). Expired and revoked are told apart to the holder of a manual token; a text that is no token of this
 * installation learns nothing.
 */
export const verifyBearer = async (verifiers: Verifiers, presented: Presented): Promise<Holder | Denied> => {
  const bearer = bearerOf(presented.authorization);
  if ('status' in bearer) return bearer;
  return (bearer.token.startsWith(TOKEN_PREFIX) ? manual : connected)(verifiers, bearer.token, presented);
};
