import { impactTable } from '../impact.ts';
import type { Answer } from '../mcp-client.ts';
import { plain } from '../output.ts';
import type { Guide } from './guide.ts';
import type { Reviewed, Seat } from './review.ts';

const scenarioName = 'Service close to the customer';

/** The plan of the tour: actions on the demo company that hold from `date` on. */
const actionsFrom = async (guide: Guide, { unit, vacant }: Reviewed, date: string): Promise<Answer[]> => {
  const seat = async (title: string): Promise<Seat> => {
    const found = ((await guide.call('plan', 'position.list', { title, limit: 5 })).positions as Seat[]).find((p) => p.title === title);
    if (!found) throw new Error(`the demo company has no position ${title}`);
    return found;
  };
  const service = unit('Field Service');
  const director = await seat('Director of Field Service');
  const revenue = await seat('Chief Revenue Officer');
  const unneeded = vacant.find((p) => p.title === 'Warehouse Operator');
  const onRemote = { org_unit_id: '$remote', manager_position_id: director.id };
  return [
    { type: 'org_unit.move', org_unit_id: service.id, new_parent_id: unit('Commercial').id },
    { type: 'position.set_manager', position_id: director.id, manager_position_id: revenue.id },
    { type: 'org_unit.create', ref: 'remote', name: 'Remote Diagnostics', kind: 'team', parent_id: service.id },
    {
      type: 'position.create',
      ref: 'engineers',
      ...onRemote,
      title: 'Remote Service Engineer',
      count: 2,
      grade: 'L4',
      pay_amount: '68000',
    },
    { type: 'position.create', ref: 'seat', ...onRemote, title: 'Diagnostics Agent', grade: 'A1', pay_amount: '16000' },
    { type: 'actor.add', ref: 'agent', kind: 'ai_agent', external_uid: 'diagnostics-agent' },
    { type: 'placement.start', actor_id: '$agent', position_id: '$seat' },
    ...(unneeded ? [{ type: 'position.close', position_id: unneeded.id, reason: 'not_needed' }] : []),
  ].map((action) => ({ ...action, effective_on: date }));
};

/** Plans on a new scenario, shows what it comes to, and confirms exactly that. Gives the scenario. */
export const planAndConfirm = async (guide: Guide, reviewed: Reviewed, date: string): Promise<string> => {
  guide.heading('Plan on a scenario');
  const { scenario_id } = await guide.call('plan', 'scenario.create', {
    name: scenarioName,
    purpose: 'Field service joins the commercial division, with remote diagnostics',
  });
  const plan = await guide.call('plan', 'scenario.action.plan', {
    scenario_id,
    title: 'Move field service, begin remote diagnostics',
    reason: 'Customers ask for one face; half of the visits can be saved',
    actions: await actionsFrom(guide, reviewed, date),
  });
  const changes = plan.changes as { sentence: string }[];
  guide.say(`Scenario "${scenarioName}". Nothing is applied yet; the proposal "${plain(plan.title)}" holds ${changes.length} changes:`);
  for (const { sentence } of changes) guide.say(`  - ${plain(sentence)}`);

  guide.heading('Impact');
  guide.say(impactTable(plan.impact as Answer));
  const findings = plan.findings as { severity: string; code: string; message: string }[];
  guide.say(
    findings.length === 0
      ? '\nNo rule says anything against it.'
      : `\n${findings.map((f) => `${f.severity}: ${f.code}: ${plain(f.message)}`).join('\n')}`,
  );
  guide.say(`\nDigest ${plan.digest}\nExpires ${plan.expires_at}`);

  guide.heading('Confirm exactly this');
  const confirmed = await guide.call('confirm', 'scenario.action.confirm', { proposal_id: plan.proposal_id, digest: plan.digest });
  guide.say(`${confirmed.status}: content version ${confirmed.content_version}, event position ${confirmed.event_position}.`);
  return String(scenario_id);
};
