import Router from '@koa/router';
import type { Middleware } from 'koa';
import type { Caller, Deps } from '../../application/context.ts';
import { confirmProposal, getProposal } from '../../application/proposal/index.ts';
import { effectiveAbilities } from '../../domain/abilities.ts';
import { Refusal } from '../../domain/codes.ts';
import { messagePage } from '../../views/layout.ts';
import { proposalConfirmPage } from '../../views/proposal-confirm.ts';
import type { RequestState } from '../guard.ts';
import { answer } from './exchange.ts';
import { formOf, idIn, saying, signedIn, type Visit } from './guards.ts';
import type { WebParts } from './parts.ts';

/** Changes shown to a person at once. */
const SHOWN = 100;

const uuid = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;

/** The person before the browser, with the rights of the role: no assistant stands between. */
const callerOf = ({ ctx, door, session }: Visit): Caller => ({
  tenant: door.tenant,
  tenantSlug: door.slug,
  user: { id: session.user_id, label: session.email },
  role: session.role,
  abilities: effectiveAbilities(session.role, []),
  with: { kind: 'client', id: 'browser' },
  via: 'web',
  correlationId: ctx.state.requestId,
});

const none = (visit: Visit): void =>
  answer(
    visit.ctx,
    messagePage({
      title: 'No such proposal',
      tenant: visit.shown,
      person: visit.person,
      text: 'There is no proposal at this address that you may see.',
    }),
    { status: 404 },
  );

/**
 * Where a person reviews a proposal and confirms exactly its digest: `/proposals/<id>/confirm`. The same use case as
 * `orgonaut proposal confirm`, by somebody who is signed in, which no program between can do.
 */
export const proposalDoor = (parts: WebParts & { deps: Deps }): Middleware<RequestState> => {
  const { deps } = parts;
  const show = async (visit: Visit, more: { status?: number; problem?: string; done?: string } = {}): Promise<void> => {
    const proposal_id = idIn(visit);
    if (!uuid.test(proposal_id)) return none(visit);
    const caller = callerOf(visit);
    try {
      const proposal = await getProposal(deps, caller, { proposal_id, limit: SHOWN });
      const { status = 200, ...notes } = more;
      const may = caller.abilities.has('scenarios.write') && caller.abilities.has('scenarios.read');
      answer(visit.ctx, proposalConfirmPage({ tenant: visit.shown, person: visit.person, proposal, may, ...notes }), { status });
    } catch (error) {
      if (error instanceof Refusal && error.code === 'NOT_FOUND') return none(visit);
      throw error;
    }
  };

  const router = new Router<RequestState>();
  router.get(
    '/proposals/:id/confirm',
    signedIn(parts, (visit) => show(visit)),
  );
  router.post(
    '/proposals/:id/confirm',
    formOf(
      parts,
      '/',
      async (visit, form) => {
        const proposal_id = idIn(visit);
        const digest = form.get('digest') ?? '';
        // Without the digest of what the page showed nothing is confirmed: the page is what was reviewed.
        if (!uuid.test(proposal_id) || !/^[0-9a-f]{64}$/.test(digest)) return none(visit);
        const reason = form.get('reason')?.trim().slice(0, 2000);
        await confirmProposal(deps, callerOf(visit), { proposal_id, digest, ...(reason ? { reason } : {}) });
        await show(visit, { done: 'Confirmed. You can go back to your assistant.' });
      },
      (visit, _form, refusal) => show(visit, { status: 422, problem: saying(refusal) }),
    ),
  );
  return router.routes() as Middleware<RequestState>;
};
