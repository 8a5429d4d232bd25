import { z } from 'zod';
import { uuid } from '../../domain/changes.ts';
import { Refusal, refuse } from '../../domain/codes.ts';
import { type EventData, streams } from '../../domain/events.ts';
import { keyText, lineText, noteText } from '../../domain/text.ts';
import { RevisionConflict, type StoredEvent } from '../../store/port.ts';
import { appendSurely, withSignal } from '../append.ts';
import { type Caller, type Deps, metadataOf, need } from '../context.ts';
import { requestIds } from '../idempotency.ts';
import { operation } from '../operation.ts';
import { basisOutput, printBasis, resolveBasis } from '../read/basis.ts';
import { withinLimit } from './limit.ts';
import { settingsNow, tenantSettings } from '../tenant/settings.ts';

const input = z.strictObject({
  name: lineText(200).describe('What people will call the scenario.'),
  purpose: noteText(2000).optional().describe('What it is for.'),
  idempotency_key: keyText.optional().describe('Repeating the call with the same key creates nothing twice.'),
});

const output = z.object({
  scenario_id: uuid,
  event_position: z.int().describe('The event position of the creation.'),
  basis: basisOutput,
});

/**
 * Creates a scenario on the baseline as the store has it now, private to its owner. Writes one event. Refuses with
 * SUBSCRIPTION_LIMIT and IDEMPOTENCY_MISMATCH.
 */
export const createScenario = async (deps: Deps, caller: Caller, given: z.output<typeof input>): Promise<z.input<typeof output>> => {
  need(caller, 'scenarios.write', 'scenarios.read');
  const { tenant, signal } = caller;
  const { idempotency_key, ...request } = given;
  const ids = requestIds(deps, caller, 'scenario.create', idempotency_key, request);
  const scenario_id = ids.id('scenario');
  const stream = streams.scenario(tenant, scenario_id);

  const event = (
    name: string,
    type: 'ScenarioCreated' | 'ScenarioArchived',
    data: EventData['ScenarioCreated'] | EventData['ScenarioArchived'],
  ) => ({
    event_id: ids.id(name),
    type,
    schema_version: 1,
    data,
    metadata: metadataOf(caller, ids.metadata),
    recorded_at: deps.now().toISOString(),
  });
  const answer = async (position: number): Promise<z.input<typeof output>> => {
    await deps.reached(tenant, position, signal);
    // Others may have been created since the limit was first looked at. At its own position each creation sees exactly those
    // before it, so of all that race only as many stay as the subscription allows; a repeated call judges the same.
    await withinLimit(deps, caller, (await tenantSettings(deps, tenant, position)).settings, position, 0).catch(async (error: unknown) => {
      if (!(error instanceof Refusal)) throw error;
      const archived = await appendSurely(
        deps.store,
        tenant,
        stream,
        'stream_exists',
        [event('over limit', 'ScenarioArchived', { scenario_id })],
        signal,
      );
      await deps.reached(tenant, archived.position, signal);
      throw error;
    });
    return { scenario_id, event_position: position, basis: printBasis(await resolveBasis(deps, caller, { scenario_id, as_of: position })) };
  };
  const first = async (): Promise<StoredEvent | undefined> => (await deps.store.readStream(tenant, stream, 0, 1, withSignal(signal)))[0];

  const before = ids.keyed ? await first() : undefined;
  if (before) {
    ids.check(before);
    return answer(before.position);
  }
  const baseline = await deps.store.head(tenant, streams.baseline(tenant), withSignal(signal));
  if (!baseline) throw refuse('NOT_FOUND', 'this tenant has no baseline yet', { wayOut: 'Import an organisation with `orgonaut import`.' });
  const { settings } = await settingsNow(deps, tenant, signal);
  await withinLimit(deps, caller, settings, await deps.projected(tenant), 1);

  const data: EventData['ScenarioCreated'] = {
    scenario_id,
    name: request.name,
    ...(request.purpose === undefined ? {} : { purpose: request.purpose }),
    baseline_position: baseline.position,
    owner: caller.user.id,
    visibility: 'private',
  };
  try {
    return await answer(
      (await appendSurely(deps.store, tenant, stream, 'no_stream', [event('created', 'ScenarioCreated', data)], signal)).position,
    );
  } catch (error) {
    // Under a key the same request may have been made at the same moment.
    const there = error instanceof RevisionConflict ? await first() : undefined;
    if (!there) throw error;
    ids.check(there);
    return answer(there.position);
  }
};

export const create = operation({
  name: 'scenario.create',
  title: 'Create a scenario',
  summary: 'Creates a private planning scenario on the baseline as it stands now; the baseline itself never changes.',
  input,
  output,
  abilities: ['scenarios.write', 'scenarios.read'],
  readOnly: false,
  run: createScenario,
});
