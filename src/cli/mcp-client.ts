import { setDefaultAutoSelectFamilyAttemptTimeout } from 'node:net';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { Connection } from '../access/client-configurations.ts';

export type Answer = Record<string, unknown>;

/** A connection as any assistant has it: a real client over HTTP, nothing of this engine. */
export interface Assistant {
  readonly server: { name: string; version: string };
  tools(): Promise<string[]>;
  /**
   * Calls a tool and gives its structured content. Throws ToolRefused when the tool answers with an error. `patience` in milliseconds; a minute,
   * as clients have it, unless given.
   */
  call(tool: string, args?: Answer, patience?: number): Promise<Answer>;
  close(): Promise<void>;
}

/** A tool answered with an error: its text, as an assistant would read it. */
export class ToolRefused extends Error {
  constructor(tool: string, text: string) {
    super(`${tool} was refused: ${text}`);
    this.name = 'ToolRefused';
  }
}

const textOf = (content: unknown): string =>
  Array.isArray(content)
    ? content.map((part: { type?: string; text?: string }) => (part.type === 'text' ? (part.text ?? '') : '')).join('\n')
    : '';

/** Connects over Streamable HTTP with a manual token. Rejects when nothing answers or the token is refused. */
export const connectAssistant = async (connection: Connection, name: string, version: string): Promise<Assistant> => {
  // "localhost" has two addresses. By default each gets a quarter of a second to connect, which a busy machine does not keep.
  setDefaultAutoSelectFamilyAttemptTimeout(5_000);
  const client = new Client({ name, version });
  const headers = { Authorization: `Bearer ${connection.token}`, 'X-Tenant': connection.tenant };
  // The SDK's own transport type is not written for exactOptionalPropertyTypes.
  const transport = new StreamableHTTPClientTransport(new URL(connection.mcp), { requestInit: { headers } }) as unknown as Parameters<
    Client['connect']
  >[0];
  await client.connect(transport);
  const server = client.getServerVersion();
  return {
    server: { name: server?.name ?? '', version: server?.version ?? '' },
    tools: async () => (await client.listTools()).tools.map((tool) => tool.name),
    async call(tool, args = {}, patience = 60_000) {
      const result = await client.callTool({ name: tool, arguments: args }, undefined, { timeout: patience });
      if (result.isError) throw new ToolRefused(tool, textOf(result.content));
      return (result.structuredContent ?? {}) as Answer;
    },
    close: () => client.close(),
  };
};
