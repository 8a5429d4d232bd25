import type { EventData, EventType } from '../domain/events.ts';
import type { EventStore, StoredEvent } from '../store/port.ts';
import { expandChanges } from './expand.ts';
import {
  projectConfirmed,
  projectImportApplied,
  projectPlanned,
  projectScenarioCreated,
  projectScenarioState,
  projectSettings,
  projectSnapshotNamed,
  projectWithdrawn,
} from './projector-governance.ts';
import { projectSteps, type Step } from './projector-rows.ts';
import type { Sql } from './sql.ts';
import { ahead, proposalContent, stagedBatches } from './staged.ts';

/** The projection's name and version: a checkpoint, a lease and a citation name both. A new version fills beside the old one. */
export const PROJECTION = { name: 'read', version: 1 } as const;

/** Changes worked on at once. Bounds memory; an import of any size is projected in slices of one transaction. */
const SLICE = 10_000;

/** The baseline position each of a tenant's branches rests on, by position. */
const pins = async (sql: Sql, tenant: number, branches: readonly number[]): Promise<(branch: number, position: number) => number> => {
  const rows =
    branches.length === 0
      ? []
      : await sql.query<{ branch: string; from_position: string; baseline_position: string }>(
          'select branch, from_position, baseline_position from branch_pin where tenant = $1 and branch = any($2::bigint[]) order by from_position',
          [tenant, branches],
        );
  const byBranch = Map.groupBy(rows, (r) => Number(r.branch));
  return (branch, position) => {
    if (branch === 0) return position;
    const pin = byBranch.get(branch)?.findLast((r) => Number(r.from_position) <= position);
    if (!pin) throw new Error(`branch ${branch} has no pin at position ${position}`);
    return Number(pin.baseline_position);
  };
};

const flush = async (sql: Sql, tenant: number, steps: Step[]): Promise<void> => {
  if (steps.length === 0) return;
  const branches = new Set(steps.flatMap((s) => [...s.changes, ...s.retractions].map((c) => c.branch)));
  branches.delete(0);
  await projectSteps(sql, tenant, steps, await pins(sql, tenant, [...branches]));
  steps.length = 0;
};

/**
 * Projects consecutive events of one tenant into the read model, inside the caller's transaction. Every type of event has its
 * case here. Throws on what cannot be: the lane then stands still, and nothing of this batch is written. Returns how many
 * changes and retractions of timelines were projected.
 */
export const project = async (sql: Sql, store: EventStore, tenant: number, events: readonly StoredEvent[]): Promise<number> => {
  const steps: Step[] = [];
  let waiting = 0;
  let all = 0;
  const take = async (step: Step): Promise<void> => {
    steps.push(step);
    waiting += step.changes.length + step.retractions.length;
    all += step.changes.length + step.retractions.length;
    if (waiting < SLICE) return;
    await flush(sql, tenant, steps);
    waiting = 0;
  };
  for (const event of events) {
    const known = event.type as EventType;
    switch (known) {
      case 'TenantCreated':
      case 'SettingsChanged':
        await projectSettings(sql, event);
        break;
      case 'BaselineChanged':
        await take(expandChanges(0, event.position, (event.data as EventData['BaselineChanged']).changes));
        break;
      case 'BaselineImportApplied': {
        const data = event.data as EventData['BaselineImportApplied'];
        // Slices of an import depend on the import alone, so that a replay that pages the log otherwise writes the same rows.
        await flush(sql, tenant, steps);
        waiting = 0;
        let index = 0;
        for await (const { batch, changes } of ahead(stagedBatches(store, tenant, event.position, data))) {
          await take(expandChanges(0, event.position, changes, index, batch));
          index += changes.length;
        }
        await flush(sql, tenant, steps);
        waiting = 0;
        await projectImportApplied(sql, event);
        break;
      }
      case 'ScenarioCreated':
        await projectScenarioCreated(sql, event);
        break;
      case 'ScenarioShared': {
        const data = event.data as EventData['ScenarioShared'];
        await projectScenarioState(sql, event, data.scenario_id, { visibility: data.visibility, shared_with: data.with });
        break;
      }
      case 'ScenarioArchived':
        await projectScenarioState(sql, event, (event.data as EventData['ScenarioArchived']).scenario_id, { state: 'archived' });
        break;
      case 'ScenarioReopened':
        await projectScenarioState(sql, event, (event.data as EventData['ScenarioReopened']).scenario_id, { state: 'open' });
        break;
      case 'ScenarioLocked': {
        const data = event.data as EventData['ScenarioLocked'];
        await projectScenarioState(sql, event, data.scenario_id, { locked: data.locked });
        break;
      }
      case 'ProposalPlanned':
        await projectPlanned(sql, event);
        break;
      case 'ProposalConfirmed': {
        const { branch, content_sha256 } = await projectConfirmed(sql, event);
        const { changes } = await proposalContent(
          store,
          tenant,
          event.position,
          (event.data as EventData['ProposalConfirmed']).proposal_id,
          content_sha256,
        );
        await take(expandChanges(branch, event.position, changes));
        break;
      }
      case 'ProposalWithdrawn':
        await projectWithdrawn(sql, event);
        break;
      case 'SnapshotNamed':
        await projectSnapshotNamed(sql, event);
        break;
      // These say what happened elsewhere or hold what a later event makes real; no timeline follows from them.
      case 'ImportStaged':
      case 'ProposalContentStored':
      case 'UserAdded':
      case 'RoleChanged':
      case 'TokenCreated':
      case 'TokenRevoked':
        break;
      default:
        known satisfies never;
        throw new Error(`event ${event.position} has the unknown type ${event.type}`);
    }
  }
  await flush(sql, tenant, steps);
  return all;
};
