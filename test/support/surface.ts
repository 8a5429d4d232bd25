import { Client as ModernClient, StreamableHTTPClientTransport as ModernHttp } from '@modelcontextprotocol/client';
import { StdioClientTransport as ModernStdio } from '@modelcontextprotocol/client/stdio';
import { Client as LegacyClient } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport as LegacyStdio } from '@modelcontextprotocol/sdk/client/stdio.js';
import { StreamableHTTPClientTransport as LegacyHttp } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { fileURLToPath } from 'node:url';
import { type Era, patience } from './mcp.ts';

const stdioScript = fileURLToPath(new URL('stdio-server.ts', import.meta.url));

/** What a client is asked by the server, and what it answers. */
export interface Asked {
  message: string;
  mode?: string;
  url?: string;
  requestedSchema?: { properties: Record<string, { enum?: string[]; enumNames?: string[] }> };
}
export type Answers = (asked: Asked) => { action: 'accept' | 'decline' | 'cancel'; content?: Record<string, string> };

/** The whole of a client, by the method names that both eras' clients have in common. */
export interface WholeClient {
  listTools(): Promise<{ tools: { name: string; description?: string }[] }>;
  listResources(params?: { cursor?: string }): Promise<{ resources: { uri: string; name: string; title?: string }[]; nextCursor?: string }>;
  listResourceTemplates(): Promise<{ resourceTemplates: { name: string; uriTemplate: string }[] }>;
  readResource(params: {
    uri: string;
  }): Promise<{ contents: { uri: string; mimeType?: string; text?: string }[]; [more: string]: unknown }>;
  listPrompts(): Promise<{ prompts: { name: string }[] }>;
  getPrompt(params: {
    name: string;
    arguments?: Record<string, string>;
  }): Promise<{ messages: { role: string; content: { text?: string } }[] }>;
  complete(params: {
    ref: { type: 'ref/prompt'; name: string } | { type: 'ref/resource'; uri: string };
    argument: { name: string; value: string };
  }): Promise<{ completion: { values: string[]; total?: number; hasMore?: boolean } }>;
  callTool(
    params: { name: string; arguments?: Record<string, unknown> },
    ...more: unknown[]
  ): Promise<{ isError?: boolean; structuredContent?: Record<string, unknown>; content?: { text?: string }[] }>;
  getServerVersion(): { name: string; icons?: unknown[] } | undefined;
  getInstructions(): string | undefined;
  close(): Promise<void>;
}

/** Calls a tool with options, which the two eras' clients take in different places. */
export const callWith = (era: Era, client: WholeClient, name: string, args: Record<string, unknown>, options: Record<string, unknown>) =>
  era === '2025 (sdk)'
    ? client.callTool({ name, arguments: args }, undefined, { ...patience, ...options })
    : client.callTool({ name, arguments: args }, { ...patience, ...options });

/** A client of one era over HTTP or stdio that can, where `answers` is given, be asked by forms and addresses. */
export const wholeClient = async (
  w: { mcp: string; e: { db: { url: string } } },
  t: { teardown(fn: () => Promise<void>): void },
  {
    era,
    token,
    over = 'http',
    answers,
    modes = { form: {}, url: {} },
    name = 'whole-client',
  }: {
    era: Era;
    token: string;
    over?: 'http' | 'stdio';
    answers?: Answers;
    modes?: { form?: object; url?: object };
    name?: string;
  },
): Promise<WholeClient> => {
  const init = { requestInit: { headers: { Authorization: `Bearer ${token}` } } };
  const child = {
    command: process.execPath,
    args: [stdioScript],
    env: { TEST_DATABASE_URL: w.e.db.url, MCP_TOKEN: token, PATH: process.env.PATH ?? '' },
    stderr: 'ignore' as const,
  };
  const info = { name, version: '1.0.0' };
  const capabilities = (answers ? { elicitation: modes } : {}) as object;
  const answer = (request: { params: unknown }) => (answers as Answers)(request.params as Asked);
  let client: { close(): Promise<void> };
  if (era === '2025 (sdk)') {
    const { ElicitRequestSchema } = await import('@modelcontextprotocol/sdk/types.js');
    const legacy = new LegacyClient(info, { capabilities });
    if (answers) legacy.setRequestHandler(ElicitRequestSchema, async (request) => answer(request) as never);
    await legacy.connect((over === 'http' ? new LegacyHttp(new URL(w.mcp), init) : new LegacyStdio(child)) as never, patience);
    client = legacy;
  } else {
    const modern = new ModernClient(info, { capabilities, versionNegotiation: { mode: era === '2026' ? 'auto' : 'legacy' } });
    if (answers) modern.setRequestHandler('elicitation/create', async (request) => answer(request) as never);
    await modern.connect(over === 'http' ? new ModernHttp(new URL(w.mcp), init) : new ModernStdio(child), patience);
    client = modern;
  }
  t.teardown(() => client.close());
  return client as unknown as WholeClient;
};
