import { Option, type Command } from 'commander';
import { confirmProposal, getProposal, listProposals, withdrawProposal } from '../../application/proposal/index.ts';
import { listInput } from '../../application/proposal/list.ts';
import { parsed } from '../../application/tenant/create.ts';
import { impactTable } from '../impact.ts';
import { plain, table } from '../output.ts';
import { personIn } from '../person.ts';
import { command, group, withWorkplace } from '../run.ts';
import type { Shell } from '../shell.ts';

interface Common {
  tenant: string;
  as?: string;
  json: boolean;
}
type State = 'planned' | 'confirmed' | 'withdrawn' | 'replaced' | 'expired';
type Shown = Awaited<ReturnType<typeof getProposal>>;

/** Changes shown to a person at once; `--json` carries as many. */
const SHOWN = 100;

const forPerson = (name: string, description: string): Command =>
  command(name, description)
    .requiredOption('--tenant <slug>', 'the tenant')
    .option('--as <email>', 'the user of the tenant who does this; the operator unless given');

const list = (shell: Shell): Command =>
  forPerson('list', 'list proposals, newest first')
    .option('--scenario <id>', 'only of this scenario')
    .addOption(new Option('--state <state>', 'only in this state').choices(['planned', 'confirmed', 'withdrawn', 'replaced', 'expired']))
    .option('--mine', 'only those you planned', false)
    .option('--waiting', 'only what waits for you as the second person', false)
    .option('--expires-before <time>', 'only those that expire before this time')
    .option('--limit <n>', 'at most so many', '20')
    .action((o: Common & { scenario?: string; state?: State; mine: boolean; waiting: boolean; expiresBefore?: string; limit: string }) =>
      withWorkplace(shell, o.json, async (session) => {
        const given = parsed(listInput, {
          limit: Number(o.limit),
          ...(o.scenario ? { scenario_id: o.scenario } : {}),
          ...(o.state ? { state: o.state } : {}),
          ...(o.mine ? { mine: true } : {}),
          ...(o.waiting ? { waiting_for_me: true } : {}),
          ...(o.expiresBefore ? { expires_before: o.expiresBefore } : {}),
        });
        const found = await listProposals(session.work.deps, await personIn(session, o.tenant, o.as), given);
        session.out.result(found, () =>
          [
            table(
              ['id', 'state', 'title', 'scenario', 'changes', 'expires'],
              found.proposals.map((p) => [p.id, p.state, p.title, p.scenario_name, p.change_count, p.expires_at]),
            ),
            ...(found.total > found.proposals.length ? [`${found.total - found.proposals.length} more; --limit shows more of them.`] : []),
          ].join('\n'),
        );
      }),
    );

const review = (p: Shown): string => {
  const more = p.change_count - p.changes.length;
  return [
    `${plain(p.title)}`,
    `${p.state}${p.replaced_by ? ` by ${p.replaced_by}` : ''}, for scenario "${plain(p.scenario_name)}", expires ${p.expires_at}`,
    ...(p.reason ? [`Reason: ${plain(p.reason)}`] : []),
    '',
    ...p.changes.map((c) => `- ${plain(c.sentence)}`),
    ...(more > 0 ? [`… and ${more} more`] : []),
    '',
    impactTable(p.impact),
    '',
    ...p.findings.map((f) => `${f.severity}: ${f.code}: ${plain(f.message)}`),
    ...(p.approval_required ? ['A second person has to confirm.'] : []),
    `Digest ${p.digest}`,
  ].join('\n');
};

const show = (shell: Shell): Command =>
  forPerson('show', 'show a proposal whole: what it changes, its impact, what the rules say, its digest')
    .argument('<proposal-id>', 'the proposal')
    .action((proposal_id: string, o: Common) =>
      withWorkplace(shell, o.json, async (session) => {
        const proposal = await getProposal(session.work.deps, await personIn(session, o.tenant, o.as), { proposal_id, limit: SHOWN });
        session.out.result(proposal, () => review(proposal));
      }),
    );

const confirm = (shell: Shell): Command =>
  forPerson('confirm', 'apply a proposal to its scenario, exactly as it was reviewed; doing it again gives the first answer')
    .argument('<proposal-id>', 'the proposal')
    .option('--digest <sha256>', 'refuse unless it is this digest: what you reviewed')
    .option('--reason <text>', 'why; kept with the event')
    .action((proposal_id: string, o: Common & { digest?: string; reason?: string }) =>
      withWorkplace(shell, o.json, async (session) => {
        const done = await confirmProposal(session.work.deps, await personIn(session, o.tenant, o.as), {
          proposal_id,
          ...(o.digest ? { digest: o.digest } : {}),
          ...(o.reason ? { reason: o.reason } : {}),
        });
        session.out.result(done, `Confirmed: content version ${done.content_version}, event position ${done.event_position}.`);
      }),
    );

const withdraw = (shell: Shell): Command =>
  forPerson('withdraw', 'take back a proposal that is not confirmed')
    .argument('<proposal-id>', 'the proposal')
    .option('--reason <text>', 'why; kept with the event')
    .action((proposal_id: string, o: Common & { reason?: string }) =>
      withWorkplace(shell, o.json, async (session) => {
        const done = await withdrawProposal(session.work.deps, await personIn(session, o.tenant, o.as), {
          proposal_id,
          ...(o.reason ? { reason: o.reason } : {}),
        });
        session.out.result(done, 'Withdrawn: nobody can confirm it.');
      }),
    );

/** `orgonaut proposal`: what a person does with plans that were made with an assistant. */
export const proposalCommand = (shell: Shell): Command =>
  group('proposal', 'review, confirm and withdraw plans')
    .addCommand(list(shell))
    .addCommand(show(shell))
    .addCommand(confirm(shell))
    .addCommand(withdraw(shell));
