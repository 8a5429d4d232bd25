import type { Command } from 'commander';
import type { Config } from '../../config.ts';
import type { Connection } from '../../access/client-configurations.ts';
import { exitCodes, Stop } from '../exit.ts';
import { demoAccess, runningService } from '../files.ts';
import { type Assistant, connectAssistant } from '../mcp-client.ts';
import { createSnapshot } from '../../application/snapshot/index.ts';
import { command, opened, operatorIn, outputOf } from '../run.ts';
import { type Started, startService, stopService } from '../service.ts';
import type { Shell, Workplace } from '../shell.ts';
import { tour } from '../tour/index.ts';

const name = 'orgonaut demo';

interface Place {
  assistant: Assistant;
  connection: Connection;
  started?: Started;
}

/** The service that runs on this DATA_DIR, when it answers. */
const running = async (shell: Shell, config: Config): Promise<Place | undefined> => {
  const service = runningService.read(config.dataDir);
  const access = demoAccess.read(config.dataDir);
  if (!service || !access) return undefined;
  const connection = { mcp: service.mcp, tenant: access.tenant, token: access.token };
  try {
    return { assistant: await connectAssistant(connection, name, shell.version), connection };
  } catch {
    return undefined;
  }
};

const own = async (shell: Shell, config: Config, work: Workplace, step: (text: string) => void): Promise<Place & { started: Started }> => {
  const started = await startService(shell, { ...config, port: 0 }, work, step);
  const { demo, service } = started;
  if (!demo) {
    await stopService(config, started);
    throw new Stop(exitCodes.refused, 'demo works on the demo tenant, which is on the embedded database only: unset DATABASE_URL');
  }
  const connection = { mcp: service.mcp, tenant: demo.tenant, token: demo.token };
  return { started, connection, assistant: await connectAssistant(connection, name, shell.version) };
};

/** Each run begins at a point with a name of its own: names are given once. */
const snapshotName = (now: Date): string => `Before the tour of ${now.toISOString().slice(0, 19).replace('T', ' ')}`;

/** `orgonaut demo`: the main job, done by a real MCP client. */
export const demoCommand = (shell: Shell): Command =>
  command('demo', 'do the main job as an MCP client: review, plan, impact, confirm, compare, what changed, replay').action(
    async (o: { json: boolean }) => {
      const out = outputOf(shell, o.json);
      const config = shell.config();
      const work = await opened(shell);
      let started: Started | undefined;
      try {
        const found = await running(shell, config);
        const here = found ?? (await own(shell, config, work, (text) => out.step(text)));
        started = here.started;
        const { assistant, connection } = here;
        try {
          const tools = await assistant.tools();
          out.say(
            `Connected to ${assistant.server.name} ${assistant.server.version} at ${connection.mcp} as an MCP client: ${tools.length} tools.`,
          );
          const tenant = await work.directory.findTenant(connection.tenant);
          if (!tenant) throw new Error('the demo tenant is not there');
          const { name: before } = await createSnapshot(work.deps, operatorIn(work, tenant), { name: snapshotName(work.deps.now()) });
          out.say(`A person names this moment on the command line: "${before}".`);
          const steps = await tour(assistant, out, before);
          const report = await work.replay(tenant.tenant, (at, of) => out.progress(`replaying ${at} of ${of}`));
          out.say('\n7. Replay the history\n---------------------');
          out.say(
            `${report.events} events replayed into ${report.tables} tables: ${report.equal ? 'the same state as the live one' : 'NOT the same state as the live one'}.`,
          );
          out.say(`live      ${report.live_digest}\nreplayed  ${report.replayed_digest}`);
          if (o.json) out.result({ steps, replay: report, equal: report.equal }, '');
          if (!report.equal) throw new Stop(exitCodes.failed, 'the replayed state differs from the live one', { said: true });
        } finally {
          await assistant.close();
        }
      } finally {
        if (started) await stopService(config, started);
        await work.close();
      }
    },
  );
