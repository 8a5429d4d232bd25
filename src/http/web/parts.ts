import type { StdioCommand } from '../../access/client-configurations.ts';
import type { ConnectedApps } from '../../access/connected-apps.ts';
import type { People } from '../../access/people.ts';
import type { AccessDirectory } from '../../access/types.ts';
import type { Sql } from '../../projections/sql.ts';
import type { Upstream } from '../../oauth/upstream.ts';

export interface WebParts {
  sql: Sql;
  people: People;
  directory: Pick<AccessDirectory, 'createToken' | 'listTokens' | 'revokeToken' | 'replaceToken' | 'listUsers'>;
  apps: Pick<ConnectedApps, 'list' | 'narrow' | 'setNaming' | 'revoke'>;
  now(): Date;
  /** Path of the MCP endpoint on every host. */
  mcpPath: string;
  version: string;
  /** Only where people sit at the machine of the service. */
  stdio?: StdioCommand;
  /** Sign-in with another OpenID provider, where one is configured. */
  upstream?: Upstream;
  /** How many proxies stand before the service: so many from the right in X-Forwarded-For is the client. */
  proxyHops?: number;
}
