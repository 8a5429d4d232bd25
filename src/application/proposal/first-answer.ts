import type { z } from 'zod';
import type { EventData, ProposalContent } from '../../domain/events.ts';
import type { Caller } from '../context.ts';
import type { planOutput } from './plan-output.ts';
import { SHOWN, showChange, showFinding, showImpact } from './view.ts';

/** What a plan answers, now and every time its idempotency key is repeated. */
export const planAnswer = (
  caller: Caller,
  content: ProposalContent,
  planned: EventData['ProposalPlanned'],
  event_position: number,
): z.input<typeof planOutput> => ({
  proposal_id: content.proposal_id,
  scenario_id: content.scenario_id,
  title: content.title,
  digest: planned.digest,
  expires_at: planned.expires_at,
  content_version: planned.content_version,
  ...(planned.replaces ? { replaces: planned.replaces } : {}),
  approval_required: planned.approval_required,
  change_count: content.changes.length,
  changes: content.changes.slice(0, SHOWN).map((c) => showChange(caller, c)),
  ...(content.changes.length > SHOWN ? { more_changes: content.changes.length - SHOWN } : {}),
  impact: showImpact(caller, content.impact),
  findings: content.findings.slice(0, SHOWN).map((f) => showFinding(caller, f)),
  ...(content.findings.length > SHOWN ? { more_findings: content.findings.length - SHOWN } : {}),
  event_position,
});
