import type { Command } from 'commander';
import { exitCodes, Stop } from '../exit.ts';
import { plain } from '../output.ts';
import { command, withWorkplace } from '../run.ts';
import type { Shell } from '../shell.ts';

/** `orgonaut replay`: rebuilds a tenant's read model from its log, beside the live one, and compares the two. */
export const replayCommand = (shell: Shell): Command =>
  command('replay', 'replay the history of a tenant from its log and compare it with what is served')
    .requiredOption('--tenant <slug>', 'the tenant')
    .option('--verify', 'exit with 1 when the replayed state differs from the live one', false)
    .action((o: { tenant: string; verify: boolean; json: boolean }) =>
      withWorkplace(shell, o.json, async ({ work, tenant, out }) => {
        const { tenant: number } = await tenant(o.tenant);
        const report = await work.replay(number, (position, head) => out.progress(`replaying ${position} of ${head}`));
        const where = report.first_difference ? `${plain(report.first_difference.table)} ${plain(report.first_difference.id)}` : '';
        out.result(report, () =>
          [
            `${report.events} events replayed into ${report.tables} tables.`,
            `live      ${report.live_digest}`,
            `replayed  ${report.replayed_digest}`,
            report.equal ? 'Equal: what is served is what the log says.' : `Unequal: first difference in ${where}.`,
          ].join('\n'),
        );
        if (!report.equal && o.verify) throw new Stop(exitCodes.failed, `the read model differs from the log: ${where}`, { said: true });
      }),
    );
