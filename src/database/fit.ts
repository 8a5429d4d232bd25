import type pg from 'pg';

export interface ServerFacts {
  /** As PostgreSQL counts: 150004. */
  version: number;
  encoding: string;
  /** 'ÄI' in lower case, as the database's locale has it. */
  lower: string;
  readOnly: boolean;
  /** No schema of the log is there yet. */
  empty: boolean;
}

/** Why this software cannot work on a database, with what to do; undefined when it can. */
export const unfit = ({ version, encoding, lower, readOnly, empty }: ServerFacts): string | undefined => {
  if (version < 150_000) return `it is PostgreSQL ${Math.floor(version / 10_000)}: give it 15 or newer`;
  // one that is in use already is not locked out
  if (empty && encoding !== 'UTF8')
    return `its encoding is ${encoding}, which does not hold every name: make it with encoding 'UTF8' template template0`;
  if (empty && lower !== 'äi')
    return "its locale does not bring letters of every alphabet to lower case as search needs: make it with template template0 and a locale such as 'C.UTF-8' or 'en_US.UTF-8'";
  if (readOnly) return 'it is read-only (a standby, or default_transaction_read_only): give the primary, or switch that off';
  return undefined;
};

/** @throws Error that says why, when this software cannot work on the database of this connection */
export const checkFit = async (admin: pg.Client): Promise<void> => {
  const { rows } = await admin.query<ServerFacts>(
    `select current_setting('server_version_num')::int as version, current_setting('server_encoding') as encoding, lower('ÄI') as lower,
       current_setting('transaction_read_only')::bool as "readOnly", to_regnamespace('log') is null as empty`,
  );
  const why = rows[0] && unfit(rows[0]);
  if (why) throw new Error(why);
};
