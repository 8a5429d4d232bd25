import test from 'ava';
import { createTenant, setTenant, tenantSettings } from '../src/application/tenant/index.ts';
import { streams } from '../src/domain/events.ts';
import { replaysEqual, refused } from './governed/support.ts';
import { engine } from './support/engine.ts';

const registry = (tenant: number, known = new Set<string>()) => ({
  createTenant: async (slug: string) => ({ tenant, created: !known.has(slug) && known.add(slug) !== undefined }),
});
const blue = {
  slug: 'blue',
  name: 'Blue Ltd',
  subscription: 'team',
  currency: 'GBP',
  fiscal_year_start: '04-01',
  time_zone: 'Europe/London',
} as const;

test('a new tenant has its settings and a root unit of its name, and creating it again changes nothing', async (t) => {
  const e = await engine(t);
  const places = registry(7);
  const made = await Promise.all([createTenant(e.deps, places, blue), createTenant(e.deps, places, blue)]);
  t.is(made[0]?.root_unit_id, made[1]?.root_unit_id);
  t.is((await createTenant(e.deps, places, blue)).created, false);
  t.deepEqual(
    (await e.store.readLog(7, 0, 10)).map((event) => event.type),
    ['TenantCreated', 'BaselineChanged'],
  );
  t.like((await tenantSettings(e.deps, 7, 2)).settings, {
    name: 'Blue Ltd',
    subscription: 'team',
    currency: 'GBP',
    fiscal_year_start: '04-01',
    proposal_hours: 72,
  });
  const [root] = await e.sql.query('select name, kind, parent_id, effective_from::text as since from org_unit_version where tenant = 7');
  t.deepEqual(root, { name: 'Blue Ltd', kind: 'company', parent_id: null, since: '1900-01-01' });
});

test('a tenant whose set-up broke off is finished by creating it again', async (t) => {
  const e = await engine(t);
  const broken = Object.assign(Object.create(e.store) as typeof e.store, {
    append: async (...args: Parameters<typeof e.store.append>) => {
      if (args[1] === streams.baseline(7)) throw new Error('killed here');
      return e.store.append(...args);
    },
  });
  await t.throwsAsync(createTenant({ ...e.deps, store: broken }, registry(7), blue), { message: 'killed here' });
  t.is((await createTenant(e.deps, registry(7), blue)).created, true);
  t.is((await e.store.readLog(7, 0, 10)).length, 2);
});

test('what a tenant cannot be is refused with every fault, and nothing is written', async (t) => {
  const e = await engine(t);
  const wrong = {
    slug: 'Not A Slug',
    name: '',
    currency: 'XXX',
    fiscal_year_start: '02-30',
    time_zone: 'Mars/Olympus',
    subscription: 'gold',
  };
  const { message } = await refused(t, createTenant(e.deps, registry(7), wrong as never), 'INPUT_INVALID');
  for (const field of ['slug', 'name', 'currency', 'fiscal_year_start', 'time_zone', 'subscription'])
    t.true(message.includes(`${field}:`), field);
  t.is((await e.store.readLog(7, 0, 10)).length, 0);
});

test('settings change where they differ only, and each position keeps those it had', async (t) => {
  const e = await engine(t, { settings: { currency: 'GBP' } });
  await e.givenBaseline([]);
  const owner = e.caller('owner');
  const head = (await e.store.heads()).get(1) ?? 0;
  const set = await setTenant(e.deps, owner, { settings: { proposal_hours: 24, currency: 'GBP' }, reason: 'shorter' });
  t.deepEqual(set.changed, ['proposal_hours']);
  t.deepEqual((await setTenant(e.deps, owner, { settings: { proposal_hours: 24 } })).changed, []);
  t.deepEqual(
    (await e.store.readLog(1, head, 10)).map((event) => [event.type, event.metadata.reason]),
    [['SettingsChanged', 'shorter']],
  );
  t.is((await tenantSettings(e.deps, 1, head)).settings.proposal_hours, 72);
  t.is((await tenantSettings(e.deps, 1, set.event_position)).settings.proposal_hours, 24);
  await refused(t, setTenant(e.deps, e.caller('manager'), { settings: { proposal_hours: 1 } }), 'FORBIDDEN');
  await refused(t, setTenant(e.deps, owner, { settings: { proposal_hours: 0 } }), 'INPUT_INVALID');
  await replaysEqual(t, e);
});

test('assumptions are set on one timeline each, judged by the domain, and stay out when they are in force already', async (t) => {
  const e = await engine(t, { settings: { currency: 'JPY' }, now: new Date('2026-03-01T12:00:00Z') });
  await e.givenBaseline([]);
  const owner = e.caller('owner');
  const set = (assumption: Record<string, unknown>) => setTenant(e.deps, owner, { assumptions: [assumption] as never });
  t.is((await set({ name: 'fx_rate', scope_ref: 'USD', value: '155.5', effective_from: '2026-01-01' })).assumptions, 1);
  t.is(
    (await set({ name: 'fx_rate', scope_ref: 'USD', value: '155.50', effective_from: '2026-01-01' })).assumptions,
    0,
    'it is so already',
  );
  await set({ name: 'fx_rate', scope_ref: 'USD', value: '160', effective_from: '2027-01-01' });
  await set({ name: 'on_cost_rate', scope: 'country', scope_ref: 'DE', value: '0.21', effective_from: '2026-01-01' });
  const rows = await e.sql.query(
    `select name, value::text, effective_from::text as since from assumption_version where to_position = 9223372036854775807 order by name, effective_from`,
  );
  t.deepEqual(rows, [
    { name: 'fx_rate', value: '155.5', since: '2026-01-01' },
    { name: 'fx_rate', value: '160', since: '2027-01-01' },
    { name: 'on_cost_rate', value: '0.21', since: '2026-01-01' },
  ]);
  const head = (await e.store.heads()).get(1);
  await refused(t, set({ name: 'fx_rate', scope_ref: 'JPY', value: '1', effective_from: '2026-01-01' }), 'CURRENCY_UNKNOWN');
  await refused(t, set({ name: 'fx_rate', scope_ref: 'ZZZ', value: '1', effective_from: '2026-01-01' }), 'CURRENCY_UNKNOWN');
  await refused(t, set({ name: 'fx_rate', scope_ref: 'EUR', value: '0', effective_from: '2026-01-01' }), 'AMOUNT_NEGATIVE');
  await refused(t, set({ name: 'fixed_on_cost', value: '0.5', effective_from: '2026-01-01' }), 'AMOUNT_SCALE');
  await refused(t, set({ name: 'fixed_on_cost', value: '-1', effective_from: '2026-01-01' }), 'AMOUNT_NEGATIVE');
  await refused(
    t,
    set({
      name: 'on_cost_rate',
      scope: 'unit',
      scope_ref: '01996f3c-8a00-7000-8000-000000000001',
      value: '0.1',
      effective_from: '2026-01-01',
    }),
    'REFERENCE_UNKNOWN',
  );
  await refused(t, set({ name: 'working_days', value: '220', effective_from: '1899-12-31' }), 'DATE_HORIZON');
  await refused(t, set({ name: 'working_days', value: '220', effective_from: '2036-03-02' }), 'DATE_HORIZON');
  await refused(t, setTenant(e.deps, owner, { settings: { currency: 'GBP' } }), 'CURRENCY_UNKNOWN');
  t.is((await e.store.heads()).get(1), head, 'and nothing is written');
  await replaysEqual(t, e);
});
