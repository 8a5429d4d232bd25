import { refuse } from '../../domain/codes.ts';
import { dateIn } from '../../domain/dates.ts';
import { streams, type TenantSettings } from '../../domain/events.ts';
import type { Deps } from '../context.ts';

/** The settings of a tenant in force at an event position, and the position of the event that set them. */
export interface SettingsInForce {
  settings: TenantSettings;
  settings_position: number;
}

/** Reads the settings in force at a position that the projections have reached. NOT_FOUND for a tenant without settings there. */
export const tenantSettings = async (deps: Pick<Deps, 'sql'>, tenant: number, position: number): Promise<SettingsInForce> => {
  const [row] = await deps.sql.query<{ settings: TenantSettings; from_position: string }>(
    'select settings, from_position from tenant_settings where tenant = $1 and from_position <= $2 and to_position > $2',
    [tenant, position],
  );
  if (!row) throw refuse('NOT_FOUND', 'this tenant has no settings', { wayOut: 'Create the tenant with `orgonaut tenant create`.' });
  return { settings: row.settings, settings_position: Number(row.from_position) };
};

/** The settings as the log has them now: waits until the projections have reached the last change of them. */
export const settingsNow = async (deps: Deps, tenant: number, signal?: AbortSignal): Promise<SettingsInForce> => {
  const head = await deps.store.head(tenant, streams.settings(tenant), signal ? { signal } : {});
  if (!head) throw refuse('NOT_FOUND', 'this tenant has no settings', { wayOut: 'Create the tenant with `orgonaut tenant create`.' });
  await deps.reached(tenant, head.position, signal);
  return tenantSettings(deps, tenant, head.position);
};

/** Today in the tenant's time zone. */
export const todayOf = (deps: Pick<Deps, 'now'>, settings: TenantSettings): string => dateIn(deps.now(), settings.time_zone);
