import { homePage } from '../views/home.ts';

/** The page at `/` of a service without doors: what this is and where MCP is. Says nothing about any tenant. */
export const frontPage = (mcp: string, version: string): string => homePage({ mcp, version, apps: false }).text;
