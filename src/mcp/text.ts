type Json = unknown;

const isRecord = (value: Json): value is Record<string, Json> => typeof value === 'object' && value !== null && !Array.isArray(value);

/** One word of letters, digits and the marks of numbers, dates, ids and codes. Anything else is quoted: it is data, whatever it says. */
const plain = /^[\p{L}\p{N}_.:+%@/-]{1,80}$/u;

/**
 * Signs that change how the text around them is shown or where a line ends, and that JSON leaves as they are: line and paragraph
 * separators, direction marks and overrides, signs without width except the joiners, which words and emoji need.
 */
const invisible = /[\u2028\u2029\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff\u061c\u0080-\u009f]/g;

/** A text that is data, in quotes and on one line; what would be invisible is written as its code. */
export const inQuotes = (text: string): string =>
  JSON.stringify(text).replace(invisible, (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`);

/** The widest text fallback, in characters (about 10,000 tokens). The structured content is whole. */
export const TEXT_LIMIT = 40_000;

const scalar = (value: string | number | boolean): string =>
  typeof value === 'string' ? (plain.test(value) ? value : inQuotes(value)) : String(value);

const isScalar = (value: Json): value is string | number | boolean => ['string', 'number', 'boolean'].includes(typeof value);

const isFlat = (value: Record<string, Json>): boolean => Object.values(value).every((v) => v === undefined || v === null || isScalar(v));

/** `a: 1, b: "two words"`; nothing for what is absent. */
const inline = (value: Record<string, Json>): string =>
  Object.entries(value)
    .flatMap(([key, v]) => (isScalar(v) ? [`${key}: ${scalar(v)}`] : []))
    .join(', ');

/** What a model copies into its next call stays JSON, on one line. */
const asJson = new Set(['schema', 'answer_schema', 'example', 'arguments', 'actions']);

const isEmpty = (value: Json): boolean => value === null || value === undefined || (Array.isArray(value) && value.length === 0);

const lines = (value: Json, indent: string): string[] => {
  if (value === null || value === undefined) return [];
  if (isScalar(value)) return [indent + scalar(value)];
  if (Array.isArray(value)) {
    if (value.every(isScalar)) return value.length === 0 ? [] : [indent + value.map(scalar).join(', ')];
    return value.flatMap((item) => {
      if (!isRecord(item)) return lines(item, `${indent}- `);
      const nested = Object.fromEntries(Object.entries(item).filter(([, v]) => !isScalar(v) && !isEmpty(v)));
      return [`${indent}- ${inline(item)}`, ...lines(nested, `${indent}  `)];
    });
  }
  if (!isRecord(value)) return [];
  return Object.entries(value).flatMap(([key, v]): string[] => {
    if (v === null || v === undefined) return [];
    if (isScalar(v)) return [`${indent}${key}: ${scalar(v)}`];
    if (asJson.has(key)) return [`${indent}${key}: ${JSON.stringify(v)}`];
    if (Array.isArray(v) && v.length === 0) return [`${indent}${key}: none`];
    if (Array.isArray(v) && v.every(isScalar)) return [`${indent}${key}: ${v.map(scalar).join(', ')}`];
    if (isRecord(v) && isFlat(v)) return [`${indent}${key}: ${inline(v) || 'none'}`];
    return [`${indent}${key}:`, ...lines(v, `${indent}  `)];
  });
};

/**
 * The text beside an answer's structured content, made from the same data: `key: value` lines, lists as dashes, the basis and its
 * citation at the end. Text from the organisation's data stands in quotes with its control characters escaped.
 */
export const toText = (answer: Record<string, unknown>): string => {
  const { basis, ...rest } = answer;
  const body = lines(rest, '').join('\n');
  // At the end of a line, where there is one.
  const cut = body.lastIndexOf('\n', TEXT_LIMIT);
  const shown =
    body.length <= TEXT_LIMIT
      ? body
      : `${body.slice(0, cut > 0 ? cut : TEXT_LIMIT)}\n(more in the structured content; use filters, depth or limit for less)`;
  return basis === undefined ? shown : `${shown}\n${lines({ basis }, '').join('\n')}`;
};
