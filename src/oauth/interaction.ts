import { timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Context } from 'koa';
import { errors, type Provider } from 'oidc-provider';
import { abilitiesIn, type ConnectedApps } from '../access/connected-apps.ts';
import { sessionCookieIn } from '../access/cookies.ts';
import { tenantShown } from '../access/tenant-name.ts';
import type { WebSession, WebSessions } from '../access/web-sessions.ts';
import { effectiveAbilities } from '../domain/abilities.ts';
import type { Sql } from '../projections/sql.ts';
import { consentPage } from '../views/oauth-pages.ts';
import { pageHeaders } from '../views/page-headers.ts';
import { errorPage } from './error-page.ts';
import { formTargets, redirectHost } from './redirects.ts';
import { bodyText, seenAs } from './request.ts';
import type { Place } from './rows.ts';
import { requestedScopes } from './scopes.ts';

export interface InteractionParts {
  sql: Sql;
  sessions: Pick<WebSessions, 'find'>;
  apps: Pick<ConnectedApps, 'connect'>;
}

const sameText = (a: string, b: string): boolean => {
  const [x, y] = [Buffer.from(a), Buffer.from(b)];
  return x.length === y.length && timingSafeEqual(x, y);
};

const show = (ctx: Context, status: number, page: { headers: Record<string, string>; text: string }): void => {
  ctx.status = status;
  ctx.set(page.headers);
  ctx.body = page.text;
};

interface Asks {
  id: string;
  name: string;
  redirect: string;
  scopes: readonly string[];
}

/** Makes the grant and hands the answer back to the authorization that waits for it. */
const allow = async (
  { apps }: InteractionParts,
  ctx: Context,
  { provider, place, request }: { provider: Provider; place: Place; request: IncomingMessage },
  person: WebSession,
  asks: Asks,
): Promise<void> => {
  const grant = new provider.Grant({ accountId: person.user_id, clientId: asks.id });
  grant.addResourceScope(place.issuer, asks.scopes.join(' '));
  const grant_id = await grant.save();
  await apps.connect({
    tenant: place.tenant,
    grant_id,
    user_id: person.user_id,
    issuer: place.issuer,
    client_id: asks.id,
    client_name: asks.name,
    redirect_host: redirectHost(asks.redirect),
    scopes: asks.scopes,
    by: {
      user: person.user_id,
      with: { kind: 'client', id: asks.id, name: asks.name },
      via: 'web',
      correlation_id: (ctx.state as { requestId?: string }).requestId ?? grant_id,
    },
  });
  ctx.respond = false;
  await provider.interactionFinished(
    request,
    ctx.res,
    { login: { accountId: person.user_id, remember: false }, consent: { grantId: grant_id } },
    { mergeWithLastSubmission: false },
  );
};

/**
 * The page between an authorization request and its answer: who is not signed in is sent to do so and comes back; who is, sees
 * what asks for what, and allows or denies it. Who acts is the signed-in person of this moment alone.
 */
export const interaction =
  (parts: InteractionParts) =>
  async (ctx: Context, provider: Provider, place: Place & { slug: string }): Promise<void> => {
    const { sql, sessions } = parts;
    let found: Awaited<ReturnType<Provider['interactionDetails']>>;
    const request = seenAs(ctx.req, place.issuer);
    try {
      found = await provider.interactionDetails(request, ctx.res);
    } catch (error) {
      if (!(error instanceof errors.SessionNotFound)) throw error;
      return show(
        ctx,
        400,
        errorPage({ error: 'invalid_request', error_description: 'this request to connect is over or is not from this browser' }),
      );
    }
    const { uid, params } = found;
    const path = `/oauth/interaction/${uid}`;
    if (ctx.path !== path)
      return show(ctx, 400, errorPage({ error: 'invalid_request', error_description: 'this address is of another request' }));
    const secure = place.issuer.startsWith('https:');
    const person = await sessions.find(place.tenant, sessionCookieIn(ctx.req.headers.cookie, secure));
    if (!person) {
      ctx.status = 303;
      ctx.redirect(`/sign-in?return_to=${encodeURIComponent(path)}`);
      return;
    }
    const client = await provider.Client.find(String(params.client_id));
    if (!client) return show(ctx, 400, errorPage({ error: 'invalid_client', error_description: 'the app is not registered any more' }));
    const scopes = requestedScopes(params.scope as string | undefined).split(' ');
    const asks: Asks = {
      id: client.clientId,
      name: client.clientName ?? redirectHost(String(params.redirect_uri)),
      scopes,
      redirect: String(params.redirect_uri),
    };

    if (ctx.method === 'POST') {
      const form = new URLSearchParams(await bodyText(ctx.req, 8 * 1024));
      if (!sameText(form.get('csrf') ?? '', person.csrf))
        return show(ctx, 403, errorPage({ error: 'access_denied', error_description: 'this form is not of your present sign-in' }));
      const decision = form.get('decision');
      if (decision === 'allow') return allow(parts, ctx, { provider, place, request }, person, asks);
      if (decision === 'deny') {
        ctx.respond = false;
        return provider.interactionFinished(
          request,
          ctx.res,
          { error: 'access_denied', error_description: 'the person denied the request' },
          { mergeWithLastSubmission: false },
        );
      }
    }
    const wanted = abilitiesIn(scopes);
    show(ctx, 200, {
      headers: pageHeaders({ formTargets: formTargets(asks.redirect) }),
      text: consentPage({
        clientName: asks.name,
        ...(asks.id.startsWith('https://') ? { clientUrl: asks.id } : {}),
        redirectHost: redirectHost(asks.redirect),
        tenant: await tenantShown(sql, place),
        email: person.email,
        role: person.role,
        abilities: [...effectiveAbilities(person.role, wanted)],
        followsRole: wanted.length === 0,
        action: path,
        csrf: person.csrf,
      }),
    });
  };
