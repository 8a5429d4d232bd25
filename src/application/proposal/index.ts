import type { Operation } from '../operation.ts';
import { confirm } from './confirm.ts';
import { get } from './get.ts';
import { list } from './list.ts';
import { plan } from './plan.ts';
import { withdraw } from './withdraw.ts';

/** The governed actions: plan, review, confirm or withdraw. Confirming is the only thing that changes a scenario's content. */
export const proposalOperations = [plan, confirm, withdraw, list, get] as unknown as readonly Operation[];

export { confirmProposal } from './confirm.ts';
export { getProposal } from './get.ts';
export { listProposals } from './list.ts';
export { planProposal } from './plan.ts';
export { withdrawProposal } from './withdraw.ts';
