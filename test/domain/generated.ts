import fc from 'fast-check';
import type { Change } from '../../src/domain/changes.ts';
import { change } from '../../src/domain/changes.ts';
import { actor, Branch, facts, pay, placed, pos, unit } from './kit.ts';

/** Dates around which things happen: year ends, leap days, a start within the year. */
export const dates = [
  '2025-06-30',
  '2025-12-31',
  '2026-01-01',
  '2026-01-02',
  '2026-03-15',
  '2026-07-01',
  '2026-12-31',
  '2027-01-01',
  '2028-02-29',
];
const date = fc.constantFrom(...dates);
const pick = (n: number) => fc.integer({ min: 1, max: n });
const amount = fc.integer({ min: 0, max: 20_000_000 }).map((cents) => (cents / 100).toFixed(2));
const basis = fc.constantFrom('annual', 'daily', 'hourly');
const currency = fc.constantFrom('USD', 'USD', 'EUR');

interface Sizes {
  units: number;
  positions: number;
  actors: number;
}

const position = (n: number, s: Sizes) =>
  fc
    .record({
      of: pick(s.units),
      how: fc.constantFrom('unit_head', 'unit_head', 'explicit', 'none'),
      to: fc.integer({ min: 1, max: Math.max(1, n - 1) }),
      capacity: fc.constantFrom('1', '0.5', '0.33', null),
      status: fc.constantFrom('open', 'open', 'planned', 'frozen'),
      pay: fc.option(fc.record({ pay_amount: amount, pay_basis: basis, pay_currency: currency })),
      country: fc.constantFrom('DE', 'GB', null),
      vacate: fc.boolean(),
    })
    .map((r) =>
      facts.position(n, r.of, {
        reporting: r.how === 'explicit' && n > 1 ? 'explicit' : r.how === 'explicit' ? 'none' : r.how,
        manager_id: r.how === 'explicit' && n > 1 ? pos(r.to) : null,
        capacity_fte: r.capacity,
        status: r.status,
        country: r.country,
        close_on_vacate: r.vacate,
        ...(r.pay ?? {}),
      }),
    );

/** A random baseline: a tree of units with some heads, seats, people on some of them, pay, rates, and later-dated changes out of order. */
export const baseline: fc.Arbitrary<{ changes: Change[][]; sizes: Sizes }> = fc
  .record({ units: fc.integer({ min: 2, max: 5 }), positions: fc.integer({ min: 2, max: 7 }), actors: fc.integer({ min: 1, max: 5 }) })
  .chain((s) =>
    fc
      .record({
        parents: fc.tuple(...Array.from({ length: s.units - 1 }, (_, i) => pick(i + 1))),
        positions: fc.tuple(...Array.from({ length: s.positions }, (_, i) => position(i + 1, s))),
        heads: fc.array(fc.record({ u: pick(s.units), p: pick(s.positions), from: fc.constantFrom('2020-01-01', ...dates) }), {
          maxLength: 3,
        }),
        actors: fc.tuple(
          ...Array.from({ length: s.actors }, () =>
            fc.record({
              kind: fc.constantFrom('human', 'human', 'human', 'robot', 'ai_agent'),
              contract_fte: fc.constantFrom('1', '0.8', '0.25'),
              employment_type: fc.constantFrom('permanent', 'contractor'),
              pay: fc.option(amount),
              seat: pick(s.positions),
              country: fc.constantFrom('DE', null),
            }),
          ),
        ),
        rates: fc.record({
          tenant: fc.option(fc.constantFrom('0.25', '0.21')),
          unit: fc.option(pick(s.units)),
          country: fc.boolean(),
          fixed: fc.option(fc.constantFrom('100', '33.33')),
        }),
        later: fc.array(
          fc.record({
            p: pick(s.positions),
            amount,
            to: pick(s.units),
            on: date,
            what: fc.constantFrom('pay', 'pay', 'move', 'move', 'head', 'head', 'close'),
          }),
          { maxLength: 3 },
        ),
      })
      .map((r) => {
        const homes = r.positions.map((p) => p.set.unit_id);
        const first: Change[] = [
          facts.unit(1, null),
          ...r.parents.map((p, i) => facts.unit(i + 2, p)),
          ...r.positions,
          facts.assumption(1, 'fx_rate', '1.0833', 'tenant', 'EUR', '2000-01-01'),
          ...(r.rates.tenant ? [facts.assumption(2, 'on_cost_rate', r.rates.tenant, 'tenant', null, '2000-01-01')] : []),
          ...(r.rates.unit ? [facts.assumption(3, 'on_cost_rate', '0.4', 'unit', unit(r.rates.unit), '2026-03-15')] : []),
          ...(r.rates.country ? [facts.assumption(4, 'on_cost_rate', '0.2105', 'country', 'DE', '2000-01-01')] : []),
          ...(r.rates.fixed ? [facts.assumption(5, 'fixed_on_cost', r.rates.fixed, 'tenant', null, '2000-01-01')] : []),
          ...r.actors.flatMap(({ pay, seat, country, ...a }, i) => [
            facts.actor(i + 1, { ...a, country }),
            {
              ...facts.placement(i + 1, i + 1, 1, seat),
              set: { ...facts.placement(i + 1, i + 1, 1, seat).set, unit_id: homes[seat - 1] as string },
            },
            ...(pay ? [facts.pay(i + 1, i + 1, pay)] : []),
          ]),
        ];
        const second = r.heads.map((h) => facts.head(h.u, h.p, h.from));
        const third = r.later.map((l) =>
          l.what === 'pay'
            ? change('PositionPaySet', pos(l.p), l.on, { pay_amount: l.amount, pay_basis: 'annual', pay_currency: 'USD' })
            : l.what === 'move'
              ? change('PositionMoved', pos(l.p), l.on, { unit_id: unit(l.to) })
              : l.what === 'close'
                ? change('PositionClosed', pos(l.p), l.on, { close_reason: 'not_needed' })
                : facts.head(l.to, l.p, l.on),
        );
        return { changes: [first, ...(second.length ? [second] : []), ...(third.length ? [third] : [])], sizes: s };
      }),
  );

