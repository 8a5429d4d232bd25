import { randomBytes } from 'node:crypto';
import { clientConfigurations } from '../../access/client-configurations.ts';
import { type FormOnce, isFormKey } from '../../access/form-keys.ts';
import { mayUseMcp } from '../../access/subscription.ts';
import { TOKEN_DAYS } from '../../access/tokens.ts';
import type { ListedToken } from '../../access/types.ts';
import { roleAbilities } from '../../domain/abilities.ts';
import { type Refusal, refuse } from '../../domain/codes.ts';
import { messagePage } from '../../views/layout.ts';
import { copyScript } from '../../views/copy-script.ts';
import { tokenMadePage, type TokenRow, tokensPage, type TokensView } from '../../views/tokens.ts';
import { originOf } from '../hosts.ts';
import { answer } from './exchange.ts';
import { formOf, idIn, saying, signedIn, stale, type Visit } from './guards.ts';
import type { WebParts } from './parts.ts';

/** The clients a token can be made for; the name stands with the token and tells how tools are listed to it. */
export const tokenClients = ['Claude Desktop', 'Cursor', 'VS Code', 'Plain HTTP', 'Another MCP client'] as const;
export const tokenDays = [7, 30, 90, 365] as const;

/** The tokens that this person sees, with what they may do with each. */
export const tokensFor = async ({ directory, now }: WebParts, visit: Visit): Promise<TokenRow[]> => {
  const { tenant } = visit.door;
  const [tokens, users] = await Promise.all([directory.listTokens(tenant), visit.managesAll ? directory.listUsers(tenant) : []]);
  const services = new Set(users.filter((u) => u.service_name !== null).map((u) => u.user_id));
  const stateOf = (t: ListedToken): TokenRow['state'] =>
    t.revoked_at !== null ? 'revoked' : t.expires_at !== null && new Date(t.expires_at) <= now() ? 'expired' : 'valid';
  return tokens
    .filter((t) => visit.managesAll || t.user_id === visit.session.user_id)
    .map((t) => {
      const mine = t.user_id === visit.session.user_id;
      // A new secret for somebody else's token would let this person act as the other; a service is nobody else.
      return { ...t, mine, state: stateOf(t), replaceable: mine || services.has(t.user_id) };
    })
    .sort((a, b) => Number(a.state === 'revoked') - Number(b.state === 'revoked') || b.created_at.localeCompare(a.created_at));
};

/** The token of an id among those this person may act on. Refusal: NOT_FOUND, whether it is not there or not theirs. */
const ownToken = async (parts: WebParts, visit: Visit, token_id: string, act: 'replace' | 'revoke'): Promise<TokenRow> => {
  const found = (await tokensFor(parts, visit)).find((t) => t.token_id === token_id && (act === 'revoke' || t.replaceable));
  if (!found) throw refuse('NOT_FOUND', 'there is no such token of yours', { wayOut: 'Look at the list of tokens.' });
  return found;
};

export interface NewToken {
  name: string;
  client: string;
  abilities: readonly string[];
  days: number;
}

export const makeToken = async (parts: WebParts, visit: Visit, wanted: NewToken, once?: FormOnce) => {
  if (!(tokenClients as readonly string[]).includes(wanted.client))
    throw refuse('INPUT_INVALID', 'there is no such client', { wayOut: `Choose one of ${tokenClients.join(', ')}.` });
  if (!Number.isInteger(wanted.days) || wanted.days < 1 || wanted.days > 365)
    throw refuse('INPUT_INVALID', 'a token holds for 1 to 365 days', { wayOut: 'Choose how long it holds.' });
  const beyond = wanted.abilities.filter((a) => !(roleAbilities[visit.session.role] as readonly string[]).includes(a));
  if (beyond.length > 0)
    throw refuse('INPUT_INVALID', `your role does not have ${beyond.join(', ')}`, { wayOut: 'Choose of the abilities you have.' });
  return parts.directory.createToken({
    tenant: visit.door.tenant,
    name: wanted.name,
    user: visit.session.email,
    abilities: wanted.abilities,
    client: wanted.client,
    expires: new Date(parts.now().getTime() + wanted.days * 86_400_000),
    ...(once ? { once } : {}),
    by: visit.by,
  });
};

export const replaceToken = async (parts: WebParts, visit: Visit, token_id: string, once?: FormOnce) => {
  const old = await ownToken(parts, visit, token_id, 'replace');
  const which = { tenant: visit.door.tenant, token_id: old.token_id, by: visit.by };
  return { old, made: await parts.directory.replaceToken({ ...which, ...(once ? { once } : {}) }) };
};

export const revokeToken = async (parts: WebParts, visit: Visit, token_id: string) => {
  const old = await ownToken(parts, visit, token_id, 'revoke');
  return { old, ...(await parts.directory.revokeToken({ tenant: visit.door.tenant, token_id: old.token_id, by: visit.by })) };
};

