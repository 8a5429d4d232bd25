import { request } from 'node:http';
import { connectedApps } from '../../src/access/connected-apps.ts';
import { accessDirectory } from '../../src/access/directory.ts';
import { type People, people } from '../../src/access/people.ts';
import type { ConnectedApps } from '../../src/access/connected-apps.ts';
import type { AccessDirectory } from '../../src/access/types.ts';
import { httpApp, MCP_PATH } from '../../src/http/app.ts';
import type { Middleware } from 'koa';
import { secretBox } from '../../src/database/secret-box.ts';
import type { RequestState } from '../../src/http/guard.ts';
import { problem } from '../../src/http/problem.ts';
import { listen } from '../../src/http/serve.ts';
import { oauthDoor } from '../../src/oauth/index.ts';
import { webDoor } from '../../src/http/web/door.ts';
import { proposalDoor } from '../../src/http/web/proposal.ts';
import type { WebParts } from '../../src/http/web/parts.ts';
import type { Log } from '../../src/mcp/errors.ts';
import { offeredTools } from '../../src/mcp/operations.ts';
import { type Engine, engine, type EngineOptions, newId } from './engine.ts';

export const PASSWORD = 'correct horse battery staple';

export interface Seen {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  text: string;
}

/** A browser without script: keeps its cookies per host, sends what a browser sends, follows nothing by itself. */
export interface Visitor {
  cookies: Map<string, string>;
  get(path: string, headers?: Record<string, string>): Promise<Seen>;
  /** Sends a form with the csrf and the form key of the page that was last seen, unless `form` or `headers` say otherwise. */
  post(path: string, form: Record<string, string | string[]>, headers?: Record<string, string>): Promise<Seen>;
  send(method: string, path: string, body: unknown, headers?: Record<string, string>): Promise<Seen>;
}

export const visitor = (port: number, name = 'localhost'): Visitor => {
  const host = `${name}:${port}`;
  const cookies = new Map<string, string>();
  let csrf = '';
  let form_key = '';
  const ask = (method: string, path: string, headers: Record<string, string>, body?: string) =>
    new Promise<Seen>((resolve, reject) => {
      const cookie = [...cookies].map(([k, v]) => `${k}=${v}`).join('; ');
      const req = request(
        { port, host: '127.0.0.1', method, path, headers: { Host: host, ...(cookie ? { Cookie: cookie } : {}), ...headers } },
        (res) => {
          const parts: Buffer[] = [];
          res.on('data', (d: Buffer) => parts.push(d));
          res.on('end', () => {
            for (const set of res.headers['set-cookie'] ?? []) {
              const [pair = '', ...attributes] = set.split('; ');
              const at = pair.indexOf('=');
              if (attributes.includes('Max-Age=0')) cookies.delete(pair.slice(0, at));
              else cookies.set(pair.slice(0, at), pair.slice(at + 1));
            }
            const text = Buffer.concat(parts).toString('utf8');
            csrf = /name="csrf" value="([^"]+)"/.exec(text)?.[1] ?? csrf;
            form_key = /name="form_key" value="([^"]+)"/.exec(text)?.[1] ?? form_key;
            resolve({ status: res.statusCode ?? 0, headers: res.headers, text });
          });
        },
      );
      req.on('error', reject);
      req.end(body);
    });
  return {
    cookies,
    get: (path, headers = {}) => ask('GET', path, { 'Sec-Fetch-Site': 'none', ...headers }),
    post: (path, form, headers = {}) => {
      const body = new URLSearchParams();
      for (const [k, v] of Object.entries({ csrf, ...(form_key ? { form_key } : {}), ...form }))
        for (const one of [v].flat()) body.append(k, one);
      const own = { Origin: `http://${host}`, 'Sec-Fetch-Site': 'same-origin', 'Content-Type': 'application/x-www-form-urlencoded' };
      return ask('POST', path, { ...own, ...headers }, body.toString());
    },
    send: (method, path, body, headers = {}) =>
      ask(method, path, { 'Content-Type': 'application/json', ...headers }, body === undefined ? undefined : JSON.stringify(body)),
  };
};

