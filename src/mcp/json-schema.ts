import { z } from 'zod';
import type { JsonSchema } from './tool.ts';

type Node = Record<string, unknown>;
const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null && !Array.isArray(value);

/** Drops what costs a model tokens and tells it nothing; `properties` and `$defs` hold names, not keywords, so they are entered by value. */
const slim = (value: unknown, keep: (key: string, value: unknown, parent: Node) => boolean): unknown => {
  if (Array.isArray(value)) return value.map((v) => slim(v, keep));
  if (!isNode(value)) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, v]): [string, unknown][] => {
      if (!keep(key, v, value)) return [];
      if ((key === 'properties' || key === '$defs') && isNode(v))
        return [[key, Object.fromEntries(Object.entries(v).map(([n, s]) => [n, slim(s, keep)]))]];
      if (key === 'default' || key === 'const' || key === 'enum' || key === 'examples') return [[key, v]];
      return [[key, slim(v, keep)]];
    }),
  );
};

/** Repeats of a format's regular expression, the bounds of a safe integer and that names are text: the writer of the schema adds them by itself. */
const noise = (key: string, value: unknown, parent: Node): boolean =>
  key === '$schema' ||
  (key === 'propertyNames' && JSON.stringify(value) === '{"type":"string"}') ||
  (key === 'pattern' && 'format' in parent) ||
  ((key === 'maximum' || key === 'minimum') && Math.abs(Number(value)) === Number.MAX_SAFE_INTEGER);

const asObject = (schema: unknown): JsonSchema => {
  if (!isNode(schema) || schema.type !== 'object') throw new TypeError('a tool takes and gives an object');
  return { ...schema, type: 'object' };
};

/** What a tool takes. Unknown arguments are refused, so a misspelt filter is never silently left out. */
export const inputSchemaOf = (schema: z.ZodObject): JsonSchema => {
  const json = z.toJSONSchema(schema.strict(), { io: 'input', unrepresentable: 'any' });
  return asObject(slim(json, (key, value, parent) => !noise(key, value, parent)));
};

/**
 * What a tool gives: its answer, or the refusal in the same place. Clients hold even a refusal's structured content against this
 * schema, so it admits both. Extra fields are allowed: answers may grow. `bare` leaves out what the fields mean: every client
 * downloads the schemas of all tools, and no model reads them there; capability.explain tells them.
 */
export const outputSchemaOf = (schema: z.ZodObject, detail: 'told' | 'bare' = 'told'): JsonSchema => {
  const json = asObject(
    slim(z.toJSONSchema(schema, { io: 'output', unrepresentable: 'any' }), (key, value, parent) => {
      if (detail === 'bare' && key === 'description') return false;
      return !noise(key, value, parent) && key !== 'pattern' && !(key === 'additionalProperties' && value === false);
    }),
  );
  const { required, ...rest } = json;
  return {
    ...rest,
    type: 'object',
    anyOf: [{ required: Array.isArray(required) ? required : [] }, { required: ['code', 'message', 'way_out'] }],
  };
};
