import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Context } from 'koa';
import { cookieIn, cookieName } from '../../access/cookies.ts';
import type { Html } from '../../views/html.ts';
import { pageHeaders } from '../../views/page-headers.ts';
import { originOf } from '../hosts.ts';
import type { RequestState } from '../guard.ts';

/** A request of a browser. */
export type WebContext = Context & { state: RequestState };

const FORM_LIMIT = 64 * 1024;
const FORM_COOKIE = 'ogn_form';

/** Answers with a page. A script in it has to be named: the headers allow no other. */
export const answer = (ctx: WebContext, page: Html, { status = 200, script }: { status?: number; script?: string } = {}): void => {
  ctx.status = status;
  ctx.set(pageHeaders(script === undefined ? {} : { script: createHash('sha256').update(script).digest('base64') }));
  ctx.body = page.text;
};

/** Sends the browser on with GET. `path` is one of ours, or was made safe before. */
export const goTo = (ctx: WebContext, path: string): void => {
  ctx.status = 303;
  ctx.set('Location', path);
  ctx.body = '';
};

export const isSecure = (ctx: WebContext): boolean => originOf(ctx).startsWith('https:');

/** Sets a cookie that no script reads, for this host alone; `value` undefined takes it away. */
export const setCookie = (ctx: WebContext, name: string, value: string | undefined, maxAge?: number): void => {
  const secure = isSecure(ctx);
  const age = value === undefined ? 0 : maxAge;
  ctx.append(
    'Set-Cookie',
    `${cookieName(name, secure)}=${value ?? ''}; Path=/; HttpOnly; SameSite=Lax${secure ? '; Secure' : ''}${age === undefined ? '' : `; Max-Age=${age}`}`,
  );
};

export const cookieOf = (ctx: WebContext, name: string): string | undefined =>
  cookieIn(ctx.req.headers.cookie, cookieName(name, isSecure(ctx)));

/** Compares two secrets in constant time; what is missing equals nothing. */
export const same = (a: string | null | undefined, b: string | null | undefined): boolean => {
  if (!a || !b) return false;
  const [x, y] = [Buffer.from(a), Buffer.from(b)];
  return x.length === y.length && timingSafeEqual(x, y);
};

/** The token of forms that come before a session: it stands in a cookie of its own and in the form. */
export const formToken = (ctx: WebContext): string => {
  const there = cookieOf(ctx, FORM_COOKIE);
  if (there !== undefined && /^[A-Za-z0-9_-]{43}$/.test(there)) return there;
  const token = randomBytes(32).toString('base64url');
  setCookie(ctx, FORM_COOKIE, token);
  return token;
};
export const formTokenHolds = (ctx: WebContext, given: string | null): boolean => same(cookieOf(ctx, FORM_COOKIE), given);

/** Whether the browser says that the request comes from a page of this very host. One that says nothing is no browser of today. */
export const fromHere = (ctx: WebContext): boolean => {
  const site = ctx.get('Sec-Fetch-Site');
  if (site !== '' && site !== 'same-origin' && site !== 'none') return false;
  const origin = ctx.req.headers.origin;
  if (origin === undefined) return true;
  return origin === originOf(ctx) || (URL.canParse(origin) && new URL(origin).host === ctx.req.headers.host?.toLowerCase());
};

/** Reads a form, or undefined for what is none or is too large. */
export const readForm = async (ctx: WebContext): Promise<URLSearchParams | undefined> => {
  if (!ctx.is('urlencoded')) return undefined;
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of ctx.req as AsyncIterable<Buffer>) {
    size += part.length;
    if (size > FORM_LIMIT) return undefined;
    parts.push(part);
  }
  return new URLSearchParams(Buffer.concat(parts).toString('utf8'));
};

/**
 * The network address of the client. Behind proxies that are known it is the entry of X-Forwarded-For which the outermost of them
 * wrote; what stands before that is the client's own word.
 */
export const networkOf = (ctx: Context, proxyHops: number): string => {
  const peer = ctx.req.socket.remoteAddress ?? '';
  if (proxyHops === 0) return peer;
  const forwarded = String(ctx.req.headers['x-forwarded-for'] ?? '')
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean);
  return forwarded.at(-proxyHops)?.slice(0, 64) ?? peer;
};
