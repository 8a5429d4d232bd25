import test from 'ava';
import { Decimal } from 'decimal.js';
import fc from 'fast-check';
import { actionTypes } from '../../src/domain/actions/index.ts';
import { codes, Refusal } from '../../src/domain/codes.ts';
import { figures } from '../../src/domain/impact.ts';
import { recheck } from '../../src/domain/plan.ts';
import { runDecision } from '../../src/domain/run.ts';
import { actor, company, placed, pos, unit } from './kit.ts';
import { anyAction, baseline, branchOf } from './generated.ts';
import { Oracle } from './totals-oracle.ts';

const runs = Number(process.env.PROPERTY_RUNS ?? 300);

test('over generated organisations the impact of a plan is the difference of the whole totals, and nothing accepted breaks the organisation', async (t) => {
  let accepted = 0;
  let refused = 0;
  const moved = new Map<string, number>();
  const done = new Map<string, number>();
  await fc.assert(
    fc.asyncProperty(
      baseline.chain((b) =>
        fc.tuple(fc.constant(b), fc.array(fc.array(anyAction(b.sizes), { minLength: 1, maxLength: 3 }), { minLength: 3, maxLength: 6 })),
      ),
      async ([{ changes }, lists]) => {
        const branch = branchOf(changes);
        let faults = new Set(new Oracle(branch).faults());
        for (const list of lists) {
          const before = new Oracle(branch);
          const count = branch.recorded.length;
          try {
            const withHire = JSON.stringify(list).includes('$hire')
              ? [{ type: 'actor.add', ref: 'hire', effective_on: '2025-01-01' }, ...list]
              : list;
            const plan = await branch.plan(...withHire);
            const again = await runDecision(recheck(plan.changes, branch.context), branch);
            const stored = plan.changes.map(({ kind: _k, before: _b, after: _a, sentence: _s, ...c }) => c);
            branch.record(stored, true);
            const after = new Oracle(branch);
            const [was, is] = [before.totals(plan.delta.effective_on, 'USD'), after.totals(plan.delta.effective_on, 'USD')];
            for (const f of figures) {
              const want = new Decimal(is[f] as string).minus(was[f] as string).toFixed();
              if (plan.delta[f].toFixed() !== want)
                throw new Error(`${f}: planned ${plan.delta[f]}, found ${want} by ${JSON.stringify(list)}`);
              if (want !== '0') moved.set(f, (moved.get(f) ?? 0) + 1);
            }
            for (const { month, annualised } of plan.delta.run_rate_by_month) {
              const want = new Decimal(is[month] as string).minus(was[month] as string).toFixed();
              if (annualised.toFixed() !== want) throw new Error(`${month}: planned ${annualised}, found ${want}`);
            }
            const on = plan.delta.effective_on;
            const listed = new Map(plan.delta.layers.map((l) => [l.position_id, l]));
            if (faults.size === 0)
              for (const id of new Set(plan.changes.filter((c) => c.kind === 'position').map((c) => c.id))) {
                const [from, to] = [before.layer(id, on), after.layer(id, on)];
                const said = listed.get(id);
                if (from !== to && (said?.before !== from || said.after !== to))
                  throw new Error(`layer of ${id}: ${from} to ${to}, said ${JSON.stringify(said)}`);
                if (from === to && said && said.before !== said.after)
                  throw new Error(`layer of ${id} stays, said ${JSON.stringify(said)}`);
              }
            if (faults.size === 0) {
              const [spansWas, spansIs] = [before.spans(on), after.spans(on)];
              const said = new Map(plan.delta.spans.map((s) => [s.position_id, s.delta]));
              const shifts = after.shiftsFrom(before, on);
              const told = plan.delta.layer_shifts.map((l) => `${l.before} to ${l.after}: ${l.positions}`).sort();
              if (told.join() !== shifts.join()) throw new Error(`layers shift ${shifts}, said ${told} by ${JSON.stringify(list)}`);
              if (shifts.length > 0) moved.set('layers', (moved.get('layers') ?? 0) + 1);
              if (plan.changes.every((c) => c.kind === 'org_unit') && said.size > 0)
                moved.set('followers', (moved.get('followers') ?? 0) + 1);
              for (const id of new Set([...spansWas.keys(), ...spansIs.keys(), ...said.keys()])) {
                const want = (spansIs.get(id) ?? 0) - (spansWas.get(id) ?? 0);
                if (want !== (said.get(id) ?? 0))
                  throw new Error(`span of ${id}: ${want}, said ${said.get(id)} by ${JSON.stringify(list)}`);
              }
            }
            if (again.differences.length > 0) throw new Error(`a recheck on the same state differs: ${JSON.stringify(again.differences)}`);
            for (const f of figures) if (!again.delta[f].equals(plan.delta[f])) throw new Error(`a recheck gives another ${f}`);
            if (again.findings.some((f) => f.severity === 'stop'))
              throw new Error(`a recheck on the same state stops: ${JSON.stringify(again.findings)}`);
            const now = new Set(after.faults());
            for (const fault of now) if (!faults.has(fault)) throw new Error(`accepted: ${fault} by ${JSON.stringify(list)}`);
            faults = now;
            accepted++;
            for (const action of list) done.set(action.type as string, (done.get(action.type as string) ?? 0) + 1);
          } catch (error) {
            if (!(error instanceof Refusal)) throw error;
            if (branch.recorded.length !== count) throw new Error('a refused plan left something');
            refused++;
          }
        }
      },
    ),
    { numRuns: runs, seed: Number(process.env.PROPERTY_SEED ?? 20260101), includeErrorInReport: true },
  );
  t.log(`${accepted} plans accepted, ${refused} refused; figures moved: ${[...moved].map(([f, n]) => `${f} ${n}`).join(', ')}`);
  t.true(accepted > runs, 'enough plans are accepted to mean something');
  for (const type of actionTypes.keys())
    if (type !== 'scenario.revert_change')
      t.true((done.get(type) ?? 0) > runs / 100, `${type} is accepted in some plans: ${done.get(type)}`);
  t.true((moved.get('layers') ?? 0) > runs / 10 && (moved.get('followers') ?? 0) > runs / 100, 'layers shift, and members follow');
  for (const f of figures) if (f !== 'one_off') t.true((moved.get(f) ?? 0) > runs / 100, `${f} moves in some plans`);
});

