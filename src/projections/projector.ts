import type { EventData, EventType } from '../domain/events.ts';
import type { EventStore, StoredEvent } from '../store/port.ts';
import { UnknownEvent } from './lane-code.ts';
import { expandChanges, expandInTurns } from './expand.ts';
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
import { type Ledger, ledgerIn, ledgerOn } from './ledger.ts';
import type { Memory } from './memory.ts';
import { type Slices, slicesOf } from './slices.ts';
import type { Sql } from './sql.ts';
import { ahead, proposalContent, stagedBatches } from './staged.ts';

/** The projection's name and version: a checkpoint, a lease and a citation name both. A new version fills beside the old one. */
export const PROJECTION = { name: 'read', version: 1 } as const;

/**
 * Projects consecutive events of one tenant into the read model, inside the caller's transaction. Every type of event has its
 * case here. Throws on what cannot be: the lane then stands still, and nothing of this batch is written. Returns how many
 * changes and retractions of timelines were projected.
 */
export const project = async (
  sql: Sql,
  store: EventStore,
  tenant: number,
  events: readonly StoredEvent[],
  memory?: Memory,
): Promise<number> => {
  const ledger = memory ? ledgerIn(memory.ledger, sql, tenant) : ledgerOn(sql, tenant);
  const slices = slicesOf(sql, tenant, ledger, memory);
  try {
    for (const event of events) await projectEvent(store, tenant, event, ledger, slices);
    await slices.flush();
    await ledger.flush();
    return slices.taken();
  } finally {
    // Nothing may run on after the transaction it belongs to.
    await slices.settle();
  }
};

const projectEvent = async (store: EventStore, tenant: number, event: StoredEvent, ledger: Ledger, slices: Slices): Promise<void> => {
  const known = event.type as EventType;
  switch (known) {
    case 'TenantCreated':
    case 'SettingsChanged':
      await projectSettings(ledger, event);
      break;
    case 'BaselineChanged':
      await slices.take(expandChanges(0, event.position, (event.data as EventData['BaselineChanged']).changes));
      break;
    case 'BaselineImportApplied': {
      const data = event.data as EventData['BaselineImportApplied'];
      // Slices of an import depend on the import alone, so that a replay that pages the log otherwise writes the same rows.
      await slices.flush();
      let index = 0;
      for await (const { batch, changes } of ahead(stagedBatches(store, tenant, event.position, data))) {
        await slices.gather(expandChanges(0, event.position, changes, index, batch));
        index += changes.length;
      }
      await slices.flush();
      await projectImportApplied(ledger, event);
      break;
    }
    case 'ScenarioCreated':
      await projectScenarioCreated(ledger, event);
      break;
    case 'ScenarioShared': {
      const data = event.data as EventData['ScenarioShared'];
      await projectScenarioState(ledger, event, data.scenario_id, { visibility: data.visibility, shared_with: data.with });
      break;
    }
    case 'ScenarioArchived':
      await projectScenarioState(ledger, event, (event.data as EventData['ScenarioArchived']).scenario_id, { state: 'archived' });
      break;
    case 'ScenarioReopened':
      await projectScenarioState(ledger, event, (event.data as EventData['ScenarioReopened']).scenario_id, { state: 'open' });
      break;
    case 'ScenarioLocked': {
      const data = event.data as EventData['ScenarioLocked'];
      await projectScenarioState(ledger, event, data.scenario_id, { locked: data.locked });
      break;
    }
    case 'ProposalPlanned':
      await projectPlanned(ledger, event);
      break;
    case 'ProposalConfirmed': {
      const { branch, content_sha256 } = await projectConfirmed(ledger, event);
      const { changes } = await proposalContent(
        store,
        tenant,
        event.position,
        (event.data as EventData['ProposalConfirmed']).proposal_id,
        content_sha256,
      );
      await slices.take(await expandInTurns(branch, event.position, changes));
      break;
    }
    case 'ProposalWithdrawn':
      await projectWithdrawn(ledger, event);
      break;
    case 'SnapshotNamed':
      await projectSnapshotNamed(ledger, event);
      break;
    // These say what happened elsewhere or hold what a later event makes real; no timeline follows from them.
    case 'ImportStaged':
    case 'ProposalContentStored':
    case 'UserAdded':
    case 'RoleChanged':
    case 'UserRemoved':
    case 'TokenCreated':
    case 'TokenRevoked':
    case 'AppConnected':
    case 'AppNarrowed':
    case 'AppRevoked':
    case 'SignedIn':
    case 'SignedOut':
    case 'SignInFailed':
    case 'UpstreamBound':
    case 'UpstreamRefused':
    case 'UpstreamReleased':
    case 'PasswordSet':
    case 'InvitationMade':
    case 'InvitationAccepted':
    case 'KeysRotated':
      break;
    default:
      known satisfies never;
      throw new UnknownEvent(`event ${event.position} has the unknown type ${event.type}`);
  }
};
