import { type Configuration, errors, interactionPolicy, Provider } from 'oidc-provider';
import { documentFetch, DOCUMENT_BYTES } from './client-metadata.ts';
import type { TenantKeys } from './keys.ts';
import type { Fetch } from './outbound.ts';
import { cookieNames, routes } from './places.ts';
import { redirectProblem } from './redirects.ts';
import { rowsOf, type Place, type RowParts } from './rows.ts';
import { offeredScopes, plainResource, tokenScopes } from './scopes.ts';
import { trim } from './trim.ts';
import type { Sql } from '../projections/sql.ts';

const MINUTE = 60;
const DAY = 24 * 60 * MINUTE;
/** Seconds. A refresh token starts anew at each use; a connection that is used goes on for a year, then its person is asked again. */
export const lifetimes = {
  AccessToken: 60 * MINUTE,
  AuthorizationCode: MINUTE,
  RefreshToken: 30 * DAY,
  Grant: 365 * DAY,
  Interaction: 30 * MINUTE,
  Session: 30 * MINUTE,
} as const;

export interface ProviderParts extends Omit<RowParts, 'endGrant'> {
  sql: Sql;
  fetch: Fetch;
  redirectDomains?: readonly string[];
  /** Whether this user (still) has a role in the tenant. */
  isMember(user_id: string): Promise<boolean>;
  /** Whether anybody in the tenant ever let this client in. */
  isConnected(client_id: string): Promise<boolean>;
  /** Ends a grant because of what the request at hand did. */
  endGrant(grant_id: string, why: 'client' | 'reuse'): Promise<void>;
  /** The page a person sees when an authorization cannot go on. */
  errorPage(error: { error: string; error_description?: string | undefined }): { headers: Record<string, string>; text: string };
  onFault(error: unknown): void;
}

/**
 * Asked are always both: who it is and what the app may do. The library's own session is not part of the decision: the pages of
 * the interaction go by the signed-in person alone.
 */
const policy = (): ReturnType<typeof interactionPolicy.base> => {
  const prompts = interactionPolicy.base();
  const consent = prompts.get('consent');
  if (!consent) throw new Error('the OAuth library has no consent prompt');
  consent.checks.splice(0, consent.checks.length);
  consent.checks.push(
    new interactionPolicy.Check('consent_each_time', 'consent is asked each time', 'consent_required', (ctx) =>
      ctx.oidc.result?.consent === undefined ? interactionPolicy.Check.REQUEST_PROMPT : interactionPolicy.Check.NO_NEED_TO_PROMPT,
    ),
  );
  return prompts;
};

/**
 * Anybody can name a document; so many of them are fetched in a minute for one issuer. Clients that somebody here let in have as many
 * of their own, so that strangers cannot use them up, and at the endpoints for clients no other document is fetched at all.
 */
const FETCHES_A_MINUTE = 120;
const perMinute = (most: number): (() => boolean) => {
  let minute = 0;
  let count = 0;
  return () => {
    const now = Math.floor(Date.now() / 60_000);
    if (now !== minute) [minute, count] = [now, 0];
    count += 1;
    return count <= most;
  };
};

