import { readFileSync } from 'node:fs';
import test from 'ava';
import { importFile } from '../../src/application/import/index.ts';
import { planProposal } from '../../src/application/proposal/index.ts';
import { createScenario } from '../../src/application/scenario/index.ts';
import { counted } from '../governed/reads.ts';
import { importEngine, sharedFile } from '../support/import.ts';

interface Unit {
  id: string;
  seats: number;
}

test('a plan on the 67,196 positions of HMRC reads at most 50 rows and 3 for each it touches', async (t) => {
  t.timeout(600_000);
  const path = sharedFile(t, 'hmrc_2011-03-31.csv');
  if (!path) return;
  const e = await importEngine(t);
  const owner = e.caller('owner');
  await importFile(e.deps, owner, { bytes: readFileSync(path), file_name: 'hmrc_2011-03-31.csv' });
  const { scenario_id } = await createScenario(e.deps, owner, { name: 'Reads' });
  const units = await e.sql.query<Unit>(
    `select unit_id as id, count(*)::int as seats from position_version where tenant = $1 and branch = 0 group by unit_id order by seats desc limit 2`,
    [e.tenant],
  );
  const [largest, second] = units as [Unit, Unit];
  const [seat] = await e.sql.query<{ id: string }>(
    `select p.id from position_version p where p.tenant = $1 and p.branch = 0 and p.unit_id = $2 and p.reporting = 'explicit'
       and not exists (select from position_version r where r.tenant = $1 and r.branch = 0 and r.manager_id = p.id) limit 1`,
    [e.tenant, largest.id],
  );
  const position_id = seat?.id as string;
  const effective_on = '2027-01-01';
  const lists = {
    'the largest unit renamed': [{ type: 'org_unit.rename', org_unit_id: largest.id, name: 'Renamed', effective_on }],
    'the largest unit moved': [{ type: 'org_unit.move', org_unit_id: largest.id, new_parent_id: second.id, effective_on }],
    'seats in the largest unit': [
      {
        type: 'position.create',
        org_unit_id: largest.id,
        title: 'Officer',
        count: 5,
        manager_position_id: position_id,
        pay_amount: '30000',
        effective_on,
      },
    ],
    'a pay': [{ type: 'position.set_pay', position_id, pay_amount: '30000', effective_on }],
    'a seat and its holder moved': [{ type: 'position.move', position_id, org_unit_id: second.id, mode: 'seat_with_person', effective_on }],
    'a seat closed': [{ type: 'position.close', position_id, reason: 'redundancy', holders: 'end', effective_on }],
  };
  for (const [name, actions] of Object.entries(lists)) {
    // The totals of the baseline on a date are kept from the first plan on that date on.
    await planProposal(e.deps, owner, { scenario_id, actions });
    const { sql, reads } = counted(e.sql);
    await planProposal({ ...e.deps, sql }, owner, { scenario_id, actions });
    t.log(`${name} (${largest.seats} seats in the unit): ${reads.rows} rows read, ${reads.touched} touched`);
    t.true(reads.rows <= 50 + 3 * reads.touched, `${name}: ${reads.rows} rows read, ${reads.touched} touched; ${reads.heavy.join('\n')}`);
  }
});
