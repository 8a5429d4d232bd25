import { createHash, randomBytes, randomUUID } from 'node:crypto';
import type { MikroORM } from '@mikro-orm/postgresql';
import type { Caller, Deps } from '../../src/application/context.ts';
import { type AccessRole, effectiveAbilities } from '../../src/domain/abilities.ts';
import { type Change, kindOf, type PlannedChange } from '../../src/domain/changes.ts';
import {
  defaultSettings,
  type EventData,
  type EventMetadata,
  type EventType,
  type ProposalContent,
  streams,
  type TenantSettings,
} from '../../src/domain/events.ts';
import { openOrm } from '../../src/projections/orm.ts';
import { type ProjectionRunner, projectionRunner } from '../../src/projections/runner.ts';
import type { Sql } from '../../src/projections/sql.ts';
import { contentSha256, stagedSha256 } from '../../src/projections/staged.ts';
import type { AppendResult, EventStore, ExpectedRevision, NewEvent } from '../../src/store/port.ts';
import { postgresStore } from '../../src/store/postgres/store.ts';
import { freshDatabase, type TestDatabase } from './database.ts';
import type { Teardown } from './teardown.ts';

export interface EngineOptions {
  settings?: Partial<TenantSettings>;
  /** The instant the engine's clock shows; real time unless given. */
  now?: Date;
  /** false: the runner only works when something waits for it. */
  background?: boolean;
  /** false: what is given is not waited for; `settle` does that, so that many events are projected at once. */
  wait?: boolean;
  /** A database that is there already, and stays; a fresh one that goes with the engine unless given. */
  db?: TestDatabase;
  /** The store on that database; PostgreSQL's own unless given. */
  store?: EventStore;
  /** false: no tenant is made, for the log is there already. */
  tenant?: boolean;
}

export interface GivenScenario {
  scenario_id: string;
  branch: number;
}

export interface Engine {
  db: TestDatabase;
  store: EventStore;
  orm: MikroORM;
  sql: Sql;
  runner: ProjectionRunner;
  deps: Deps;
  tenant: number;
  /** Sets the clock that `deps.now` shows. */
  setNow(instant: Date): void;
  /** A caller of this tenant; one user per role unless another is named. */
  caller(role?: AccessRole, more?: Partial<Caller>): Caller;
  /** Appends one event and waits until it is projected. */
  given<T extends EventType>(
    stream: string,
    type: T,
    data: EventData[T],
    more?: { expected?: ExpectedRevision; metadata?: Partial<EventMetadata> },
  ): Promise<AppendResult>;
  /** One BaselineChanged event; returns its position. */
  givenBaseline(changes: Change[]): Promise<number>;
  /** A whole import: staged batches, then the event that makes them real; returns that event's position. */
  givenImport(changes: Change[], more?: { batchSize?: number; source?: string }): Promise<number>;
  givenScenario(more?: { name?: string; owner?: string; visibility?: 'private' | 'shared'; pin?: number }): Promise<GivenScenario>;
  /** Changes planned and confirmed in a scenario, without asking whether they make sense; returns the confirm's position. */
  givenConfirmed(scenario: GivenScenario, changes: Change[]): Promise<number>;
  /** Waits until everything in the log is projected; returns its last position. */
  settle(): Promise<number>;
  close(): Promise<void>;
}

/** A UUIDv7: milliseconds first, so that ids sort by time. */
export const newId = (now: number = Date.now()): string => {
  const bytes = randomBytes(16);
  bytes.writeUIntBE(now, 0, 6);
  bytes[6] = ((bytes[6] as number) & 0x0f) | 0x70;
  bytes[8] = ((bytes[8] as number) & 0x3f) | 0x80;
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
};

