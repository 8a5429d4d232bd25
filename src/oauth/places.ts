/** Where each endpoint is, on every issuer. */
export const routes = {
  authorization: '/oauth/authorize',
  token: '/oauth/token',
  registration: '/oauth/register',
  revocation: '/oauth/revoke',
  jwks: '/oauth/jwks',
  end_session: '/oauth/end-session',
} as const;
export const METADATA = '/.well-known/oauth-authorization-server';

export const cookieNames = { session: 'ogn_oauth_session', interaction: 'ogn_oauth_interaction', resume: 'ogn_oauth_resume' } as const;
