import { refuse } from '../../domain/codes.ts';
import type { TenantSettings } from '../../domain/events.ts';
import { activeScenarioLimit } from '../../domain/scenario.ts';
import type { Caller, Deps } from '../context.ts';

/** How many active scenarios the tenant has at a position, those created after it left out. Archived and applied ones do not count. */
export const activeAt = async (deps: Deps, tenant: number, position: number): Promise<number> => {
  const [row] = await deps.sql.query<{ n: number }>(
    `select count(*)::int as n from scenario_version where tenant = $1::int and from_position <= $2::bigint and to_position > $2::bigint
       and state not in ('archived', 'applied')`,
    [tenant, position],
  );
  return row?.n ?? 0;
};

/** Refuses with SUBSCRIPTION_LIMIT when the scenarios active at a position, and `room` more, are more than the subscription allows. */
export const withinLimit = async (deps: Deps, caller: Caller, settings: TenantSettings, position: number, room: 0 | 1): Promise<void> => {
  const limit = activeScenarioLimit[settings.subscription];
  if (!Number.isFinite(limit) || (await activeAt(deps, caller.tenant, position)) + room <= limit) return;
  throw refuse('SUBSCRIPTION_LIMIT', `the subscription ${settings.subscription} allows ${limit} active scenario${limit === 1 ? '' : 's'}`);
};
