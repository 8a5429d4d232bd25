import type { Kind } from '../../domain/entities.ts';
import { columnsOf } from '../schema.ts';
import type { Sql } from '../sql.ts';
import type { Basis } from '../basis.ts';

/** Which versions of a thing count: those on one date, those that overlap a half-open range, or all. */
export type When = { on: string } | { from: string; to: string } | 'ever';

/** A condition on the columns of one version row; gets the row's alias and stands inside both halves of the effective set. */
export type Filter = (alias: string) => string;

const fits = (placeholder: (v: unknown, cast: string) => string, alias: string, when: When): string => {
  if (when === 'ever') return '';
  if ('on' in when) {
    const on = placeholder(when.on, 'date');
    return ` and ${alias}.effective_from <= ${on} and ${alias}.effective_to > ${on}`;
  }
  return ` and ${alias}.effective_from < ${placeholder(when.to, 'date')} and ${alias}.effective_to > ${placeholder(when.from, 'date')}`;
};

/**
 * One SQL statement in the making, on one basis. `value` turns a value into a typed placeholder (equal values share one), and
 * `effective` writes the effective set of a kind, so that what "the state of this branch at this position" means is said once.
 */
export class Query {
  readonly basis: Basis;
  readonly #values: unknown[] = [];
  #sets = 0;
  readonly #known = new Map<string, string>();
  constructor(basis: Basis) {
    this.basis = basis;
  }

  /** A placeholder for a value, cast to a PostgreSQL type. Values never stand in the text of a statement. */
  value(value: unknown, cast: string): string {
    const key = Array.isArray(value) ? undefined : `${cast}:${String(value)}`;
    const known = key === undefined ? undefined : this.#known.get(key);
    if (known) return known;
    this.#values.push(value);
    const placeholder = `$${this.#values.length}::${cast}`;
    if (key !== undefined) this.#known.set(key, placeholder);
    return placeholder;
  }

  /**
   * The effective set of a kind as a parenthesised select: baseline rows in force at the pin that no overlay hides, and the
   * branch's own rows in force at the position. A thing the branch touches hides the baseline's whole timeline of that id.
   */
  effective(
    kind: Kind | 'actor_personal',
    options: {
      where?: Filter;
      when?: When;
      columns?: readonly string[];
      /**
       * Only the first so many by id, of each half. 'fenced': all of them, each half planned for itself, where an index on the
       * filter finds few rows that a walk in the order of ids would look for among all.
       */
      first?: number | 'fenced';
    } = {},
  ): string {
    const { basis } = this;
    // Aliases of their own, so that a filter may hold another effective set.
    const n = this.#sets++;
    const [b, o, h] = [`b${n}`, `o${n}`, `h${n}`];
    const first = (alias: string) => {
      if (options.first === undefined) return '';
      return options.first === 'fenced' ? ' offset 0' : ` order by ${alias}.id limit ${this.value(options.first, 'int')}`;
    };
    const place = (v: unknown, cast: string) => this.value(v, cast);
    const when = options.when ?? { on: basis.effective_on };
    const table = kind === 'actor_personal' ? 'actor_personal' : `${kind}_version`;
    const names = options.columns ?? [
      'id',
      'effective_from',
      'effective_to',
      'from_position',
      ...(kind === 'actor_personal' ? ['name', 'email', 'birth_date', 'gender'] : columnsOf(kind).map(([name]) => name)),
    ];
    const columns = (alias: string) => names.map((n) => `${alias}.${n}`).join(', ');
    const tenant = place(basis.tenant, 'int');
    const filter = (alias: string) => (options.where ? ` and (${options.where(alias)})` : '');
    const pin = place(basis.pin, 'bigint');
    const baseline = `select ${columns(b)} from ${table} ${b} where ${b}.tenant = ${tenant} and ${b}.branch = 0 and ${b}.from_position <= ${pin} and ${b}.to_position > ${pin}${fits(place, b, when)}${filter(b)}`;
    if (basis.branch === 0) return `(${baseline}${first(b)})`;
    const branch = place(basis.branch, 'bigint');
    const at = place(basis.position, 'bigint');
    return `((${baseline} and not exists (select 1 from ${table} ${h} where ${h}.tenant = ${tenant} and ${h}.branch = ${branch} and ${h}.id = ${b}.id and ${h}.from_position <= ${at} and ${h}.to_position > ${at})${first(b)})
      union all (select ${columns(o)} from ${table} ${o} where ${o}.tenant = ${tenant} and ${o}.branch = ${branch} and ${o}.from_position <= ${at} and ${o}.to_position > ${at}${fits(place, o, when)}${filter(o)}${first(o)}))`;
  }

  /** Runs a statement whose placeholders came from this query. */
  run<Row>(sql: Sql, text: string): Promise<Row[]> {
    return sql.query<Row>(text, this.#values);
  }

  /** The values bound so far, in order: for EXPLAIN in tests. */
  get values(): readonly unknown[] {
    return this.#values;
  }
}

/** A condition that keeps the rows of some ids; all rows when no ids are given. */
export const among = (query: Query, column: string, ids: readonly string[] | undefined): Filter | undefined => {
  if (!ids) return undefined;
  const list = query.value(ids, 'uuid[]');
  return (alias) => `${alias}.${column} = any(${list})`;
};

/** The statuses of a kind that mean "in force", as SQL on a status column. */
export const activePosition = (alias: string): string => `${alias}.status in ('planned', 'open', 'frozen')`;

/**
 * The LIKE pattern of a text that is held anywhere: `lower(column) like lower(pattern)`, which an index of trigrams answers. Both are brought to
 * lower case by the database, whose locale may know fewer letters than we do.
 */
export const containing = (text: string): string => `%${text.replaceAll(/[\\%_]/g, (sign) => `\\${sign}`)}%`;

/** True when the trigram index can find a text that is looked for inside others: it needs three letters or digits in a row. */
export const trigrams = (text: string | undefined): boolean => text !== undefined && /[\p{L}\p{N}]{3}/u.test(text);
