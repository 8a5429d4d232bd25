import { createHash, randomBytes } from 'node:crypto';
import * as client from 'openid-client';
import type { Sql } from '../projections/sql.ts';

export interface UpstreamSettings {
  issuer: string;
  clientId: string;
  clientSecret: string;
}

/** What came back from the provider: who it is there, with the address where the provider has verified it; or why there is nobody. */
export type UpstreamResult =
  | { status: 'verified'; issuer: string; subject: string; email?: string; return_to: string }
  | { status: 'unknown' | 'refused' };

/** Signing in with another OpenID provider: authorization code with PKCE, state and nonce. */
export interface Upstream {
  /** The provider's host, for the button. */
  name: string;
  /** Begins a sign-in: where the browser goes, and the secret of its cookie. `callback` is our address the provider returns to. */
  begin(request: { tenant: number; callback: string; return_to: string }): Promise<{ url: string; cookie: string }>;
  /** Ends it, once. `url` is the address the provider sent the browser to, as it is known to the provider. */
  finish(request: { tenant: number; cookie: string | undefined; url: URL }): Promise<UpstreamResult>;
}

/** A person has this long to sign in at the provider. */
export const UPSTREAM_MS = 10 * 60_000;
const hashOf = (cookie: string): Buffer => createHash('sha256').update(cookie, 'utf8').digest();

export const upstream = (sql: Sql, { now }: { now(): Date }, settings: UpstreamSettings): Upstream => {
  const issuer = new URL(settings.issuer);
  const local = issuer.protocol === 'http:' && /^(localhost|127\.0\.0\.1|\[::1\])$/.test(issuer.hostname);
  // Asked once, at the first sign-in: a provider that is away must not keep the service from starting.
  let found: Promise<client.Configuration> | undefined;
  const configuration = (): Promise<client.Configuration> => {
    found ??= client
      .discovery(issuer, settings.clientId, settings.clientSecret, undefined, local ? { execute: [client.allowInsecureRequests] } : {})
      .catch((error: unknown) => {
        found = undefined;
        throw error;
      });
    return found;
  };

  return {
    name: issuer.host,

    async begin({ tenant, callback, return_to }) {
      const config = await configuration();
      const cookie = randomBytes(32).toString('base64url');
      const [state, nonce, verifier] = [client.randomState(), client.randomNonce(), client.randomPKCECodeVerifier()];
      const at = now();
      await sql.query('delete from access.upstream_sign_in where expires_at <= $1', [at.toISOString()]);
      await sql.query(
        'insert into access.upstream_sign_in (hash, tenant, state, nonce, verifier, return_to, expires_at) values ($1, $2, $3, $4, $5, $6, $7)',
        [hashOf(cookie), tenant, state, nonce, verifier, return_to, new Date(at.getTime() + UPSTREAM_MS).toISOString()],
      );
      const url = client.buildAuthorizationUrl(config, {
        redirect_uri: callback,
        scope: 'openid email',
        state,
        nonce,
        code_challenge: await client.calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
      });
      return { url: url.href, cookie };
    },

    async finish({ tenant, cookie, url }) {
      const [row] = await sql.query<{ state: string; nonce: string; verifier: string; return_to: string }>(
        'delete from access.upstream_sign_in where hash = $1 and tenant = $2 and expires_at > $3 returning state, nonce, verifier, return_to',
        [hashOf(cookie ?? ''), tenant, now().toISOString()],
      );
      if (!row) return { status: 'unknown' };
      const config = await configuration();
      let tokens: Awaited<ReturnType<typeof client.authorizationCodeGrant>>;
      try {
        tokens = await client.authorizationCodeGrant(config, url, {
          expectedState: row.state,
          expectedNonce: row.nonce,
          pkceCodeVerifier: row.verifier,
          idTokenExpected: true,
        });
      } catch (error) {
        if (
          error instanceof client.ClientError ||
          error instanceof client.AuthorizationResponseError ||
          error instanceof client.ResponseBodyError
        )
          return { status: 'refused' };
        throw error;
      }
      const claims = tokens.claims();
      // Many providers put the address into the answer of userinfo alone.
      const told =
        claims?.email === undefined && claims !== undefined && config.serverMetadata().userinfo_endpoint !== undefined
          ? await client.fetchUserInfo(config, tokens.access_token, claims.sub)
          : claims;
      // An ID token is expected, so there are claims; without one nobody is known.
      if (claims === undefined) return { status: 'refused' };
      const verified = typeof told?.email === 'string' && told.email_verified === true ? { email: told.email } : {};
      return { status: 'verified', issuer: claims.iss, subject: claims.sub, ...verified, return_to: row.return_to };
    },
  };
};
