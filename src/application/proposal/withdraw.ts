import { z } from 'zod';
import { uuid } from '../../domain/changes.ts';
import { refuse } from '../../domain/codes.ts';
import { streams } from '../../domain/events.ts';
import { decideWithdraw } from '../../domain/proposal.ts';
import { noteText } from '../../domain/text.ts';
import { RevisionConflict } from '../../store/port.ts';
import { appendSurely } from '../append.ts';
import { type Caller, type Deps, metadataOf, need } from '../context.ts';
import { operation } from '../operation.ts';
import { catchUp } from '../scenario/load.ts';
import { proposalInView } from './load.ts';

const input = z.strictObject({ proposal_id: uuid, reason: noteText(2000).optional() });
const output = z.object({ proposal_id: uuid, status: z.literal('withdrawn'), scenario_id: uuid, event_position: z.int() });

/** Withdraws a proposal that is not confirmed, so that nobody can confirm it. Doing it again gives the first answer. */
export const withdrawProposal = async (
  deps: Deps,
  caller: Caller,
  { proposal_id, reason }: z.output<typeof input>,
): Promise<z.input<typeof output>> => {
  need(caller, 'scenarios.write', 'scenarios.read');
  const { tenant, signal } = caller;
  const event_id = deps.newId();
  let { scenario } = await proposalInView(deps, caller, proposal_id);
  for (let tries = 0; tries < 100 && !signal?.aborted; tries++) {
    const { scenario_id } = scenario.state;
    const data = decideWithdraw(scenario.state, proposal_id);
    const before = scenario.state.proposals.get(proposal_id)?.withdrawn;
    if (!data) return { proposal_id, status: 'withdrawn', scenario_id, event_position: before?.position ?? scenario.position };
    const event = {
      event_id,
      type: 'ProposalWithdrawn',
      schema_version: 1,
      data,
      recorded_at: deps.now().toISOString(),
      metadata: metadataOf(caller, { proposal_id, ...(reason === undefined ? {} : { reason }) }),
    };
    try {
      // At the exact revision: a confirm that comes first stands.
      const { position } = await appendSurely(
        deps.store,
        tenant,
        streams.scenario(tenant, scenario_id),
        scenario.revision,
        [event],
        signal,
      );
      await deps.reached(tenant, position, signal);
      return { proposal_id, status: 'withdrawn', scenario_id, event_position: position };
    } catch (error) {
      if (!(error instanceof RevisionConflict)) throw error;
      scenario = (await catchUp(deps, caller, scenario)) ?? (await proposalInView(deps, caller, proposal_id)).scenario;
    }
  }
  throw refuse('UNAVAILABLE', 'the scenario is changed by others all the time; nothing was written', { wayOut: 'Withdraw again.' });
};

export const withdraw = operation({
  name: 'scenario.action.withdraw',
  title: 'Withdraw a proposal',
  summary: 'Withdraws a proposal that was not confirmed; nobody can confirm it afterwards.',
  input,
  output,
  abilities: ['scenarios.write', 'scenarios.read'],
  readOnly: false,
  run: withdrawProposal,
});
