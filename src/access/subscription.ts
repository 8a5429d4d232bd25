import { refuse } from '../domain/codes.ts';
import type { Sql } from '../projections/sql.ts';

const withMcp = new Set(['business', 'enterprise', 'agency']);

/**
 * Whether the tenant's subscription has MCP, OAuth and connected apps. Asked for every request, so a change of it holds at once in
 * every process. A tenant whose settings are not projected yet is let through: its first call waits for them.
 */
export const mayUseMcp = async ({ sql }: { sql: Sql }, tenant: number): Promise<boolean> => {
  const [row] = await sql.query<{ subscription: string | null }>(
    "select settings->>'subscription' as subscription from tenant_settings where tenant = $1 order by from_position desc limit 1",
    [tenant],
  );
  return row?.subscription == null || withMcp.has(row.subscription);
};

/** What a tenant without MCP is told, over every way in. Its tokens, apps and scenarios stay as they are until the subscription is raised. */
export const noMcp = 'the subscription of this tenant has no MCP; its tokens, connected apps and scenarios are kept';

/** Refuses with SUBSCRIPTION_REQUIRED where the tenant has no MCP. */
export const needMcp = async (deps: { sql: Sql }, tenant: number): Promise<void> => {
  if (!(await mayUseMcp(deps, tenant))) throw refuse('SUBSCRIPTION_REQUIRED', noMcp);
};
