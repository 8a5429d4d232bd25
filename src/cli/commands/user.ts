import type { Command } from 'commander';
import { accessRoles } from '../../domain/abilities.ts';
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

/** `orgonaut user`: who belongs to a tenant, in which role. */
export const userCommand = (shell: Shell): Command => group('user', 'add and list people').addCommand(add(shell)).addCommand(list(shell));
