import type { z } from 'zod';

type Issue = z.core.$ZodIssue;

/** A value in a few words: short values as they are, long ones by their kind. */
const received = (value: unknown): string => {
  if (value === undefined) return 'nothing';
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === 'object' && value !== null) {
    const keys = Object.keys(value);
    return keys.length === 0 ? 'an empty object' : `an object with ${keys.slice(0, 5).join(', ')}`;
  }
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
};

const under = (value: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>((at, key) => (typeof at === 'object' && at !== null ? (at as Record<PropertyKey, unknown>)[key] : undefined), value);

/** What one issue would have taken. */
const expected = (issue: Issue): string => {
  const inside = issue.path.length > 0 ? `${issue.path.map(String).join('.')}: ` : '';
  switch (issue.code) {
    case 'invalid_value':
      return `${inside}${issue.values.map((v) => JSON.stringify(v)).join(' or ')}`;
    case 'invalid_type':
      return issue.expected === 'object' ? `${inside}an object` : `${inside}${issue.expected}`;
    default:
      return `${inside}${issue.message}`;
  }
};

/**
 * What an issue says to who wrote the input: for a choice of shapes each shape it would have taken, and what was given. `input` is
 * what the whole schema was given.
 */
export const issueWords = (issue: Issue, input: unknown): string => {
  if (issue.code !== 'invalid_union') return issue.message;
  const shapes = issue.errors.map((alternative) => alternative.map(expected).join(', ')).filter((s) => s !== '');
  if (shapes.length === 0) return issue.message;
  return `expected ${[...new Set(shapes)].join('; or ')}; received ${received(under(input, issue.path))}`;
};
