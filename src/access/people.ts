import { refuse } from '../domain/codes.ts';
import type { EventMetadata } from '../domain/events.ts';
import type { Sql } from '../projections/sql.ts';
import { checkedEmail, isEmail } from './input.ts';
import { type Invitations, invitations } from './invitations.ts';
import { accessSteps, type DirectoryParts } from './parts.ts';
import { checkedPassword, hashPassword, passwords } from './passwords.ts';
import { type SignInFailures, signInFailures } from './sign-in-failures.ts';
import { type SignInThrottle, signInThrottle } from './throttle.ts';
import { type Removed, removal } from './removal.ts';
import { TakenByAnother, type UpstreamPerson, upstreamPeople } from './upstream-people.ts';
import { type WebSessions, webSessions } from './web-sessions.ts';

/** What a try to sign in came to. `cookie` is the session's, shown nowhere else. */
export type SignedIn =
  | { status: 'in'; user_id: string; cookie: string }
  | { status: 'wrong' }
  | { status: 'throttled'; retryAfter: number };

export interface People {
  sessions: WebSessions;
  invitations: Pick<Invitations, 'make' | 'find'>;
  failures: SignInFailures;
  /** `network` is the address the request came from. An unknown address and a wrong password give one answer after the same work. */
  signIn(request: { tenant: number; email: string; password: string; network: string }): Promise<SignedIn>;
  /**
   * Signs in who comes from another provider: by its subject who came before, and by a verified address, once, a member or somebody
   * who is invited. `taken`: the address is a user's who is another subject there.
   */
  signInUpstream(
    request: UpstreamPerson & { tenant: number },
  ): Promise<Extract<SignedIn, { status: 'in' }> | { status: 'wrong' | 'unverified' | 'taken' }>;
  /** Forgets who a member is at other providers and ends their sessions: whoever comes next with their address is bound. Refusal: NOT_FOUND. */
  releaseUpstream(request: { tenant: number; email: string; by?: EventMetadata }): Promise<{ user_id: string; released: number }>;
  /**
   * Ends a membership at once: sessions, tokens, connected apps and open invitations of the tenant, and who the person is at other
   * providers when no other tenant has them. Refusals: NOT_FOUND, LAST_OWNER.
   */
  remove(request: { tenant: number; email: string; by?: EventMetadata }): Promise<Removed>;
  /** Uses an invitation and signs the person in. */
  acceptInvitation(request: { tenant: number; secret: string; password: string }): Promise<{ cookie: string }>;
  signOut(tenant: number, cookieValue: string | undefined): Promise<void>;
  /** Sets the password of a member and ends their sessions. Refusals: NOT_FOUND for who is no member, INPUT_INVALID. */
  setPassword(request: { tenant: number; email: string; password: string; by?: EventMetadata }): Promise<{ user_id: string }>;
}

const nobody = () => refuse('NOT_FOUND', 'nobody in this tenant has this address', { wayOut: 'Invite them with `orgonaut user invite`.' });

