import type { NewEvent } from '../../src/store/port.ts';
import { streams } from '../../src/domain/events.ts';
import { change } from '../../src/domain/changes.ts';
import { openOrm } from '../../src/projections/orm.ts';
import { type Engine, engine, id, newId } from '../support/engine.ts';
import { analyzeLarge, largeId, loadLarge, loadLargeRecords, type Size } from './large.ts';

/** Beyond every position that is loaded: a log as long as the read model says. */
const EVENTS = 6_100;

/** An engine with the large organisation, and a log that reaches beyond what is loaded, so that everything can be called on it. */
export const largeEngine = async (size: Size): Promise<{ e: Engine; scenario_id: string }> => {
  const e = await engine(undefined, {
    settings: { currency: 'GBP', subscription: 'enterprise' },
    now: new Date('2026-06-15T10:00:00Z'),
    background: false,
  });
  const event = (): NewEvent => ({
    event_id: newId(),
    type: 'SignedOut',
    schema_version: 1,
    data: { user_id: id('user owner') },
    metadata: { user: id('user owner'), with: { kind: 'system', id: 'test' }, via: 'system', correlation_id: 'test' },
    recorded_at: '2026-06-15T09:00:00.000Z',
  });
  for (let n = 0; n < EVENTS; n += 500)
    await e.store.append(e.tenant, streams.access(e.tenant), 'any', Array.from({ length: Math.min(500, EVENTS - n) }, event));
  await e.settle();
  await loadLarge(e.sql, size);
  await loadLargeRecords(e.sql, size);
  await e.givenBaseline([
    change('OrgUnitCreated', id('new unit'), '2020-01-01', {
      name: 'New unit',
      kind: 'department',
      parent_id: largeId('a', 1),
      status: 'active',
    }),
  ]);
  const admin = await openOrm(e.db.adminUrl);
  await analyzeLarge(admin.sql);
  await admin.close();
  const [row] = await e.sql.query<{ id: string }>('select id from scenario_version where branch = 510');
  return { e, scenario_id: (row as { id: string }).id };
};
