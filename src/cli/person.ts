import type { Caller } from '../application/context.ts';
import { effectiveAbilities } from '../domain/abilities.ts';
import { refuse } from '../domain/codes.ts';
import type { Session } from './run.ts';

/**
 * Who acts on the command line in a tenant: the operator, or the user of the tenant that `email` names, with the rights of that
 * user's access role. Whoever has the database in hand is trusted to say who sits before it; the event names both.
 */
export const personIn = async (session: Session, slug: string, email: string | undefined): Promise<Caller> => {
  const tenant = await session.tenant(slug);
  const operator = session.caller(tenant);
  if (email === undefined) return operator;
  const address = email.trim().toLowerCase();
  const user = (await session.work.directory.listUsers(tenant.tenant)).find((u) => u.email === address);
  if (!user)
    throw refuse('NOT_FOUND', `nobody in this tenant has the address ${JSON.stringify(address)}`, {
      wayOut: 'List the users with `orgonaut user list`.',
    });
  return { ...operator, user: { id: user.user_id, label: address }, role: user.role, abilities: effectiveAbilities(user.role, []) };
};