/** How people come in and go out, each step with its event in the tenant's access stream. */
export const people = (sql: Sql, parts: DirectoryParts, more: { throttle?: SignInThrottle } = {}): People => {
  const steps = accessSteps(sql, parts);
  const sessions = webSessions(sql, parts);
  const known = passwords(sql, parts);
  const invited = invitations(sql, parts, steps, known);
  const failures = signInFailures(sql, parts, steps);
  const upstream = upstreamPeople(parts, steps);
  const throttle = more.throttle ?? signInThrottle(sql);
  const byBrowser = (user: string): EventMetadata => ({
    user,
    with: { kind: 'client', id: 'browser' },
    via: 'web',
    correlation_id: parts.newId(),
  });
  const openFor = async (tx: Sql, tenant: number, user_id: string, way: 'password' | 'upstream' | 'invitation'): Promise<string> => {
    const { cookie } = await sessions.open(tenant, user_id, tx);
    await steps.record(tx, tenant, { type: 'SignedIn', data: { user_id, way } }, byBrowser(user_id));
    return cookie;
  };
  const memberOf = async (on: Sql, tenant: number, email: string): Promise<string | undefined> =>
    (
      await on.query<{ user_id: string }>(
        'select m.user_id from access.membership m join access.app_user u on u.id = m.user_id where m.tenant = $1 and u.email = $2',
        [tenant, email],
      )
    )[0]?.user_id;

  return {
    sessions,
    invitations: invited,
    failures,
    remove: removal({ steps, invited, endSessions: sessions.endAll, upstream }),

    async signIn({ tenant, email, password, network }) {
      // No address has the character NUL, and the database takes none.
      const who = { tenant, email: email.trim().toLowerCase().replaceAll('\0', '\ufffd').slice(0, 300), network };
      const wait = await throttle.enter(who);
      if (wait) {
        await failures.count(tenant, 'throttled');
        return { status: 'throttled', ...wait };
      }
      const found = await known.check(tenant, who.email, password.slice(0, 1000));
      if (!found) {
        await failures.count(tenant, 'failed');
        return { status: 'wrong' };
      }
      await throttle.right(who);
      const cookie = await steps.change(tenant, (tx) => openFor(tx, tenant, found.user_id, 'password'));
      return { status: 'in', user_id: found.user_id, cookie };
    },

    async signInUpstream({ tenant, ...person }) {
      // Some providers have verified what is no address here: nobody is a member or invited with it.
      const told = person.email !== undefined && isEmail(person.email) ? checkedEmail(person.email) : undefined;
      const enter = async (tx: Sql): Promise<string | undefined> => {
        const bound = await upstream.addressOf(tx, person);
        const address = bound ?? told;
        if (address === undefined) return undefined;
        const member = () => memberOf(tx, tenant, address);
        // Asked again: of two who come at one moment one uses the invitation, and both are members then.
        const user_id = (await member()) ?? (await invited.acceptFor(tx, tenant, address)) ?? (await member());
        if (user_id === undefined) return undefined;
        if (bound === undefined) await upstream.bind(tx, tenant, user_id, person, byBrowser(user_id));
        return user_id;
      };
      try {
        const done = await steps.change(tenant, async (tx) => {
          const user_id = await enter(tx);
          return user_id && { status: 'in' as const, user_id, cookie: await openFor(tx, tenant, user_id, 'upstream') };
        });
        if (done) return done;
      } catch (error) {
        if (!(error instanceof TakenByAnother)) throw error;
        const { user_id } = error;
        await steps.change(tenant, (tx) =>
          steps.record(tx, tenant, { type: 'UpstreamRefused', data: { user_id, issuer: person.issuer } }, undefined),
        );
        return { status: 'taken' };
      }
      await failures.count(tenant, 'failed');
      return { status: person.email === undefined ? 'unverified' : 'wrong' };
    },

    async releaseUpstream({ tenant, email, by }) {
      const user_id = await memberOf(sql, tenant, checkedEmail(email));
      if (user_id === undefined) throw nobody();
      return steps.change(tenant, async (tx) => {
        await sessions.endAll(tenant, user_id, tx);
        return { user_id, released: await upstream.release(tx, tenant, user_id, by) };
      });
    },

    async acceptInvitation(request) {
      let cookie = '';
      await invited.accept(request, async (tx, user_id) => {
        await sessions.endAll(request.tenant, user_id, tx);
        await steps.record(tx, request.tenant, { type: 'PasswordSet', data: { user_id } }, byBrowser(user_id));
        cookie = await openFor(tx, request.tenant, user_id, 'invitation');
      });
      return { cookie };
    },

    async signOut(tenant, cookieValue) {
      const session = await sessions.find(tenant, cookieValue);
      if (!session) return;
      await steps.change(tenant, async (tx) => {
        if (await sessions.end(tenant, cookieValue, tx))
          await steps.record(tx, tenant, { type: 'SignedOut', data: { user_id: session.user_id } }, byBrowser(session.user_id));
      });
    },

    async setPassword({ tenant, email, password, by }) {
      const address = checkedEmail(email);
      const user_id = await memberOf(sql, tenant, address);
      if (user_id === undefined) throw nobody();
      const hashed = await hashPassword(checkedPassword(password, address));
      return steps.change(tenant, async (tx) => {
        await known.set(tx, tenant, user_id, hashed);
        await sessions.endAll(tenant, user_id, tx);
        await steps.record(tx, tenant, { type: 'PasswordSet', data: { user_id } }, by);
        return { user_id };
      });
    },
  };
};
