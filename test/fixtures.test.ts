import { readFileSync } from 'node:fs';
import test from 'ava';
import { parse } from 'csv-parse/sync';
import { demoCompany } from '../fixtures/generate.ts';

const text = readFileSync(new URL('../fixtures/demo-company.csv', import.meta.url), 'utf8');
const rows = parse(text, { columns: true }) as Record<string, string>[];

const counts = (values: string[]): Record<string, number> =>
  values.reduce<Record<string, number>>((sum, v) => Object.assign(sum, { [v]: (sum[v] ?? 0) + 1 }), {});

test('the demo company is what its generator writes, byte for byte', (t) => {
  t.is(demoCompany(), text);
  t.is(demoCompany(), demoCompany());
});

test('it is a company of about 240 people with everything a plan can meet', (t) => {
  const holders = Map.groupBy(
    rows.filter((r) => r.holder_id),
    (r) => r.holder_id,
  );
  const kinds = counts([...holders.values()].map((held) => held[0]?.holder_kind ?? ''));
  t.deepEqual(kinds, { human: 244, robot: 2, ai_agent: 3 });
  t.is(rows.length, 260);
  t.deepEqual([...new Set(rows.map((r) => r.country))].sort(), ['DE', 'NL', 'US']);
  t.deepEqual([...new Set(rows.map((r) => r.currency))].sort(), ['EUR', 'USD']);
  t.is(rows.filter((r) => r.employment_type === 'contractor').length, 11);
  t.is(rows.filter((r) => !r.holder_id).length, 10);
  t.is(rows.filter((r) => r.start_date).length, 1);
  t.deepEqual(counts(rows.map((r) => r.status ?? '')), { open: 258, planned: 1, frozen: 1 });
});

test('every manager is in the file, five layers deep, and every name is another', (t) => {
  const managers = new Map(rows.map((r) => [r.position_id, r.manager_position_id]));
  const layer = (id: string): number => (managers.get(id) ? 1 + layer(managers.get(id) as string) : 1);
  t.true(rows.every((r) => r.manager_position_id === '' || managers.has(r.manager_position_id)));
  t.is(Math.max(...rows.map((r) => layer(r.position_id as string))), 5);
  const people = new Map(rows.filter((r) => r.holder_id).map((r) => [r.holder_id, r.holder_name]));
  t.is(new Set(people.values()).size, people.size);
});
