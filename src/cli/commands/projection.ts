import type { Command } from 'commander';
import { plain } from '../output.ts';
import { command, group, withWorkplace } from '../run.ts';
import type { RebuildReport, Shell } from '../shell.ts';

interface Options {
  tenant?: string;
  anew: boolean;
  json: boolean;
}

const lines = (report: RebuildReport, slugs: ReadonlyMap<number, string>): string[] => [
  ...report.tenants.flatMap(({ tenant, position, proof, stuck }) => [
    `${slugs.get(tenant) ?? tenant}: events up to ${position}`,
    ...(proof
      ? [
          `  served   ${proof.live_digest} (at ${proof.position})`,
          `  rebuilt  ${proof.rebuilt_digest}`,
          ...(proof.first_difference
            ? [
                `  Unequal: ${proof.first_difference.table} ${plain(Object.values(proof.first_difference.key).join(' '))} was not what the log says.`,
              ]
            : []),
        ]
      : ['  not compared: what was served is behind']),
    ...(stuck ? [`  Stands still before event ${stuck.position}: ${plain(stuck.message)}`] : []),
  ]),
  `${report.events} events folded in ${report.seconds.toFixed(1)} s${report.resumed ? ', going on with an earlier run' : ''}.`,
  report.swapped
    ? `Served now: ${report.projection} version ${report.version}, generation ${report.generation}. ${report.equal ? 'Equal: what was served is what the log says.' : 'What was served differed from the log; the rebuilt rows took its place.'}`
    : 'Equal: what is served is what the log says. Nothing was put in its place.',
];

/** `orgonaut projection rebuild`: fills the read model anew beside the served one, compares the two, and swaps. */
export const projectionCommand = (shell: Shell): Command => {
  const all = group('projection', 'the read model, which follows from the log');
  all.addCommand(
    command('rebuild', 'build the read model anew from the log, beside the one that is served, prove the two equal, and swap')
      .option('--tenant <slug>', 'only this tenant: its rows are put in place when they differ')
      .option('--anew', 'start from nothing, whatever an earlier run left', false)
      .action((o: Options) =>
        withWorkplace(shell, o.json, async ({ work, tenant, out }) => {
          const only = o.tenant === undefined ? undefined : await tenant(o.tenant);
          const slugs = new Map((await work.directory.listTenants()).map((t) => [t.tenant, t.slug]));
          const report = await work.rebuild({
            ...(only ? { tenant: only.tenant } : {}),
            anew: o.anew,
            onProgress: (p) => out.progress(`${slugs.get(p.tenant) ?? p.tenant}: ${p.position} of ${p.head}`),
          });
          const tenants = report.tenants.map((t) => ({ ...t, tenant: slugs.get(t.tenant) ?? String(t.tenant) }));
          out.result({ ...report, tenants }, () => lines(report, slugs).join('\n'));
        }),
      ),
  );
  return all;
};
