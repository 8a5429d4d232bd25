import type { IncomingMessage } from 'node:http';
import type { Middleware } from 'koa';
import { type DoorTenant, type HostMeaning, hostNameOf } from './hosts.ts';
import { problem } from './problem.ts';

export interface RequestState {
  requestId: string;
  /** The tenant whose own host was called. */
  hostTenant?: string;
  /** The tenant whose door this is, for OAuth and sign-in alone: the host's, or on a plain host the default tenant where there is one. */
  doorTenant?: DoorTenant;
  /** The public origin of the host that was called; read it with `originOf`. */
  origin?: string;
}

/** What a request says once: of two, this service might go by the first and a proxy before it by the second. */
const once = ['host', 'authorization'] as const;

/** Whether a request names its host one way: one Host, and where its target is a whole address, that of the same host (RFC 9112, 3.2). */
const isPlain = ({ headers, headersDistinct, url = '' }: IncomingMessage): boolean =>
  once.every((name) => (headersDistinct[name]?.length ?? 0) <= 1) &&
  (!URL.canParse(url) || (URL.canParse(`http://${headers.host}`) && new URL(url).host === new URL(`http://${headers.host}`).host));

/** Headers for every answer: nothing here is framed, sniffed, cached or allowed to run script. */
export const securityHeaders: Middleware = async (ctx, next) => {
  ctx.set({
    'X-Content-Type-Options': 'nosniff',
    'X-Frame-Options': 'DENY',
    // Not no-referrer: with that, browsers send `Origin: null` with a form of this very origin.
    'Referrer-Policy': 'same-origin',
    'Content-Security-Policy': "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    'Cross-Origin-Resource-Policy': 'same-origin',
    'Cache-Control': 'no-store',
  });
  await next();
};

/**
 * Answers only for hosts of this installation (421 otherwise), and to browser pages only of those hosts (403): a page of another
 * site, or one whose name was rebound to this address, reaches nothing.
 */
export const hostAndOrigin =
  (
    meaning: (header: string | undefined) => Promise<HostMeaning>,
    defaultTenant: () => Promise<DoorTenant | undefined>,
  ): Middleware<RequestState> =>
  async (ctx, next) => {
    if (!isPlain(ctx.req))
      return problem(ctx, 400, 'INPUT_INVALID', 'the request says its host or its credential twice', {
        way_out: 'Send one Host and one Authorization header.',
      });
    const host = await meaning(ctx.req.headers.host);
    if (host.kind === 'unknown') return problem(ctx, 421, 'HOST_UNKNOWN', 'this service does not answer for that host');
    ctx.state.origin = host.origin;
    if (host.kind === 'tenant') ctx.state.hostTenant = host.slug;
    const door = host.kind === 'tenant' ? { tenant: host.tenant, slug: host.slug } : await defaultTenant();
    if (door) ctx.state.doorTenant = door;
    const origin = ctx.req.headers.origin;
    if (origin !== undefined) {
      const url = URL.canParse(origin) ? new URL(origin) : undefined;
      const known =
        url &&
        ['http:', 'https:'].includes(url.protocol) &&
        hostNameOf(url.host) !== undefined &&
        (await meaning(url.host)).kind !== 'unknown';
      if (!known) return problem(ctx, 403, 'ORIGIN_FORBIDDEN', 'this origin may not call the service');
    }
    await next();
  };
