import type { Connection, Submittable } from 'pg';
import type { Sql } from './sql.ts';

/** What pg's connection can do for COPY; its types leave it out. */
interface CopyConnection {
  query(text: string): void;
  sendCopyFromChunk(chunk: Buffer): void;
  endCopyFrom(): void;
}

/**
 * One `copy … from stdin` with all its rows in hand, to be given to a pg client like a query. Awaiting it waits for the server
 * to be ready again; it rejects with the server's error, after which the connection can be used as after any failed query.
 */
export class CopyIn implements Submittable {
  readonly done: Promise<void>;
  readonly #text: string;
  readonly #rows: string;
  #resolve: () => void = () => {};
  #reject: (error: unknown) => void = () => {};

  constructor(text: string, rows: string) {
    this.#text = text;
    this.#rows = rows;
    this.done = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    // Who gave up on the connection may never look.
    this.done.catch(() => {});
  }

  submit(connection: Connection): void {
    (connection as unknown as CopyConnection).query(this.#text);
  }
  handleCopyInResponse(connection: Connection): void {
    const copying = connection as unknown as CopyConnection;
    copying.sendCopyFromChunk(Buffer.from(this.#rows));
    copying.endCopyFrom();
  }
  handleError(error: unknown): void {
    this.#reject(error);
  }
  handleReadyForQuery(): void {
    this.#resolve();
  }
  handleCommandComplete(): void {}
}

const escapes: Record<string, string> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' };
const escaped = (text: string): string => (/[\\\n\r\t]/.test(text) ? text.replace(/[\\\n\r\t]/g, (c) => escapes[c] as string) : text);

/** One value in COPY's text format. Objects are JSON; a list of ids is not (give arrays of PostgreSQL as their text). */
export const copyValue = (value: unknown): string => {
  switch (typeof value) {
    case 'string':
      return escaped(value);
    case 'number':
    case 'bigint':
      return String(value);
    case 'boolean':
      return value ? 't' : 'f';
    default:
      return value === null || value === undefined ? '\\N' : escaped(JSON.stringify(value));
  }
};

/** One row in COPY's text format, with its end. */
export const copyRow = (values: readonly unknown[]): string => `${values.map(copyValue).join('\t')}\n`;

const ROWS_A_STATEMENT = 4000;

/** Adds rows by COPY: more than twice as fast as any insert. */
export const copyRows = async (sql: Sql, table: string, columns: readonly string[], rows: Iterable<readonly unknown[]>): Promise<void> => {
  let page: string[] = [];
  const send = async (): Promise<void> => {
    if (page.length > 0) await sql.query(`copy ${table} (${columns.join(', ')}) from stdin`, [page.join('')]);
    page = [];
  };
  for (const row of rows) {
    page.push(copyRow(row));
    if (page.length >= ROWS_A_STATEMENT) await send();
  }
  await send();
};
