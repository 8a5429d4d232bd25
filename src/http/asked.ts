import { type Ability, roleAbilities } from '../domain/abilities.ts';
import type { CallerPieces } from '../access/types.ts';
import { promptOf } from '../mcp/prompts/index.ts';
import { templates } from '../mcp/resources/templates.ts';
import type { Toolbox } from '../mcp/toolbox.ts';
import type { Tool } from '../mcp/tool.ts';

/** One request of a JSON-RPC body. */
interface Message {
  id?: unknown;
  method?: unknown;
  params?: { name?: unknown; uri?: unknown; arguments?: unknown };
}

const messagesOf = (body: unknown): Message[] =>
  (Array.isArray(body) ? body : [body]).filter((m): m is Message => typeof m === 'object' && m !== null && !Array.isArray(m));

const argumentsOf = (params: Message['params']): Record<string, unknown> =>
  typeof params?.arguments === 'object' && params.arguments !== null ? { ...params.arguments } : {};

/** The tools that a body calls, in order, with their arguments. */
export const toolsCalled = (box: Toolbox, body: unknown): { tool: Tool; args: Record<string, unknown> }[] =>
  messagesOf(body).flatMap(({ method, params }) => {
    const tool = method === 'tools/call' && typeof params?.name === 'string' ? box.find(params.name) : undefined;
    return tool ? [{ tool, args: argumentsOf(params) }] : [];
  });

/** How many requests a body holds; one at least. */
export const requestsIn = (body: unknown): number => Math.max(1, messagesOf(body).length);

/** The id of a body that is one request: who sent it can be answered in its own words. */
export const requestId = (body: unknown): string | number | undefined => {
  if (Array.isArray(body)) return undefined;
  const id = messagesOf(body)[0]?.id;
  return typeof id === 'string' || typeof id === 'number' ? id : undefined;
};

/** What a body reads or does needs, as far as it can be known beforehand: tools, resources and prompts by their own lists, tools by their arguments too. */
export const abilitiesAsked = (box: Toolbox, body: unknown): Ability[] =>
  messagesOf(body).flatMap(({ method, params }) => {
    const { name, uri } = params ?? {};
    if (method === 'tools/call' && typeof name === 'string') {
      const operation = box.find(name)?.operation;
      return operation ? [...operation.abilities, ...(operation.alsoAsksFor?.(argumentsOf(params)) ?? [])] : [];
    }
    if (method === 'prompts/get' && typeof name === 'string') return promptOf(name)?.abilities ?? [];
    if (method === 'resources/read' && typeof uri === 'string')
      return templates.find((t) => uri.startsWith(t.uriTemplate.slice(0, t.uriTemplate.indexOf('{'))))?.abilities ?? [];
    return [];
  });

/**
 * Abilities asked for that the holder's role has and its token was narrowed away from. Where the role lacks one too there are none:
 * no other token would help, and the answer itself says so.
 */
export const narrowedAway = (asked: readonly Ability[], { role, abilities }: CallerPieces): Ability[] => {
  const missing = [...new Set(asked)].filter((a) => !abilities.has(a));
  return missing.every((a) => roleAbilities[role].includes(a)) ? missing : [];
};
