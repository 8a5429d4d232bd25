import type { Command } from 'commander';
import { refuse } from '../../domain/codes.ts';
import { exitCodes, Stop } from '../exit.ts';
import { command, group, withWorkplace } from '../run.ts';
import type { Shell } from '../shell.ts';

interface CopyOptions {
  tenant: string;
  to?: string | true;
  from?: string | true;
  json: boolean;
}

const copy = (shell: Shell): Command =>
  command('copy', "move a tenant's log between PostgreSQL and EventStoreDB; it refuses appends meanwhile")
    .requiredOption('--tenant <slug>', 'the tenant')
    .option('--to [url]', 'to the EventStoreDB at this connection string (EVENTSTORE_URL unless given)')
    .option('--from [url]', 'from there to PostgreSQL')
    .action((o: CopyOptions) =>
      withWorkplace(shell, o.json, async ({ work, tenant, out }) => {
        if ((o.to === undefined) === (o.from === undefined))
          throw refuse('INPUT_INVALID', 'one of --to and --from says where the log goes', { wayOut: 'Give one of the two.' });
        const given = o.to ?? o.from;
        const url = typeof given === 'string' ? given : shell.config().eventStoreUrl;
        if (!url)
          throw refuse('INPUT_INVALID', 'there is no connection string', {
            wayOut: 'Give it after --to or --from, or set EVENTSTORE_URL.',
          });
        const { tenant: number, slug } = await tenant(o.tenant);
        const direction = o.to === undefined ? 'from' : 'to';
        const done = await work.moveLog(number, direction, url, (events) => out.progress(`copied ${events} events`));
        const [from_digest, to_digest] =
          direction === 'to' ? [done.table_digest, done.store_digest] : [done.store_digest, done.table_digest];
        const equal = from_digest === to_digest;
        out.result({ tenant: slug, direction, moved: done.moved, events: done.events, from_digest, to_digest, equal }, () =>
          [
            done.moved
              ? `The log of ${slug} moved: ${done.events} events.`
              : `The log of ${slug} was there already; ${done.events} events were compared.`,
            `from  ${from_digest}`,
            `to    ${to_digest}`,
            direction === 'to'
              ? 'Start the service with EVENTSTORE_URL from now on.'
              : 'Start the service without EVENTSTORE_URL from now on.',
          ].join('\n'),
        );
        if (!equal) throw new Stop(exitCodes.failed, 'the two logs differ', { said: true });
      }),
    );

/** `orgonaut log`: where the logs of tenants live. */
export const logCommand = (shell: Shell): Command => group('log', 'move logs between the stores').addCommand(copy(shell));
