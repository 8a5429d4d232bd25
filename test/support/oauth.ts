import { createHash, randomBytes } from 'node:crypto';
import { request } from 'node:http';
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
import type { EngineOptions } from './engine.ts';
import { newId } from './engine.ts';
import { type McpWorld, mcpWorld } from './mcp.ts';

interface Teardown {
  teardown(fn: () => Promise<void>): void;
}

export interface Seen {
  status: number;
  headers: Headers;
  text: string;
  json(): Record<string, unknown>;
  /** Where a redirect leads. */
  location: URL | undefined;
}

/** A fetch for which every *.localhost is this machine, as browsers have it. */
export const localFetch = async (input: string | URL | Request, init: RequestInit = {}): Promise<Response> => {
  const asked = new Request(input instanceof URL ? input.href : input, init);
  const url = new URL(asked.url);
  const body = Buffer.from(await asked.arrayBuffer());
  return new Promise<Response>((resolve, reject) => {
    const req = request(
      {
        host: '127.0.0.1',
        port: url.port,
        method: asked.method,
        path: url.pathname + url.search,
        headers: { ...Object.fromEntries(asked.headers), host: url.host, ...(body.length > 0 ? { 'content-length': body.length } : {}) },
        ...(init.signal ? { signal: init.signal } : {}),
      },
      (res) => {
        const headers = new Headers();
        for (const [name, values] of Object.entries(res.headersDistinct)) for (const v of values ?? []) headers.append(name, v);
        const parts: Buffer[] = [];
        res.on('data', (d: Buffer) => parts.push(d));
        res.on('end', () => {
          const status = res.statusCode ?? 0;
          resolve(new Response([204, 304].includes(status) ? null : Buffer.concat(parts), { status, headers }));
        });
        res.on('error', reject);
      },
    );
    req.on('error', reject);
    req.end(body);
  });
};

/** A browser as far as these flows need one: it keeps cookies by path and does not follow redirects by itself. */
export class Browser {
  readonly #jar = new Map<string, { value: string; path: string }>();

  constructor(cookies: Record<string, string> = {}) {
    for (const [name, value] of Object.entries(cookies)) this.#jar.set(`${name} /`, { value, path: '/' });
  }

  async go(
    target: string | URL,
    init: { method?: string; form?: Record<string, string>; headers?: Record<string, string> } = {},
  ): Promise<Seen> {
    const url = new URL(target);
    const cookie = [...this.#jar]
      .filter(([, c]) => url.pathname === c.path || url.pathname.startsWith(c.path.endsWith('/') ? c.path : `${c.path}/`))
      .map(([key, c]) => `${key.split(' ')[0]}=${c.value}`)
      .join('; ');
    const response = await localFetch(url, {
      method: init.method ?? (init.form ? 'POST' : 'GET'),
      headers: {
        accept: 'text/html,application/xhtml+xml',
        ...(cookie ? { cookie } : {}),
        ...(init.form ? { 'content-type': 'application/x-www-form-urlencoded' } : {}),
        ...init.headers,
      },
      ...(init.form ? { body: new URLSearchParams(init.form).toString() } : {}),
      redirect: 'manual',
    });
    for (const line of response.headers.getSetCookie()) {
      const [pair = '', ...attributes] = line.split(';').map((p) => p.trim());
      const [name = '', value = ''] = [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)];
      const path = attributes.find((a) => /^path=/i.test(a))?.slice(5) ?? '/';
      if (value === '' || attributes.some((a) => /^expires=Thu, 01 Jan 1970/i.test(a))) this.#jar.delete(`${name} ${path}`);
      else this.#jar.set(`${name} ${path}`, { value, path });
    }
    const text = await response.text();
    const location = response.headers.get('location');
    return {
      status: response.status,
      headers: response.headers,
      text,
      json: () => JSON.parse(text) as Record<string, unknown>,
      location: location === null ? undefined : new URL(location, url),
    };
  }

  /** Follows redirects on the same origin; stops at a page or where one leads away. */
  async follow(target: string | URL): Promise<Seen & { at: URL }> {
    let at = new URL(target);
    for (let i = 0; i < 10; i += 1) {
      const seen = await this.go(at);
      if (seen.location === undefined || seen.location.origin !== at.origin) return { ...seen, at };
      at = seen.location;
    }
    throw new Error('too many redirects');
  }

  /** Presses a button of the consent page; returns where the browser is sent in the end. */
  async decide(page: Seen & { at: URL }, decision: 'allow' | 'deny'): Promise<URL> {
    const csrf = /name="csrf" value="([^"]+)"/.exec(page.text)?.[1];
    if (csrf === undefined) throw new Error(`no consent page: ${page.status} ${page.text.slice(0, 400)}`);
    const sent = await this.go(page.at, { form: { csrf, decision } });
    if (sent.location === undefined) throw new Error(`no redirect: ${sent.status} ${sent.text.slice(0, 400)}`);
    const end = sent.location.origin === page.at.origin ? (await this.follow(sent.location)).location : sent.location;
    if (end === undefined) throw new Error('the authorization did not answer');
    return end;
  }
}

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

export const authorizeUrl = (origin: string, query: Record<string, string | undefined>): URL => {
  const url = new URL(`${origin}/oauth/authorize`);
  const all = {
    response_type: 'code',
    redirect_uri: CALLBACK,
    state: 'xyz',
    resource: `${origin}/mcp/orgonaut`,
    code_challenge_method: 'S256',
    ...query,
  };
  for (const [key, value] of Object.entries(all)) if (value !== undefined) url.searchParams.set(key, value);
  return url;
};

/** A request to the token endpoint. */
export const token = async (origin: string, form: Record<string, string>): Promise<Seen> =>
  new Browser().go(`${origin}/oauth/token`, { form, headers: { accept: 'application/json' } });

/** The whole way: registered, allowed by the person, tokens in hand. */
export const connect = async (origin: string, browser: Browser, more: { scope?: string; client?: string } = {}): Promise<Connected> => {
  const client_id = more.client ?? String((await register(origin)).json().client_id);
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
