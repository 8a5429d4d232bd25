import type { Deps } from '../application/context.ts';

const withMcp = new Set(['business', 'enterprise', 'agency']);

/** Whether the tenant's subscription has MCP. A tenant whose settings are not projected yet is let through: its first call waits for them. */
export const mayUseMcp = async ({ sql }: Pick<Deps, 'sql'>, tenant: number): Promise<boolean> => {
  const [row] = await sql.query<{ subscription: string | null }>(
    "select settings->>'subscription' as subscription from tenant_settings where tenant = $1 order by from_position desc limit 1",
    [tenant],
  );
  return row?.subscription == null || withMcp.has(row.subscription);
};
