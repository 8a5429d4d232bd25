import { setTimeout as sleep } from 'node:timers/promises';
import test from 'ava';
import { totalsKeeper } from '../src/application/read/keep-totals.ts';
import { change } from '../src/domain/changes.ts';
import { ask } from './queries/ask.ts';
import { engine, id } from './support/engine.ts';

const units = (...names: string[]) =>
  names.map((name) => change('OrgUnitCreated', id(name), '2026-01-01', { name, kind: 'company', parent_id: null }));

test("today's totals are counted after the baseline changed, before anybody asks, and after nothing else", async (t) => {
  const e = await engine(t, { now: new Date('2026-06-15T10:00:00Z') });
  const failed: unknown[] = [];
  const keeper = totalsKeeper(e.deps, (error) => failed.push(error));
  const kept = () =>
    e.sql.query<{ position: number; on: string; units: string }>(
      `select position::float8 as position, effective_on::text as on, figures->'values'->>'units' as units from baseline_total order by 1`,
    );
  const until = async (n: number) => {
    for (let i = 0; i < 1000 && (await kept()).length < n; i++) await sleep(50);
    return kept();
  };
  keeper.start();
  const first = await e.givenBaseline(units('one'));
  t.deepEqual(await until(1), [{ position: first, on: '2026-06-15', units: '1' }]);
  await e.givenScenario();
  const second = await e.givenBaseline(units('two'));
  t.deepEqual((await until(2)).at(-1), { position: second, on: '2026-06-15', units: '2' });
  await e.givenScenario();
  await sleep(400);
  t.is((await kept()).length, 2, 'a scenario changes no baseline');
  t.is((await ask(e, 'org.overview')).units, 2);
  t.is((await kept()).length, 2, 'who asks finds them');
  await keeper.stop();
  await e.givenBaseline(units('three'));
  await sleep(400);
  t.is((await kept()).length, 2, 'a stopped keeper counts nothing');
  t.deepEqual(failed, []);
});

test('what goes wrong while totals are counted is told, and the next change is counted', async (t) => {
  const e = await engine(t, { now: new Date('2026-06-15T10:00:00Z') });
  const failed: string[] = [];
  let broken = true;
  const keeper = totalsKeeper(
    {
      ...e.deps,
      reached: async (...args) => {
        if (broken) throw new Error('the projection stands');
        return e.deps.reached(...args);
      },
    },
    (error) => failed.push((error as Error).message),
  );
  keeper.start();
  t.teardown(() => keeper.stop());
  await e.givenBaseline(units('one'));
  for (let i = 0; i < 1000 && failed.length === 0; i++) await sleep(50);
  t.deepEqual(failed, ['the projection stands']);
  broken = false;
  const position = await e.givenBaseline(units('two'));
  const rows = () => e.sql.query<{ position: number }>('select position::float8 as position from baseline_total');
  for (let i = 0; i < 1000 && (await rows()).length === 0; i++) await sleep(50);
  t.deepEqual(await rows(), [{ position }]);
});
