import { z } from 'zod';
import type { ActionType } from '../../domain/actions/action.ts';
import { type Ability, abilities, accessRoles, roleAbilities } from '../../domain/abilities.ts';
import { type Code, codes } from '../../domain/codes.ts';
import { type MetricName, metrics } from '../../domain/metrics.ts';
import { inputSchemaOf } from '../json-schema.ts';
import { nameKey } from '../naming.ts';
import { mayUse } from '../tool.ts';
import type { Toolbox } from '../toolbox.ts';

export const explanation = z.object({
  kind: z.enum(['tool', 'action', 'metric', 'error_code', 'ability', 'access_role']),
  name: z.string(),
  title: z.string(),
  explanation: z.string(),
  formula: z.string().optional(),
  unit: z.string().optional(),
  severity: z.string().optional(),
  what_to_do: z.string().optional(),
  abilities: z.array(z.string()).optional().describe('What using it needs; for an access role, what it grants.'),
  granted_to: z.array(z.string()).optional().describe('The access roles that have this ability.'),
  used_by: z.array(z.string()).optional().describe('The tools that ask for this ability.'),
  hints: z.record(z.string(), z.boolean()).optional(),
  schema: z.record(z.string(), z.unknown()).optional(),
  answer_schema: z.record(z.string(), z.unknown()).optional(),
  example: z.record(z.string(), z.unknown()).optional(),
});
/** The vocabulary of scenario.action.plan, as the domain registers it. */
export type Actions = ReadonlyMap<string, Pick<ActionType, 'title' | 'doc' | 'schema' | 'example' | 'abilities'>>;
export type Explanation = z.input<typeof explanation>;

const tool = (box: Toolbox, name: string): Explanation | undefined => {
  const found = box.find(name);
  return (
    found && {
      kind: 'tool',
      name: found.name,
      title: found.operation.title,
      explanation: found.description,
      abilities: [...found.operation.abilities],
      hints: { ...found.face.hints },
      schema: found.inputSchema,
      answer_schema: found.answerSchema,
      example: { ...found.face.example },
    }
  );
};

const action = (actions: Actions, name: string): Explanation | undefined => {
  const key = [...actions.keys()].find((k) => nameKey(k) === nameKey(name));
  const found = key === undefined ? undefined : actions.get(key);
  return key === undefined || !found
    ? undefined
    : {
        kind: 'action',
        name: key,
        title: found.title,
        explanation: found.doc,
        abilities: [...found.abilities],
        schema: inputSchemaOf(found.schema),
        example: { ...found.example },
      };
};

const metric = (name: string): Explanation | undefined => {
  const key = Object.keys(metrics).find((k) => k === name.toLowerCase()) as MetricName | undefined;
  if (key === undefined) return undefined;
  const m: { title: string; formula: string; unit: string; notes?: string } = metrics[key];
  return { kind: 'metric', name: key, title: m.title, explanation: m.notes ?? `Measured in ${m.unit}.`, formula: m.formula, unit: m.unit };
};

const errorCode = (name: string): Explanation | undefined => {
  const key = Object.keys(codes).find((k) => k === name.toUpperCase()) as Code | undefined;
  return (
    key && {
      kind: 'error_code',
      name: key,
      title: key,
      explanation: codes[key].rule,
      severity: codes[key].severity,
      what_to_do: codes[key].wayOut,
    }
  );
};

const ability = (box: Toolbox, name: string): Explanation | undefined => {
  const key = abilities.find((a) => a === name.toLowerCase());
  return (
    key && {
      kind: 'ability',
      name: key,
      title: key,
      explanation: 'An ability comes with the access role and is narrowed by the scopes of the token.',
      granted_to: accessRoles.filter((r) => roleAbilities[r].includes(key)),
      used_by: box.tools.filter((t) => t.operation.abilities.includes(key)).map((t) => t.name),
    }
  );
};

const accessRole = (name: string): Explanation | undefined => {
  const key = accessRoles.find((r) => r === name.toLowerCase());
  return (
    key && {
      kind: 'access_role',
      name: key,
      title: key,
      explanation: 'An access role holds for the whole tenant.',
      abilities: [...roleAbilities[key]],
    }
  );
};

/** Explains a name of anything there is, or undefined. What is written in capitals is an error code first (LAYERS, layers). */
export const explain = (box: Toolbox, actions: Actions, name: string): Explanation | undefined =>
  (name === name.toUpperCase() ? errorCode(name) : undefined) ??
  tool(box, name) ??
  action(actions, name) ??
  metric(name) ??
  errorCode(name) ??
  ability(box, name) ??
  accessRole(name);

/** Names that contain the text or share a word with it, at most eight, tools the caller may not use left out. */
export const namesLike = (box: Toolbox, actions: Actions, name: string, has: ReadonlySet<Ability>): string[] => {
  const words = nameKey(name)
    .split(/[^a-z]+/)
    .filter((w) => w.length > 2);
  const all = [
    ...box.tools.filter((t) => mayUse(t, has)).map((t) => t.name),
    ...actions.keys(),
    ...Object.keys(metrics),
    ...Object.keys(codes),
    ...abilities,
  ];
  return all
    .map((candidate) => ({ candidate, score: words.filter((w) => nameKey(candidate).includes(w)).length }))
    .filter((c) => c.score > 0)
    .sort((a, b) => b.score - a.score)
    .slice(0, 8)
    .map((c) => c.candidate);
};