/** A readable name to a stable uuid, so that tests can say `id('sales')`. */
export const id = (name: string): string => {
  const hex = createHash('sha256').update(name).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-7${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
};

const chunks = <T>(list: readonly T[], size: number): T[][] =>
  Array.from({ length: Math.ceil(list.length / size) }, (_, i) => list.slice(i * size, (i + 1) * size));

/**
 * A whole engine on a fresh database with one tenant: real store, real projections, real queries. Closed at the end of the test.
 */
export const engine = async (t?: Teardown, options: EngineOptions = {}): Promise<Engine> => {
  const db = options.db ?? (await freshDatabase());
  const store = options.store ?? postgresStore(db.pool, db.keys);
  const { orm, sql, close: closeOrm } = await openOrm(db.url, { poolMax: 6 });
  const runner = projectionRunner({ store, sql, now: () => new Date() });
  if (options.background ?? true) runner.start();
  const tenant = 1;
  let clock = options.now;
  const deps: Deps = {
    store,
    sql,
    reached: (of, position, signal) => runner.catchUp(of, position, signal),
    projected: (of) => runner.projected(of),
    now: () => clock ?? new Date(),
    newId: () => newId(),
  };
  const metadata = (more: Partial<EventMetadata> = {}): EventMetadata => ({
    user: id('user owner'),
    with: { kind: 'system', id: 'test' },
    via: 'system',
    correlation_id: 'test',
    ...more,
  });
  const event = (type: EventType, data: unknown, more?: Partial<EventMetadata>): NewEvent => ({
    event_id: newId(),
    type,
    schema_version: 1,
    data,
    metadata: metadata(more),
    recorded_at: deps.now().toISOString(),
  });
  const append = async (stream: string, expected: ExpectedRevision, events: NewEvent[]): Promise<AppendResult> =>
    store.append(tenant, stream, expected, events);
  const given: Engine['given'] = async (stream, type, data, more = {}) => {
    const result = await append(stream, more.expected ?? 'any', [event(type, data, more.metadata)]);
    if (options.wait ?? true) await runner.catchUp(tenant, result.position, { waitMs: 120_000 });
    return result;
  };

  let closed = false;
  const close = async (): Promise<void> => {
    if (closed) return;
    closed = true;
    await runner.stop();
    await store.close();
    await closeOrm();
    if (!options.db) await db.drop();
  };
  t?.teardown(close);

  if (options.tenant ?? true)
    await given(streams.settings(tenant), 'TenantCreated', {
      slug: 'acme',
      name: 'Acme',
      settings: { ...defaultSettings, name: 'Acme', ...options.settings },
    });

  return {
    db,
    store,
    orm,
    sql,
    runner,
    deps,
    tenant,
    given,
    close,
    setNow: (instant) => {
      clock = instant;
    },
    caller: (role = 'owner', more = {}) => ({
      tenant,
      tenantSlug: 'acme',
      user: { id: id(`user ${role}`), label: `${role}@acme.example` },
      role,
      abilities: effectiveAbilities(role, []),
      with: { kind: 'token', id: id(`token ${role}`), name: 'test' },
      via: 'mcp',
      correlationId: randomUUID(),
      ...more,
    }),
    settle: async () => {
      const head = (await store.heads()).get(tenant) ?? 0;
      await runner.catchUp(tenant, head, { waitMs: 120_000 });
      return head;
    },
    givenBaseline: async (changes) => (await given(streams.baseline(tenant), 'BaselineChanged', { changes })).position,
    givenImport: async (changes, { batchSize = 1000, source = 'test' } = {}) => {
      const import_id = newId();
      const stream = streams.import(tenant, import_id);
      const staged = chunks(changes, batchSize).map((part, i) => event('ImportStaged', { import_id, batch: i + 1, changes: part }));
      for (const one of staged) await append(stream, 'any', [one]);
      const batches: { event_id: string; sha256: string }[] = [];
      for (let from = 0; from < staged.length; from += 8)
        for (const stored of await store.readStream(tenant, stream, from, 8))
          batches.push({ event_id: stored.event_id, sha256: stagedSha256(stored) });
      const { position } = await given(streams.baseline(tenant), 'BaselineImportApplied', {
        import_id,
        batches,
        file_name: 'test.csv',
        file_sha256: contentSha256(''),
        source,
        mapping: {},
        counts: {},
        report_digest: '',
        complete: false,
      });
      return position;
    },
    givenScenario: async ({ name = 'Plan', owner = id('user owner'), visibility = 'private', pin } = {}) => {
      const scenario_id = newId();
      const head = pin ?? (await store.head(tenant, streams.baseline(tenant)))?.position ?? 0;
      const { position } = await given(streams.scenario(tenant, scenario_id), 'ScenarioCreated', {
        scenario_id,
        name,
        baseline_position: head,
        owner,
        visibility,
      });
      return { scenario_id, branch: position };
    },
    givenConfirmed: async ({ scenario_id }, changes) => {
      const proposal_id = newId();
      const planned: PlannedChange[] = changes.map((c) => ({ ...c, kind: kindOf(c), before: {}, after: {}, sentence: '' }));
      // Only its changes matter here; what else a content holds is the business of those who plan.
      const text = JSON.stringify({ proposal_id, scenario_id, title: 'Given', actions: [], changes: planned, findings: [] } satisfies Omit<
        ProposalContent,
        'impact'
      >);
      const content_sha256 = contentSha256(text);
      const parts = chunks([...text], 100_000).map((part) => part.join(''));
      for (const [part, piece] of parts.entries())
        await append(streams.proposal(tenant, proposal_id), 'any', [
          event('ProposalContentStored', { proposal_id, scenario_id, part, parts: parts.length, text: piece }),
        ]);
      const stream = streams.scenario(tenant, scenario_id);
      await append(stream, 'stream_exists', [
        event('ProposalPlanned', {
          proposal_id,
          scenario_id,
          title: 'Given',
          content_sha256,
          parts: parts.length,
          digest: content_sha256,
          content_version: 0,
          settings_position: 1,
          planner: id('user owner'),
          expires_at: '2999-01-01T00:00:00.000Z',
          change_count: changes.length,
          warnings: 0,
          approval_required: false,
        } satisfies EventData['ProposalPlanned']),
      ]);
      return (
        await given(stream, 'ProposalConfirmed', {
          proposal_id,
          scenario_id,
          digest: content_sha256,
          settings_position: 1,
          content_version: 1,
        })
      ).position;
    },
  };
};
