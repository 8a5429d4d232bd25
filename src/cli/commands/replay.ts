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
        const first = report.first_difference;
        const id = first && (first.key.id ?? Object.values(first.key).join(' '));
        const where = first ? `${first.table} ${plain(id)} (${[first.difference, ...first.columns].join(' ')})` : '';
        out.result({ ...report, ...(first ? { first_difference: { ...first, id } } : {}) }, () =>
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