export const branchOf = (changes: Change[][]): Branch => {
  const branch = new Branch();
  for (const c of changes) branch.record(c);
  return branch;
};

/** One random action on a company of these sizes. Many are refused; that is part of the point. */
export const anyAction = (s: Sizes): fc.Arbitrary<Record<string, unknown>> => {
  const u = pick(s.units).map(unit);
  const p = pick(s.positions).map(pos);
  const who = pick(s.actors).map(actor);
  const held = pick(s.actors).map(placed);
  const on = { effective_on: date };
  const later = fc.constantFrom(undefined, undefined, 'replace');
  const clean = (r: Record<string, unknown>) => Object.fromEntries(Object.entries(r).filter(([, v]) => v !== undefined));
  const make = (type: string, shape: Record<string, fc.Arbitrary<unknown>>) =>
    fc.record({ type: fc.constant(type), ...on, ...shape }).map(clean);
  return fc.oneof(
    make('org_unit.create', { name: fc.constant('New'), parent_id: u }),
    make('org_unit.rename', { org_unit_id: u, name: fc.constantFrom('A', 'B'), later }),
    make('org_unit.move', { org_unit_id: u, new_parent_id: u, later }),
    make('org_unit.set_head', { org_unit_id: u, head_position_id: fc.oneof(p, fc.constant(null)), later }),
    make('org_unit.close', { org_unit_id: u, mode: fc.constant('cascade'), later }),
    make('org_unit.close', { org_unit_id: u, mode: fc.constant('reparent'), new_parent_id: u, later }),
    make('position.create', {
      org_unit_id: u,
      title: fc.constant('Seat'),
      count: pick(3),
      pay_amount: fc.option(amount, { nil: undefined }),
      pay_currency: currency,
      manager_position_id: fc.oneof(p, fc.constant(null), fc.constant(undefined)),
      capacity_fte: fc.constantFrom('1', '0.5'),
    }),
    make('position.set_pay', { position_id: p, pay_amount: amount, pay_basis: basis, pay_currency: currency, later }),
    make('position.move', { position_id: p, org_unit_id: u, mode: fc.constantFrom('seat_with_person', 'seat_only', 'person_only'), later }),
    make('position.set_manager', { position_id: p, manager_position_id: fc.oneof(p, fc.constant(null)), later }),
    make('position.set_manager', { position_id: p, reporting: fc.constant('unit_head'), later }),
    make('position.close', {
      position_id: p,
      holders: fc.constantFrom('end', undefined),
      reports: fc.constantFrom('to_manager', undefined),
      later,
    }),
    make('position.close', {
      position_id: p,
      holders: p.map((id) => ({ position_id: id })),
      reports: p.map((id) => ({ position_id: id })),
      later,
    }),
    make('actor.add', { kind: fc.constantFrom('human', 'robot', 'ai_agent'), contract_fte: fc.constantFrom('0.5', '1') }),
    make('placement.start', {
      actor_id: who,
      position_id: p,
      allocation: fc.constantFrom('100', '50', '33.3'),
      ends_on: fc.constantFrom(undefined, '2027-06-01'),
    }),
    make('placement.end', { placement_id: held, later }),
    make('org_unit.reclassify', {
      org_unit_id: u,
      kind: fc.constantFrom('team', 'division'),
      unit_type: fc.constantFrom('platform', undefined),
      later,
    }),
    make('org_unit.set_cost_centre', { org_unit_id: u, cost_centre: fc.constantFrom('C1', null), later }),
    make('org_unit.reopen', { org_unit_id: u, later }),
    make('position.duplicate', { position_id: p, count: pick(2) }),
    make('position.update', {
      position_id: p,
      title: fc.constantFrom('T', undefined),
      country: fc.constantFrom('DE', 'GB', null),
      employment_type: fc.constantFrom('contractor', undefined),
      capacity_fte: fc.constantFrom('0.75', '2', null),
      later,
    }),
    make('position.freeze', { position_id: p, later }),
    make('position.unfreeze', { position_id: p, later }),
    make('position.reopen', { position_id: p, later }),
    make('position.backfill', { position_id: p }),
    make('actor.update', {
      actor_id: who,
      contract_fte: fc.constantFrom('0.6', '1', undefined),
      employment_type: fc.constantFrom('contractor', 'permanent', undefined),
      country: fc.constantFrom('DE', 'GB', null),
      later,
    }),
    make('actor.exit', { actor_id: who, later }),
    make('placement.transfer', { placement_id: held, position_id: p, later }),
    make('placement.transfer', { placement_id: held, org_unit_id: u, later }),
    make('placement.change_allocation', { placement_id: held, allocation: fc.constantFrom('0', '33.3', '150'), later }),
    make('placement.set_primary', { placement_id: held, later }),
    make('placement.swap', { placement_id: held, other_placement_id: held, later }),
    make('compensation.set', {
      actor_id: who,
      amount,
      basis: fc.option(basis, { nil: undefined }),
      currency: fc.option(currency, { nil: undefined }),
      compensation_id: fc.oneof({ arbitrary: fc.constant(undefined), weight: 4 }, { arbitrary: pick(s.actors).map(pay), weight: 1 }),
      later,
    }),
    fc
      .tuple(date, p, pick(3))
      .map(([effective_on, position_id]) => ({ type: 'placement.start', effective_on, actor_id: '$hire', position_id })),
  );
};

/** Actions by which positions that nobody names get another manager: heads, moved units, closings and managers that come back. */
export const followed = (s: Sizes): fc.Arbitrary<Record<string, unknown>> => {
  const u = pick(s.units).map(unit);
  const p = pick(s.positions).map(pos);
  const on = { effective_on: date };
  return fc.oneof(
    fc.record({ type: fc.constant('org_unit.set_head'), ...on, org_unit_id: u, head_position_id: fc.oneof(p, p, p, fc.constant(null)) }),
    fc.record({ type: fc.constant('org_unit.move'), ...on, org_unit_id: u, new_parent_id: u }),
    fc.record({
      type: fc.constant('position.close'),
      ...on,
      position_id: p,
      holders: fc.constant('end'),
      reports: fc.oneof(
        fc.constant('to_manager'),
        p.map((id) => ({ position_id: id })),
      ),
    }),
    fc.record({ type: fc.constant('position.reopen'), ...on, position_id: p }),
    fc.record({ type: fc.constant('position.set_manager'), ...on, position_id: p, reporting: fc.constant('unit_head') }),
  );
};