/** What the chosen client's file holds, with the token filled in; every client's where none was chosen. */
export const configurationsFor = (parts: WebParts, visit: Visit, token: string, client: string | null) => {
  const all = clientConfigurations({ mcp: `${originOf(visit.ctx)}${parts.mcpPath}`, tenant: visit.door.slug, token }, parts.stdio);
  const named = { 'Claude Desktop': all.claude_desktop, Cursor: all.cursor, 'VS Code': all.vs_code, 'Plain HTTP': all.http };
  const chosen = Object.entries(named).filter(([name]) => name === client);
  return (chosen.length > 0 ? chosen : Object.entries(named)).map(([name, { file, content }]) => ({
    client: name,
    file,
    content: JSON.stringify(content, null, 2),
  }));
};

export const tokenRoutes = (parts: WebParts) => {
  const show = async (visit: Visit, more: Partial<TokensView> & { status?: number } = {}): Promise<void> => {
    const { status = 200, ...view } = more;
    const page = tokensPage({
      tenant: visit.shown,
      person: visit.person,
      formKey: randomBytes(32).toString('base64url'),
      tokens: await tokensFor(parts, visit),
      all: visit.managesAll,
      clients: tokenClients,
      abilities: roleAbilities[visit.session.role],
      days: tokenDays,
      defaultDays: TOKEN_DAYS,
      ...view,
    });
    answer(visit.ctx, page, { status });
  };
  const made = async (
    visit: Visit,
    t: { name: string; client: string | null; token: string; expires_at: string | null; replaced: boolean },
  ) => {
    const mcp = await mayUseMcp(parts, visit.door.tenant);
    const configurations = mcp ? configurationsFor(parts, visit, t.token, t.client) : [];
    answer(visit.ctx, tokenMadePage({ tenant: visit.shown, person: visit.person, ...t, configurations }), { script: copyScript });
  };
  const refused = (visit: Visit, _form: URLSearchParams, refusal: Refusal) =>
    show(visit, { status: refusal.code === 'NOT_FOUND' ? 404 : 422, problem: saying(refusal) });
  /** The page of a form that was sent before, by loading its answer anew: the secret was shown, and nobody has it now. */
  const shownOnce = async (visit: Visit, { name }: { name?: unknown }): Promise<void> =>
    answer(
      visit.ctx,
      messagePage({
        title: 'Made already',
        tenant: visit.shown,
        person: visit.person,
        at: '/settings/tokens',
        text: `“${String(name)}” was made when this form was sent the first time, and shown that once. Nothing more was made now. If you did not keep it, replace it.`,
        way: { href: '/settings/tokens', name: 'Tokens' },
      }),
      { status: 409 },
    );
  /** A form that makes a token, at most one however often it is sent. */
  const making = (
    does: (visit: Visit) => string,
    work: (visit: Visit, form: URLSearchParams, once: FormOnce) => Promise<void>,
    otherwise: (visit: Visit, form: URLSearchParams, refusal: Refusal) => Promise<void>,
  ) =>
    formOf(
      parts,
      '/settings/tokens',
      async (visit, form) => {
        const key = form.get('form_key') ?? '';
        if (!isFormKey(key)) return stale(visit.ctx, '/settings/tokens');
        await work(visit, form, { user_id: visit.session.user_id, does: does(visit), key });
      },
      (visit, form, refusal) => (refusal.code === 'FORM_USED' ? shownOnce(visit, refusal.details) : otherwise(visit, form, refusal)),
    );

  return {
    page: signedIn(parts, (visit) => show(visit)),

    create: making(
      () => 'create',
      async (visit, form, once) => {
        const wanted = newTokenIn(form);
        const token = await makeToken(parts, visit, wanted, once);
        await made(visit, { ...token, name: wanted.name, client: wanted.client, replaced: false });
      },
      (visit, form, refusal) => show(visit, { status: 422, problem: saying(refusal), given: newTokenIn(form) }),
    ),

    replace: making(
      (visit) => `replace ${idIn(visit)}`,
      async (visit, _form, once) => {
        const { old, made: token } = await replaceToken(parts, visit, idIn(visit), once);
        await made(visit, { ...token, client: old.client, replaced: true });
      },
      refused,
    ),

    revoke: formOf(
      parts,
      '/settings/tokens',
      async (visit) => {
        const { old } = await revokeToken(parts, visit, idIn(visit));
        await show(visit, { done: `“${old.name}” is revoked: it opens nothing any more.` });
      },
      refused,
    ),
  };
};

const newTokenIn = (form: URLSearchParams): NewToken => ({
  name: form.get('name') ?? '',
  client: form.get('client') ?? '',
  abilities: form.getAll('ability'),
  days: Number(form.get('days') ?? TOKEN_DAYS),
});
