import Router from '@koa/router';
import type { Middleware } from 'koa';
import { mayUseMcp } from '../../access/subscription.ts';
import { homePage } from '../../views/home.ts';
import { originOf } from '../hosts.ts';
import type { RequestState } from '../guard.ts';
import { apiRoutes } from './api.ts';
import { appRoutes } from './apps.ts';
import { answer, type WebContext } from './exchange.ts';
import { sessionAt, visitOf } from './guards.ts';
import type { WebParts } from './parts.ts';
import { invitationRoutes, signInRoutes } from './sign-in.ts';
import { tokenRoutes } from './tokens.ts';
import { usageRoutes } from './usage.ts';
import { UPSTREAM_CALLBACK, upstreamRoutes } from './upstream.ts';

/** The pages where people come in and see to their tokens and apps. Everything works without script. */
export const webDoor = (parts: WebParts): Middleware<RequestState> => {
  const router = new Router<RequestState>();
  const [signIn, invitation, tokens, apps, api] = [
    signInRoutes(parts),
    invitationRoutes(parts),
    tokenRoutes(parts),
    appRoutes(parts),
    apiRoutes(parts),
  ];
  const web = (context: unknown): WebContext => context as WebContext;

  router.get('/', async (context) => {
    const ctx = web(context);
    const door = ctx.state.doorTenant;
    const session = door && (await sessionAt(ctx, parts, door));
    const visit = door && session && (await visitOf(ctx, parts, door, session));
    answer(
      ctx,
      homePage({
        mcp: `${originOf(ctx)}${parts.mcpPath}`,
        version: parts.version,
        apps: visit !== undefined && (await mayUseMcp(parts, visit.door.tenant)),
        ...(door ? { tenant: visit?.shown ?? door.slug } : {}),
        ...(visit ? { person: visit.person } : {}),
      }),
    );
  });

  router.get('/sign-in', (ctx) => signIn.page(web(ctx)));
  router.post('/sign-in', (ctx) => signIn.submit(web(ctx)));
  router.post('/sign-out', (ctx) => signIn.signOut(web(ctx)));
  if (parts.upstream) {
    const upstream = upstreamRoutes(parts);
    router.get('/sign-in/upstream', (ctx) => upstream.begin(web(ctx)));
    router.get(UPSTREAM_CALLBACK, (ctx) => upstream.callback(web(ctx)));
  }
  router.get('/invitation/:secret', (ctx) => invitation.page(web(ctx), String(ctx.params.secret)));
  router.post('/invitation/:secret', (ctx) => invitation.submit(web(ctx), String(ctx.params.secret)));

  router.get('/settings/tokens', tokens.page);
  router.post('/settings/tokens', tokens.create);
  router.post('/settings/tokens/:id/replace', tokens.replace);
  router.post('/settings/tokens/:id/revoke', tokens.revoke);
  router.get('/settings/usage', usageRoutes(parts).page);
  router.get('/settings/apps', apps.page);
  router.post('/settings/apps/:id/narrow', apps.narrow);
  router.post('/settings/apps/:id/naming', apps.naming);
  router.post('/settings/apps/:id/revoke', apps.revoke);

  router.get('/api/v1/session', api.session);
  router.get('/api/v1/tokens', api.tokens);
  router.post('/api/v1/tokens', api.makeToken);
  router.post('/api/v1/tokens/:id/replace', api.replaceToken);
  router.delete('/api/v1/tokens/:id', api.revokeToken);
  router.get('/api/v1/connected-apps', api.apps);
  router.patch('/api/v1/connected-apps/:id', api.changeApp);
  router.delete('/api/v1/connected-apps/:id', api.revokeApp);
  return router.routes() as Middleware<RequestState>;
};
