import type { ExecutionContext } from 'ava';
import fc from 'fast-check';
import type { Caller } from '../../src/application/context.ts';
import { confirmProposal, planProposal } from '../../src/application/proposal/index.ts';
import { resolveBasis } from '../../src/application/read/basis.ts';
import { createScenario } from '../../src/application/scenario/index.ts';
import { Refusal } from '../../src/domain/codes.ts';
import { fteText, moneyText } from '../../src/domain/decimal.ts';
import { defaultSettings, type EventData, type EventType, streams } from '../../src/domain/events.ts';
import { countFigures, type Figure, fteFigures, figures as names, type Totals } from '../../src/domain/impact.ts';
import type { Basis } from '../../src/projections/basis.ts';
import { figures as countAll } from '../../src/projections/queries/figures.ts';
import { type Shape, shape } from '../../src/projections/queries/layers.ts';
import { loadRates } from '../../src/projections/queries/rates.ts';
import { branchTotals } from '../../src/projections/queries/totals.ts';
import { replayVerify } from '../../src/projections/replay.ts';
import { anyAction, baseline, followed } from '../domain/generated.ts';
import { type Engine, engine, newId } from '../support/engine.ts';
import type { Plan } from './support.ts';
import { lineDifference, type Place, placesOf } from '../support/lines-read.ts';

const text = (totals: Totals, figure: Figure): string =>
  (countFigures as readonly string[]).includes(figure)
    ? totals[figure].toFixed()
    : (fteFigures as readonly string[]).includes(figure)
      ? fteText(totals[figure])
      : moneyText(totals[figure], totals.currency);
const told = (totals: Totals): Record<string, unknown> => ({
  ...Object.fromEntries(names.map((f) => [f, text(totals, f)])),
  months: totals.run_rate_by_month.map((m) => `${m.month} ${moneyText(m.annualised.dividedBy(12), totals.currency)}`),
});

/** The same figures by counting the whole branch, without the shortcut over what the scenario touches. */
const whole = async (e: Engine, basis: Basis): Promise<Record<string, string>> => {
  const f = await countAll(e.sql, basis, await loadRates(e.sql, basis));
  const { currency } = basis.settings;
  return {
    headcount: f.headcount.toFixed(),
    seats: f.seats.toFixed(),
    vacant_positions: f.vacant_positions.toFixed(),
    establishment_fte: fteText(f.establishment_fte),
    fte: fteText(f.fte),
    annualised: moneyText(f.planned_annualised, currency),
    in_year: moneyText(f.planned_in_year, currency),
    actual_annualised: moneyText(f.actual_annualised, currency),
    actual_in_year: moneyText(f.actual_in_year, currency),
  };
};

/** Positions by layer after shifts of layers. */
const added = (
  layers: Shape['layers'],
  shifts: readonly { before?: number | undefined; after?: number | undefined; positions: number }[],
): Shape['layers'] => {
  const sums = new Map(layers.map((l) => [l.layer, l.positions]));
  for (const { before, after, positions } of shifts) {
    if (before !== undefined) sums.set(before, (sums.get(before) ?? 0) - positions);
    if (after !== undefined) sums.set(after, (sums.get(after) ?? 0) + positions);
  }
  return [...sums].flatMap(([layer, n]) => (n === 0 ? [] : [{ layer, positions: n }])).sort((a, b) => a.layer - b.layer);
};

/** Holds what a plan said of spans and layers to a walk from every position, before the confirm and after it, and to the layers that SQL tells. */
export const linesChecked = async (
  t: ExecutionContext,
  e: Engine,
  told: { impact: Plan['impact']; before: Map<string, Place>; layersBefore: Shape['layers']; after: Basis; where: string },
) => {
  const { impact, where } = told;
  const after = await placesOf(e.sql, told.after);
  const lines = lineDifference(told.before, after);
  t.deepEqual(impact.spans.map((s) => [s.position_id, s.delta] as [string, number]).sort(), lines.spans, where);
  const shifts = impact.layer_shifts?.map((l) => [`${l.before ?? '-'} to ${l.after ?? '-'}`, l.positions] as [string, number]).sort();
  t.deepEqual(shifts, lines.shifts, where);
  t.deepEqual(added(told.layersBefore, impact.layer_shifts ?? []), (await shape(e.sql, told.after)).layers, where);
  return { after, ...lines };
};