test('whatever is given as actions, the answer is a plan or a refusal with known codes, and nothing else', async (t) => {
  const keys = [
    'org_unit_id',
    'parent_id',
    'new_parent_id',
    'position_id',
    'manager_position_id',
    'head_position_id',
    'actor_id',
    'placement_id',
    'other_placement_id',
    'compensation_id',
    'new_position_id',
    'kind',
    'unit_type',
    'cost_centre',
    'grade',
    'capacity_fte',
    'contract_fte',
    'external_uid',
    'personal',
    'amount',
    'basis',
    'currency',
    'reason',
    'status',
    'effective_on',
    'name',
    'title',
    'mode',
    'holders',
    'reports',
    'pay_amount',
    'pay_currency',
    'allocation',
    'ref',
    'later',
    'things',
    'event_position',
    'count',
  ];
  const value = fc.oneof(
    fc.constantFrom(
      unit(1),
      unit(2),
      unit(4),
      pos(1),
      pos(4),
      pos(5),
      actor(4),
      placed(4),
      '$a',
      '$a#2',
      '2026-07-01',
      '0001-01-01',
      '9999-12-31',
      'cascade',
      'reparent',
      'end',
      'to_manager',
      'replace',
      'a',
      'EUR',
      null,
    ),
    fc.record({ position_id: fc.constantFrom(pos(1), '$a') }),
    fc.constant([{ kind: 'position', id: pos(4) }]),
    fc.jsonValue({ maxDepth: 2 }),
  );
  // The ids of the examples are nobody's; those of the company let some of what is given be planned.
  const here: Record<string, string> = {
    org_unit_id: unit(4),
    parent_id: unit(2),
    new_parent_id: unit(3),
    position_id: pos(5),
    manager_position_id: pos(3),
    head_position_id: pos(5),
    actor_id: actor(6),
    placement_id: placed(6),
    other_placement_id: placed(4),
  };
  const example = (of: Record<string, unknown>) => Object.fromEntries(Object.entries(of).map(([k, v]) => [k, here[k] ?? v]));
  const given = fc
    .tuple(fc.constantFrom(...actionTypes.values()), fc.dictionary(fc.constantFrom(...keys), value, { maxKeys: 3 }))
    .map(([type, more]) => {
      const known = Object.keys(type.schema.shape);
      return { ...example(type.example), ...Object.fromEntries(Object.entries(more).filter(([k]) => known.includes(k))) };
    });
  let planned = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.oneof({ arbitrary: given, weight: 9 }, { arbitrary: fc.jsonValue(), weight: 1 }), { minLength: 1, maxLength: 4 }),
      async (list) => {
        try {
          await company().plan(...(list as Record<string, unknown>[]));
          planned++;
        } catch (error) {
          if (!(error instanceof Refusal)) throw error;
          for (const f of error.findings) if (!Object.hasOwn(codes, f.code) || f.way_out === '') throw new Error(`no way out of ${f.code}`);
        }
      },
    ),
    { numRuns: 1500, seed: Number(process.env.PROPERTY_SEED ?? 7), includeErrorInReport: true },
  );
  t.true(planned > 100, `${planned} lists were planned`);
});
