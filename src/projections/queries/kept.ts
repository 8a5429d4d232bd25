import { kinds } from '../../domain/entities.ts';
import type { Basis } from '../basis.ts';
import type { Sql } from '../sql.ts';

/** Where a branch stands on a basis: between two changes of it every position shows the same. */
export interface Standing {
  /** Which filling of the tables is read: a rebuild, of all tenants or of one, writes them anew. */
  filling: string;
  /** The last position up to the pin at which the baseline changed; 0 when it never did. */
  baseline: number;
  /** The last position up to the basis at which the scenario's own rows changed; 0 for the baseline and an untouched scenario. */
  own: number;
}

/** The last position up to a placeholder's at which rows of a branch began or ended, as SQL; $1 is the tenant. */
const lastChange = (branch: string, position: string): string =>
  `greatest((select max(position) from entity_change where tenant = $1::int and branch = ${branch} and position <= ${position}), ${kinds
    .map((k) => `(select max(to_position) from ${k}_version where tenant = $1::int and branch = ${branch} and to_position <= ${position})`)
    .join(', ')}, 0)::float8`;

/** Where the branch of a basis stands. One statement of index probes. */
export const standing = async (sql: Sql, basis: Basis): Promise<Standing> => {
  const scenario = basis.branch !== 0;
  const [row] = await sql.query<Standing>(
    // A tenant's first settings are written once a filling: the table and the transaction that wrote them name it.
    `select coalesce((select tableoid || '.' || xmin from tenant_settings where tenant = $1::int order by from_position limit 1), '') as filling,
      ${lastChange('0', '$2::bigint')} as baseline, ${scenario ? lastChange('$3::bigint', '$4::bigint') : '0::float8'} as own`,
    [basis.tenant, basis.pin, ...(scenario ? [basis.branch, basis.position] : [])],
  );
  return row ?? { filling: '', baseline: 0, own: 0 };
};

/** Characters that a process keeps, over all tenants; one answer may take an eighth. */
export const MOST_KEPT = 24 * 1024 * 1024;

/** Texts by key up to so many characters in all; what was not asked for the longest goes first. */
export class KeptTexts {
  readonly #most: number;
  readonly #texts = new Map<string, string>();
  #size = 0;
  constructor(most: number) {
    this.#most = most;
  }

  get size(): number {
    return this.#size;
  }

  get(key: string): string | undefined {
    const text = this.#texts.get(key);
    if (text === undefined) return undefined;
    this.#texts.delete(key);
    this.#texts.set(key, text);
    return text;
  }

  put(key: string, text: string): void {
    this.#drop(key);
    if (key.length + text.length > this.#most / 8) return;
    this.#texts.set(key, text);
    this.#size += key.length + text.length;
    for (const oldest of this.#texts.keys()) {
      if (this.#size <= this.#most) break;
      this.#drop(oldest);
    }
  }

  #drop(key: string): void {
    const text = this.#texts.get(key);
    if (text === undefined) return;
    this.#texts.delete(key);
    this.#size -= key.length + text.length;
  }
}

interface Memory {
  texts: KeptTexts;
  /** Counts under way, so that many callers who ask for the same new basis at once cause one count. */
  underWay: Map<string, Promise<string>>;
}

/** By the database that is read: what a process keeps of one says nothing about another. */
const memories = new WeakMap<Sql, Memory>();

const memoryOf = (sql: Sql): Memory => {
  const memory = memories.get(sql) ?? { texts: new KeptTexts(MOST_KEPT), underWay: new Map() };
  memories.set(sql, memory);
  return memory;
};

/**
 * What `count` gives for a basis, counted once a process for as long as the branch stands as it does: a fixed basis never changes. `what`
 * names the count and its arguments; its result has to survive JSON, and to follow from the branch, the date, the currency and the
 * fiscal year. Nothing personal may be kept here: a person's data can be erased at any position.
 */
export const kept = async <T>(sql: Sql, basis: Basis, what: string, count: (at: Standing) => Promise<T>): Promise<T> => {
  const at = await standing(sql, basis);
  const { currency, fiscal_year_start } = basis.settings;
  const branch = at.own === 0 ? 0 : basis.branch;
  const key = JSON.stringify([
    what,
    basis.tenant,
    branch,
    at.filling,
    at.baseline,
    at.own,
    basis.effective_on,
    currency,
    fiscal_year_start,
  ]);
  const { texts, underWay } = memoryOf(sql);
  const known = texts.get(key);
  if (known !== undefined) return JSON.parse(known) as T;
  const running =
    underWay.get(key) ??
    Promise.resolve(at)
      .then(count)
      .then((counted) => {
        const text = JSON.stringify(counted);
        texts.put(key, text);
        return text;
      })
      .finally(() => underWay.delete(key));
  underWay.set(key, running);
  return JSON.parse(await running) as T;
};
