import type { Sql } from '../projections/sql.ts';

const MOST = 80;

/**
 * A tenant as pages show it: its name with the slug beside it, the slug alone while it has no other name. For who is signed in or
 * invited; a stranger knows the slug from the address and learns no more.
 */
export const tenantShown = async (sql: Sql, { tenant, slug }: { tenant: number; slug: string }): Promise<string> => {
  const [row] = await sql.query<{ name: string | null }>(
    "select settings->>'name' as name from tenant_settings where tenant = $1 order by from_position desc limit 1",
    [tenant],
  );
  const name = row?.name?.trim() ?? '';
  if (name === '' || name === slug) return slug;
  const letters = [...name];
  return `${letters.length > MOST ? `${letters.slice(0, MOST - 1).join('')}…` : name} (${slug})`;
};
