import type pg from 'pg';
import { type Code, Refusal } from '../../domain/codes.ts';

/** Why the copy of the event store stands still: by a code, since when (ISO UTC), after how many tries. */
export interface CopyTrouble {
  code: Code;
  message: string;
  attempts: number;
  first_at: string;
}

/** A fault lies with this software or the database's rows, and another try will hardly help; anything else is a server that is away. */
const isFault = (error: unknown): boolean =>
  error instanceof TypeError ||
  error instanceof SyntaxError ||
  /^(2[0-9]|3[0-9]|42|XX)/.test(String((error as { code?: unknown } | null)?.code));

const codeOf = (error: unknown): Code => (error instanceof Refusal ? error.code : isFault(error) ? 'FAULT' : 'UNAVAILABLE');

/** Keeps what stopped the copy beside it, where every process and command can read it. */
export const tellTrouble = async (pool: pg.Pool, error: unknown): Promise<void> => {
  await pool.query(
    `insert into log.copy_trouble as t (code, message) values ($1, $2) on conflict (one) do update
      set code = excluded.code, message = excluded.message, last_at = excluded.last_at,
        attempts = case when t.code = excluded.code then t.attempts + 1 else 1 end,
        first_at = case when t.code = excluded.code then t.first_at else excluded.first_at end`,
    [codeOf(error), error instanceof Error ? error.message : String(error)],
  );
};

/** The copy goes on: nothing stands in its way any more, or, with `only`, that one thing does not. */
export const endTrouble = async (pool: pg.Pool, only?: Code): Promise<void> => {
  await pool.query('delete from log.copy_trouble where $1::text is null or code = $1', [only ?? null]);
};

/** What the copy does: how far it has looked, whether a process leads it, and what it stands still for. */
export interface CopyStatus {
  led: boolean;
  trouble: CopyTrouble | undefined;
}

export const copyStatus = async (pool: pg.Pool): Promise<CopyStatus> => {
  const { rows } = await pool.query<{ led: boolean; trouble: CopyTrouble | null }>(
    `select c.expires_at > clock_timestamp() as led, case when t.code is not null then json_build_object('code', t.code, 'message', t.message,
       'attempts', t.attempts, 'first_at', to_char(t.first_at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')) end as trouble
     from log.copy c left join log.copy_trouble t on true`,
  );
  return { led: rows[0]?.led === true, trouble: rows[0]?.trouble ?? undefined };
};
