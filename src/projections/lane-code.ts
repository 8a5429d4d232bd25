import { type Code, Refusal } from '../domain/codes.ts';
import { LogFault } from './staged.ts';

/** An event, or a change in one, of a type that this program has never heard of: a newer one wrote it. */
export class UnknownEvent extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'UnknownEvent';
  }
}

const AWAY = /^(08|53|57P0|ECONN|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|EAI_AGAIN|ENOTFOUND)/;

/** The code under which an error that stops a lane is told. */
export const laneCode = (error: unknown): Code => {
  if (error instanceof Refusal) return error.code;
  if (error instanceof LogFault) return 'LOG_BROKEN';
  if (error instanceof UnknownEvent) return 'EVENT_UNKNOWN';
  const { code, message } = (error ?? {}) as { code?: unknown; message?: string };
  if (AWAY.test(String(code)) || /^(Connection terminated|Client has encountered|timeout e)/.test(message ?? '')) return 'UNAVAILABLE';
  return 'FAULT';
};
