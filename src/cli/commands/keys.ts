import type { Command } from 'commander';
import { command, group, withWorkplace } from '../run.ts';
import type { Shell } from '../shell.ts';

const rotate = (shell: Shell): Command =>
  command('rotate', 'replace the signing and cookie keys of a tenant in one step, whatever their age')
    .requiredOption('--tenant <slug>', 'the tenant')
    .action((o: { tenant: string; json: boolean }) =>
      withWorkplace(shell, o.json, async ({ work, tenant, out }) => {
        const { kid, used_from } = await work.rotateKeys((await tenant(o.tenant)).tenant);
        out.result(
          { kid, used_from },
          `Replaced. The new keys (${kid}) are used from ${used_from} on; the old ones are known until what they signed is over.`,
        );
      }),
    );

/** `orgonaut keys`: the keys of a tenant's authorization server. */
export const keysCommand = (shell: Shell): Command =>
  group('keys', "replace the keys of a tenant's authorization server").addCommand(rotate(shell));
