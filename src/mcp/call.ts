import type { z } from 'zod';
import { type Caller, type Deps, need } from '../application/context.ts';
import { refuse } from '../domain/codes.ts';
import { type Asking, type InputRequired, questionFor, withAnswers } from './ask/index.ts';
import { failed, invalidInput, type Log, type ToolResult, unknownTool } from './errors.ts';
import { fitted } from './fit.ts';
import type { NamingStyle } from './naming.ts';
import { deepText, textUnder } from './retold.ts';
import { toText } from './text.ts';
import type { Tool } from './tool.ts';
import type { Toolbox } from './toolbox.ts';

/** Arguments that do not fit a tool's schema. */
export class Misfit extends Error {
  readonly tool: Tool;
  readonly error: z.ZodError;
  constructor(tool: Tool, error: z.ZodError) {
    super(`${tool.name} cannot take these arguments`);
    this.name = 'Misfit';
    this.tool = tool;
    this.error = error;
  }
}

/**
 * Refuses text that no database and no digest can hold: the character U+0000 and halves of a surrogate pair. Quoted in a message
 * they would be as unreadable as in a name, so the place is told instead.
 */
const needStorable = (data: unknown): void => {
  const left: [path: string, value: unknown][] = [['', data]];
  for (let at = left.pop(); at !== undefined; at = left.pop()) {
    const [path, value] = at;
    if (typeof value === 'string' && (value.includes('\0') || !value.isWellFormed()))
      throw refuse('INPUT_INVALID', `${path} holds a character that is none (U+0000 or half a surrogate pair)`, {
        wayOut: 'Leave the character out and call again.',
      });
    if (typeof value === 'object' && value !== null)
      for (const [key, inner] of Object.entries(value)) left.push([path === '' ? key : `${path}.${key}`, inner]);
  }
};

/**
 * Runs one tool for one caller: the abilities are checked here for every call, whether the tool was listed to the caller or not.
 * The one road to data for tools, resources, prompts and completion alike. Throws refusals, `Misfit` and faults.
 */
export const runTool = async (tool: Tool, deps: Deps, caller: Caller, args: unknown): Promise<Record<string, unknown>> => {
  need(caller, ...tool.operation.abilities);
  const input = tool.operation.input.strict().safeParse(args ?? {});
  if (!input.success) throw new Misfit(tool, input.error);
  needStorable(input.data);
  caller.signal?.throwIfAborted();
  // As JSON has it absent fields are gone, so the text and the structured content say the same.
  const ask = async (given: Readonly<Record<string, unknown>>) =>
    JSON.stringify(tool.operation.output.parse(await tool.operation.run(deps, caller, given)));
  // A write is never refused for the length of its answer: it has happened.
  const json = await (tool.operation.readOnly ? fitted(tool.operation, input.data, ask) : ask(input.data));
  return JSON.parse(json) as Record<string, unknown>;
};

/** What of an answer is our own text and may name tools: everything the discovery tools say, elsewhere what to do next. */
const ours = new Set(['way_out', 'tool', 'instead']);
const sayStyled = (box: Toolbox, style: NamingStyle, result: ToolResult, whole: boolean): ToolResult => {
  if (style === 'dots') return result;
  const retell = (text: string): string => box.inStyle(text, style);
  const structuredContent = whole ? deepText(result.structuredContent, retell) : textUnder(result.structuredContent, ours, retell);
  return { ...result, structuredContent, content: [{ type: 'text', text: toText(structuredContent) }] };
};

/**
 * Calls one tool for one caller. Never rejects: a refusal, arguments that do not fit and a fault are answers too. Where the client
 * can ask its user something that mends a refusal, the answer is that question, and the same call comes again with what was said.
 */
export const callTool = async (
  box: Toolbox,
  deps: Deps,
  caller: Caller,
  called: { name: string; args: unknown; style: NamingStyle; asking: Asking },
  log: Log,
): Promise<ToolResult | InputRequired> => {
  const { name, args, style, asking } = called;
  const tool = box.find(name);
  if (!tool) return unknownTool(name, box.alike(name, caller.abilities), (text) => box.inStyle(text, style));
  const where = { tool: tool.name, correlation_id: caller.correlationId, tenant: caller.tenant };
  const given = withAnswers(tool.name, args, asking);
  try {
    const answer = await runTool(tool, deps, caller, given);
    return sayStyled(
      box,
      style,
      { structuredContent: answer, content: [{ type: 'text', text: toText(answer) }] },
      tool.face.group === 'discovery',
    );
  } catch (error) {
    const retell = (text: string): string => box.inStyle(text, style);
    if (error instanceof Misfit) return invalidInput(error.tool, error.error, retell);
    const question = await questionFor(tool.name, given, error, asking, (other, its) => {
      const found = box.find(other);
      if (!found) throw new TypeError(`there is no tool ${other}`);
      return runTool(found, deps, caller, its);
    });
    if (question && 'ask' in question) return question.ask;
    return failed(question?.instead ?? error, where, log, { signal: caller.signal, retell });
  }
};