export interface DoorWorld {
  e: Engine;
  port: number;
  url: string;
  tenant: number;
  door: People;
  directory: AccessDirectory;
  apps: ConnectedApps;
  logged: string[];
  later(ms: number): void;
  /** Somebody with a role and PASSWORD. */
  join(email: string, role?: string, of?: number): Promise<void>;
  /** A browser in which somebody signed in. */
  inside(email: string, name?: string): Promise<Visitor>;
  /** An app that this person let in. */
  connect(email: string, name: string, scopes?: string[]): Promise<string>;
}

/** The door of tenant `acme` (on plain hosts too) and of `other`, listening on a free port. */
export const doorWorld = async (
  t: { teardown(fn: () => Promise<void>): void },
  options: EngineOptions & {
    web?: (e: Engine, now: () => Date) => Partial<WebParts>;
    publicUrl?: string;
    tenantDomain?: string;
    /** With the authorization server of each tenant. */
    oauth?: true;
  } = {},
): Promise<DoorWorld> => {
  const e = await engine(undefined, { background: false, ...options });
  let ahead = 0;
  const now = () => new Date(Date.now() + ahead);
  const parts = { store: e.store, now, newId: () => newId() };
  const directory = accessDirectory(e.sql, parts);
  const { tenant } = await directory.createTenant('acme');
  await directory.createTenant('other');
  const door = people(e.sql, parts);
  const apps = connectedApps(e.sql, parts);
  const logged: string[] = [];
  const log = Object.fromEntries(
    ['info', 'warn', 'error'].map((level) => [
      level,
      (fields: object, message: string) =>
        void logged.push(`${message} ${JSON.stringify(fields, (_, v) => (v instanceof Error ? v.stack : v))}`),
    ]),
  ) as unknown as Log;
  const webParts = { sql: e.sql, people: door, directory, apps, now, mcpPath: MCP_PATH, version: '1.2.3', ...options.web?.(e, now) };
  const oauth = oauthDoor({
    ...parts,
    sql: e.sql,
    secrets: secretBox(Buffer.alloc(32, 7)),
    sessions: door.sessions,
    problem,
    log: { error: log.error.bind(log) },
  }) as Middleware<RequestState>;
  const http = await listen(
    httpApp({
      deps: e.deps,
      directory,
      box: offeredTools(),
      log,
      defaultTenant: 'acme',
      doors: [...(options.oauth ? [oauth] : []), webDoor(webParts), proposalDoor({ ...webParts, deps: e.deps })],
      ...(options.publicUrl ? { publicUrl: options.publicUrl } : {}),
      ...(options.tenantDomain ? { tenantDomain: options.tenantDomain } : {}),
    }),
    { port: 0, host: '127.0.0.1' },
  );
  t.teardown(async () => {
    await http.close(500);
    await e.close();
  });
  return {
    e,
    port: http.port,
    url: http.url,
    tenant,
    door,
    directory,
    apps,
    logged,
    later: (ms) => {
      ahead += ms;
    },
    join: async (email, role = 'owner', of = tenant) => {
      await directory.addUser({ tenant: of, email, role });
      await door.setPassword({ tenant: of, email, password: PASSWORD });
    },
    inside: async (email, name) => {
      const v = visitor(http.port, name);
      await v.get('/sign-in');
      const { status, text } = await v.post('/sign-in', { email, password: PASSWORD });
      if (status !== 303) throw new Error(`${email} could not sign in: ${status} ${text}`);
      await v.get('/settings/tokens');
      return v;
    },
    connect: async (email, name, scopes = ['mcp:use']) => {
      const user = (await directory.listUsers(tenant)).find((u) => u.email === email);
      if (!user) throw new Error(`nobody is ${email}`);
      const grant_id = `grant-${newId()}`;
      await apps.connect({
        tenant,
        grant_id,
        user_id: user.user_id,
        issuer: 'http://localhost/mcp/orgonaut',
        client_id: `client-${name}`,
        client_name: name,
        redirect_host: 'claude.ai',
        scopes,
        by: { user: user.user_id, with: { kind: 'client', id: 'browser' }, via: 'web', correlation_id: 'test' },
      });
      return grant_id;
    },
  };
};
