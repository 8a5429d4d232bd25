import type { Operation } from '../application/operation.ts';
import type { Ability } from '../domain/abilities.ts';

/** What a client may assume about a tool. All four are required, so that none is left to a client's guess. */
export interface ToolHints {
  readonly readOnlyHint: boolean;
  readonly destructiveHint: boolean;
  readonly idempotentHint: boolean;
  readonly openWorldHint: boolean;
}

/** What the MCP face adds to an operation: where it is grouped, when to use it, one example. Never text from an organisation's data. */
export interface ToolFace {
  readonly group: 'discovery' | 'organisation' | 'scenarios' | 'governed actions' | 'audit' | 'workplace';
  readonly hints: ToolHints;
  /** Ends of the sentence "Use this tool when you need to: …". */
  readonly useWhen: readonly string[];
  /** Arguments of one real call. */
  readonly example: Readonly<Record<string, unknown>>;
  /** Says more in the published schema than the operation's own can, without changing what is accepted. */
  readonly refineInput?: (schema: JsonSchema) => JsonSchema;
}

export interface Tool {
  /** Canonical, dotted. */
  readonly name: string;
  readonly operation: Operation;
  readonly face: ToolFace;
  readonly description: string;
  readonly inputSchema: JsonSchema;
  /** As it is listed: without descriptions. */
  readonly outputSchema: JsonSchema;
  /** The same with what each field means. */
  readonly answerSchema: JsonSchema;
}

export type JsonSchema = { type: 'object' } & Record<string, unknown>;

const reading = { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false } as const;

/** The kinds of tools there are. Nothing reaches beyond the tenant, so the world is closed for all of them. */
export const hints = {
  reads: reading,
  /** Adds something that was not there; again without an idempotency key adds again. */
  adds: { readOnlyHint: false, destructiveHint: false, idempotentHint: false, openWorldHint: false },
  /** Changes what is there, once: the same call again gives the first answer. */
  changesOnce: { readOnlyHint: false, destructiveHint: true, idempotentHint: true, openWorldHint: false },
} as const satisfies Record<string, ToolHints>;

/** Whether a caller with these abilities may use the tool. */
export const mayUse = (tool: Tool, has: ReadonlySet<Ability>): boolean => tool.operation.abilities.every((a) => has.has(a));

/** The description of a tool: one line, when to use it, one example. */
export const describe = (summary: string, face: ToolFace): string =>
  [
    `${summary.replace(/\.?$/, '.')}`,
    `Use this tool when you need to: ${face.useWhen.join('; ')}.`,
    `Example: ${JSON.stringify(face.example)}`,
  ].join('\n');