/** One generated organisation as a tenant of its own. */
export const settle = async (e: Engine, tenant: number, changes: EventData['BaselineChanged']['changes'][]): Promise<Caller> => {
  const caller = { ...e.caller('owner'), tenant };
  const append = async <T extends EventType>(stream: string, type: T, data: EventData[T]) =>
    (
      await e.store.append(tenant, stream, 'any', [
        {
          event_id: newId(),
          type,
          schema_version: 1,
          data,
          recorded_at: e.deps.now().toISOString(),
          metadata: { user: caller.user.id, with: caller.with, via: 'system', correlation_id: 'test' },
        },
      ])
    ).position;
  let position = await append(streams.settings(tenant), 'TenantCreated', {
    slug: `t${tenant}`,
    name: 'Generated',
    settings: { ...defaultSettings, name: 'Generated', subscription: 'enterprise', horizon_years: 50 },
  });
  for (const part of changes) position = await append(streams.baseline(tenant), 'BaselineChanged', { changes: part });
  await e.deps.reached(tenant, position);
  return caller;
};

/**
 * Over generated organisations and lists of actions, planned and confirmed one on top of the other: what a plan says of every
 * count and every sum, of spans and of layers is the difference that reading the scenario before and after the confirm gives, two ways, and the log
 * replayed gives the same rows. Answers how many lists were applied and how many were refused.
 */
export const checkImpacts = async (
  t: ExecutionContext,
  { organisations, lists, seed }: { organisations: number; lists: number; seed: number },
) => {
  const e = await engine(t, { now: new Date('2026-03-01T12:00:00Z') });
  const counts = { applied: 0, refused: 0, moved: 0, shifted: 0, followed: 0, codes: {} as Record<string, number> };
  const made = fc.sample(
    baseline.chain((b) =>
      fc.record({
        b: fc.constant(b),
        lists: fc.array(
          fc.array(fc.oneof({ arbitrary: anyAction(b.sizes), weight: 3 }, followed(b.sizes)), { minLength: 1, maxLength: 4 }),
          { minLength: lists, maxLength: lists },
        ),
      }),
    ),
    { numRuns: organisations, seed },
  );
  for (const [n, { b, lists: all }] of made.entries()) {
    const caller = await settle(e, n + 2, b.changes);
    let scenario_id = '';
    for (const [at, actions] of all.entries()) {
      // A fresh scenario now and then, since lists close things and a scenario empties.
      if (at % 10 === 0) ({ scenario_id } = await createScenario(e.deps, caller, { name: 'Generated' }));
      const where = `seed ${seed}, organisation ${n}, list ${at}: ${JSON.stringify(actions)}`;
      const plan = await planProposal(e.deps, caller, {
        scenario_id,
        actions: actions as Parameters<typeof planProposal>[2]['actions'],
      }).catch((error: unknown) => {
        if (!(error instanceof Refusal)) throw new Error(where, { cause: error });
        counts.codes[error.code] = (counts.codes[error.code] ?? 0) + 1;
        return undefined;
      });
      if (!plan) {
        counts.refused++;
        continue;
      }
      const { impact } = plan;
      const on = { scenario_id, effective_on: impact.effective_on };
      const before = await resolveBasis(e.deps, caller, on);
      const stood = await placesOf(e.sql, before);
      const layersBefore = (await shape(e.sql, before)).layers;
      await confirmProposal(e.deps, caller, { proposal_id: plan.proposal_id, digest: plan.digest });
      const after = await resolveBasis(e.deps, caller, on);
      const side = (key: 'before' | 'after') => ({
        ...Object.fromEntries(names.map((f) => [f, (impact[f] as { before: string; after: string })[key]])),
        months: impact.run_rate_by_month?.map((m) => `${m.month} ${m[key]}`),
      });
      t.deepEqual(side('before'), told(await branchTotals(e.sql, before)), where);
      t.deepEqual(side('after'), told(await branchTotals(e.sql, after)), where);
      const full = await whole(e, after);
      t.deepEqual(
        Object.fromEntries(Object.keys(full).map((f) => [f, (impact as unknown as Record<string, { after: string }>)[f]?.after])),
        full,
        where,
      );
      const lines = await linesChecked(t, e, { impact, before: stood, layersBefore, after, where });
      const touched = new Set(plan.changes.map((c) => c.id));
      if ([...lines.after].some(([id, p]) => !touched.has(id) && p.lead !== stood.get(id)?.lead)) counts.followed++;
      if (lines.shifts.length > 0) counts.shifted++;
      counts.applied++;
      if (names.some((f) => Number((impact[f] as { delta: string }).delta) !== 0)) counts.moved++;
    }
    const replayed = await replayVerify({ store: e.store, sql: e.sql, tenant: caller.tenant });
    t.true(replayed.equal, JSON.stringify(replayed.first_difference));
  }
  return counts;
};