/** The authorization server of one issuer. Made anew when its keys change. */
export const tenantProvider = (place: Place, keys: TenantKeys, parts: ProviderParts): Provider => {
  const [strangers, connected] = [perMinute(FETCHES_A_MINUTE), perMinute(FETCHES_A_MINUTE)];
  const configuration: Configuration = {
    adapter: rowsOf(parts.sql, place, {
      now: parts.now,
      endGrant: (grant) => parts.endGrant(grant, Provider.ctx?.oidc.route === 'revocation' ? 'client' : 'reuse'),
    }),
    jwks: { keys: keys.sign },
    cookies: {
      keys: keys.cookie,
      names: cookieNames,
      long: { httpOnly: true, sameSite: 'lax', signed: true },
      short: { httpOnly: true, sameSite: 'lax', signed: true },
    },
    routes,
    scopes: [...offeredScopes],
    responseTypes: ['code'],
    clientAuthMethods: ['none', 'private_key_jwt'],
    clientDefaults: {
      token_endpoint_auth_method: 'none',
      id_token_signed_response_alg: 'ES256',
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      application_type: 'native',
    },
    enabledJWA: { idTokenSigningAlgValues: ['ES256'], clientAuthSigningAlgValues: ['RS256', 'PS256', 'ES256', 'Ed25519', 'EdDSA'] },
    pkce: { required: () => true },
    ttl: lifetimes,
    features: {
      devInteractions: { enabled: false },
      dPoP: { enabled: false },
      pushedAuthorizationRequests: { enabled: false },
      rpInitiatedLogout: { enabled: false },
      userinfo: { enabled: false },
      registration: { enabled: true, issueRegistrationAccessToken: false },
      revocation: { enabled: true, allowedPolicy: (_ctx, client, token) => token.clientId === client.clientId },
      rpMetadataChoices: { enabled: true },
      clientIdMetadataDocument: {
        enabled: true,
        ack: 'draft-02',
        allowFetch: async (ctx, client_id) => {
          if (await parts.isConnected(client_id)) return connected();
          const route = ctx?.oidc?.route;
          return route !== 'token' && route !== 'revocation' && strangers();
        },
        cacheDuration: { min: 60, max: DAY },
      },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => place.issuer,
        useGrantedResource: () => true,
        getResourceServerInfo: (_ctx, resource) => {
          if (plainResource(resource) !== place.issuer)
            throw new errors.InvalidTarget('this server gives tokens for its own resource only');
          return {
            scope: tokenScopes.join(' '),
            audience: place.issuer,
            accessTokenFormat: 'opaque',
            accessTokenTTL: lifetimes.AccessToken,
          };
        },
      },
    },
    interactions: { policy: policy(), url: (_ctx, interaction) => `/oauth/interaction/${interaction.uid}` },
    findAccount: async (ctx, sub) => {
      if (await parts.isMember(sub)) return { accountId: sub, claims: async () => ({ sub }) };
      // At the token endpoint "no such account" is an answer; in the middle of an authorization the library expects one.
      if (ctx.oidc.route === 'token') return undefined;
      throw new errors.AccessDenied('the person has no role in this tenant any more');
    },
    loadExistingGrant: async (ctx) => {
      const grant = ctx.oidc.result?.consent?.grantId;
      return grant === undefined ? undefined : ctx.oidc.provider.Grant.find(grant);
    },
    issueRefreshToken: async (_ctx, client) => client.grantTypeAllowed('refresh_token'),
    rotateRefreshToken: true,
    revokeGrantPolicy: () => true,
    expiresWithSession: () => false,
    // Redirects are looked at whenever a client is met, not only when it comes: the setting may have become narrower since.
    extraClientMetadata: {
      properties: ['redirect_uris'],
      validator: (_ctx, _key, value) => {
        const uris = Array.isArray(value) ? value : [];
        const problem =
          uris.length > 20 ? 'at most 20 redirect URIs' : uris.map((u) => redirectProblem(u, parts.redirectDomains)).find(Boolean);
        if (problem !== undefined) throw Object.assign(new errors.InvalidRedirectUri(), { error_description: problem });
      },
    },
    fetch: documentFetch(parts.fetch) as NonNullable<Configuration['fetch']>,
    fetchResponseBodyLimits: { 'client_id metadata document': DOCUMENT_BYTES, jwks_uri: 64 * 1024 },
    clientBasedCORS: () => true,
    renderError: async (ctx, out) => {
      const page = parts.errorPage({ error: out.error, error_description: out.error_description });
      ctx.set(page.headers);
      ctx.body = page.text;
    },
  };
  const provider = new Provider(place.issuer, configuration);
  // The request it sees is made for it (see request.ts): these headers are ours, not a client's.
  provider.proxy = true;
  provider.use(trim as Parameters<Provider['use']>[0]);
  provider.on('server_error', (_ctx, error) => parts.onFault(error));
  (provider as NodeJS.EventEmitter).on('error', (error) => parts.onFault(error));
  return provider;
};
