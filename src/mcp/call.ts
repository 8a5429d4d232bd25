import { type Caller, type Deps, need } from '../application/context.ts';
import { failed, invalidInput, type Log, type ToolResult, unknownTool } from './errors.ts';
import { toText } from './text.ts';
import type { Toolbox } from './toolbox.ts';

/** The answer as JSON has it: absent fields are gone, so the text and the structured content say the same. */
const data = (value: unknown): Record<string, unknown> => JSON.parse(JSON.stringify(value)) as Record<string, unknown>;

/**
 * Calls one tool for one caller. Never rejects: a refusal, arguments that do not fit and a fault are answers too. The abilities
 * are checked here for every call, whether the tool was listed to the caller or not.
 */
export const callTool = async (box: Toolbox, deps: Deps, caller: Caller, name: string, args: unknown, log: Log): Promise<ToolResult> => {
  const tool = box.find(name);
  if (!tool) return unknownTool(name, box.alike(name, caller.abilities));
  const where = { tool: tool.name, correlation_id: caller.correlationId, tenant: caller.tenant };
  try {
    need(caller, ...tool.operation.abilities);
    const input = tool.operation.input.strict().safeParse(args ?? {});
    if (!input.success) return invalidInput(tool, input.error);
    caller.signal?.throwIfAborted();
    const answer = data(tool.operation.output.parse(await tool.operation.run(deps, caller, input.data)));
    return { structuredContent: answer, content: [{ type: 'text', text: toText(answer) }] };
  } catch (error) {
    return failed(error, where, log, caller.signal);
  }
};
