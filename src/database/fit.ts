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

/** SQL_ASCII keeps the bytes it is given, whatever they are. */
const holdsEveryName = (encoding: string): boolean => encoding === 'UTF8' || encoding === 'SQL_ASCII';

/** Why this software cannot work on a database, with what to do; undefined when it can. */
export const unfit = ({ version, encoding, readOnly, empty }: ServerFacts): string | undefined => {
  if (version < 150_000) return `it is PostgreSQL ${Math.floor(version / 10_000)}: give it 15 or newer`;
  // one that is in use already is not locked out
  if (empty && !holdsEveryName(encoding))
    return `its encoding is ${encoding}, which does not hold every name: make it with encoding 'UTF8' template template0`;
  if (readOnly) return 'it is read-only (a standby, or default_transaction_read_only): give the primary, or switch that off';
  return undefined;
};

/** What works less well on a database than it could, with what to do; undefined when nothing does. */
export const shortcoming = ({ encoding, lower }: ServerFacts): string | undefined =>
  encoding === 'UTF8' && lower === 'äi'
    ? undefined
    : `this database (${encoding}) tells capital from small letters from a to z alone, so search finds others only as they are written: ` +
      "make one with template template0 encoding 'UTF8' and a locale such as 'C.UTF-8' or 'en_US.UTF-8'";

/**
 * Looks at the database of this connection before anything is made there.
 * @returns what works less well there than it could
 * @throws Error that says why, when this software cannot work on it
 */
export const checkFit = async (admin: pg.Client): Promise<string | undefined> => {
  const { rows } = await admin.query<ServerFacts>(
    `select current_setting('server_version_num')::int as version, current_setting('server_encoding') as encoding, lower('ÄI') as lower,
       current_setting('transaction_read_only')::bool as "readOnly", to_regnamespace('log') is null as empty`,
  );
  const [facts] = rows;
  if (facts === undefined) throw new Error('the database says nothing about itself');
  const why = unfit(facts);
  if (why) throw new Error(why);
  return shortcoming(facts);
};
