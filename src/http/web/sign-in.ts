import { tenantShown } from '../../access/tenant-name.ts';
import { SESSION_COOKIE } from '../../access/cookies.ts';
import { Refusal } from '../../domain/codes.ts';
import { messagePage } from '../../views/layout.ts';
import { invitationPage, signInPage, type SignInView } from '../../views/sign-in.ts';
import { SESSION_MS } from '../../access/web-sessions.ts';
import {
  answer,
  cookieOf,
  formToken,
  formTokenHolds,
  fromHere,
  goTo,
  networkOf,
  readForm,
  same,
  setCookie,
  type WebContext,
} from './exchange.ts';
import { type Door, noTenantHere, saying, sessionAt, stale } from './guards.ts';
import type { WebParts } from './parts.ts';
import { safeReturn } from './return-to.ts';

/** Gives the browser its new session. One it came with ends, so that nobody who knew it is in. */
export const enter = async (ctx: WebContext, parts: WebParts, door: Door, cookie: string): Promise<void> => {
  await parts.people.signOut(door.tenant, cookieOf(ctx, SESSION_COOKIE));
  setCookie(ctx, SESSION_COOKIE, cookie, Math.floor(SESSION_MS / 1000));
};

export const signInRoutes = (parts: WebParts) => {
  const show = (ctx: WebContext, door: Door, more: Partial<SignInView> & { status?: number }): void => {
    const { status = 200, return_to, ...view } = more;
    const query = return_to === undefined ? '' : `?return_to=${encodeURIComponent(return_to)}`;
    answer(
      ctx,
      signInPage({
        tenant: door.slug,
        csrf: formToken(ctx),
        return_to,
        ...(parts.upstream ? { upstream: { href: `/sign-in/upstream${query}`, name: `Sign in with ${parts.upstream.name}` } } : {}),
        ...view,
      }),
      { status },
    );
  };

  return {
    show,

    async page(ctx: WebContext): Promise<void> {
      const door = ctx.state.doorTenant;
      if (!door) return noTenantHere(ctx);
      const return_to = safeReturn(String(ctx.query.return_to ?? ''));
      if (await sessionAt(ctx, parts, door)) return goTo(ctx, return_to ?? '/');
      show(ctx, door, { return_to, ...(ctx.query.out === undefined ? {} : { done: 'You are signed out.' }) });
    },

    async submit(ctx: WebContext): Promise<void> {
      const door = ctx.state.doorTenant;
      if (!door) return noTenantHere(ctx);
      const form = fromHere(ctx) ? await readForm(ctx) : undefined;
      if (!form) return stale(ctx, '/sign-in');
      const return_to = safeReturn(form.get('return_to'));
      const email = (form.get('email') ?? '').slice(0, 254);
      if (!formTokenHolds(ctx, form.get('csrf')))
        return show(ctx, door, { status: 403, return_to, email, problem: 'This page was too old. Please try again.' });
      const result = await parts.people.signIn({
        tenant: door.tenant,
        email,
        password: form.get('password') ?? '',
        network: networkOf(ctx, parts.proxyHops ?? 0),
      });
      if (result.status === 'throttled') {
        ctx.set('Retry-After', String(result.retryAfter));
        const minutes = Math.ceil(result.retryAfter / 60);
        return show(ctx, door, {
          status: 429,
          return_to,
          email,
          problem: `Too many tries. Wait ${minutes === 1 ? 'a minute' : `${minutes} minutes`}, then try again.`,
        });
      }
      if (result.status === 'wrong')
        return show(ctx, door, { status: 401, return_to, email, problem: 'The address or the password is not right.' });
      await enter(ctx, parts, door, result.cookie);
      goTo(ctx, return_to ?? '/');
    },

    async signOut(ctx: WebContext): Promise<void> {
      const door = ctx.state.doorTenant;
      if (!door) return noTenantHere(ctx);
      const session = await sessionAt(ctx, parts, door);
      if (session) {
        const form = fromHere(ctx) ? await readForm(ctx) : undefined;
        if (!form || !same(form.get('csrf'), session.csrf)) return stale(ctx, '/');
        await parts.people.signOut(door.tenant, cookieOf(ctx, SESSION_COOKIE));
      }
      setCookie(ctx, SESSION_COOKIE, undefined);
      goTo(ctx, '/sign-in?out');
    },
  };
};

export const invitationRoutes = (parts: WebParts) => {
  const gone = (ctx: WebContext): void =>
    answer(
      ctx,
      messagePage({
        title: 'This link opens nothing',
        text: 'The invitation was used, has expired or never was. Ask whoever sent it for a new one.',
        way: { href: '/sign-in', name: 'Sign in' },
      }),
      { status: 404 },
    );
  const show = async (ctx: WebContext, door: Door, secret: string, more: { status?: number; problem?: string }): Promise<void> => {
    const found = await parts.people.invitations.find(door.tenant, secret);
    if (!found) return gone(ctx);
    const { status = 200, ...view } = more;
    answer(
      ctx,
      invitationPage({
        tenant: await tenantShown(parts.sql, door),
        email: found.email,
        role: found.role,
        csrf: formToken(ctx),
        action: `/invitation/${secret}`,
        ...view,
      }),
      { status },
    );
  };

  return {
    async page(ctx: WebContext, secret: string): Promise<void> {
      const door = ctx.state.doorTenant;
      if (!door) return noTenantHere(ctx);
      await show(ctx, door, secret, {});
    },

    async submit(ctx: WebContext, secret: string): Promise<void> {
      const door = ctx.state.doorTenant;
      if (!door) return noTenantHere(ctx);
      const form = fromHere(ctx) ? await readForm(ctx) : undefined;
      if (!form || !formTokenHolds(ctx, form.get('csrf')))
        return show(ctx, door, secret, { status: 403, problem: 'This page was too old. Please try again.' });
      const password = form.get('password') ?? '';
      if (password !== form.get('again')) return show(ctx, door, secret, { status: 422, problem: 'The two passwords are not the same.' });
      try {
        const { cookie } = await parts.people.acceptInvitation({ tenant: door.tenant, secret, password });
        await enter(ctx, parts, door, cookie);
        goTo(ctx, '/');
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        if (error.code === 'NOT_FOUND') return gone(ctx);
        await show(ctx, door, secret, { status: 422, problem: saying(error) });
      }
    },
  };
};
