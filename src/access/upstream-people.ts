import type { EventMetadata } from '../domain/events.ts';
import type { Sql } from '../projections/sql.ts';
import type { AccessSteps } from './parts.ts';

/** Somebody as another OpenID provider knows them: the subject is theirs for good, the address may become another person's. */
export interface UpstreamPerson {
  issuer: string;
  subject: string;
  /** Where the provider has verified it. */
  email?: string;
}

/** Thrown inside a transaction, so that it is undone: the user is another subject's. */
export class TakenByAnother extends Error {
  readonly user_id: string;
  constructor(user_id: string) {
    super('the user is bound to another subject');
    this.user_id = user_id;
  }
}

/** Which user somebody at another provider is. Bound at the first sign-in; from then on the address decides nothing. */
export const upstreamPeople = ({ now }: { now(): Date }, steps: AccessSteps) => ({
  /** The address, here, of the user that a subject is bound to. */
  async addressOf(tx: Sql, { issuer, subject }: UpstreamPerson): Promise<string | undefined> {
    const [row] = await tx.query<{ email: string }>(
      'select u.email from access.upstream_identity i join access.app_user u on u.id = i.user_id where i.issuer = $1 and i.subject = $2',
      [issuer, subject],
    );
    return row?.email;
  },

  /** Binds a subject to a user who came for the first time. Throws TakenByAnother when the user is another subject. */
  async bind(tx: Sql, tenant: number, user_id: string, { issuer, subject }: UpstreamPerson, by: EventMetadata): Promise<void> {
    // Of two who come as one user at one moment the second finds what the first bound.
    await tx.query('select 1 from access.app_user where id = $1 for no key update', [user_id]);
    const [bound] = await tx.query<{ subject: string }>('select subject from access.upstream_identity where issuer = $1 and user_id = $2', [
      issuer,
      user_id,
    ]);
    if (bound?.subject === subject) return;
    if (bound) throw new TakenByAnother(user_id);
    await tx.query('insert into access.upstream_identity (issuer, subject, user_id, bound_at) values ($1, $2, $3, $4)', [
      issuer,
      subject,
      user_id,
      now().toISOString(),
    ]);
    await steps.record(tx, tenant, { type: 'UpstreamBound', data: { user_id, issuer } }, by);
  },

  /** Forgets who a user is at other providers; gives how many knew them. */
  async release(tx: Sql, tenant: number, user_id: string, by: EventMetadata | undefined): Promise<number> {
    const gone = await tx.query<{ issuer: string }>('delete from access.upstream_identity where user_id = $1 returning issuer', [user_id]);
    for (const { issuer } of gone) await steps.record(tx, tenant, { type: 'UpstreamReleased', data: { user_id, issuer } }, by);
    return gone.length;
  },
});
