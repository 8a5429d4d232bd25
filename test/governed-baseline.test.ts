import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import type { Operation } from '../src/application/operation.ts';
import { streams } from '../src/domain/events.ts';
import { offeredOperations } from '../src/mcp/operations.ts';
import { rename, replaysEqual, stage } from './governed/support.ts';
import { id } from './support/engine.ts';

/** Input with which each operation really runs, and for those that write, writes. One that is missing here fails the test. */
const inputs = (scenario_id: string, planned: string[], now: number): Record<string, unknown[]> => ({
  'capability.list': [{}],
  'capability.explain': [{ name: 'org_unit.rename' }],
  'org.review.guide': [{}],
  'scenario.review.guide': [{ scenario_id }],
  'status.get': [{}],
  'org.overview': [{}, { scenario_id }],
  'org.search': [{ query: 'sales' }],
  'org.tree': [{}, { scenario_id }],
  'org.entity': [{ id: id('sales') }],
  'position.list': [{}],
  'placement.list': [{}],
  'team.list': [{}],
  'actor.list': [{}],
  'cost.summary': [{ by: 'grade' }],
  'org.metrics': [{}],
  'settings.get': [{}],
  'scenario.list': [{}],
  'scenario.get': [{ scenario_id }],
  'scenario.create': [{ name: 'Another' }],
  'scenario.compare': [{ scenario_ids: [null, scenario_id] }],
  'scenario.action.plan': [{ scenario_id, actions: [rename('sales', `Revenue ${now}`)] }],
  'scenario.action.confirm': [{ proposal_id: planned[0] }],
  'scenario.action.withdraw': [{ proposal_id: planned[1] }],
  'scenario.action.list': [{}],
  'scenario.action.get': [{ proposal_id: planned[0] }],
  'audit.events': [{}],
});

/** The streams an operation may append to. */
const writes: Record<string, RegExp> = {
  'scenario.create': /^scenario-/,
  'scenario.action.plan': /^(scenario|proposal)-/,
  'scenario.action.confirm': /^scenario-/,
  'scenario.action.withdraw': /^scenario-/,
};

test('no operation that is offered writes the baseline, and those that write say so', async (t) => {
  const s = await stage(t, { settings: { currency: 'GBP', subscription: 'enterprise' } });
  const planned = [(await s.plan([rename('engineering', 'Technology')])).proposal_id, (await s.plan([rename('sales', 'S')])).proposal_id];
  const baseline = await s.baselineHead();
  const given = inputs(s.scenario_id, planned, 1);
  for (const op of offeredOperations as readonly Operation[]) {
    const list = given[op.name];
    if (!list) {
      t.fail(`${op.name} is offered: say here with what it runs and what it may write`);
      continue;
    }
    const start = await s.head();
    for (const input of list) await op.run(s.deps, s.caller('owner'), op.input.parse(input) as never);
    const written = await s.store.readLog(s.tenant, start, 100);
    const allowed = writes[op.name];
    t.is(await s.baselineHead(), baseline, `${op.name} left the baseline stream alone`);
    t.is(op.readOnly, allowed === undefined, `${op.name} says whether it only reads`);
    for (const event of written) t.true(allowed?.test(event.stream) ?? false, `${op.name} wrote ${event.type} to ${event.stream}`);
    if (allowed) t.true(written.length > 0, `${op.name} was given input with which it writes`);
    for (const event of written) t.not(event.stream, streams.baseline(s.tenant));
  }
  for (const name of Object.keys(given))
    t.true(
      offeredOperations.some((o) => o.name === name),
      `${name} is offered`,
    );
  await replaysEqual(t, s);
});

test('the baseline stream is named by tenant set-up, import and snapshots alone', (t) => {
  const src = fileURLToPath(new URL('../src', import.meta.url));
  const appends: string[] = [];
  for (const entry of readdirSync(src, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !entry.name.endsWith('.ts')) continue;
    const path = join(entry.parentPath, entry.name);
    // Whoever would write to it has to name the stream, or one of the events that stand in it.
    if (
      /streams\.baseline\(|['"`]baseline-|type: 'Baseline|'BaselineChanged',|'BaselineImportApplied',|'SnapshotNamed',/.test(
        readFileSync(path, 'utf8'),
      )
    )
      appends.push(path.slice(src.length + 1));
  }
  const allowed =
    /^(application\/(tenant|import|snapshot)\/|application\/scenario\/create\.ts$|domain\/events\.ts$|application\/read\/|projections\/|mcp\/discovery\/)/;
  t.deepEqual(
    appends.filter((file) => !allowed.test(file)),
    [],
  );
  t.true(appends.includes('application/tenant/create.ts'), 'the search finds those that do');
  const creating = readFileSync(join(src, 'application/scenario/create.ts'), 'utf8');
  t.deepEqual(
    creating.match(/streams\.baseline\(/g)?.length,
    1,
    'creating a scenario asks for the head of it, once, and appends elsewhere',
  );
  t.regex(creating, /store\.head\(tenant, streams\.baseline\(tenant\)/);
});
