import type { Context } from 'koa';
import type { Code } from '../domain/codes.ts';
import type { Sql } from '../projections/sql.ts';
import { isMetadata, registrationOf } from './client-metadata.ts';
import { bodyText, keepable } from './request.ts';
import type { Place } from './rows.ts';

/** Open registration fills a table that anybody can write to: so many new clients in an hour, of one tenant. */
const CLIENTS_AN_HOUR = 600;

export interface RegistrationParts {
  sql: Sql;
  now(): Date;
  /** Counts a registration from wherever the request came. Gives the seconds to wait when there were too many. */
  enter(ctx: Context, place: Place): Promise<{ retryAfter: number } | undefined>;
  problem(ctx: Context, status: number, code: Code, message: string, more?: { error?: string }): void;
}

/** The registration in a request as the library shall see it; undefined when it was refused, and answered. */
export const registration = async (
  ctx: Context,
  place: Place,
  { sql, now, enter, problem }: RegistrationParts,
): Promise<string | undefined> => {
  const refuse = (status: number, code: Code, message: string, error = 'invalid_client_metadata'): undefined =>
    void problem(ctx, status, code, message, { error });
  const text = await bodyText(ctx.req);
  if (text === undefined) return refuse(413, 'TOO_LARGE', 'the registration is too large');
  let given: unknown;
  try {
    given = JSON.parse(text);
  } catch {
    return refuse(400, 'INPUT_INVALID', 'the registration is no JSON');
  }
  if (!isMetadata(given)) return refuse(400, 'INPUT_INVALID', 'the registration is no JSON object');
  const asked = registrationOf(given);
  if (!keepable(asked)) return refuse(400, 'INPUT_INVALID', 'the registration has text that is none, or nests too deeply');
  const over = await enter(ctx, place);
  if (over) {
    ctx.set('Retry-After', String(over.retryAfter));
    return refuse(429, 'RATE_LIMITED', 'too many apps were registered from your network in the last hour', 'temporarily_unavailable');
  }
  const [row] = await sql.query<{ made: number }>(
    "select count(*)::int as made from access.oauth_row where tenant = $1 and kind = 'Client' and created_at > $2",
    [place.tenant, new Date(now().getTime() - 3_600_000).toISOString()],
  );
  if ((row?.made ?? 0) >= CLIENTS_AN_HOUR) {
    ctx.set('Retry-After', '600');
    return refuse(429, 'RATE_LIMITED', 'too many apps were registered here in the last hour', 'temporarily_unavailable');
  }
  return JSON.stringify(asked);
};
