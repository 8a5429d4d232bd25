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

const MCP = '/mcp/orgonaut';
const RESOURCE = '/.well-known/oauth-protected-resource';
/** Where clients look for the authorization server's metadata: RFC 8414's place, OpenID Connect's two, and the root for older clients. */
export const metadataPlaces: readonly string[] = [
  `${METADATA}${MCP}`,
  METADATA,
  `/.well-known/openid-configuration${MCP}`,
  `${MCP}/.well-known/openid-configuration`,
];
export const resourcePlaces: readonly string[] = [RESOURCE, `${RESOURCE}${MCP}`];

const forClients = [
  ...[...metadataPlaces, ...resourcePlaces, routes.jwks].map((path) => `GET ${path}`),
  ...[routes.token, routes.registration, routes.revocation].map((path) => `POST ${path}`),
];
const forBrowsers = [
  `GET ${routes.authorization}`,
  `GET ${routes.authorization}/:uid`,
  'GET /oauth/interaction/:uid',
  'POST /oauth/interaction/:uid',
];
/** Every route of the door. What is not here is answered 404 before anything looks at it. */
export const oauthRoutes: readonly string[] = [...forClients, ...forBrowsers];

const fits = (route: string, method: string, path: string): boolean => {
  const [its = '', pattern = ''] = route.split(' ');
  const prefix = pattern.replace(':uid', '');
  const there = prefix === pattern ? path === pattern : path.startsWith(prefix) && /^[^/]+$/.test(path.slice(prefix.length));
  return there && method === its;
};

/** Whether a request is for a route of the door. What is for clients may be a web page's: OPTIONS asks about it, and HEAD is a GET. */
export const isRoute = (method: string, path: string): boolean =>
  forBrowsers.some((r) => fits(r, method, path)) ||
  (method === 'OPTIONS' ? ['GET', 'POST'] : [method === 'HEAD' ? 'GET' : method]).some((m) => forClients.some((r) => fits(r, m, path)));
