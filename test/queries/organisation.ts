import { type Change, change } from '../../src/domain/changes.ts';
import { addDays } from '../../src/domain/dates.ts';
import { newId } from '../support/engine.ts';

/** Random numbers from a seed (mulberry32), so that a failing run can be repeated. */
export const random = (seed: number) => {
  let state = seed;
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  const upTo = (n: number) => Math.floor(next() * n);
  return { next, upTo, pick: <T>(list: readonly T[]): T => list[upTo(list.length)] as T, chance: (p: number) => next() < p };
};
export type Random = ReturnType<typeof random>;

/** Ids made so far, by kind; a scenario keeps a copy of its own. */
export interface Known {
  units: string[];
  positions: string[];
  actors: string[];
  placements: string[];
  pays: string[];
  assumptions: string[];
}
export const nothing = (): Known => ({ units: [], positions: [], actors: [], placements: [], pays: [], assumptions: [] });
export const copy = (known: Known): Known => structuredClone(known);

/** A date in the two years around the fiscal year 2026. */
export const someDate = (r: Random): string => addDays('2025-07-01', r.upTo(730));
const from = (r: Random): string => (r.chance(0.5) ? '2025-01-01' : someDate(r));

const countries = ['GB', 'DE', null];
const employment = ['permanent', 'contractor', null];
/** Amounts and FTE that end on ties often. */
const amount = (r: Random, decimals: number): string =>
  decimals === 0 ? `${r.upTo(90_000) + 1}` : `${r.upTo(90_000)}.${String(r.upTo(10 ** decimals)).padStart(decimals, '0')}`;
const fte = (r: Random) => r.pick(['1', '0.5', '0.25', '0.75', '0.125', '0.3333', '0', '2.5', null]);
const foreign = (r: Random, currency: string, decimals: number): [string, string] => {
  const other = r.pick([currency, currency, 'USD', 'CHF']);
  return [amount(r, other === currency ? decimals : 2), other];
};

/** Random changes that make an organisation or go on with it. They obey references, not every rule of the domain. */
export const someChanges = (r: Random, known: Known, n: number, currency: string, decimals: number): Change[] => {
  const made: Change[] = [];
  const add = (type: Parameters<typeof change>[0], id: string, date: string, set: Change['set']) => made.push(change(type, id, date, set));
  if (known.units.length === 0) {
    const root = newId();
    add('OrgUnitCreated', root, '2025-01-01', { name: 'Root', kind: 'company', parent_id: null });
    known.units.push(root);
  }
  for (let i = 0; i < n; i++) {
    const id = newId();
    const unit = r.pick(known.units);
    const position = known.positions.length > 0 ? r.pick(known.positions) : null;
    switch (r.upTo(position ? 16 : 2)) {
      case 0:
        add('OrgUnitCreated', id, from(r), { name: `Unit ${i}`, kind: 'team', parent_id: unit, head_id: position });
        known.units.push(id);
        break;
      case 1:
      case 2:
      case 3: {
        const [pay, payCurrency] = foreign(r, currency, decimals);
        const paid = r.chance(0.8);
        add('PositionCreated', id, from(r), {
          title: `Seat ${i}`,
          unit_id: unit,
          status: r.pick(['planned', 'open', 'open', 'frozen']),
          // Only earlier positions lead, so that explicit lines have no loop.
          ...(position && r.chance(0.5)
            ? { reporting: 'explicit', manager_id: position }
            : { reporting: r.pick(['unit_head', 'none']), manager_id: null }),
          capacity_fte: fte(r),
          country: r.pick(countries),
          employment_type: r.pick(employment),
          pay_amount: paid ? pay : null,
          pay_basis: paid ? r.pick(['annual', 'annual', 'daily', 'hourly']) : null,
          pay_currency: paid ? payCurrency : null,
        });
        known.positions.push(id);
        break;
      }
      case 4:
      case 5:
        add('ActorAdded', id, from(r), {
          kind: r.pick(['human', 'human', 'human', 'robot', 'ai_agent']),
          external_uid: `U-${id.slice(-6)}`,
          contract_fte: fte(r),
          country: r.pick(countries),
          employment_type: r.pick(employment),
        });
        known.actors.push(id);
        break;
      case 6:
      case 7:
      case 8:
        if (known.actors.length === 0) break;
        add('PlacementStarted', id, from(r), {
          actor_id: r.pick(known.actors),
          unit_id: unit,
          position_id: r.chance(0.8) ? position : null,
          allocation: r.pick(['100', '50', '33.3333', '12.5', null]),
          is_primary: r.chance(0.7),
          role: 'member',
        });
        known.placements.push(id);
        break;
      case 9: {
        if (known.actors.length === 0) break;
        const [pay, payCurrency] = foreign(r, currency, decimals);
        add('CompensationSet', id, from(r), {
          actor_id: r.pick(known.actors),
          amount: pay,
          basis: r.pick(['annual', 'daily', 'hourly']),
          currency: payCurrency,
        });
        known.pays.push(id);
        break;
      }
      case 10:
        add('PositionUpdated', position as string, someDate(r), {
          status: r.pick(['planned', 'open', 'frozen']),
          capacity_fte: fte(r),
          country: r.pick(countries),
        });
        break;
      case 11:
        add('PositionMoved', position as string, someDate(r), { unit_id: unit });
        break;
      case 12:
        add('PositionClosed', position as string, someDate(r), { close_reason: 'not_needed' });
        break;
      case 13:
        if (known.placements.length > 0)
          add(r.chance(0.5) ? 'PlacementEnded' : 'PlacementUpdated', r.pick(known.placements), someDate(r), {});
        if (made.at(-1)?.type === 'PlacementUpdated')
          Object.assign((made.at(-1) as Change).set, { allocation: r.pick(['100', '25']), position_id: position });
        break;
      case 14:
        if (known.actors.length > 0) add(r.chance(0.3) ? 'ActorExited' : 'ActorUpdated', r.pick(known.actors), someDate(r), {});
        if (made.at(-1)?.type === 'ActorUpdated')
          Object.assign((made.at(-1) as Change).set, { contract_fte: fte(r), country: r.pick(countries) });
        break;
      default:
        if (known.pays.length > 0 && r.chance(0.5)) add('CompensationEnded', r.pick(known.pays), someDate(r), {});
        else add('OrgUnitHeadSet', unit, someDate(r), { head_id: r.chance(0.8) ? position : null });
    }
  }
  return made;
};

/** Rates of every scope, one of each, so that none stands beside an equal one. */
export const someRates = (r: Random, known: Known): Change[] => {
  const rate = (name: string, scope: string, ref: string | null, value: string, date = '2025-01-01') => {
    const id = newId();
    known.assumptions.push(id);
    return change('AssumptionSet', id, date, { name, scope, scope_ref: ref, value });
  };
  return [
    rate('fx_rate', 'tenant', 'USD', '0.79125'),
    rate('on_cost_rate', 'tenant', null, '0.25'),
    rate('on_cost_rate', 'country', 'DE', '0.205', someDate(r)),
    rate('on_cost_rate', 'employment_type', 'contractor', '0'),
    rate('fixed_on_cost', 'tenant', null, '100.005', someDate(r)),
    rate('working_days', 'country', 'DE', '218'),
    ...(r.chance(0.5) ? [rate('on_cost_rate', 'unit', r.pick(known.units), '0.3')] : []),
  ];
};
