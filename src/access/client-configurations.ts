/** How a client reaches this service: the MCP address, the tenant and the token it sends. */
export interface Connection {
  mcp: string;
  tenant: string;
  token: string;
}

const headers = (c: Connection) => ({ Authorization: `Bearer ${c.token}`, 'X-Tenant': c.tenant });

/**
 * The configuration of the common MCP clients with the token filled in, as the objects their files hold. Claude Desktop
 * starts local servers only, so it gets the stdio way through this same command.
 */
export const clientConfigurations = (c: Connection, stdio: { command: string; args: string[]; env: Record<string, string> }) => ({
  claude_desktop: {
    file: 'claude_desktop_config.json',
    content: { mcpServers: { orgonaut: { command: stdio.command, args: stdio.args, env: { ...stdio.env, MCP_TOKEN: c.token } } } },
  },
  cursor: { file: '.cursor/mcp.json', content: { mcpServers: { orgonaut: { url: c.mcp, headers: headers(c) } } } },
  vs_code: { file: '.vscode/mcp.json', content: { servers: { orgonaut: { type: 'http', url: c.mcp, headers: headers(c) } } } },
  http: { file: 'any client that speaks Streamable HTTP', content: { type: 'streamable-http', url: c.mcp, headers: headers(c) } },
});
