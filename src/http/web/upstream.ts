import { messagePage } from '../../views/layout.ts';
import { originOf } from '../hosts.ts';
import { answer, cookieOf, goTo, setCookie, type WebContext } from './exchange.ts';
import { noTenantHere } from './guards.ts';
import type { WebParts } from './parts.ts';
import { safeReturn } from './return-to.ts';
import { enter } from './sign-in.ts';

const COOKIE = 'ogn_upstream';
export const UPSTREAM_CALLBACK = '/sign-in/upstream/callback';

const whyNot = {
  unknown: { status: 400, text: () => 'This sign-in was not begun here, or took too long. Please begin again.' },
  refused: { status: 401, text: (provider: string) => `${provider} did not sign you in.` },
  unverified: { status: 403, text: (provider: string) => `${provider} has not verified your e-mail address.` },
  wrong: {
    status: 403,
    text: () => 'Your address is not a member of this organisation. Ask whoever runs Orgonaut for an invitation.',
  },
  taken: {
    status: 403,
    text: (provider: string) =>
      `Your address belongs here to somebody who signs in with another account at ${provider}. If that account was yours and is no more, ask whoever runs Orgonaut to release it (orgonaut user release); then sign in again. If you still have it, sign in with it.`,
  },
};

/** Signing in with the other OpenID provider: there, and back. */
export const upstreamRoutes = (parts: WebParts) => {
  const failed = (ctx: WebContext, status: number, text: string): void =>
    answer(ctx, messagePage({ title: 'You are not signed in', text, way: { href: '/sign-in', name: 'Back to sign-in' } }), { status });

  return {
    async begin(ctx: WebContext): Promise<void> {
      const door = ctx.state.doorTenant;
      if (!door || !parts.upstream) return noTenantHere(ctx);
      const callback = `${originOf(ctx)}${UPSTREAM_CALLBACK}`;
      const return_to = safeReturn(String(ctx.query.return_to ?? '')) ?? '/';
      let begun: { url: string; cookie: string };
      try {
        begun = await parts.upstream.begin({ tenant: door.tenant, callback, return_to });
      } catch {
        return failed(ctx, 502, `${parts.upstream.name} does not answer. Try again shortly.`);
      }
      setCookie(ctx, COOKIE, begun.cookie, 600);
      goTo(ctx, begun.url);
    },

    async callback(ctx: WebContext): Promise<void> {
      const door = ctx.state.doorTenant;
      if (!door || !parts.upstream) return noTenantHere(ctx);
      const url = new URL(`${originOf(ctx)}${UPSTREAM_CALLBACK}`);
      url.search = ctx.search;
      const cookie = cookieOf(ctx, COOKIE);
      setCookie(ctx, COOKIE, undefined);
      const result = await parts.upstream.finish({ tenant: door.tenant, cookie, url });
      const { name } = parts.upstream;
      const not = (why: keyof typeof whyNot): void => failed(ctx, whyNot[why].status, whyNot[why].text(name));
      if (result.status !== 'verified') return not(result.status);
      const { status: _, return_to, ...person } = result;
      const entered = await parts.people.signInUpstream({ tenant: door.tenant, ...person });
      if (entered.status !== 'in') return not(entered.status);
      await enter(ctx, parts, door, entered.cookie);
      goTo(ctx, safeReturn(return_to) ?? '/');
    },
  };
};
