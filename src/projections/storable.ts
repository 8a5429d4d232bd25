import { type Field, fields, type Value } from '../domain/entities.ts';

/** Text as PostgreSQL can hold it: the character NUL and lone surrogates become the replacement character. The log keeps the original. */
export const storableText = (text: string): string =>
  text.includes('\u0000') || !text.isWellFormed() ? text.replaceAll('\u0000', '\ufffd').toWellFormed() : text;

/** The same for every text inside a JSON value, names of members included. */
export const storableJson = (value: unknown): unknown => {
  if (typeof value === 'string') return storableText(value);
  if (Array.isArray(value)) return value.map(storableJson);
  if (value !== null && typeof value === 'object')
    return Object.fromEntries(Object.entries(value).map(([name, member]) => [storableText(name), storableJson(member)]));
  return value;
};

const decimalColumns = new Set(
  Object.values(fields).flatMap((f) => Object.entries(f as Record<string, Field>).flatMap(([n, x]) => (x.type === 'decimal' ? [n] : []))),
);

/**
 * A value as PostgreSQL gives it back, so that a row in memory and the same row read again are equal: numeric drops leading
 * zeros and the sign of zero (it keeps the scale), and text cannot hold the character NUL.
 */
export const storable = (column: string, value: Value): Value => {
  if (typeof value !== 'string') return value;
  if (decimalColumns.has(column)) {
    const plain = value.replace(/^(-?)0+(?=\d)/, '$1');
    return /[1-9]/.test(plain) ? plain : plain.replace('-', '');
  }
  return storableText(value);
};
