import type { Command } from 'commander';
import { usageSince } from '../../access/usage.ts';
import { refuse } from '../../domain/codes.ts';
import { table } from '../output.ts';
import { command, withWorkplace } from '../run.ts';
import type { Shell } from '../shell.ts';

const DAY_MS = 86_400_000;
const DAYS = 30;

const sinceOf = (text: string | undefined, now: Date): Date => {
  const since = text === undefined ? new Date(now.getTime() - DAYS * DAY_MS) : new Date(text);
  if (text !== undefined && (!/^\d{4}-\d\d-\d\d/.test(text) || Number.isNaN(since.getTime())))
    throw refuse('INPUT_INVALID', `--since ${JSON.stringify(text)} is no date`, {
      wayOut: 'Give a date such as 2026-11-01, or a time with its zone.',
    });
  return since;
};

/** `orgonaut usage`: who called which tool through which client, without arguments and answers. */
export const usageCommand = (shell: Shell): Command =>
  command('usage', 'who called which tool, with which token or app and client, by number of calls')
    .requiredOption('--tenant <slug>', 'the tenant')
    .option('--since <date>', `from this date or time on (the last ${DAYS} days unless given)`)
    .action((o: { tenant: string; since?: string; json: boolean }) =>
      withWorkplace(shell, o.json, async ({ work, tenant, out }) => {
        const { tenant: number } = await tenant(o.tenant);
        const since = sinceOf(o.since, work.deps.now());
        const { usage, more } = await usageSince(work.deps.sql, number, since);
        out.result({ since: since.toISOString(), usage, ...(more > 0 ? { more } : {}) }, () =>
          usage.length === 0
            ? 'Nobody has called a tool in this time.'
            : table(
                ['user', 'token or app', 'client', 'tool', 'calls', 'errors', 'last hour'],
                usage.map((u) => [u.user, u.credential, u.client || '(unknown)', u.tool, u.calls, u.errors, u.last_hour]),
              ),
        );
      }),
    );
