import { type Change, change } from '../../src/domain/changes.ts';
import { id } from '../support/engine.ts';

/** A small company that stands from the first day of 2020: units, a line of managers, people, pay in two currencies. */
const since = '2020-01-01';

const unit = (name: string, parent: string | null, kind = 'department'): Change =>
  change('OrgUnitCreated', id(name), since, { name, kind, parent_id: parent === null ? null : id(parent) });

const seat = (name: string, unitName: string, manager: string | null, pay: string, currency = 'GBP', capacity = '1'): Change =>
  change('PositionCreated', id(name), since, {
    title: name,
    unit_id: id(unitName),
    status: 'open',
    reporting: manager === null ? 'none' : 'explicit',
    manager_id: manager === null ? null : id(manager),
    capacity_fte: capacity,
    employment_type: 'permanent',
    pay_amount: pay,
    pay_basis: 'annual',
    pay_currency: currency,
  });

const person = (name: string, position: string, unitName: string, pay: string): Change[] => [
  change(
    'ActorAdded',
    id(name),
    since,
    { kind: 'human', external_uid: `E-${name}`, contract_fte: '1', employment_type: 'permanent' },
    {
      personal: { name: `Person ${name}`, email: `${name}@acme.example` },
    },
  ),
  change('PlacementStarted', id(`${name} placed`), since, {
    actor_id: id(name),
    unit_id: id(unitName),
    position_id: id(position),
    allocation: '100',
    is_primary: true,
    role: 'member',
  }),
  change('CompensationSet', id(`${name} pay`), since, { actor_id: id(name), amount: pay, basis: 'annual', currency: 'GBP' }),
];

/** Root acme; sales (head of sales, reps 1 and 2, one vacant seat), engineering (head, developers 1 and 2). Tenant currency GBP. */
export const smallCompany: Change[] = [
  unit('acme', null, 'company'),
  unit('sales', 'acme'),
  unit('engineering', 'acme'),
  unit('platform', 'engineering', 'team'),
  seat('chief', 'acme', null, '200000'),
  seat('head of sales', 'sales', 'chief', '110000'),
  seat('rep 1', 'sales', 'head of sales', '50000.01'),
  seat('rep 2', 'sales', 'head of sales', '50000.03'),
  seat('vacant rep', 'sales', 'head of sales', '48000'),
  seat('head of engineering', 'engineering', 'chief', '130000'),
  seat('developer 1', 'platform', 'head of engineering', '80000', 'EUR'),
  seat('developer 2', 'platform', 'head of engineering', '75000', 'EUR', '0.8'),
  ...person('ann', 'chief', 'acme', '198000'),
  ...person('bob', 'head of sales', 'sales', '105000'),
  ...person('cat', 'rep 1', 'sales', '49000'),
  ...person('dan', 'rep 2', 'sales', '51000'),
  ...person('eve', 'head of engineering', 'engineering', '125000'),
  ...person('fay', 'developer 1', 'platform', '70000'),
  change('AssumptionSet', id('eur'), since, { name: 'fx_rate', scope: 'tenant', scope_ref: 'EUR', value: '0.86' }),
];
