import type { Command } from 'commander';
import { abilities, accessRoles, transportScopes } from '../../domain/abilities.ts';
import { refuse } from '../../domain/codes.ts';
import { command, group, withWorkplace } from '../run.ts';
import { table } from '../output.ts';
import type { Shell } from '../shell.ts';

interface Create {
  tenant: string;
  name: string;
  role?: string;
  user?: string;
  abilities?: string;
  client?: string;
  expires?: string;
  json: boolean;
}

const DAY_MS = 86_400_000;

/** "never", or a number of days from 1 to 3650. Absent: the directory's own default. */
const expiry = (text: string | undefined, now: Date): { expires?: Date | null } => {
  if (text === undefined) return {};
  if (text === 'never') return { expires: null };
  if (!/^\d{1,4}$/.test(text) || Number(text) < 1 || Number(text) > 3650)
    throw refuse('INPUT_INVALID', `--expires ${JSON.stringify(text)} is no number of days`, { wayOut: 'Give 1 to 3650, or never.' });
  return { expires: new Date(now.getTime() + Number(text) * DAY_MS) };
};

/** The abilities of a list. A narrowed token still opens the transport: without that it could reach nothing at all. */
const scopesOf = (list: string): string[] => {
  const wanted = list
    .split(',')
    .map((a) => a.trim())
    .filter(Boolean);
  return wanted.some((a) => (transportScopes as readonly string[]).includes(a)) ? wanted : [...wanted, 'mcp.access'];
};

const create = (shell: Shell): Command =>
  command('create', 'make a token; it is shown once')
    .requiredOption('--tenant <slug>', 'the tenant it opens')
    .requiredOption('--name <name>', 'what it is for')
    .option('--role <role>', `access role: ${accessRoles.join(', ')}`)
    .option('--user <email>', 'whose token it is; without, a service user named after the token')
    .option('--abilities <list>', 'narrow it to these abilities, separated by commas')
    .option('--client <name>', 'the MCP client it is for')
    .option('--expires <days>', 'days it holds, or never (30 unless given)')
    .addHelpText('after', `\nAbilities: ${abilities.join(', ')}`)
    .action((o: Create) =>
      withWorkplace(shell, o.json, async ({ work, tenant, out }) => {
        const { tenant: number } = await tenant(o.tenant);
        if (o.role === undefined && o.user === undefined)
          throw refuse('INPUT_INVALID', 'a token without --user needs --role', { wayOut: `Add --role ${accessRoles.join('|')}.` });
        const made = await work.directory.createToken({
          tenant: number,
          name: o.name,
          ...(o.role ? { role: o.role } : {}),
          ...(o.user ? { user: o.user } : {}),
          ...(o.client ? { client: o.client } : {}),
          ...(o.abilities ? { abilities: scopesOf(o.abilities) } : {}),
          ...expiry(o.expires, work.deps.now()),
        });
        out.result(
          { token: made.token, expires_at: made.expires_at, token_id: made.token_id, user_id: made.user_id },
          `${made.token}\n\nShown once. It ${made.expires_at ? `expires at ${made.expires_at}` : 'does not expire'}; revoke it with: orgonaut token revoke --tenant ${o.tenant} ${made.token_id}`,
        );
      }),
    );

const list = (shell: Shell): Command =>
  command('list', 'list the tokens of a tenant, without their secrets')
    .requiredOption('--tenant <slug>', 'the tenant')
    .action((o: { tenant: string; json: boolean }) =>
      withWorkplace(shell, o.json, async ({ work, tenant, out }) => {
        const tokens = await work.directory.listTokens((await tenant(o.tenant)).tenant);
        out.result({ tokens }, () =>
          table(
            ['id', 'name', 'starts with', 'user', 'role', 'expires', 'last used', 'revoked'],
            tokens.map((t) => [
              t.token_id,
              t.name,
              t.prefix,
              t.user,
              t.role,
              t.expires_at ?? 'never',
              t.last_used_at ?? 'never',
              t.revoked_at ?? '',
            ]),
          ),
        );
      }),
    );

const revoke = (shell: Shell): Command =>
  command('revoke', 'end a token at once')
    .requiredOption('--tenant <slug>', 'the tenant')
    .argument('<token-id>', 'the id that token list shows')
    .action((token_id: string, o: { tenant: string; json: boolean }) =>
      withWorkplace(shell, o.json, async ({ work, tenant, out }) => {
        const { revoked } = await work.directory.revokeToken({ tenant: (await tenant(o.tenant)).tenant, token_id });
        out.result({ token_id, revoked }, revoked ? 'Revoked.' : 'It was revoked before.');
      }),
    );

const replace = (shell: Shell): Command =>
  command('replace', 'end a token and make one like it in its place; the new one is shown once')
    .requiredOption('--tenant <slug>', 'the tenant')
    .option('--expires <days>', 'days the new one holds, or never (as long as the old one was made for, unless given)')
    .argument('<token-id>', 'the id that token list shows')
    .action((token_id: string, o: { tenant: string; expires?: string; json: boolean }) =>
      withWorkplace(shell, o.json, async ({ work, tenant, out }) => {
        const { tenant: number } = await tenant(o.tenant);
        const made = await work.directory.replaceToken({ tenant: number, token_id, ...expiry(o.expires, work.deps.now()) });
        out.result(
          { token: made.token, expires_at: made.expires_at, token_id: made.token_id, user_id: made.user_id, replaces: token_id },
          `${made.token}\n\nShown once; the old token of "${made.name}" opens nothing any more. It ${made.expires_at ? `expires at ${made.expires_at}` : 'does not expire'}; its id is ${made.token_id}.`,
        );
      }),
    );

/** `orgonaut token`: what programs sign in with. */
export const tokenCommand = (shell: Shell): Command =>
  group('token', 'make, list, replace and revoke tokens')
    .addCommand(create(shell))
    .addCommand(list(shell))
    .addCommand(replace(shell))
    .addCommand(revoke(shell));
