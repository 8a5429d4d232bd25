import { z } from 'zod';
import { change } from '../../domain/changes.ts';
import { refuse } from '../../domain/codes.ts';
import { type EventData, type EventMetadata, type EventType, streams } from '../../domain/events.ts';
import { firstSettings, settingsInput } from '../../domain/settings.ts';
import { RevisionConflict } from '../../store/port.ts';
import { appendSurely } from '../append.ts';
import type { Deps } from '../context.ts';
import { derivedId } from '../idempotency.ts';

/** What gives a tenant its number; numbers are given once per slug. */
export interface TenantRegistry {
  createTenant(slug: string): Promise<{ tenant: number; created: boolean }>;
}

export const newTenantInput = settingsInput.omit({ name: true }).extend({
  slug: z.string().regex(/^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$/, 'lower-case letters, digits and hyphens, at most 40'),
  name: z.string().trim().min(1).max(200),
});

export interface CreatedTenant {
  tenant: number;
  slug: string;
  root_unit_id: string;
  /** False when it existed already: nothing was written then. */
  created: boolean;
  event_position: number;
}

/** Reads what a person gave; INPUT_INVALID with every fault named. */
export const parsed = <S extends z.ZodType>(schema: S, given: unknown): z.output<S> => {
  const result = schema.safeParse(given);
  if (result.success) return result.data;
  throw refuse('INPUT_INVALID', result.error.issues.map((i) => `${i.path.join('.') || 'input'}: ${i.message}`).join('; '));
};

/** An event id that the same step of setting up the same tenant always has, so that an interrupted set-up can be repeated. */
const setUpId = (tenant: number, step: string): string => derivedId(tenant, 'tenant.create', step);

/**
 * Creates a tenant: its number, its settings and a baseline that holds its root unit, named as the tenant. Every step may have
 * been done before by a call that was interrupted; repeating it adds what is missing and changes nothing else.
 */
export const createTenant = async (
  deps: Deps,
  registry: TenantRegistry,
  given: z.input<typeof newTenantInput>,
  by?: Partial<EventMetadata>,
): Promise<CreatedTenant> => {
  const { slug, name, ...rest } = parsed(newTenantInput, given);
  const settings = firstSettings(name, rest);
  const { tenant } = await registry.createTenant(slug);
  const metadata: EventMetadata = {
    user: setUpId(0, 'system user'),
    with: { kind: 'cli', id: 'orgonaut' },
    via: 'cli',
    correlation_id: deps.newId(),
    ...by,
  };
  const root_unit_id = derivedId(tenant, 'root unit');
  let created = false;
  const first = async <T extends EventType>(stream: string, type: T, data: EventData[T]): Promise<void> => {
    if (await deps.store.head(tenant, stream)) return;
    const event = { event_id: setUpId(tenant, type), type, schema_version: 1, data, metadata, recorded_at: deps.now().toISOString() };
    try {
      created = !(await appendSurely(deps.store, tenant, stream, 'no_stream', [event])).repeated || created;
    } catch (error) {
      // Made at the same moment by another call: what it wrote stands.
      if (!(error instanceof RevisionConflict)) throw error;
    }
  };
  await first(streams.settings(tenant), 'TenantCreated', { slug, name, settings });
  await first(streams.baseline(tenant), 'BaselineChanged', {
    // From the first day there is, so that whatever an import dates earlier than today has its unit.
    changes: [change('OrgUnitCreated', root_unit_id, '1900-01-01', { name, kind: 'company', parent_id: null })],
  });
  const head = await deps.store.head(tenant, streams.baseline(tenant));
  if (!head) throw new TypeError('a baseline that was just written is not there');
  await deps.reached(tenant, head.position);
  return { tenant, slug, root_unit_id, created, event_position: head.position };
};
