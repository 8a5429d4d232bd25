export { createTenant, type CreatedTenant, type TenantRegistry } from './create.ts';
export { setTenant, type TenantSet } from './set.ts';
export { type SettingsInForce, settingsNow, tenantSettings, todayOf } from './settings.ts';
