import { randomUUID } from 'node:crypto';
import type { z } from 'zod';
import { codes, type Finding, Refusal } from '../domain/codes.ts';
import { deepText, textUnder } from './retold.ts';
import { toText } from './text.ts';
import type { Tool } from './tool.ts';
import { isUnavailable } from './unavailable.ts';

/** What the faces need of a logger: pino fits. */
export interface Log {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** A refusal as a client gets it: the code, what is wrong, what to do. */
export interface ErrorAnswer {
  [key: string]: unknown;
  code: string;
  message: string;
  way_out: string;
  findings?: Finding[];
  details?: Record<string, unknown>;
}

export interface ToolResult {
  [key: string]: unknown;
  content: { type: 'text'; text: string }[];
  structuredContent: Record<string, unknown>;
  isError?: true;
}

/** Writes the names of tools in our own words as the caller's list has them. */
type Retell = (text: string) => string;
const asIs: Retell = (text) => text;

/** What of a refusal names tools; its message can quote the organisation and stays. */
const naming = new Set(['way_out', 'tool']);

const asResult = (said: ErrorAnswer, retell: Retell): ToolResult => {
  const answer = retell === asIs ? said : textUnder(said, naming, retell);
  const { code, message, way_out, ...rest } = answer;
  return {
    isError: true,
    structuredContent: answer,
    // A message can quote a name of the organisation: on one line it stays what it is, a part of the message.
    content: [
      {
        type: 'text',
        text: [`${code}: ${message.replace(/\p{Cc}+/gu, ' ')}`, `What to do: ${way_out}`, toText(rest)].filter((l) => l !== '').join('\n'),
      },
    ],
  };
};

const expectation = (issue: z.core.$ZodIssue): string => {
  switch (issue.code) {
    case 'invalid_type':
      return issue.expected;
    case 'invalid_value':
      return `one of ${issue.values.map((v) => JSON.stringify(v)).join(', ')}`;
    case 'unrecognized_keys':
      return `no ${issue.keys.map((k) => JSON.stringify(k)).join(', ')}`;
    case 'invalid_format':
      return issue.format;
    default:
      return issue.message;
  }
};

/** The answer to arguments that do not fit: each place with what was expected there, the schema and a call that fits. */
export const invalidInput = (tool: Tool, error: z.ZodError, retell: Retell = asIs): ToolResult => {
  const issues = error.issues.map((i) => ({
    path: i.path.length === 0 ? '(arguments)' : i.path.join('.'),
    expected: expectation(i),
    message: i.message,
  }));
  return asResult(
    {
      code: 'INPUT_INVALID',
      message: `${retell(tool.name)} cannot take these arguments: ${issues.map((i) => `${i.path}: ${i.message}`).join('; ')}`,
      way_out: `Call ${tool.name} again with arguments that fit the schema in this answer.`,
      details: { issues, schema: deepText(tool.inputSchema, retell), example: tool.face.example },
    },
    retell,
  );
};

/** The answer to a call of a tool that does not exist. The name is the caller's text and is quoted. */
export const unknownTool = (name: string, alike: string[], retell: Retell = asIs): ToolResult =>
  asResult(
    {
      code: 'TOOL_UNKNOWN',
      message: `there is no tool ${JSON.stringify(name.slice(0, 80))}`,
      way_out: alike.length > 0 ? `Did you mean ${alike.join(', ')}? capability.list names every tool.` : codes.TOOL_UNKNOWN.wayOut,
    },
    retell,
  );

/**
 * What was thrown, as a client hears it: a refusal tells itself; a database that is away is said to be; a call that was cancelled
 * is no fault; anything else tells an event id and goes to the log whole.
 */
export const told = (
  error: unknown,
  where: { correlation_id: string } & Record<string, unknown>,
  log: Log,
  signal?: AbortSignal,
): ErrorAnswer => {
  if (error instanceof Refusal) return refusal(error);
  if (signal?.aborted) return { code: 'UNAVAILABLE', message: 'the call was cancelled', way_out: codes.UNAVAILABLE.wayOut };
  const event_id = randomUUID();
  log.error({ err: error, event_id, ...where }, 'a tool call failed');
  const code = isUnavailable(error) ? 'UNAVAILABLE' : 'FAULT';
  return {
    code,
    message: `${code === 'FAULT' ? 'something went wrong inside' : 'the database does not answer'}; event id ${event_id}`,
    way_out: codes[code].wayOut,
    details: { event_id },
  };
};

/** The same as the answer of a tool. */
export const failed = (
  error: unknown,
  where: { correlation_id: string } & Record<string, unknown>,
  log: Log,
  { signal, retell = asIs }: { signal?: AbortSignal | undefined; retell?: Retell } = {},
): ToolResult => asResult(told(error, where, log, signal), retell);

const refusal = (error: Refusal): ErrorAnswer => {
  const first = error.findings[0];
  return {
    code: error.code,
    message: first?.message ?? error.message,
    way_out: first?.way_out ?? codes[error.code].wayOut,
    ...(error.findings.length > 1 || (first && (first.ids.length > 0 || first.dates.length > 0)) ? { findings: error.findings } : {}),
    ...(Object.keys(error.details).length > 0 ? { details: error.details } : {}),
  };
};
