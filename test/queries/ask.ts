import type { Caller } from '../../src/application/context.ts';
import type { Operation } from '../../src/application/operation.ts';
import { readOperations } from '../../src/application/read/index.ts';
import { Refusal } from '../../src/domain/codes.ts';
import type { Engine } from '../support/engine.ts';

// biome-ignore lint/suspicious/noExplicitAny: answers are read here as a client reads them.
export type Answer = any;

const by = (name: string): Operation => readOperations.find((o) => o.name === name) as Operation;

/** Calls an operation as a face does: input parsed, answer checked against its schema, no nulls anywhere. */
export const ask = async (e: Engine, name: string, input: Record<string, unknown> = {}, caller: Caller = e.caller()): Promise<Answer> => {
  const op = by(name);
  const answer = await op.run(e.deps, caller, op.input.parse(input));
  op.output.parse(answer);
  if (JSON.stringify(answer).includes('null')) throw new Error(`a null in ${name}: ${JSON.stringify(answer)}`);
  return JSON.parse(JSON.stringify(answer));
};

/** The call is refused with this code and says what to do. */
export const refusal = async (t: Answer, work: Promise<unknown>, code: string) => {
  const error: Refusal = await t.throwsAsync(work, { instanceOf: Refusal });
  t.is(error.code, code, error.message);
  t.truthy(error.findings[0]?.way_out);
  return error;
};
