import type { Command } from 'commander';
import { createSnapshot, listSnapshots } from '../../application/snapshot/index.ts';
import { plain, table } from '../output.ts';
import { command, group, withWorkplace } from '../run.ts';
import type { Shell } from '../shell.ts';

const create = (shell: Shell): Command =>
  command('create', 'name a point of the history of a tenant; the name stays for good')
    .requiredOption('--tenant <slug>', 'the tenant')
    .requiredOption('--name <name>', 'the name; reads take it as snapshot:NAME')
    .option('--at <point>', 'an event position, or a time with a zone; the last event unless given')
    .option('--reason <text>', 'why; kept with the event')
    .action((o: { tenant: string; name: string; at?: string; reason?: string; json: boolean }) =>
      withWorkplace(shell, o.json, async ({ work, tenant, caller, out }) => {
        const made = await createSnapshot(work.deps, caller(await tenant(o.tenant)), {
          name: o.name,
          ...(o.at === undefined ? {} : { at: o.at }),
          ...(o.reason === undefined ? {} : { reason: o.reason }),
        });
        out.result(
          made,
          made.created
            ? `Event position ${made.position} is called ${plain(made.name)}; read it with as_of "snapshot:${plain(made.name)}".`
            : `${plain(made.name)} names event position ${made.position} already; nothing changed.`,
        );
      }),
    );

const list = (shell: Shell): Command =>
  command('list', 'list the snapshots of a tenant, the latest point first')
    .requiredOption('--tenant <slug>', 'the tenant')
    .action((o: { tenant: string; json: boolean }) =>
      withWorkplace(shell, o.json, async ({ work, tenant, caller, out }) => {
        const snapshots = await listSnapshots(work.deps, caller(await tenant(o.tenant)));
        out.result({ snapshots }, () =>
          snapshots.length === 0
            ? 'No point of the history has a name yet.'
            : table(
                ['name', 'position', 'recorded at', 'named by event'],
                snapshots.map((s) => [s.name, s.position, s.recorded_at, s.named_position]),
              ),
        );
      }),
    );

/** `orgonaut snapshot`: names for points of the history. */
export const snapshotCommand = (shell: Shell): Command =>
  group('snapshot', 'name points of the history').addCommand(create(shell)).addCommand(list(shell));
