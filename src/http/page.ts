const escaped = (text: string): string => text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);

/** The page at `/`: what this is and where MCP is. Says nothing about any tenant. */
export const frontPage = (mcpUrl: string, version: string): string => `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>Orgonaut</title>
<style>:root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;max-width:40rem;margin:3rem auto;padding:0 1rem}code{overflow-wrap:anywhere}</style></head>
<body><h1>Orgonaut</h1>
<p>Scenario planning for an organisation: an event-sourced model of units, positions, people and cost, changed through proposals that a person reviews.</p>
<p>Assistants reach it over the Model Context Protocol (Streamable HTTP) at <code>${escaped(mcpUrl)}</code> with a bearer token.
Make one with <code>orgonaut token create --tenant SLUG --name NAME --role viewer</code>.</p>
<p>Version ${escaped(version)}</p></body></html>
`;
