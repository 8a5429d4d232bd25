/** Where MCP is on every host. */
export const MCP_PATH = '/mcp/orgonaut';
