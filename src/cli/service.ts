import type { Config } from '../config.ts';
import { type Connection, clientConfigurations } from '../access/client-configurations.ts';
import { type DemoAccess, ensureDemoTenant } from './demo-tenant.ts';
import { exitCodes, Stop } from './exit.ts';
import { runningService, writePrivate } from './files.ts';
import { operatorIn } from './run.ts';
import type { Service, Shell, Workplace } from './shell.ts';

/** A service that answers, with the demo tenant's access where there is a demo tenant. */
export interface Started {
  service: Service;
  demo?: DemoAccess;
}

const portProblem = (config: Config, error: unknown): unknown => {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === 'EADDRINUSE')
    return new Stop(
      exitCodes.noStart,
      `port ${config.port} is in use: stop what listens there, or set PORT to another one (0 takes a free one)`,
    );
  if (code === 'EACCES') return new Stop(exitCodes.noStart, `port ${config.port} is not open to this user: set PORT to one above 1023`);
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND')
    return new Stop(exitCodes.noStart, `HOST ${config.host} is no address of this machine`);
  return error;
};

/** Starts the service and, on the embedded database, sees to the demo tenant. What was begun is undone when the start fails. */
export const startService = async (shell: Shell, config: Config, work: Workplace, step: (text: string) => void): Promise<Started> => {
  const service = await shell.serve(config, work).catch((error: unknown) => {
    throw portProblem(config, error);
  });
  try {
    const demo = work.embedded
      ? await ensureDemoTenant(work, config.dataDir, shell.packageFolder, (t) => operatorIn(work, t), step)
      : undefined;
    runningService.write(config.dataDir, { url: service.url, mcp: service.mcp });
    return { service, ...(demo ? { demo } : {}) };
  } catch (error) {
    await service.close();
    throw error;
  }
};

/** Stops the service and takes its note away. */
export const stopService = async (config: Config, started: Started): Promise<void> => {
  runningService.remove(config.dataDir);
  await started.service.close();
};

/** Writes the client configuration with the token into DATA_DIR (0600) and gives its path. */
export const keepClientConfiguration = (
  shell: Shell,
  config: Config,
  connection: Connection,
): { path: string; clients: ReturnType<typeof clientConfigurations> } => {
  const clients = clientConfigurations(connection, shell.stdioCommand(config));
  return { path: writePrivate(config.dataDir, 'client-configuration.json', clients), clients };
};
