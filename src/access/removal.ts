import { refuse } from '../domain/codes.ts';
import type { EventMetadata } from '../domain/events.ts';
import type { Sql } from '../projections/sql.ts';
import { checkedEmail } from './input.ts';
import type { Invitations } from './invitations.ts';
import type { AccessSteps } from './parts.ts';
import type { upstreamPeople } from './upstream-people.ts';

/** What ended with a membership: how many of each. */
export interface Removed {
  user_id: string;
  tokens: number;
  apps: number;
  sessions: number;
  invitations: number;
  released: number;
}

export interface RemovalParts {
  steps: AccessSteps;
  invited: Pick<Invitations, 'withdraw'>;
  endSessions(tenant: number, user_id: string, on: Sql): Promise<number>;
  upstream: Pick<ReturnType<typeof upstreamPeople>, 'release'>;
}

const mine = 'where tenant = $1 and user_id = $2';

/**
 * Ends a membership with everything that opened the tenant for it. What was done stays in the log under the user's id, and so does
 * what they own; rows that could open the tenant again are deleted, so that who is added anew begins with none.
 */
export const removal =
  ({ steps, invited, endSessions, upstream }: RemovalParts) =>
  async ({ tenant, email, by }: { tenant: number; email: string; by?: EventMetadata }): Promise<Removed> => {
    const address = checkedEmail(email);
    return steps.change(tenant, async (tx) => {
      // Locked in the order in which whoever comes in locks them, and the tenant (by the first event) last: nobody waits in a ring.
      const invitations = await invited.withdraw(tx, tenant, address);
      const [user] = await tx.query<{ id: string }>('select id from access.app_user where email = $1 for no key update', [address]);
      const members = await tx.query<{ user_id: string; role: string }>(
        `select user_id, role from access.membership where tenant = $1 and (role = 'owner' or user_id = $2) order by user_id for update`,
        [tenant, user?.id ?? null],
      );
      const role = members.find((m) => m.user_id === user?.id)?.role;
      if (user === undefined || role === undefined)
        throw refuse('NOT_FOUND', 'nobody in this tenant has this address', {
          wayOut: 'List who is there with `orgonaut user list`; services end with their tokens (`orgonaut token revoke`).',
        });
      const user_id = user.id;
      const others = members.map((m) => m.user_id).filter((id) => id !== user_id);
      if (role === 'owner' && !(await somePerson(tx, others)))
        throw refuse('LAST_OWNER', `${address} is the last owner of this tenant`, { ids: [user_id] });

      const tokens = await tx.query<{ id: string; revoked: boolean }>(
        `delete from access.token ${mine} returning id, revoked_at is not null as revoked`,
        [tenant, user_id],
      );
      const apps = await tx.query<{ grant_id: string; revoked: boolean }>(
        `delete from access.connected_app ${mine} returning grant_id, revoked_at is not null as revoked`,
        [tenant, user_id],
      );
      await tx.query("delete from access.oauth_row where tenant = $1 and (grant_id = any($3::text[]) or payload->>'accountId' = $2)", [
        tenant,
        user_id,
        apps.map((a) => a.grant_id),
      ]);
      const sessions = await endSessions(tenant, user_id, tx);
      await tx.query(`delete from access.membership ${mine}`, [tenant, user_id]);

      const stood = { tokens: tokens.filter((k) => !k.revoked), apps: apps.filter((a) => !a.revoked) };
      for (const { id } of stood.tokens) await steps.record(tx, tenant, { type: 'TokenRevoked', data: { token_id: id, user_id } }, by);
      for (const { grant_id } of stood.apps)
        await steps.record(tx, tenant, { type: 'AppRevoked', data: { grant_id, user_id, why: 'person' } }, by);
      const elsewhere = await tx.query('select 1 from access.membership where user_id = $1 limit 1', [user_id]);
      const released = elsewhere.length > 0 ? 0 : await upstream.release(tx, tenant, user_id, by);
      await steps.record(tx, tenant, { type: 'UserRemoved', data: { user_id } }, by);
      return { user_id, tokens: stood.tokens.length, apps: stood.apps.length, sessions, invitations, released };
    });
  };

/** Whether one of these users is a person: a service cannot sign in and let others in. */
const somePerson = async (tx: Sql, users: readonly string[]): Promise<boolean> =>
  (await tx.query('select 1 from access.app_user where id = any($1::uuid[]) and email is not null limit 1', [[...users]])).length > 0;
