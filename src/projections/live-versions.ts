import type { Kind } from '../domain/entities.ts';

/** The branch whose history counts, up to `position`; the baseline's counts up to `pin` (for the baseline itself both are equal). */
export interface LoadBasis {
  tenant: number;
  branch: number;
  position: number;
  pin: number;
}

/** Every statement's first four parameters: tenant, branch, position, pin. */
export type Place = [tenant: number, branch: number, position: number, pin: number];

export const tenantAnd = (alias: string, branch: string): string => `${alias}.tenant = $1 and ${alias}.branch = ${branch}`;
const baseLive = (alias: string): string => `${tenantAnd(alias, '0')} and ${alias}.from_position <= $4 and ${alias}.to_position > $4`;
const ownLive = (alias: string): string =>
  `${tenantAnd(alias, '$2')} and $2 <> 0 and ${alias}.from_position <= $3 and ${alias}.to_position > $3`;

/**
 * The rows of a version table that hold in the branch, on any date: `filter` stands inside both halves, so that each is an
 * index lookup. A baseline row is hidden when the branch holds a row of the same id.
 */
export const versions = (kind: Kind, columns: string, filter: (alias: string) => string): string => `
  select ${columns.replaceAll('v.', 'b.')} from ${kind}_version b where ${baseLive('b')} and ${filter('b')}
    and not exists (select from ${kind}_version h where ${ownLive('h')} and h.id = b.id)
  union all
  select ${columns.replaceAll('v.', 'o.')} from ${kind}_version o where ${ownLive('o')} and ${filter('o')}`;
