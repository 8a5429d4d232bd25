/** How a client reaches this service: the MCP address, the tenant and the token it sends. */
export interface Connection {
  mcp: string;
  tenant: string;
  token: string;
}

const headers = (c: Connection) => ({ Authorization: `Bearer ${c.token}`, 'X-Tenant': c.tenant });

/** How a client on the machine of the service starts it over stdio. */
export interface StdioCommand {
  command: string;
  args: string[];
  env: Record<string, string>;
}

/**
 * Claude Desktop's file starts local servers only. On the machine of the service that is this same command; elsewhere the bridge
 * of the npm package mcp-remote, which reads the header's value from its environment because spaces in arguments get lost there.
 */
const claudeDesktop = (c: Connection, stdio: StdioCommand | undefined): StdioCommand =>
  stdio
    ? { ...stdio, env: { ...stdio.env, MCP_TOKEN: c.token } }
    : {
        command: 'npx',
        // biome-ignore lint/suspicious/noTemplateCurlyInString: mcp-remote fills it in
        args: ['-y', 'mcp-remote', c.mcp, '--header', 'Authorization:${MCP_AUTHORIZATION}'],
        env: { MCP_AUTHORIZATION: `Bearer ${c.token}` },
      };

/** The configuration of the common MCP clients with the token filled in, as the objects their files hold. */
export const clientConfigurations = (c: Connection, stdio?: StdioCommand) => ({
  claude_desktop: { file: 'claude_desktop_config.json', content: { mcpServers: { orgonaut: claudeDesktop(c, stdio) } } },
  cursor: { file: '.cursor/mcp.json', content: { mcpServers: { orgonaut: { url: c.mcp, headers: headers(c) } } } },
  vs_code: { file: '.vscode/mcp.json', content: { servers: { orgonaut: { type: 'http', url: c.mcp, headers: headers(c) } } } },
  http: { file: 'any client that speaks Streamable HTTP', content: { type: 'streamable-http', url: c.mcp, headers: headers(c) } },
});
