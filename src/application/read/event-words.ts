import { type Change, kindOf } from '../../domain/changes.ts';
import { references, type Values } from '../../domain/entities.ts';
import type { EventData, EventType } from '../../domain/events.ts';
import { sentence } from '../../domain/sentences.ts';
import type { Basis } from '../../projections/basis.ts';
import { timelinesOf } from '../../projections/queries/entity.ts';
import { namesOf } from '../../projections/queries/names.ts';
import { proposalContent } from '../../projections/staged.ts';
import type { StoredEvent } from '../../store/port.ts';
import type { Deps } from '../context.ts';
import { cut } from './shape.ts';

/** Sentences shown per event; a proposal with more changes than this is only counted. */
const SENTENCES = 10;
const READABLE = 5000;

/** Sentences for changes of the baseline, with names and old values as they stood at the event. */
const baselineSentences = async (deps: Deps, basis: Basis, position: number, changes: readonly Change[]): Promise<string[]> => {
  const at: Basis = { ...basis, branch: 0, scenario_id: null, position, pin: position };
  const told: string[] = [];
  for (const change of changes.slice(0, SENTENCES)) {
    const kind = kindOf(change);
    const old = (await timelinesOf(deps.sql, { ...at, position: position - 1, pin: position - 1 }, kind, [change.id])).get(change.id) ?? [];
    const before: Values =
      old.find((v) => v.effective_from <= change.effective_from && v.effective_to > change.effective_from)?.values ?? {};
    const names = new Map<string, string>();
    for (const [of, ids] of [[kind, [change.id]], ...references(kind).map(([f, target]) => [target, [change.set[f], before[f]]])] as [
      typeof kind,
      string[],
    ][])
      for (const [id, name] of await namesOf(deps.sql, { ...at, effective_on: change.effective_from }, of, ids))
        names.set(id, `"${name.replaceAll('"', "'")}"`);
    told.push(sentence(change, before, (_, id) => names.get(id) ?? id));
  }
  return told;
};

interface Told {
  summary: string;
  changes?: string[];
  count?: number;
  scenario_id?: string;
  proposal_id?: string;
}

/** What an event says in plain words. Every type of event has its case. */
export const tell = async (
  deps: Deps,
  basis: Basis,
  event: StoredEvent,
  proposals: Map<string, { content_sha256: string; change_count: number; title: string }>,
): Promise<Told> => {
  const type = event.type as EventType;
  const data = event.data as never;
  const of = <T extends EventType>(_: T): EventData[T] => data;
  const title = (id: string) => JSON.stringify(cut(proposals.get(id)?.title ?? id, 120));
  switch (type) {
    case 'TenantCreated':
      return { summary: `Tenant ${of(type).slug} created.` };
    case 'SettingsChanged':
      return { summary: `Settings changed: ${Object.keys(of(type).settings).join(', ')}.` };
    case 'BaselineChanged': {
      const { changes } = of(type);
      return {
        summary: `Baseline changed by ${changes.length} change(s).`,
        changes: await baselineSentences(deps, basis, event.position, changes),
        count: changes.length,
      };
    }
    case 'BaselineImportApplied': {
      const d = of(type);
      return {
        summary: `Import of ${JSON.stringify(cut(d.file_name, 120))} (source ${JSON.stringify(cut(d.source, 60))}, SHA-256 ${d.file_sha256}) applied in ${d.batches.length} batch(es)${d.complete ? '; the file was declared complete' : ''}.`,
      };
    }
    case 'SnapshotNamed':
      return { summary: `Position ${of(type).position} named ${JSON.stringify(cut(of(type).name, 120))}.` };
    case 'ImportStaged':
      return {
        summary: `Batch ${of(type).batch} of an import staged with ${of(type).changes.length} change(s); not in force by itself.`,
        count: of(type).changes.length,
      };
    case 'ScenarioCreated':
      return {
        summary: `Scenario ${JSON.stringify(cut(of(type).name, 120))} created on baseline position ${of(type).baseline_position}.`,
        scenario_id: of(type).scenario_id,
      };
    case 'ScenarioShared':
      return {
        summary:
          of(type).visibility === 'shared'
            ? 'Scenario shared with everybody.'
            : `Scenario kept private, shared with ${of(type).with.length} person(s).`,
        scenario_id: of(type).scenario_id,
      };
    case 'ScenarioArchived':
      return { summary: 'Scenario archived.', scenario_id: of(type).scenario_id };
    case 'ScenarioReopened':
      return { summary: 'Scenario reopened.', scenario_id: of(type).scenario_id };
    case 'ScenarioLocked':
      return { summary: of(type).locked ? 'Scenario locked.' : 'Scenario unlocked.', scenario_id: of(type).scenario_id };
    case 'ProposalPlanned': {
      const d = of(type);
      return {
        summary: `Proposal ${JSON.stringify(cut(d.title, 120))} planned with ${d.change_count} change(s); nothing applied. Digest ${d.digest}, expires ${d.expires_at}.`,
        count: d.change_count,
        scenario_id: d.scenario_id,
        proposal_id: d.proposal_id,
      };
    }
    case 'ProposalConfirmed': {
      const d = of(type);
      const known = proposals.get(d.proposal_id);
      const told: Told = {
        summary: `Proposal ${title(d.proposal_id)} confirmed: content version ${d.content_version}, digest ${d.digest}.`,
        scenario_id: d.scenario_id,
        proposal_id: d.proposal_id,
      };
      if (!known) return told;
      if (known.change_count > READABLE) return { ...told, count: known.change_count };
      const content = await proposalContent(deps.store, basis.tenant, event.position, d.proposal_id, known.content_sha256);
      return { ...told, changes: content.changes.slice(0, SENTENCES).map((c) => c.sentence), count: content.changes.length };
    }
    case 'ProposalWithdrawn':
      return {
        summary: `Proposal ${title(of(type).proposal_id)} withdrawn.`,
        scenario_id: of(type).scenario_id,
        proposal_id: of(type).proposal_id,
      };
    case 'ProposalContentStored':
      return {
        summary: `Part ${of(type).part + 1} of ${of(type).parts} of a proposal's content stored.`,
        scenario_id: of(type).scenario_id,
        proposal_id: of(type).proposal_id,
      };
    case 'UserAdded':
      return { summary: `User ${of(type).user_id} added as ${of(type).role}.` };
    case 'RoleChanged':
      return { summary: `Role of user ${of(type).user_id} changed to ${of(type).role}.` };
    case 'TokenCreated':
      return { summary: `Token ${JSON.stringify(cut(of(type).name, 120))} created for user ${of(type).user_id}.` };
    case 'TokenRevoked':
      return { summary: `Token ${of(type).token_id} of user ${of(type).user_id} revoked.` };
    default:
      return type satisfies never;
  }
};
