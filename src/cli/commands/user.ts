import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { accessRoles } from '../../domain/abilities.ts';
import { refuse } from '../../domain/codes.ts';
import { tenantAddress } from '../address.ts';
import { table } from '../output.ts';
import { command, group, withWorkplace } from '../run.ts';
import type { Shell } from '../shell.ts';

const add = (shell: Shell): Command =>
  command('add', 'add a person to a tenant, or change the role of one who is there')
    .requiredOption('--tenant <slug>', 'the tenant')
    .requiredOption('--email <address>', 'the person')
    .requiredOption('--role <role>', `access role: ${accessRoles.join(', ')}`)
    .action((o: { tenant: string; email: string; role: string; json: boolean }) =>
      withWorkplace(shell, o.json, async ({ work, tenant, out }) => {
        const { user_id } = await work.directory.addUser({ tenant: (await tenant(o.tenant)).tenant, email: o.email, role: o.role });
        out.result({ user_id, email: o.email, role: o.role }, `${o.email} is ${o.role} of ${o.tenant}.`);
      }),
    );

const list = (shell: Shell): Command =>
  command('list', 'list the people and service users of a tenant')
    .requiredOption('--tenant <slug>', 'the tenant')
    .action((o: { tenant: string; json: boolean }) =>
      withWorkplace(shell, o.json, async ({ work, tenant, out }) => {
        const users = await work.directory.listUsers((await tenant(o.tenant)).tenant);
        out.result({ users }, () =>
          table(
            ['id', 'who', 'role'],
            users.map((u) => [u.user_id, u.email ?? `${u.service_name} (service)`, u.role]),
          ),
        );
      }),
    );

const invite = (shell: Shell): Command =>
  command('invite', 'make a link by which somebody sets a password and joins; it opens once, within a week')
    .requiredOption('--tenant <slug>', 'the tenant')
    .requiredOption('--email <address>', 'whom it is for; for a member it sets a new password')
    .option('--role <role>', `access role: ${accessRoles.join(', ')}; needed for who is no member yet`)
    .action((o: { tenant: string; email: string; role?: string; json: boolean }) =>
      withWorkplace(shell, o.json, async ({ work, tenant, out }) => {
        const { tenant: number, slug } = await tenant(o.tenant);
        const made = await work.people.invitations.make({ tenant: number, email: o.email, ...(o.role ? { role: o.role } : {}) });
        const link = `${tenantAddress(shell.config(), slug, work.embedded)}/invitation/${made.secret}`;
        out.result(
          { link, email: made.email, role: made.role, expires_at: made.expires_at },
          `${link}\n\nShown once, opens once, until ${made.expires_at}. Send it to ${made.email} alone: whoever opens it joins as ${made.role}.`,
        );
      }),
    );

const password = (shell: Shell): Command =>
  command('password', 'set the password of a member, read from standard input; ends their sessions')
    .requiredOption('--tenant <slug>', 'the tenant')
    .requiredOption('--email <address>', 'whose password')
    .action((o: { tenant: string; email: string; json: boolean }) =>
      withWorkplace(shell, o.json, async ({ work, tenant, out }) => {
        if (process.stdin.isTTY)
          throw refuse('INPUT_INVALID', 'a password typed here would be seen', {
            wayOut: 'Pipe it in from where you keep it, or send a link of `orgonaut user invite`.',
          });
        const { tenant: number } = await tenant(o.tenant);
        const given = readFileSync(0, 'utf8').replace(/\r?\n$/, '');
        const { user_id } = await work.people.setPassword({ tenant: number, email: o.email, password: given });
        out.result({ user_id }, 'Set. Whoever was signed in with the old one is signed out.');
      }),
    );

const release = (shell: Shell): Command =>
  command('release', 'forget which account at another OpenID provider a member signs in with; ends their sessions')
    .requiredOption('--tenant <slug>', 'the tenant')
    .requiredOption('--email <address>', 'the member; the next account there with this address is bound')
    .action((o: { tenant: string; email: string; json: boolean }) =>
      withWorkplace(shell, o.json, async ({ work, tenant, out }) => {
        const done = await work.people.releaseUpstream({ tenant: (await tenant(o.tenant)).tenant, email: o.email });
        out.result(done, done.released > 0 ? 'Released, in every tenant of this installation.' : 'There was none.');
      }),
    );

const remove = (shell: Shell): Command =>
  command('remove', 'end the membership of a person; their sessions, tokens, connected apps and invitations there end at once')
    .requiredOption('--tenant <slug>', 'the tenant')
    .requiredOption('--email <address>', 'the member')
    .action((o: { tenant: string; email: string; json: boolean }) =>
      withWorkplace(shell, o.json, async ({ work, tenant, out }) => {
        const done = await work.people.remove({ tenant: (await tenant(o.tenant)).tenant, email: o.email });
        out.result(
          done,
          `${o.email} is no member of ${o.tenant} any more. Ended: ${done.sessions} sessions, ${done.tokens} tokens, ${done.apps} connected apps, ${done.invitations} invitations.`,
        );
      }),
    );

/** `orgonaut user`: who belongs to a tenant, in which role, and how they come in. */
export const userCommand = (shell: Shell): Command =>
  group('user', 'add, invite, remove and list people')
    .addCommand(add(shell))
    .addCommand(invite(shell))
    .addCommand(password(shell))
    .addCommand(release(shell))
    .addCommand(remove(shell))
    .addCommand(list(shell));
