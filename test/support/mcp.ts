import { Client as ModernClient, StreamableHTTPClientTransport as ModernHttp } from '@modelcontextprotocol/client';
import { Client as LegacyClient } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport as LegacyHttp } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { accessDirectory } from '../../src/access/directory.ts';
import type { AccessDirectory } from '../../src/access/types.ts';
import { type HttpParts, httpApp, MCP_PATH } from '../../src/http/app.ts';
import { listen } from '../../src/http/serve.ts';
import type { Log } from '../../src/mcp/errors.ts';
import { offeredTools } from '../../src/mcp/operations.ts';
import type { Toolbox } from '../../src/mcp/toolbox.ts';
import { type Engine, engine, type EngineOptions, newId } from './engine.ts';
import type { Teardown } from './teardown.ts';

/** A tool's answer as every client gives it. */
export interface Answer {
  isError?: boolean;
  structuredContent: Record<string, unknown>;
  text: string;
}

/** What a test needs of any client, whichever era it speaks. */
export interface AnyClient {
  tools(): Promise<
    {
      name: string;
      description?: string | undefined;
      annotations?: Record<string, unknown> | undefined;
      outputSchema?: unknown;
      inputSchema?: unknown;
    }[]
  >;
  call(name: string, args?: Record<string, unknown>): Promise<Answer>;
  version(): string | undefined;
  close(): Promise<void>;
}

export type Era = '2025 (sdk)' | '2025 (client)' | '2026';
export const eras: Era[] = ['2025 (sdk)', '2025 (client)', '2026'];

const answerOf = (result: unknown): Answer => {
  const {
    content = [],
    structuredContent = {},
    isError,
  } = result as { content?: { type: string; text?: string }[]; structuredContent?: Record<string, unknown>; isError?: boolean };
  return { ...(isError === undefined ? {} : { isError }), structuredContent, text: content.map((c) => c.text ?? '').join('\n') };
};

/**
 * How long a test lets a client wait for one answer: the SDKs give up after a minute, which a busy machine needs for the start of
 * a server. A server that never answers ends with the test's own limit.
 */
export const patience = { timeout: 30 * 60_000 };

/** A connected client of one era over a transport made for it. */
export const clientOf = async (
  era: Era,
  transport: { legacy(): unknown; modern(): unknown },
  info = { name: 'test-client', version: '1.2.3' },
): Promise<AnyClient> => {
  if (era === '2025 (sdk)') {
    const client = new LegacyClient(info);
    await client.connect(transport.legacy() as Parameters<LegacyClient['connect']>[0], patience);
    return {
      tools: async () => (await client.listTools(undefined, patience)).tools,
      call: async (name, args = {}) => answerOf(await client.callTool({ name, arguments: args }, undefined, patience)),
      version: () => undefined,
      close: () => client.close(),
    };
  }
  const client = new ModernClient(info, { versionNegotiation: { mode: era === '2026' ? 'auto' : 'legacy' } });
  await client.connect(transport.modern() as Parameters<ModernClient['connect']>[0], patience);
  return {
    tools: async () => (await client.listTools(undefined, patience)).tools,
    call: async (name, args = {}) => answerOf(await client.callTool({ name, arguments: args }, patience)),
    version: () => client.getNegotiatedProtocolVersion(),
    close: () => client.close(),
  };
};

export interface McpWorld {
  e: Engine;
  directory: AccessDirectory;
  box: Toolbox;
  url: string;
  mcp: string;
  /** Everything that was logged. */
  logged: { level: string; fields: Record<string, unknown>; message: string }[];
  token(role?: string, more?: Partial<Parameters<AccessDirectory['createToken']>[0]>): Promise<string>;
  client(token: string, era?: Era, info?: { name: string; version: string }): Promise<AnyClient>;
  /** Closes the HTTP face as the service does at its end. */
  close(graceMs: number): Promise<void>;
  /** A raw request: what no client would send. */
  raw(init: {
    method?: string;
    path?: string;
    headers?: Record<string, string>;
    body?: unknown;
    host?: string;
  }): Promise<{ status: number; headers: Record<string, string | string[] | undefined>; text: string }>;
}

/** An engine with the registry, the tools and the HTTP face on a free port, closed at the end of the test. Tenant 1 is `acme`. */
export const mcpWorld = async (
  t: Teardown,
  options: EngineOptions & { box?: Toolbox; http?: Partial<HttpParts> } = {},
): Promise<McpWorld> => {
  const e = await engine(undefined, options);
  const directory = accessDirectory(e.sql, { store: e.store, now: e.deps.now, newId: () => newId() });
  const { tenant } = await directory.createTenant('acme');
  if (tenant !== e.tenant) throw new Error('the registry and the engine disagree on the tenant');
  const logged: McpWorld['logged'] = [];
  const log = Object.fromEntries(
    (['info', 'warn', 'error'] as const).map((level) => [
      level,
      (fields: object, message: string) => void logged.push({ level, fields: fields as Record<string, unknown>, message }),
    ]),
  ) as unknown as Log;
  const box = options.box ?? offeredTools();
  const http = await listen(httpApp({ deps: e.deps, directory, box, log, ...options.http }), { port: 0, host: '127.0.0.1' });
  const mcp = `${http.url}${MCP_PATH}`;
  const open: AnyClient[] = [];
  t.teardown(async () => {
    await Promise.allSettled(open.map((c) => c.close()));
    await http.close(1_000);
    await e.close();
  });
  return {
    e,
    directory,
    box,
    url: http.url,
    mcp,
    logged,
    close: (graceMs) => http.close(graceMs),
    token: async (role = 'owner', more = {}) => (await directory.createToken({ tenant, name: `${role} token`, role, ...more })).token,
    client: async (token, era = '2026', info) => {
      const init = { requestInit: { headers: { Authorization: `Bearer ${token}` } } };
      const client = await clientOf(
        era,
        { legacy: () => new LegacyHttp(new URL(mcp), init), modern: () => new ModernHttp(new URL(mcp), init) },
        info,
      );
      open.push(client);
      return client;
    },
    raw: ({ method = 'POST', path = MCP_PATH, headers = {}, body, host }) =>
      rawRequest(http.port, { method, path, headers: { ...headers, ...(host ? { Host: host } : {}) }, body }),
  };
};

const rawRequest = async (
  port: number,
  { method, path, headers, body }: { method: string; path: string; headers: Record<string, string>; body: unknown },
) => {
  const { request } = await import('node:http');
  return new Promise<{ status: number; headers: Record<string, string | string[] | undefined>; text: string }>((resolve, reject) => {
    const req = request({ port, host: '127.0.0.1', method, path, headers }, (res) => {
      const parts: Buffer[] = [];
      res.on('data', (d: Buffer) => parts.push(d));
      res.on('end', () => resolve({ status: res.statusCode ?? 0, headers: res.headers, text: Buffer.concat(parts).toString('utf8') }));
    });
    req.on('error', reject);
    req.end(body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body));
  });
};

/** A tools/call of the 2025 revisions as raw JSON-RPC. */
export const rawCall = (name: string, args: Record<string, unknown> = {}) => ({
  jsonrpc: '2.0',
  id: 1,
  method: 'tools/call',
  params: { name, arguments: args },
});

/** The headers that a JSON-RPC request over Streamable HTTP needs. */
export const rpcHeaders = (token?: string): Record<string, string> => ({
  'Content-Type': 'application/json',
  Accept: 'application/json, text/event-stream',
  ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
});
