import { userInfo } from 'node:os';
import { Command } from 'commander';
import type { Caller } from '../application/context.ts';
import { effectiveAbilities } from '../domain/abilities.ts';
import { refuse } from '../domain/codes.ts';
import { exitCodes, Stop } from './exit.ts';
import { makeFolder } from './files.ts';
import { Output } from './output.ts';
import { commandLineCaller, type Shell, type Workplace } from './shell.ts';

/** What a command has while it runs. */
export interface Session {
  readonly out: Output;
  readonly work: Workplace;
  /** The tenant of a slug, or NOT_FOUND. */
  tenant(slug: string): Promise<{ tenant: number; slug: string }>;
  /** The command line as a caller in a tenant. */
  caller(tenant: { tenant: number; slug: string }): Caller;
}

/** A new command with `--json`. */
export const command = (name: string, description: string): Command =>
  new Command(name).description(description).option('--json', 'print one line of JSON for scripts', false);

/** A command that only holds others. It has no options: those given after it belong to the one it holds. */
export const group = (name: string, description: string): Command => new Command(name).description(description);

export const outputOf = (shell: Shell, json: boolean | undefined): Output => new Output(json === true, shell.stdout, shell.stderr);

const said = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Opens the workplace; what stops it from opening becomes one clear line with exit code 3. */
export const opened = async (shell: Shell): Promise<Workplace> => {
  const config = shell.config();
  try {
    // With both nothing is kept in it.
    if (!config.databaseUrl || !config.masterKey) makeFolder(config.dataDir);
  } catch (error) {
    throw new Stop(
      exitCodes.noStart,
      `DATA_DIR ${config.dataDir} is no folder and cannot be made: ${said(error)}; set DATA_DIR to another`,
      {
        cause: error,
      },
    );
  }
  try {
    return await shell.open(config);
  } catch (error) {
    const why = said(error);
    const which = config.databaseUrl ? 'the database of DATABASE_URL' : `the embedded database in ${config.dataDir}`;
    throw new Stop(exitCodes.noStart, `cannot open ${which}: ${why}`, { cause: error });
  }
};

const login = (): string => {
  try {
    return userInfo().username;
  } catch {
    return 'unknown';
  }
};

/** The command line as a caller in a tenant. */
export const operatorIn = (work: Workplace, tenant: { tenant: number; slug: string }): Caller =>
  commandLineCaller(work.deps, tenant, effectiveAbilities('owner', []), login());

/** Runs `work` on an opened workplace and closes it, whatever happens. */
export const withWorkplace = async <T>(shell: Shell, json: boolean | undefined, work: (session: Session) => Promise<T>): Promise<T> => {
  const out = outputOf(shell, json);
  const place = await opened(shell);
  try {
    return await work({
      out,
      work: place,
      async tenant(slug) {
        const found = await place.directory.findTenant(slug);
        if (!found)
          throw refuse('NOT_FOUND', `there is no tenant ${JSON.stringify(slug)}`, {
            wayOut: 'List the tenants with `orgonaut tenant list`.',
          });
        return found;
      },
      caller: (tenant) => operatorIn(place, tenant),
    });
  } finally {
    await place.close();
  }
};
