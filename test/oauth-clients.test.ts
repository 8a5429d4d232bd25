import test from 'ava';
import {
  Client as ModernClient,
  StreamableHTTPClientTransport as ModernHttp,
  UnauthorizedError as ModernUnauthorized,
} from '@modelcontextprotocol/client';
import { UnauthorizedError as LegacyUnauthorized } from '@modelcontextprotocol/sdk/client/auth.js';
import { Client as LegacyClient } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport as LegacyHttp } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { Browser, localFetch } from './support/browser.ts';
import { CALLBACK, oauthWorld } from './support/oauth.ts';

/** What an SDK keeps for a program between its requests. */
class Kept {
  readonly redirectUrl = CALLBACK;
  readonly clientMetadata = {
    client_name: 'SDK app',
    redirect_uris: [CALLBACK],
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    token_endpoint_auth_method: 'none',
  };
  client: unknown;
  held: { access_token: string; refresh_token?: string; token_type: string; scope?: string } | undefined;
  secret = '';
  asked: URL | undefined;
  found: unknown;
  state = (): string => 'a state';
  // biome-ignore lint/suspicious/noExplicitAny: the two SDKs type what is only handed back to them in two ways
  clientInformation = (): any => this.client;
  saveClientInformation = (client: unknown): void => void (this.client = client);
  // biome-ignore lint/suspicious/noExplicitAny: see above
  tokens = (): any => this.held;
  saveTokens = (tokens: unknown): void => void (this.held = tokens as NonNullable<Kept['held']>);
  redirectToAuthorization = (url: URL): void => void (this.asked = url);
  saveCodeVerifier = (secret: string): void => void (this.secret = secret);
  codeVerifier = (): string => this.secret;
  // biome-ignore lint/suspicious/noExplicitAny: see above
  discoveryState = (): any => this.found;
  invalidateCredentials = (what: string): void => {
    if (what === 'all' || what === 'tokens') this.held = undefined;
    if (what === 'all' || what === 'client') this.client = undefined;
    if (what === 'all' || what === 'discovery') this.found = undefined;
  };
  saveDiscoveryState = (found: unknown): void => void (this.found = found);
}

const PASSWORD = 'correct horse battery staple';

/** Signs in with a password on the page that the authorization leads to, and allows what is asked. Nothing but forms and links. */
const person = async (asked: URL, email: string): Promise<URL> => {
  const browser = new Browser();
  const signIn = await browser.follow(asked);
  if (signIn.at.pathname !== '/sign-in') throw new Error(`not asked to sign in: ${signIn.at} ${signIn.text}`);
  const hidden = Object.fromEntries(
    [...signIn.text.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)"/g)].map((m) => [m[1], m[2]]),
  );
  const entered = await browser.go(signIn.at, {
    form: { ...(hidden as Record<string, string>), email, password: PASSWORD },
    headers: { origin: signIn.at.origin },
  });
  if (!entered.location) throw new Error(`not signed in: ${entered.status} ${entered.text}`);
  const page = await browser.follow(entered.location);
  return browser.decide(page, 'allow');
};

const sdks = {
  '2025 (sdk)': (mcp: URL, kept: Kept) => {
    const transport = () => new LegacyHttp(mcp, { authProvider: kept, fetch: localFetch });
    return {
      async connect() {
        const client = new LegacyClient({ name: 'sdk-app', version: '1' });
        await client.connect(transport() as Parameters<LegacyClient['connect']>[0]);
        return client;
      },
      finish: (back: URL) => transport().finishAuth(back.searchParams.get('code') ?? ''),
      unauthorized: LegacyUnauthorized,
    };
  },
  '2026 (client)': (mcp: URL, kept: Kept) => {
    const transport = () => new ModernHttp(mcp, { authProvider: kept, fetch: localFetch });
    return {
      async connect() {
        const client = new ModernClient({ name: 'client-app', version: '1' }, { versionNegotiation: { mode: 'auto' } });
        await client.connect(transport() as Parameters<ModernClient['connect']>[0]);
        return client;
      },
      finish: (back: URL) => transport().finishAuth(back.searchParams),
      unauthorized: ModernUnauthorized,
    };
  },
};

for (const [name, sdk] of Object.entries(sdks))
  for (const host of ['localhost', 'acme.localhost'])
    test(`the OAuth client of ${name} knows only http://${host}/mcp/orgonaut, and connects, calls, refreshes and is revoked`, async (t) => {
      const w = await oauthWorld(t);
      const email = 'ada@acme.example';
      const { user_id } = await w.directory.addUser({ tenant: w.e.tenant, email, role: 'owner' });
      await w.people.setPassword({ tenant: w.e.tenant, email, password: PASSWORD });
      const mcp = new URL(`http://${host}:${new URL(w.url).port}/mcp/orgonaut`);
      const kept = new Kept();
      const app = sdk(mcp, kept);

      const first = await t.throwsAsync(app.connect());
      t.true(first instanceof app.unauthorized, String(first));
      t.is(kept.asked?.host, mcp.host);
      t.is(kept.asked?.searchParams.get('resource'), mcp.href);
      t.regex(kept.asked?.searchParams.get('scope') ?? '', /^mcp:use .*members\.write/);
      await app.finish(await person(kept.asked!, email));
      const client = await app.connect();
      t.falsy((await client.callTool({ name: 'status.get', arguments: {} })).isError);
      const [listed] = await w.apps.list(w.e.tenant, { user_id });
      t.like(listed, { client_name: 'SDK app' });

      // the token is over: the SDK refreshes by itself
      const before = kept.held!;
      await w.e.sql.query("update access.oauth_row set expires_at = now() - interval '1 second' where kind = 'AccessToken'");
      t.falsy((await client.callTool({ name: 'status.get', arguments: {} })).isError);
      t.not(kept.held!.access_token, before.access_token);
      t.not(kept.held!.refresh_token, before.refresh_token);

      // revoked by the person: nothing is left to refresh with, and the person is asked anew
      await w.apps.revoke({ tenant: w.e.tenant, grant_id: listed!.grant_id });
      kept.asked = undefined;
      const after = await t.throwsAsync(client.callTool({ name: 'status.get', arguments: {} }));
      t.true(after instanceof app.unauthorized, String(after));
      t.truthy(kept.asked);
      await client.close();
    });
