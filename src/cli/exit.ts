import { type Code, Refusal } from '../domain/codes.ts';

/** The exit codes of every command. Scripts rely on them: a code never changes its meaning. */
export const exitCodes = {
  /** Done. */
  ok: 0,
  /** A check did not hold (replay unequal, doctor found a fault), or something failed that nobody foresaw. */
  failed: 1,
  /** The input was refused: wrong options, a bad file, an unknown id. Nothing was written. */
  refused: 2,
  /** The command could not start: a wrong setting, a busy port, a database that does not answer. */
  noStart: 3,
} as const;

/** Stops a command with a code and one line that a person understands. */
export class Stop extends Error {
  readonly exitCode: number;
  /** True when the result was printed already, so that `--json` stays one line. */
  readonly said: boolean;
  constructor(exitCode: number, message: string, options: ErrorOptions & { said?: boolean } = {}) {
    super(message, options);
    this.name = 'Stop';
    this.exitCode = exitCode;
    this.said = options.said ?? false;
  }
}

/** What a failed command says: one line for people, one object for scripts, and its exit code. */
export interface Failure {
  exitCode: number;
  line: string;
  /** The command printed its result before it failed. */
  said?: true;
  json: { error: { code: string; message: string; findings?: unknown; details?: unknown } };
}

/** The message with those of its causes: "fetch failed" alone tells nobody what to do. */
const messageOf = (thrown: unknown): string => {
  if (!(thrown instanceof Error)) return String(thrown);
  const inner = thrown instanceof AggregateError ? thrown.errors[0] : thrown.cause;
  const own = thrown.message || thrown.name;
  return inner === undefined ? own : `${own}: ${messageOf(inner)}`;
};

/** Codes that tell of the installation and not of the input: mending the input does not help. */
const faults: ReadonlySet<Code> = new Set(['LOG_BROKEN', 'LOG_DIVERGED', 'UNAVAILABLE']);

/** Turns what a command threw into its last words. Only the unforeseen keep their stack, and only for the log. */
export const failureOf = (thrown: unknown): Failure => {
  if (thrown instanceof Refusal) {
    const first = thrown.findings[0];
    return {
      exitCode: faults.has(thrown.code) ? exitCodes.failed : exitCodes.refused,
      line: `${thrown.message}${first ? `\n  ${first.way_out}` : ''}`,
      json: { error: { code: thrown.code, message: thrown.message, findings: thrown.findings, details: thrown.details } },
    };
  }
  if (thrown instanceof Stop) {
    const code = thrown.exitCode === exitCodes.refused ? 'INPUT_INVALID' : thrown.exitCode === exitCodes.noStart ? 'NO_START' : 'FAILED';
    return {
      exitCode: thrown.exitCode,
      line: thrown.message,
      ...(thrown.said ? { said: true } : {}),
      json: { error: { code, message: thrown.message } },
    };
  }
  if (thrown instanceof Error && thrown.name === 'SettingsError')
    return { exitCode: exitCodes.noStart, line: thrown.message, json: { error: { code: 'NO_START', message: thrown.message } } };
  const message = messageOf(thrown);
  return { exitCode: exitCodes.failed, line: `failed: ${message}`, json: { error: { code: 'FAILED', message } } };
};
