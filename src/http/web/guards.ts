import type { Next } from 'koa';
import type { WebSession } from '../../access/web-sessions.ts';
import { tenantShown } from '../../access/tenant-name.ts';
import { type Ability, effectiveAbilities } from '../../domain/abilities.ts';
import { Refusal } from '../../domain/codes.ts';
import type { EventMetadata } from '../../domain/events.ts';
import { SESSION_COOKIE } from '../../access/cookies.ts';
import type { Person } from '../../views/layout.ts';
import { messagePage } from '../../views/layout.ts';
import { answer, cookieOf, fromHere, goTo, readForm, same, type WebContext } from './exchange.ts';
import type { WebParts } from './parts.ts';

export interface Door {
  tenant: number;
  slug: string;
}

/** Somebody who is signed in, at the door of a tenant. */
export interface Visit {
  ctx: WebContext;
  door: Door;
  session: WebSession;
  /** The tenant as pages show it. */
  shown: string;
  person: Person;
  /** Whether this person sees and manages what belongs to others. */
  managesAll: boolean;
  by: EventMetadata;
}

export const noTenantHere = (ctx: WebContext): void =>
  answer(
    ctx,
    messagePage({
      title: 'No organisation here',
      text: 'This address belongs to no organisation. Use the address of yours, such as https://name.example.com.',
    }),
    { status: 404 },
  );

export const stale = (ctx: WebContext, back: string): void =>
  answer(
    ctx,
    messagePage({
      title: 'Please try again',
      text: 'This form was not sent from a page of this site, or the page was too old. Nothing was changed.',
      way: { href: back, name: 'Back' },
    }),
    { status: 403 },
  );

/** The session of the request's cookie at this door. */
export const sessionAt = (ctx: WebContext, { people }: WebParts, door: Door): Promise<WebSession | undefined> =>
  people.sessions.find(door.tenant, cookieOf(ctx, SESSION_COOKIE));

const managing: readonly Ability[] = ['members.write', 'settings.write'];

export const visitOf = async (ctx: WebContext, { sql }: Pick<WebParts, 'sql'>, door: Door, session: WebSession): Promise<Visit> => ({
  ctx,
  door,
  session,
  shown: await tenantShown(sql, door),
  person: {
    email: session.email,
    role: session.role,
    csrf: session.csrf,
    seesUsage: managing.some((a) => effectiveAbilities(session.role, []).has(a)),
  },
  managesAll: effectiveAbilities(session.role, []).has('members.write'),
  by: { user: session.user_id, with: { kind: 'client', id: 'browser' }, via: 'web', correlation_id: ctx.state.requestId },
});

/** A page for who is signed in; anybody else signs in first and comes back. */
export const signedIn =
  (parts: WebParts, page: (visit: Visit) => Promise<void>) =>
  async (context: unknown, _next: Next): Promise<void> => {
    const ctx = context as WebContext;
    const door = ctx.state.doorTenant;
    if (!door) return noTenantHere(ctx);
    const session = await sessionAt(ctx, parts, door);
    if (!session) return goTo(ctx, `/sign-in?return_to=${encodeURIComponent(ctx.method === 'GET' ? ctx.url : '/')}`);
    return page(await visitOf(ctx, parts, door, session));
  };

/** A form of who is signed in: from a page of this host, with the session's token. A refusal goes to `refused`. */
export const formOf = (
  parts: WebParts,
  back: string,
  work: (visit: Visit, form: URLSearchParams) => Promise<void>,
  refused: (visit: Visit, form: URLSearchParams, refusal: Refusal) => Promise<void>,
) =>
  signedIn(parts, async (visit) => {
    const form = fromHere(visit.ctx) ? await readForm(visit.ctx) : undefined;
    if (!form || !same(form.get('csrf'), visit.session.csrf)) return stale(visit.ctx, back);
    try {
      await work(visit, form);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      await refused(visit, form, error);
    }
  });

/** What is wrong and the way out, in words alone: the message of a refusal as an error begins with its code. */
export const wordsOf = (refusal: Refusal): { message: string; way_out?: string } => {
  const [first] = refusal.findings;
  return { message: first?.message ?? refusal.message, ...(first === undefined ? {} : { way_out: first.way_out }) };
};

/** What a refusal says to a person. */
export const saying = (refusal: Refusal): string => {
  const { message, way_out } = wordsOf(refusal);
  const text = `${message.charAt(0).toUpperCase()}${message.slice(1)}.`;
  return way_out === undefined ? text : `${text} ${way_out}`;
};

/** The id in the path of a request. What no id can hold, the character NUL, makes it one that nothing has. */
export const idIn = ({ ctx }: Visit): string => {
  const id = String((ctx as unknown as { params: { id?: string } }).params.id ?? '');
  return id.includes('\0') ? '' : id;
};
