import { Command, CommanderError, Help, type Option } from 'commander';
import { settingNames } from '../config.ts';
import { demoCommand } from './commands/demo.ts';
import { doctorCommand } from './commands/doctor.ts';
import { generateCommand } from './commands/generate.ts';
import { importCommand } from './commands/import.ts';
import { keysCommand } from './commands/keys.ts';
import { logCommand } from './commands/log.ts';
import { projectionCommand } from './commands/projection.ts';
import { proposalCommand } from './commands/proposal.ts';
import { replayCommand } from './commands/replay.ts';
import { scenarioCommand } from './commands/scenario.ts';
import { serveCommand } from './commands/serve.ts';
import { snapshotCommand } from './commands/snapshot.ts';
import { stdioCommand } from './commands/stdio.ts';
import { tenantCommand } from './commands/tenant.ts';
import { tokenCommand } from './commands/token.ts';
import { usageCommand } from './commands/usage.ts';
import { userCommand } from './commands/user.ts';
import { exitCodes, type Failure, failureOf } from './exit.ts';
import type { Shell } from './shell.ts';
import { watchStreams } from './streams.ts';

const help = `
Settings come from the environment, all optional: ${settingNames.join(', ')}.
Without DATABASE_URL an embedded PostgreSQL runs in DATA_DIR; commands work beside a running serve and without one.

Exit codes: 0 done; 1 a check failed, or a fault; 2 refused, nothing was written; 3 could not start.`;

const walk = (command: Command, visit: (command: Command) => void): void => {
  visit(command);
  for (const inner of command.commands) walk(inner, visit);
};

/** A flag that is off and a list that is empty unless given say so by themselves. */
const optionText = (option: Option): string =>
  option.defaultValue === false || (Array.isArray(option.defaultValue) && option.defaultValue.length === 0)
    ? option.description
    : new Help().optionDescription(option);

/** The whole command line. */
export const program = (shell: Shell): Command => {
  const all = new Command('orgonaut')
    .description('Plan an organisation in governed scenarios, with assistants over MCP.')
    .version(shell.version)
    .addHelpText('after', help);
  for (const make of [
    serveCommand,
    stdioCommand,
    demoCommand,
    doctorCommand,
    importCommand,
    generateCommand,
    tenantCommand,
    userCommand,
    tokenCommand,
    keysCommand,
    usageCommand,
    scenarioCommand,
    proposalCommand,
    snapshotCommand,
    replayCommand,
    logCommand,
    projectionCommand,
  ])
    all.addCommand(make(shell));
  walk(all, (c) => {
    c.configureHelp({ optionDescription: optionText });
    c.exitOverride().showHelpAfterError('(add --help for what it takes)');
    c.configureOutput({ writeOut: (text) => shell.stdout.write(text), writeErr: (text) => shell.stderr.write(text) });
  });
  return all;
};

const run = async (shell: Shell, args: readonly string[]): Promise<number> => {
  const asJson = (json: Failure['json']) => args.includes('--json') && shell.stdout.write(`${JSON.stringify(json)}\n`);
  try {
    await program(shell).parseAsync(args, { from: 'user' });
    return exitCodes.ok;
  } catch (error) {
    if (error instanceof CommanderError) {
      // Commander has said its part to people already; asking for help or the version is no error.
      if (error.exitCode === 0) return exitCodes.ok;
      asJson({ error: { code: 'INPUT_INVALID', message: error.message.replace(/^error: /, '') } });
      return exitCodes.refused;
    }
    const failure = failureOf(error);
    shell.stderr.write(`orgonaut: ${failure.line}\n`);
    if (!failure.said) asJson(failure.json);
    return failure.exitCode;
  }
};

/** Runs one command line (without node and script) and gives its exit code. Never throws. */
export const runCommandLine = async (shell: Shell, args: readonly string[]): Promise<number> => {
  const undelivered = watchStreams(shell.stdout, shell.stderr);
  const code = await run(shell, args);
  const why = await undelivered();
  if (!why || code !== exitCodes.ok) return code;
  shell.stderr.write(`orgonaut: the result could not be written: ${why.message}\n`);
  return exitCodes.failed;
};
