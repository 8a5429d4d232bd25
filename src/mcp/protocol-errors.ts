import { ProtocolError, ProtocolErrorCode, ResourceNotFoundError } from '@modelcontextprotocol/server';
import { Refusal } from '../domain/codes.ts';
import { Misfit } from './call.ts';
import { type Log, told } from './errors.ts';

/** What a client asked for does not exist; the caller is told so whether it never was or is not theirs to see. */
const absent = new Set(['NOT_FOUND', 'PROPOSAL_UNKNOWN', 'SCENARIO_UNKNOWN']);
const credential = /^(?:TOKEN_|FORBIDDEN$|SCOPE_)/;

/**
 * Whatever was thrown outside a tool call, as an error of the protocol: refusals with their code and what to do, faults with an
 * event id alone. For a resource that does not exist, `uri` names it.
 */
export const protocolError = (
  error: unknown,
  where: { correlation_id: string } & Record<string, unknown>,
  log: Log,
  { signal, uri, say }: { signal?: AbortSignal | undefined; uri?: string; say: (text: string) => string },
): Error => {
  if (error instanceof ProtocolError) return error;
  if (uri !== undefined && (error instanceof Misfit || (error instanceof Refusal && absent.has(error.code))))
    return new ResourceNotFoundError(uri);
  const { code, message, way_out } = told(error, where, log, signal);
  const protocolCode =
    code === 'FAULT' || code === 'UNAVAILABLE'
      ? ProtocolErrorCode.InternalError
      : credential.test(code)
        ? ProtocolErrorCode.InvalidRequest
        : ProtocolErrorCode.InvalidParams;
  const next = say(way_out);
  return new ProtocolError(protocolCode, `${code}: ${message.replace(/\p{Cc}+/gu, ' ')}. What to do: ${next}`, { code, way_out: next });
};
