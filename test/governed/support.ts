import type { ExecutionContext } from 'ava';
import type { Caller } from '../../src/application/context.ts';
import { confirmProposal, planProposal } from '../../src/application/proposal/index.ts';
import { createScenario } from '../../src/application/scenario/index.ts';
import { type Code, Refusal } from '../../src/domain/codes.ts';
import { streams } from '../../src/domain/events.ts';
import { replayVerify } from '../../src/projections/replay.ts';
import { type Engine, type EngineOptions, engine, id } from '../support/engine.ts';
import { smallCompany } from './organisation.ts';

export type Plan = Awaited<ReturnType<typeof planProposal>>;
export type Actions = Parameters<typeof planProposal>[2]['actions'];

export interface Stage extends Engine {
  planner: Caller;
  scenario_id: string;
  plan(actions: Actions, more?: Partial<Parameters<typeof planProposal>[2]>, by?: Caller): Promise<Plan>;
  confirm(proposal_id: string, more?: { digest?: string }, by?: Caller): ReturnType<typeof confirmProposal>;
  /** Every event after a position, oldest first, as type names. */
  eventsAfter(position: number): Promise<string[]>;
  head(): Promise<number>;
  baselineHead(): Promise<number>;
}

/** The small company with one open scenario of a planner, on real parts; the clock stands at 2026-03-01 unless given. */
export const stage = async (t: ExecutionContext, options: EngineOptions = {}): Promise<Stage> => {
  const e = await engine(t, { now: new Date('2026-03-01T12:00:00Z'), ...options, settings: { currency: 'GBP', ...options.settings } });
  await e.givenBaseline(smallCompany);
  const planner = e.caller('manager');
  const { scenario_id } = await createScenario(e.deps, planner, { name: 'Plan' });
  return {
    ...e,
    planner,
    scenario_id,
    plan: (actions, more = {}, by = planner) => planProposal(e.deps, by, { scenario_id, actions, ...more }),
    confirm: (proposal_id, more = {}, by = planner) => confirmProposal(e.deps, by, { proposal_id, ...more }),
    eventsAfter: async (position) => (await e.store.readLog(e.tenant, position, 10_000)).map((event) => event.type),
    head: async () => (await e.store.heads()).get(e.tenant) ?? 0,
    baselineHead: async () => (await e.store.head(e.tenant, streams.baseline(e.tenant)))?.position ?? 0,
  };
};

/** The refusal a call ends in; fails the test when it does not, or with another code. */
export const refused = async (t: ExecutionContext, call: Promise<unknown>, code: Code): Promise<Refusal> => {
  const error = await t.throwsAsync(call, { instanceOf: Refusal });
  t.is(error?.code, code, error?.message);
  return error as Refusal;
};

/** After everything: the read model is what the log says. */
export const replaysEqual = async (t: ExecutionContext, e: Engine): Promise<void> => {
  const result = await replayVerify({ store: e.store, sql: e.sql, tenant: e.tenant });
  t.true(result.equal, JSON.stringify(result.first_difference));
};

export const rename = (unit: string, name: string, effective_on = '2026-06-01') => ({
  type: 'org_unit.rename',
  org_unit_id: id(unit),
  name,
  effective_on,
});
export const setPay = (position: string, pay_amount: string, effective_on = '2026-06-01') => ({
  type: 'position.set_pay',
  position_id: id(position),
  pay_amount,
  pay_currency: 'GBP',
  effective_on,
});
