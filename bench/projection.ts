import { type Change, change } from '../src/domain/changes.ts';
import { streams } from '../src/domain/events.ts';
import { copyRow } from '../src/projections/copy-in.ts';
import { openOrm } from '../src/projections/orm.ts';
import { rebuild } from '../src/projections/rebuild/rebuild.ts';
import type { NewEvent } from '../src/store/port.ts';
import { type Engine, engine, id, newId } from '../test/support/engine.ts';

/**
 * How fast the read model is written: live, and by a rebuild. Each beside a floor of the same run on the same server: the same
 * number of changes put into one table of the same shape by COPY, without reading, checking or folding anything. The server of
 * the tests does not sync, so the numbers are of the work, not of the disk. Run: node bench/projection.ts
 */
const SEATS = Number(process.env.BENCH_SEATS ?? 20_000);
const SMALL = Number(process.env.BENCH_EVENTS ?? 20_000);

const seat = (i: number, unit_id: string): Change[] => {
  const [position, actor, placement] = [newId(), newId(), newId()];
  const source = { source_system: 'bench', source_id: String(i) };
  const pay = { pay_amount: '26500', pay_basis: 'annual', pay_currency: 'GBP' };
  return [
    change('PositionCreated', position, '2020-01-01', {
      title: `Officer ${i % 300}`,
      unit_id,
      status: 'open',
      reporting: 'none',
      grade: `G${i % 9}`,
      capacity_fte: '0.95',
      ...pay,
      ...source,
    }),
    change('ActorAdded', actor, '2020-01-01', { kind: 'human', external_uid: `uid-${i}`, contract_fte: '0.95', ...source }),
    change('PlacementStarted', placement, '2020-01-01', {
      actor_id: actor,
      unit_id,
      position_id: position,
      allocation: '100',
      is_primary: true,
      role: 'member',
      ...source,
    }),
  ];
};

const small = (n: number): NewEvent => ({
  event_id: newId(),
  type: 'BaselineChanged',
  schema_version: 1,
  data: { changes: [change('OrgUnitRenamed', id(`unit ${n % 500}`), `20${20 + (n % 7)}-01-01`, { name: `Name ${n}` })] },
  metadata: { user: id('user'), with: { kind: 'system', id: 'bench' }, via: 'system', correlation_id: 'bench' },
  recorded_at: '2026-01-01T00:00:00.000Z',
});

const print = (name: string, count: number, ms: number, floor?: number): number => {
  const rate = Math.round((count / ms) * 1000);
  const against = floor === undefined ? '' : `  ${(rate / floor).toFixed(2)} of the floor`;
  console.log(`${name.padEnd(58)} ${String(rate).padStart(8)} /s${against}`);
  return rate;
};

const timed = async (work: () => Promise<unknown>): Promise<number> => {
  const from = performance.now();
  await work();
  return performance.now() - from;
};

const floorOf = async (e: Engine, changes: readonly Change[]): Promise<number> => {
  await e.sql.query('create schema floor');
  await e.sql.query('create table floor.change (like entity_change including all)');
  const columns = 'tenant, branch, kind, id, position, index, type, effective_from, set';
  const ms = await timed(async () => {
    for (let from = 0; from < changes.length; from += 4000) {
      const rows = changes.slice(from, from + 4000).map((c, i) => copyRow([1, 0, 'k', c.id, 1, from + i, c.type, c.effective_from, c.set]));
      await e.sql.query(`copy floor.change (${columns}) from stdin`, [rows.join('')]);
    }
  });
  return print(`floor: ${changes.length} changes into one table by COPY`, changes.length, ms);
};

const measure = async (
  name: string,
  prepare: (e: Engine) => Promise<{ position: number; count: number; unit: string }>,
  floor?: number,
) => {
  const e = await engine(undefined, { wait: false, background: false });
  try {
    const { position, count, unit } = await prepare(e);
    const live = await timed(() => e.runner.catchUp(1, position, { waitMs: 600_000 }));
    print(`${name}: live, ${unit}`, count, live, floor);
    const { pool, close } = await openOrm(e.db.url, { poolMax: 2 });
    const result = await rebuild({ store: e.store, pool });
    if (!result.equal) throw new Error('the rebuilt rows are not the live ones');
    print(`${name}: fold of a rebuild, ${unit}`, count, result.seconds * 1000, floor);
    await close();
  } finally {
    await e.close();
  }
};

const units = Array.from({ length: 40 }, () => newId());
const seats = Array.from({ length: SEATS }, (_, i) => seat(i, units[i % 40] as string)).flat();
const bare = await engine(undefined, { background: false });
const floor = await floorOf(bare, seats);
await bare.close();
await measure(
  `import of ${SEATS} seats`,
  async (e) => ({ position: await e.givenImport(seats, { batchSize: 1500 }), count: seats.length, unit: 'changes' }),
  floor,
);
await measure(
  `${SMALL} events of one change`,
  async (e) => {
    let position = 0;
    for (let from = 0; from < SMALL; from += 1000)
      ({ position } = await e.store.append(
        1,
        streams.baseline(1),
        'any',
        Array.from({ length: Math.min(1000, SMALL - from) }, (_, i) => small(from + i)),
      ));
    return { position, count: SMALL, unit: 'events' };
  },
  floor,
);
const confirms = Math.ceil(SMALL / 20);
await measure(`${confirms} plans confirmed`, async (e) => {
  const scenario = await e.givenScenario();
  let position = 0;
  for (let n = 0; n < confirms; n++)
    position = await e.givenConfirmed(scenario, [change('OrgUnitRenamed', id(`unit ${n % 50}`), '2026-01-01', { name: `Name ${n}` })]);
  return { position, count: confirms * 3, unit: 'events' };
});
process.exit(0);
