import type { Operation } from '../application/operation.ts';
import type { Ability } from '../domain/abilities.ts';
import { answerOf } from './fit.ts';
import { inputSchemaOf, outputSchemaOf } from './json-schema.ts';
import { listedName, type NamingStyle, nameKey, namesInText } from './naming.ts';
import { deepText } from './retold.ts';
import { describe, mayUse, type Tool, type ToolFace } from './tool.ts';

/** A tool as tools/list gives it. */
export interface ListedTool {
  [key: string]: unknown;
  name: string;
  title: string;
  description: string;
  inputSchema: Tool['inputSchema'];
  outputSchema: Tool['outputSchema'];
  annotations: ToolFace['hints'] & { title: string };
}

/** Every tool that is offered, found by either form of its name. */
export interface Toolbox {
  readonly tools: readonly Tool[];
  find(name: string): Tool | undefined;
  /** Canonical names that look like this one, nearest first, at most three, of those the caller may use. */
  alike(name: string, has: ReadonlySet<Ability>): string[];
  /** A text of ours with every tool's name in it written in the style. */
  inStyle(text: string, style: NamingStyle): string;
  /** The tools a caller with these abilities may use. */
  list(has: ReadonlySet<Ability>, style: NamingStyle): ListedTool[];
}

const commonStart = (a: string, b: string): number => {
  let n = 0;
  while (n < a.length && n < b.length && a[n] === b[n]) n += 1;
  return n;
};

/**
 * Makes tools of operations: each operation that has a face is offered, and every face must have its operation. Throws a
 * TypeError for a face without one, a name twice, or hints that contradict the operation, so a mistake stops the start.
 */
export const toolbox = (operations: readonly Operation[], faces: Readonly<Record<string, ToolFace>>): Toolbox => {
  const byName = new Map(operations.map((o) => [o.name, o]));
  const tools = Object.entries(faces).map(([name, face]): Tool => {
    const operation = byName.get(name);
    if (!operation) throw new TypeError(`the tool ${name} has no operation`);
    if (operation.readOnly !== face.hints.readOnlyHint) throw new TypeError(`the hints of ${name} contradict its operation`);
    const inputSchema = inputSchemaOf(operation.input);
    return {
      name,
      operation,
      face,
      description: describe(operation.summary, face),
      inputSchema: face.refineInput?.(inputSchema) ?? inputSchema,
      outputSchema: outputSchemaOf(answerOf(operation), 'bare'),
      answerSchema: outputSchemaOf(answerOf(operation)),
    };
  });
  const byKey = new Map(tools.map((t) => [nameKey(t.name), t]));
  if (byKey.size !== tools.length) throw new TypeError('two tools have one name');
  const inStyle = namesInText(tools.map((t) => t.name));
  const listed = (tool: Tool, style: NamingStyle): ListedTool => ({
    name: listedName(tool.name, style),
    title: tool.operation.title,
    description: inStyle(tool.description, style),
    inputSchema: style === 'dots' ? tool.inputSchema : deepText(tool.inputSchema, (text) => inStyle(text, style)),
    outputSchema: tool.outputSchema,
    annotations: { title: tool.operation.title, ...tool.face.hints },
  });
  const lists = { dots: tools.map((t) => listed(t, 'dots')), underscores: tools.map((t) => listed(t, 'underscores')) };
  return {
    tools,
    find: (name) => byKey.get(nameKey(name)),
    alike: (name, has) =>
      tools
        .filter((t) => mayUse(t, has))
        .map((t) => ({ name: t.name, score: commonStart(nameKey(t.name), nameKey(name)) }))
        .filter((t) => t.score >= 3)
        .sort((a, b) => b.score - a.score)
        .slice(0, 3)
        .map((t) => t.name),
    inStyle,
    list: (has, style) => lists[style].filter((_, nth) => mayUse(tools[nth] as Tool, has)),
  };
};
