import { createHash, randomBytes } from 'node:crypto';
import type { Middleware } from 'koa';
import { connectedApps, type ConnectedApps } from '../../src/access/connected-apps.ts';
import { type People, people as peopleOf } from '../../src/access/people.ts';
import { webSessions } from '../../src/access/web-sessions.ts';
import { secretBox } from '../../src/database/secret-box.ts';
import type { AccessRole } from '../../src/domain/abilities.ts';
import type { RequestState } from '../../src/http/guard.ts';
import { problem } from '../../src/http/problem.ts';
import { webDoor } from '../../src/http/web/door.ts';
import { oauthDoor, type OauthDoorParts, oauthVerifier } from '../../src/oauth/index.ts';
import { Browser, localFetch, type Seen } from './browser.ts';
import { type EngineOptions, newId } from './engine.ts';
import { type McpWorld, mcpWorld, rawCall, rpcHeaders } from './mcp.ts';
import type { Teardown } from './teardown.ts';

export { Browser, localFetch };

export const verifier = (): string => randomBytes(32).toString('base64url');
export const challengeOf = (text: string): string => createHash('sha256').update(text).digest('base64url');

export interface OauthWorld extends McpWorld {
  apps: ConnectedApps;
  people: People;
  /** The same service as a tenant's own host has it. */
  at(slug: string): string;
  /** A person of a tenant with a browser that is signed in there. */
  person(role?: AccessRole, tenant?: number): Promise<{ browser: Browser; user_id: string }>;
  /** Another tenant with its own host. */
  tenant(slug: string): Promise<number>;
}

/** The HTTP face with the OAuth door; plain localhost is the door of `acme`. */
export const oauthWorld = async (
  t: Teardown,
  options: EngineOptions & { door?: Partial<OauthDoorParts>; defaultTenant?: string } = {},
): Promise<OauthWorld> => {
  const doors: Middleware<RequestState>[] = [];
  let verify: ReturnType<typeof oauthVerifier> | undefined;
  const w = await mcpWorld(t, {
    ...options,
    http: {
      defaultTenant: options.defaultTenant ?? 'acme',
      // The engine they stand on is made inside.
      doors: [0, 1].map(
        (i): Middleware<RequestState> =>
          async (ctx, next) =>
            void (await doors[i]?.(ctx, next)),
      ),
      oauth: async (token) => verify?.(token),
    },
  });
  const { sql, store, deps } = w.e;
  const parts = { store, now: deps.now, newId: () => newId() };
  const sessions = webSessions(sql, parts);
  const people = peopleOf(sql, parts);
  const apps = connectedApps(sql, parts);
  doors[0] = oauthDoor({
    ...parts,
    sql,
    secrets: secretBox(Buffer.alloc(32, 7)),
    sessions,
    problem,
    log: { error: (fields, message) => void w.logged.push({ level: 'error', fields: fields as Record<string, unknown>, message }) },
    ...options.door,
  }) as Middleware<RequestState>;
  doors[1] = webDoor({ sql, people, directory: w.directory, apps, now: deps.now, mcpPath: '/mcp/orgonaut', version: '0' });
  verify = oauthVerifier(sql, parts);
  let made = 0;
  return {
    ...w,
    apps,
    people,
    at: (slug) => `http://${slug}.localhost:${new URL(w.url).port}`,
    tenant: async (slug) => (await w.directory.createTenant(slug)).tenant,
    person: async (role = 'owner', tenant = w.e.tenant) => {
      made += 1;
      const { user_id } = await w.directory.addUser({ tenant, email: `${role}${made}@acme.example`, role });
      return { user_id, browser: new Browser({ ogn_session: (await sessions.open(tenant, user_id)).cookie }) };
    },
  };
};

export const CALLBACK = 'http://127.0.0.1:33418/callback';

/** A client that was registered, as far as it has come. */
export interface Connected {
  client_id: string;
  access_token: string;
  refresh_token: string;
  scope: string;
}

/** Registers a client at an origin as most clients do. */
export const register = async (origin: string, metadata: Record<string, unknown> = {}): Promise<Seen> => {
  const response = await localFetch(`${origin}/oauth/register`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ client_name: 'Test app', redirect_uris: [CALLBACK], ...metadata }),
  });
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    text,
    json: () => JSON.parse(text) as Record<string, unknown>,
    location: undefined,
  };
};

/** The id of a client that was just registered. */
export const newClient = async (origin: string, metadata: Record<string, unknown> = {}): Promise<string> =>
  String((await register(origin, metadata)).json().client_id);

/** Where a client sends a browser; with a challenge that nobody can answer, unless `query` has one. */
export const authorizeUrl = (origin: string, query: Record<string, string | undefined>): URL => {
  const url = new URL(`${origin}/oauth/authorize`);
  const all = {
    response_type: 'code',
    redirect_uri: CALLBACK,
    state: 'xyz',
    resource: `${origin}/mcp/orgonaut`,
    code_challenge: challengeOf(verifier()),
    code_challenge_method: 'S256',
    ...query,
  };
  for (const [key, value] of Object.entries(all)) if (value !== undefined) url.searchParams.set(key, value);
  return url;
};

/** A request to the token endpoint. */
export const token = async (origin: string, form: Record<string, string>): Promise<Seen> =>
  new Browser().go(`${origin}/oauth/token`, { form, headers: { accept: 'application/json' } });

/** What a client with a refresh token gets for it. */
export const refreshed = async (origin: string, from: { client_id: string; refresh_token: string }, scope?: string): Promise<Seen> =>
  token(origin, {
    grant_type: 'refresh_token',
    client_id: from.client_id,
    refresh_token: from.refresh_token,
    ...(scope === undefined ? {} : { scope }),
  });

/** Calls a tool over plain HTTP with an access token. */
export const callWith = async (origin: string, access_token: string, tool = 'status.get'): Promise<{ status: number; text: string }> => {
  const answer = await localFetch(`${origin}/mcp/orgonaut`, {
    method: 'POST',
    headers: rpcHeaders(access_token),
    body: JSON.stringify(rawCall(tool)),
  });
  return { status: answer.status, text: await answer.text() };
};

/** The whole way: registered, allowed by the person, tokens in hand. */
export const connect = async (origin: string, browser: Browser, more: { scope?: string; client?: string } = {}): Promise<Connected> => {
  const client_id = more.client ?? (await newClient(origin));
  const secret = verifier();
  const page = await browser.follow(authorizeUrl(origin, { client_id, code_challenge: challengeOf(secret), scope: more.scope }));
  const back = await browser.decide(page, 'allow');
  const answer = await token(origin, {
    grant_type: 'authorization_code',
    client_id,
    code: back.searchParams.get('code') ?? '',
    redirect_uri: CALLBACK,
    code_verifier: secret,
  });
  if (answer.status !== 200) throw new Error(`no token: ${answer.text}`);
  return { client_id, ...(answer.json() as Omit<Connected, 'client_id'>) };
};
