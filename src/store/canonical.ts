import canonicalize from 'canonicalize';

const refuseLossy = (value: unknown): void => {
  if (typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value))
    throw new TypeError(`the number ${value} does not survive JSON: write it as text`);
  if (typeof value === 'bigint') throw new TypeError('a bigint is written as text');
  if (value !== null && typeof value === 'object')
    for (const member of Array.isArray(value) ? value : Object.values(value)) refuseLossy(member);
};

/**
 * The RFC 8785 text of a JSON value: members sorted by UTF-16 code units, no blanks, numbers as ECMAScript writes them.
 * Members that are undefined are left out. Throws a TypeError or Error on what JSON cannot hold exactly: NaN, infinities,
 * integers beyond 2^53, bigints, lone surrogates, loops.
 */
export const canonicalText = (value: unknown): string => {
  const text = canonicalize(value);
  if (text === undefined) throw new TypeError('there is no JSON for undefined');
  refuseLossy(value);
  return text;
};

/** The canonical text as UTF-8 bytes: what is stored and hashed. */
export const canonicalBytes = (value: unknown): Buffer => Buffer.from(canonicalText(value), 'utf8');
