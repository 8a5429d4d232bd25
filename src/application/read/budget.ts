import { Decimal } from '../../domain/decimal.ts';
import type { Policy } from '../../domain/events.ts';

/** The yearly budget that a policy sets for a unit and everything below it (or, without a unit, for the tenant); undefined when none does. */
export const budgetOf = (policies: readonly Policy[], unit?: string): Decimal | undefined => {
  const policy = policies.find((p) => p.name === 'budget' && p.limit !== undefined && p.subject === unit);
  return policy?.limit === undefined ? undefined : new Decimal(policy.limit);
};
