import { createHash, randomBytes } from 'node:crypto';
import type { AccessRole } from '../domain/abilities.ts';
import { refuse } from '../domain/codes.ts';
import type { EventMetadata } from '../domain/events.ts';
import type { Sql } from '../projections/sql.ts';
import { checkedEmail, checkedRole } from './input.ts';
import { type AccessSteps, type DirectoryParts, iso } from './parts.ts';
import { checkedPassword, hashPassword, type Passwords } from './passwords.ts';

/** An invitation holds a week. */
export const INVITATION_MS = 7 * 86_400_000;
const shape = /^[A-Za-z0-9_-]{43}$/;
const hashOf = (secret: string): Buffer => createHash('sha256').update(secret, 'utf8').digest();

export interface Invitation {
  id: string;
  email: string;
  role: AccessRole;
  /** ISO instant. */
  expires_at: string;
}

export interface Invitations {
  /**
   * A link's secret for an address: who opens it sets a password and so joins with the role. For somebody who is a member already
   * it sets a new password and leaves the role; a role that is given must then be theirs. Refusals: INPUT_INVALID, NOT_FOUND.
   */
  make(request: { tenant: number; email: string; role?: string; by?: EventMetadata }): Promise<Invitation & { secret: string }>;
  /** The invitation of a secret, unless it is used, expired or another tenant's. */
  find(tenant: number, secret: string): Promise<Invitation | undefined>;
  /** Uses it: the password is set, the person joined. Every other invitation of the address ends with it. Refusals: NOT_FOUND, INPUT_INVALID. */
  accept(request: { tenant: number; secret: string; password: string }, then: (tx: Sql, user_id: string) => Promise<void>): Promise<void>;
  /** The same without a password, for an address that the upstream provider vouches for. Gives the user, or undefined where nobody invited it. */
  acceptFor(tx: Sql, tenant: number, email: string): Promise<string | undefined>;
  /** Ends the open invitations of an address; gives how many. */
  withdraw(tx: Sql, tenant: number, email: string): Promise<number>;
}

const gone = () => refuse('NOT_FOUND', 'this invitation was used, has expired or never was', { wayOut: 'Ask for a new one.' });

/** Invitations by link. Only the hash of a link's secret is kept. */
export const invitations = (sql: Sql, parts: DirectoryParts, steps: AccessSteps, passwords: Passwords): Invitations => {
  const { now, newId } = parts;
  const open = `used_at is null and expires_at > $2`;

  const use = async (tx: Sql, tenant: number, invited: { id: string; email: string; role: AccessRole }): Promise<string> => {
    const user_id = await steps.person(tx, invited.email);
    const by: EventMetadata = { user: user_id, with: { kind: 'client', id: 'browser' }, via: 'web', correlation_id: newId() };
    await steps.join(tx, tenant, user_id, invited.role, by);
    await tx.query(`update access.invitation set used_at = $2 where tenant = $1 and email = $3 and ${open}`, [
      tenant,
      now().toISOString(),
      invited.email,
    ]);
    await steps.record(tx, tenant, { type: 'InvitationAccepted', data: { invitation_id: invited.id, user_id } }, by);
    return user_id;
  };

  return {
    async make({ tenant, email, role, by }) {
      const address = checkedEmail(email);
      const wanted = role === undefined ? undefined : checkedRole(role);
      await steps.known(tenant);
      const secret = randomBytes(32).toString('base64url');
      return steps.change(tenant, async (tx) => {
        const [member] = await tx.query<{ user_id: string; role: AccessRole }>(
          'select m.user_id, m.role from access.membership m join access.app_user u on u.id = m.user_id where m.tenant = $1 and u.email = $2',
          [tenant, address],
        );
        const held = member?.role ?? wanted;
        if (held === undefined) throw refuse('INPUT_INVALID', 'this address has no role in this tenant yet', { wayOut: 'Say the role.' });
        if (wanted !== undefined && wanted !== held)
          throw refuse('INPUT_INVALID', `this person is ${held} in this tenant, not ${wanted}`, {
            wayOut: 'Leave the role out, or change it first with `orgonaut user add`.',
          });
        const made = { id: newId(), email: address, role: held, expires_at: new Date(now().getTime() + INVITATION_MS).toISOString() };
        await tx.query(
          'insert into access.invitation (id, tenant, email, role, hash, created_at, expires_at) values ($1, $2, $3, $4, $5, $6, $7)',
          [made.id, tenant, address, held, hashOf(secret), now().toISOString(), made.expires_at],
        );
        const whom = member === undefined ? {} : { user_id: member.user_id };
        const data = { invitation_id: made.id, role: held, expires_at: made.expires_at, ...whom };
        await steps.record(tx, tenant, { type: 'InvitationMade', data }, by);
        return { ...made, secret };
      });
    },

    async find(tenant, secret) {
      if (!shape.test(secret)) return undefined;
      const [row] = await sql.query<Invitation & Record<string, unknown>>(
        `select i.id, i.email, i.role, ${iso('i.expires_at')} from access.invitation i where i.tenant = $1 and i.hash = $3 and ${open}`,
        [tenant, now().toISOString(), hashOf(secret)],
      );
      return row;
    },

    async accept({ tenant, secret, password }, then) {
      const found = shape.test(secret)
        ? (
            await sql.query<{ email: string }>(`select email from access.invitation where tenant = $1 and hash = $3 and ${open}`, [
              tenant,
              now().toISOString(),
              hashOf(secret),
            ])
          )[0]
        : undefined;
      if (!found) throw gone();
      // The slow part before the transaction, so that no lock waits for it.
      const hashed = await hashPassword(checkedPassword(password, found.email));
      await steps.change(tenant, async (tx) => {
        const [row] = await tx.query<{ id: string; email: string; role: AccessRole }>(
          `select id, email, role from access.invitation where tenant = $1 and hash = $3 and ${open} for update`,
          [tenant, now().toISOString(), hashOf(secret)],
        );
        if (!row) throw gone();
        const user_id = await use(tx, tenant, row);
        await passwords.set(tx, tenant, user_id, hashed);
        await then(tx, user_id);
      });
    },

    async acceptFor(tx, tenant, email) {
      const [row] = await tx.query<{ id: string; email: string; role: AccessRole }>(
        `select id, email, role from access.invitation where tenant = $1 and email = $3 and ${open} order by created_at desc limit 1 for update`,
        [tenant, now().toISOString(), email],
      );
      return row && use(tx, tenant, row);
    },

    async withdraw(tx, tenant, email) {
      const at = now().toISOString();
      return (
        await tx.query(`update access.invitation set expires_at = $2 where tenant = $1 and email = $3 and ${open} returning 1`, [
          tenant,
          at,
          email,
        ])
      ).length;
    },
  };
};
