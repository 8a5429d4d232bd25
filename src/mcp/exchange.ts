import { CLIENT_CAPABILITIES_META_KEY, CLIENT_INFO_META_KEY, type Server, type ServerContext } from '@modelcontextprotocol/server';
import type { Caller } from '../application/context.ts';
import type { EventMetadata } from '../domain/events.ts';
import type { Asking } from './ask/index.ts';
import { type NamingChoice, type NamingStyle, namingStyle } from './naming.ts';
import { progressTo } from './progress.ts';

/** Who is behind a connection: the caller without what each request adds, and what the credential says about its client. */
export interface Principal {
  caller: Omit<Caller, 'via' | 'correlationId' | 'assistant' | 'signal' | 'progress'>;
  /** The client the credential was made for: a manual token's client, an OAuth client's name or the address of its metadata. */
  client: string | null;
  /** How this user wants this client to be listed the tools; known clients get what they need otherwise. */
  naming?: NamingChoice | undefined;
}

/** What one request or one connection brings beside its messages. */
export interface Surroundings {
  correlationId(): string;
  /** How the client called itself when the connection or session began, where that is known. */
  client?: EventMetadata['assistant'];
  signal?: AbortSignal;
  /** Where the tenant's web pages are; undefined over stdio. */
  origin?: string | undefined;
  /** Told after each call of a tool that is there: by its canonical name, whether the answer was an error, what the client calls itself. */
  called?(call: { principal: Principal; tool: string; failed: boolean; says: string | undefined }): void;
}

/** A call of a tool, as it is asked for. */
export interface Called {
  name: string;
  args: unknown;
}

/** One request, with who makes it and what its client can do. */
export interface Exchange {
  caller: Caller;
  style: NamingStyle;
  asking: Asking;
}

/** A client's word about itself, cut to what an event keeps. It is untrusted text and only ever stored and quoted. */
export const assistantOf = (info: unknown): EventMetadata['assistant'] => {
  if (typeof info !== 'object' || info === null) return undefined;
  const { name, version: v } = info as { name?: unknown; version?: unknown };
  if (typeof name !== 'string' || name === '') return undefined;
  return { client: name.slice(0, 100), ...(typeof v === 'string' && v !== '' ? { version: v.slice(0, 50) } : {}) };
};

/** What tells how to name tools to a connection, before any request of it is there. */
export type Known = Pick<Principal, 'client' | 'naming'> & { caller?: Pick<Caller, 'with'> };

export const styleOf = ({ client, naming, caller }: Known, assistant: EventMetadata['assistant']): NamingStyle =>
  namingStyle(client, assistant?.client, naming, caller?.with.kind === 'client' ? caller.with.id : undefined);

const enveloped = (ctx: ServerContext, key: string): unknown => (ctx.mcpReq.envelope as Record<string, unknown> | undefined)?.[key];

/** 2026-07-28 says it with every request; stdio said it at initialize; over HTTP the session carries it. */
const speaker = (server: Server, ctx: ServerContext, around: Surroundings): EventMetadata['assistant'] =>
  assistantOf(enveloped(ctx, CLIENT_INFO_META_KEY)) ?? assistantOf(server.getClientVersion()) ?? around.client;

/** Which questions the client takes. A bare `elicitation: {}` means forms; a 2025 client over HTTP has told nobody, so it is asked nothing. */
const askingOf = (server: Server, ctx: ServerContext, origin: string | undefined): Asking => {
  const declared = enveloped(ctx, CLIENT_CAPABILITIES_META_KEY) ?? server.getClientCapabilities();
  const elicitation = (declared as { elicitation?: { form?: unknown; url?: unknown } } | undefined)?.elicitation;
  return {
    form: elicitation !== undefined && (elicitation.form !== undefined || elicitation.url === undefined),
    url: elicitation?.url !== undefined,
    origin,
    responses: ctx.mcpReq.inputResponses,
  };
};

/** Puts one request together: the caller with its assistant, signal and progress, the naming of its client, and what may be asked. */
export const exchangeOf = (
  server: Server,
  ctx: ServerContext,
  principal: Principal,
  around: Surroundings,
  correlationId: string,
): Exchange => {
  const assistant = speaker(server, ctx, around);
  const progress = progressTo(ctx);
  return {
    caller: {
      ...principal.caller,
      via: 'mcp',
      correlationId,
      ...(assistant ? { assistant } : {}),
      ...(progress ? { progress } : {}),
      signal: around.signal ? AbortSignal.any([around.signal, ctx.mcpReq.signal]) : ctx.mcpReq.signal,
    },
    style: styleOf(principal, assistant),
    asking: askingOf(server, ctx, around.origin),
  };
};
