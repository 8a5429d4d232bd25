import type { z } from 'zod';
import type { Ability } from '../domain/abilities.ts';
import type { Caller, Deps } from './context.ts';

/**
 * One thing a caller can ask for: a use case or a query, with its schemas. Every face (MCP, REST, web, command line) offers
 * operations and adds nothing to what they mean. `abilities` are what the operation itself asks for before it runs.
 */
export interface Operation<In extends z.ZodObject = z.ZodObject, Out extends z.ZodObject = z.ZodObject> {
  /** The canonical dotted name, e.g. `org.overview`. */
  readonly name: string;
  readonly title: string;
  /** One line: what it does. Faces may add more. */
  readonly summary: string;
  readonly input: In;
  readonly output: Out;
  readonly abilities: readonly Ability[];
  /** What such arguments ask for besides. They are as they came, not yet held against the schema. */
  readonly alsoAsksFor?: (args: Readonly<Record<string, unknown>>) => readonly Ability[];
  readonly readOnly: boolean;
  run(deps: Deps, caller: Caller, input: z.output<In>): Promise<z.input<Out>>;
}

/** Gives an operation its types; the identity at run time. */
export const operation = <In extends z.ZodObject, Out extends z.ZodObject>(definition: Operation<In, Out>): Operation<In, Out> =>
  definition;
