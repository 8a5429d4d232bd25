import { type Refusal, refuse } from '../../domain/codes.ts';

/** A Refusal LOG_DIVERGED that names the first position at which the copy and the event store differ. */
export const diverged = (tenant: number, position: number, what: string): Refusal =>
  refuse('LOG_DIVERGED', `tenant ${tenant}, position ${position}: ${what}`, {}, { tenant, event_position: position });
