import type { ConnectedApp, Naming } from '../../access/connected-apps.ts';
import { mayUseMcp, noMcp } from '../../access/subscription.ts';
import { type AccessRole, effectiveAbilities } from '../../domain/abilities.ts';
import { refuse } from '../../domain/codes.ts';
import { type AppRow, appsPage, type AppsView } from '../../views/apps.ts';
import { messagePage } from '../../views/layout.ts';
import { originOf } from '../hosts.ts';
import { answer } from './exchange.ts';
import { formOf, idIn, saying, signedIn, type Visit } from './guards.ts';
import type { WebParts } from './parts.ts';

/** Whose apps this person sees and changes. */
export const whose = (visit: Visit): { user_id?: string } => (visit.managesAll ? {} : { user_id: visit.session.user_id });

/** The apps this person sees, with what each may do now: its own abilities, or those of its user's role. */
export const appsFor = async (parts: WebParts, visit: Visit): Promise<(ConnectedApp & Pick<AppRow, 'role' | 'has'>)[]> => {
  const { tenant } = visit.door;
  const mine = { user_id: visit.session.user_id };
  const [apps, users] = await Promise.all([
    visit.managesAll ? parts.apps.list(tenant) : parts.apps.list(tenant, mine),
    visit.managesAll ? parts.directory.listUsers(tenant) : [],
  ]);
  const roles = new Map<string, AccessRole>([
    ...users.map((u) => [u.user_id, u.role] as const),
    [visit.session.user_id, visit.session.role],
  ]);
  return apps.map((app) => {
    const role = roles.get(app.user_id) ?? 'member';
    return { ...app, role, has: [...effectiveAbilities(role, app.abilities)] };
  });
};

/** The naming style of a form or a request; '' and null mean as the client needs it. */
export const namingIn = (text: unknown): Naming | null => {
  if (text === 'dotted' || text === 'underscore') return text;
  if (text === '' || text === null) return null;
  throw refuse('INPUT_INVALID', 'there is no such naming style', { wayOut: 'Use dotted, underscore, or nothing.' });
};

export const appRoutes = (parts: WebParts) => {
  const without = (visit: Visit): void =>
    answer(
      visit.ctx,
      messagePage({
        title: 'No connected apps here',
        tenant: visit.shown,
        person: visit.person,
        text: `Connected apps belong to the business subscription and above: ${noMcp}. Programs can use tokens.`,
        way: { href: '/settings/tokens', name: 'Tokens' },
      }),
      { status: 404 },
    );
  const show = async (visit: Visit, more: Partial<AppsView> & { status?: number } = {}): Promise<void> => {
    const { status = 200, ...view } = more;
    const page = appsPage({
      tenant: visit.shown,
      person: visit.person,
      apps: await appsFor(parts, visit),
      all: visit.managesAll,
      mcp: `${originOf(visit.ctx)}${parts.mcpPath}`,
      ...view,
    });
    answer(visit.ctx, page, { status });
  };
  const change = (
    work: (visit: Visit, which: { tenant: number; grant_id: string; user_id?: string }, form: URLSearchParams) => Promise<string>,
  ) =>
    formOf(
      parts,
      '/settings/apps',
      async (visit, form) => {
        if (!(await mayUseMcp(parts, visit.door.tenant))) return without(visit);
        const done = await work(visit, { tenant: visit.door.tenant, grant_id: idIn(visit), ...whose(visit) }, form);
        await show(visit, { done });
      },
      (visit, _form, refusal) => show(visit, { status: refusal.code === 'NOT_FOUND' ? 404 : 422, problem: saying(refusal) }),
    );

  return {
    page: signedIn(parts, async (visit) => ((await mayUseMcp(parts, visit.door.tenant)) ? show(visit) : without(visit))),

    narrow: change(async (visit, which, form) => {
      await parts.apps.narrow({ ...which, abilities: form.getAll('ability'), by: visit.by });
      return 'The app may do what is listed with it now, and no more.';
    }),

    naming: change(async (_visit, which, form) => {
      await parts.apps.setNaming({ ...which, naming: namingIn(form.get('naming') ?? '') });
      return 'The tools are named so from its next request.';
    }),

    revoke: change(async (visit, which) => {
      const { revoked } = await parts.apps.revoke({ ...which, by: visit.by });
      if (!revoked) throw refuse('NOT_FOUND', 'there is no such connected app', { wayOut: 'It may be revoked already.' });
      return 'The app is revoked: it opens nothing any more, unless you let it in again.';
    }),
  };
};
