import test from 'ava';
import { type Change, change } from '../../src/domain/changes.ts';
import { streams } from '../../src/domain/events.ts';
import { replayVerify } from '../../src/projections/replay.ts';
import { engine, id, newId } from '../support/engine.ts';

/** As many seats as the largest return of the organograms, each with its holder and its placement. */
const SEATS = Number(process.env.SEATS ?? 67_196);

const organisation = (): Change[] => {
  const units = Array.from({ length: 41 }, () => newId());
  const changes = units.map((unit, i) =>
    change('OrgUnitCreated', unit, '2011-03-31', {
      name: `Unit ${i}`,
      kind: i ? 'department' : 'company',
      parent_id: i ? (units[0] as string) : null,
    }),
  );
  const seats: string[] = [];
  for (let i = 0; i < SEATS; i++) {
    const [seat, actor, placement] = [newId(), newId(), newId()];
    const unit_id = units[1 + (i % 40)] as string;
    const source = { source_system: 'scale', source_id: String(i) };
    const line = { line: i + 2 };
    seats.push(seat);
    changes.push(
      change(
        'PositionCreated',
        seat,
        '2011-03-31',
        {
          title: `Officer ${i % 300}`,
          unit_id,
          status: 'open',
          reporting: i ? 'explicit' : 'none',
          manager_id: i ? (seats[Math.floor((i - 1) / 7)] as string) : null,
          grade: `G${i % 9}`,
          job_family: 'Tax',
          capacity_fte: '0.95',
          pay_amount: '26500',
          pay_basis: 'annual',
          pay_currency: 'GBP',
          ...source,
        },
        line,
      ),
      change('ActorAdded', actor, '2011-03-31', { kind: 'human', external_uid: `uid-${i}`, contract_fte: '0.95', ...source }, line),
      change(
        'PlacementStarted',
        placement,
        '2011-03-31',
        { actor_id: actor, unit_id, position_id: seat, allocation: '100', is_primary: true, role: 'member', ...source },
        line,
      ),
    );
  }
  return changes;
};

test('an import of a large organisation holds up nobody else while it is projected, and replays to the same', async (t) => {
  t.timeout(10 * 60_000);
  const e = await engine(t, { wait: false });
  const changes = organisation();
  const position = await e.givenImport(changes, { batchSize: 1500 });
  const begun = performance.now();
  let done = false;
  const projected = e.runner.catchUp(1, position, { waitMs: 300_000 }).then(() => {
    done = true;
  });
  const waits: number[] = [];
  let answeredMeanwhile = 0;
  while (!done) {
    const from = performance.now();
    const { position: small } = await e.store.append(2, streams.baseline(2), 'any', [
      {
        event_id: newId(),
        type: 'BaselineChanged',
        schema_version: 1,
        recorded_at: new Date().toISOString(),
        data: { changes: [change('OrgUnitCreated', newId(), '2020-01-01', { name: 'Small', kind: 'team', parent_id: id('root') })] },
        metadata: { user: id('user'), with: { kind: 'system', id: 'test' }, via: 'system', correlation_id: 'c' },
      },
    ]);
    await e.runner.catchUp(2, small);
    waits.push(performance.now() - from);
    if (!done) answeredMeanwhile += 1;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  await projected;
  const seconds = (performance.now() - begun) / 1000;
  const replayed = performance.now();
  const verified = await replayVerify(e);
  console.log(
    `${changes.length} changes projected in ${seconds.toFixed(1)} s; another tenant waited at most ${Math.max(...waits).toFixed(0)} ms (${waits.length} times); ` +
      `verified by replay in ${((performance.now() - replayed) / 1000).toFixed(1)} s; ${Math.round(process.memoryUsage().rss / 1e6)} MB`,
  );
  t.true(verified.equal);
  t.true(answeredMeanwhile > 0, 'the other tenant wrote and read while the import was still being projected');
});
