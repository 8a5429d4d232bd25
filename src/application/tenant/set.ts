import { z } from 'zod';
import { refuse } from '../../domain/codes.ts';
import { type EventData, type EventType, streams } from '../../domain/events.ts';
import {
  type AssumptionFacts,
  type AssumptionInput,
  assumptionInput,
  changedSettings,
  decideAssumptions,
  settingsInput,
} from '../../domain/settings.ts';
import { type ExpectedRevision, RevisionConflict } from '../../store/port.ts';
import { appendSurely, withSignal } from '../append.ts';
import { type Caller, type Deps, metadataOf, need } from '../context.ts';
import { derivedId } from '../idempotency.ts';
import { parsed } from './create.ts';
import { settingsNow, todayOf } from './settings.ts';

export const setTenantInput = z.strictObject({
  settings: settingsInput.optional(),
  assumptions: z.array(assumptionInput).max(1000).optional(),
  reason: z.string().trim().min(1).max(2000).optional(),
});

export interface TenantSet {
  /** The settings that changed; empty when all stood as given. */
  changed: string[];
  /** How many assumptions were set. */
  assumptions: number;
  /** Of the last event that stands for what was asked. */
  event_position: number;
}

/** The timeline of each assumption (the one there is for name, scope and reference, else a new one) and whether its unit exists. */
const factsOf = async (deps: Deps, tenant: number, position: number, given: readonly AssumptionInput[]): Promise<AssumptionFacts[]> => {
  const there = await deps.sql.query<{ id: string; name: string; scope: string; scope_ref: string | null }>(
    `select distinct id, name, scope, scope_ref from assumption_version
     where tenant = $1::int and branch = 0 and from_position <= $2::bigint and to_position > $2::bigint`,
    [tenant, position],
  );
  const known = new Map(there.map((a) => [`${a.name}/${a.scope}/${a.scope_ref ?? ''}`, a.id]));
  const named = given.flatMap((a) => (a.scope === 'unit' && a.scope_ref ? [a.scope_ref] : []));
  const units = await deps.sql.query<{ id: string }>(
    `select distinct id::text as id from org_unit_version
     where tenant = $1::int and branch = 0 and from_position <= $2::bigint and to_position > $2::bigint and id::text = any($3::text[])`,
    [tenant, position, named],
  );
  const exists = new Set(units.map((u) => u.id));
  return given.map((a) => ({
    id: known.get(`${a.name}/${a.scope}/${a.scope_ref ?? ''}`) ?? derivedId(tenant, 'assumption', a.name, a.scope, a.scope_ref ?? ''),
    unitExists: a.scope_ref !== undefined && exists.has(a.scope_ref),
  }));
};

/** The assumptions that differ from what is in force on their date already. */
const notYetSo = async (
  deps: Deps,
  tenant: number,
  position: number,
  given: readonly AssumptionInput[],
  facts: readonly AssumptionFacts[],
): Promise<number[]> => {
  const rows = await deps.sql.query<{ n: number }>(
    `select (g.n - 1)::int as n from unnest($3::uuid[], $4::date[], $5::numeric[]) with ordinality g(id, on_date, value, n)
     join assumption_version v on v.tenant = $1::int and v.branch = 0 and v.id = g.id and v.from_position <= $2::bigint and v.to_position > $2::bigint
       and v.effective_from = g.on_date and v.value = g.value and v.status = 'active'`,
    [tenant, position, facts.map((f) => f.id), given.map((a) => a.effective_from), given.map((a) => a.value)],
  );
  const same = new Set(rows.map((r) => r.n));
  return given.flatMap((_, i) => (same.has(i) ? [] : [i]));
};

/** Exchange rates on the baseline that are not ended for good. */
const ratesInForce = async (deps: Deps, tenant: number, position: number): Promise<number> => {
  const [row] = await deps.sql.query<{ n: number }>(
    `select count(distinct id)::int as n from assumption_version where tenant = $1::int and branch = 0 and name = 'fx_rate' and status = 'active'
       and from_position <= $2::bigint and to_position > $2::bigint and effective_to = 'infinity'`,
    [tenant, position],
  );
  return row?.n ?? 0;
};

/**
 * Changes settings of a tenant, and sets assumptions on its baseline. Settings that stand as given are not written again.
 * Refuses what the domain forbids with the findings, and writes nothing then.
 */
export const setTenant = async (deps: Deps, caller: Caller, given: z.input<typeof setTenantInput>): Promise<TenantSet> => {
  need(caller, 'settings.write');
  const { settings: wanted, assumptions = [], reason } = parsed(setTenantInput, given);
  const { tenant, signal } = caller;
  const append = async <T extends EventType>(stream: string, expected: ExpectedRevision, type: T, data: EventData[T]): Promise<number> =>
    (
      await appendSurely(
        deps.store,
        tenant,
        stream,
        expected,
        [
          {
            event_id: deps.newId(),
            type,
            schema_version: 1,
            data,
            metadata: metadataOf(caller, reason ? { reason } : {}),
            recorded_at: deps.now().toISOString(),
          },
        ],
        signal,
      )
    ).position;

  for (let attempt = 0; ; attempt++) {
    try {
      const settingsHead = await deps.store.head(tenant, streams.settings(tenant), withSignal(signal));
      const baseline = await deps.store.head(tenant, streams.baseline(tenant), withSignal(signal));
      const { settings: now, settings_position } = await settingsNow(deps, tenant, signal);
      if (!baseline || !settingsHead)
        throw refuse('NOT_FOUND', 'this tenant was not set up', { wayOut: 'Create the tenant with `orgonaut tenant create`.' });
      await deps.reached(tenant, baseline.position, signal);
      const changed = changedSettings(now, wanted ?? {}, await ratesInForce(deps, tenant, baseline.position));
      const after = { ...now, ...changed };
      const facts = await factsOf(deps, tenant, baseline.position, assumptions);
      // All are judged before anything is written, with the settings as they will be.
      const changes = decideAssumptions(assumptions, facts, after, todayOf(deps, after));
      const wantedChanges = (await notYetSo(deps, tenant, baseline.position, assumptions, facts)).map(
        (i) => changes[i] as (typeof changes)[number],
      );
      let position = settings_position;
      if (wantedChanges.length > 0)
        position = await append(streams.baseline(tenant), baseline.revision, 'BaselineChanged', { changes: wantedChanges });
      if (Object.keys(changed).length > 0)
        position = await append(streams.settings(tenant), settingsHead.revision, 'SettingsChanged', { settings: changed });
      await deps.reached(tenant, position, signal);
      return { changed: Object.keys(changed).sort(), assumptions: wantedChanges.length, event_position: position };
    } catch (error) {
      // The baseline or the settings changed in between: what was decided has to be decided again.
      if (!(error instanceof RevisionConflict) || attempt >= 20) throw error;
    }
  }
};
