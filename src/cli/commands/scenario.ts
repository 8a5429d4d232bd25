import type { Command } from 'commander';
import { listScenarios, shareScenario } from '../../application/scenario/index.ts';
import { refuse } from '../../domain/codes.ts';
import { plain, table } from '../output.ts';
import { command, group, withWorkplace } from '../run.ts';
import type { Shell } from '../shell.ts';

type Listed = Awaited<ReturnType<typeof listScenarios>>['scenarios'][number];

const list = (shell: Shell): Command =>
  command('list', 'list every scenario of a tenant, private ones too')
    .requiredOption('--tenant <slug>', 'the tenant')
    .action((o: { tenant: string; json: boolean }) =>
      withWorkplace(shell, o.json, async (session) => {
        const caller = session.caller(await session.tenant(o.tenant));
        const scenarios: Listed[] = [];
        for (let cursor: string | undefined; ; ) {
          const page = await listScenarios(session.work.deps, caller, { limit: 100, ...(cursor ? { cursor } : {}) });
          scenarios.push(...page.scenarios);
          cursor = page.cursor;
          if (cursor === undefined) break;
        }
        session.out.result({ scenarios }, () =>
          table(
            ['id', 'name', 'state', 'visibility', 'content version'],
            scenarios.map((s) => [s.id, s.name, s.state, s.visibility, s.content_version]),
          ),
        );
      }),
    );

const share = (shell: Shell): Command =>
  command('share', 'show a private scenario to the tenant, or to named people')
    .requiredOption('--tenant <slug>', 'the tenant')
    .argument('<scenario-id>', 'the scenario')
    .option('--with <emails>', 'only to these people, separated by commas; without, to everybody who may read scenarios')
    .action((scenario_id: string, o: { tenant: string; with?: string; json: boolean }) =>
      withWorkplace(shell, o.json, async (session) => {
        const tenant = await session.tenant(o.tenant);
        const people = (o.with ?? '')
          .split(',')
          .map((e) => e.trim().toLowerCase())
          .filter(Boolean);
        const users = await session.work.directory.listUsers(tenant.tenant);
        const ids = people.map((email) => ({ email, id: users.find((u) => u.email === email)?.user_id }));
        const unknown = ids.filter((u) => !u.id).map((u) => u.email);
        if (unknown.length > 0)
          throw refuse('NOT_FOUND', `nobody in this tenant has the address ${unknown.join(', ')}`, {
            wayOut: 'Add them with `orgonaut user add`.',
          });
        const answer = await shareScenario(session.work.deps, session.caller(tenant), {
          scenario_id,
          ...(people.length > 0 ? { visibility: 'private', with: ids.flatMap((u) => u.id ?? []) } : { visibility: 'shared' }),
        });
        session.out.result(answer, people.length > 0 ? `Shared with ${plain(people.join(', '))}.` : 'Shared with the tenant.');
      }),
    );

/** `orgonaut scenario`: what only a person does with scenarios. */
export const scenarioCommand = (shell: Shell): Command =>
  group('scenario', 'list and share scenarios').addCommand(list(shell)).addCommand(share(shell));
