import { z } from 'zod';
import { uuid } from '../../domain/changes.ts';
import { changeOutput, findingOutput, impactOutput } from './view.ts';

/** What a plan answers: everything that is reviewed before it is confirmed. */
export const planOutput = z.object({
  proposal_id: uuid,
  scenario_id: uuid,
  title: z.string(),
  digest: z.string().describe('SHA-256 of exactly what is reviewed; give it to scenario.action.confirm to be sure.'),
  expires_at: z.string(),
  content_version: z.int().describe('The version of the scenario it was planned on.'),
  replaces: uuid.optional(),
  approval_required: z.boolean().describe('A policy asks for a second person.'),
  change_count: z.int(),
  changes: z.array(changeOutput),
  more_changes: z.int().optional().describe('How many follow; scenario.action.get pages through them.'),
  impact: impactOutput,
  findings: z.array(findingOutput),
  more_findings: z.int().optional(),
  event_position: z.int(),
});
