import { resolveBasis } from '../../src/application/read/basis.ts';
import { kindOf } from '../../src/domain/changes.ts';
import type { Basis } from '../../src/projections/basis.ts';
import { type Engine, engine } from '../support/engine.ts';
import type { Recorded } from './brute.ts';
import { copy, nothing, type Random, someChanges, someDate, someRates } from './organisation.ts';

export interface World {
  e: Engine;
  log: Recorded[];
  basis: Basis[];
  currency: string;
}

/** A generated history: baseline changes, scenarios on several pins, and bases to read them on. */
export const history = async (
  t: Parameters<typeof engine>[0],
  r: Random,
  currency: string,
  decimals: number,
  size: number,
): Promise<World> => {
  const e = await engine(t, { settings: { currency }, now: new Date('2026-11-20T12:00:00Z') });
  const log: Recorded[] = [];
  const known = nothing();
  const record = (branch: number, position: number, changes: Parameters<Engine['givenBaseline']>[0]) =>
    log.push(...changes.map((change) => ({ branch, position, change, kind: kindOf(change) })));
  const basis: Basis[] = [];
  const first = someChanges(r, known, size, currency, decimals);
  const rates = someRates(r, known);
  record(0, await e.givenBaseline([...first, ...rates]), [...first, ...rates]);
  for (let round = 0; round < 3; round++) {
    const scenario = await e.givenScenario();
    const theirs = copy(known);
    for (let n = 0; n < 2; n++) {
      const changes = someChanges(r, theirs, r.upTo(12) + 1, currency, decimals);
      record(scenario.branch, await e.givenConfirmed(scenario, changes), changes);
      basis.push(await resolveBasis(e.deps, e.caller(), { scenario_id: scenario.scenario_id, effective_on: someDate(r) }));
    }
    const more = someChanges(r, known, r.upTo(15) + 1, currency, decimals);
    record(0, await e.givenBaseline(more), more);
    basis.push(await resolveBasis(e.deps, e.caller(), { effective_on: someDate(r) }));
    basis.push(await resolveBasis(e.deps, e.caller(), { scenario_id: scenario.scenario_id, effective_on: someDate(r) }));
    basis.push(
      await resolveBasis(e.deps, e.caller(), { as_of: Math.max(2, (basis[0]?.position ?? 2) - r.upTo(6)), effective_on: someDate(r) }),
    );
  }
  return { e, log, basis, currency };
};
