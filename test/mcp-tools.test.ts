import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import test from 'ava';
import { type Ability, abilities, type AccessRole, accessRoles } from '../src/domain/abilities.ts';
import { actionTypes } from '../src/domain/actions/index.ts';
import { offeredOperations, offeredTools } from '../src/mcp/operations.ts';
import { mayUse } from '../src/mcp/tool.ts';

const everything = new Set<Ability>(abilities);
const listed = offeredTools().list(everything, 'dots');
const tokens = (value: unknown): number => JSON.stringify(value).length / 4;

test('tools/list stays under 10,000 tokens without its output schemas and under 20,000 with them', (t) => {
  const without = tokens(listed.map(({ outputSchema: _, ...rest }) => rest));
  const whole = tokens(listed);
  t.log(`${listed.length} tools, ${Math.round(without)} tokens without output schemas, ${Math.round(whole)} with`);
  t.true(without < 10_000 && whole < 20_000, `${without} and ${whole}`);
});

test('every tool has its title, four hints, one line of description, a use and an example that its own schema takes', (t) => {
  for (const tool of offeredTools().tools) {
    t.regex(tool.name, /^[a-z]+(\.[a-z]+)+$/);
    t.true(tool.operation.title.length > 0);
    t.deepEqual(Object.keys(tool.face.hints).sort(), ['destructiveHint', 'idempotentHint', 'openWorldHint', 'readOnlyHint']);
    const [line, use, example, ...rest] = tool.description.split('\n');
    t.regex(line ?? '', /^[A-Z].*\.$/, tool.name);
    t.regex(use ?? '', /^Use this tool when you need to: /, tool.name);
    t.deepEqual(JSON.parse((example ?? '').replace(/^Example: /, '')), tool.face.example, tool.name);
    t.deepEqual(rest, []);
    t.true(tool.operation.input.strict().safeParse(tool.face.example).success, `${tool.name} refuses its own example`);
  }
});

test('a tool that writes says so: only these do, and none but confirm and withdraw changes what is there', (t) => {
  t.deepEqual(
    listed
      .filter((x) => !x.annotations.readOnlyHint)
      .map((x) => x.name)
      .sort(),
    ['scenario.action.confirm', 'scenario.action.plan', 'scenario.action.withdraw', 'scenario.create'],
  );
  t.deepEqual(
    listed
      .filter((x) => x.annotations.destructiveHint)
      .map((x) => x.name)
      .sort(),
    ['scenario.action.confirm', 'scenario.action.withdraw'],
  );
});

test('every operation is offered, and all tools of this slice are there', (t) => {
  t.deepEqual(offeredOperations.map((o) => o.name).sort(), listed.map((x) => x.name).sort());
  t.deepEqual(
    listed.map((x) => x.name),
    [
      'capability.list',
      'capability.explain',
      'org.review.guide',
      'scenario.review.guide',
      'org.overview',
      'org.search',
      'org.tree',
      'org.entity',
      'position.list',
      'placement.list',
      'team.list',
      'actor.list',
      'cost.summary',
      'org.metrics',
      'scenario.list',
      'scenario.get',
      'scenario.create',
      'scenario.compare',
      'scenario.action.plan',
      'scenario.action.confirm',
      'scenario.action.withdraw',
      'scenario.action.list',
      'scenario.action.get',
      'audit.events',
      'settings.get',
      'status.get',
    ],
  );
});

test('scenario.action.plan names every action type and leaves the schema of each to capability.explain', (t) => {
  const plan = listed.find((x) => x.name === 'scenario.action.plan');
  const text = JSON.stringify(plan?.inputSchema);
  for (const type of actionTypes.keys()) t.true(text.includes(`"${type}"`), type);
  t.false(text.includes('new_parent_id'));
});

test('the definition of every tool is the committed one (UPDATE_SNAPSHOTS=1 writes it anew)', (t) => {
  const file = new URL('mcp-tools.snapshot.json', import.meta.url);
  const now = `${JSON.stringify(listed, null, 1)}\n`;
  if (process.env.UPDATE_SNAPSHOTS === '1') writeFileSync(file, now);
  if (!existsSync(file)) return t.fail('there is no committed snapshot of the tools');
  t.deepEqual(listed, JSON.parse(readFileSync(file, 'utf8')) as typeof listed);
});

/** The table of abilities as the surface describes it, written out once more so that a change of either is seen. */
const table: Record<Ability, string> = {
  'org-units.read': 'owner admin manager member viewer auditor',
  'positions.read': 'owner admin manager member viewer auditor',
  'placements.read': 'owner admin manager member viewer auditor',
  'teams.read': 'owner admin manager member viewer auditor',
  'actors.read': 'owner admin manager member viewer auditor',
  'org-metrics.read': 'owner admin manager member viewer auditor',
  'scenarios.read': 'owner admin manager member viewer auditor',
  'settings.read': 'owner admin manager member viewer auditor',
  'costs.read': 'owner admin manager viewer auditor',
  'actors.personal.read': 'owner admin manager',
  'ai.scenarios.draft': 'owner admin manager',
  'scenarios.write': 'owner admin manager',
  'scenarios.approve': 'owner admin manager',
  'audit.read': 'owner admin auditor',
  'imports.write': 'owner admin',
  'scenarios.promote': 'owner admin',
  'settings.write': 'owner admin',
  'members.write': 'owner admin',
};
const has = (role: AccessRole): Set<Ability> => new Set(abilities.filter((a) => table[a].split(' ').includes(role)));

test('each access role is listed exactly the tools whose abilities it has', (t) => {
  for (const role of accessRoles) {
    const names = offeredTools()
      .list(has(role), 'dots')
      .map((x) => x.name);
    t.deepEqual(
      names,
      offeredTools()
        .tools.filter((x) => x.operation.abilities.every((a) => table[a].split(' ').includes(role)))
        .map((x) => x.name),
    );
  }
  const names = (role: AccessRole) =>
    offeredTools()
      .list(has(role), 'dots')
      .map((x) => x.name);
  t.true(names('auditor').includes('audit.events') && !names('manager').includes('audit.events'));
  for (const role of ['member', 'viewer', 'auditor'] as const)
    t.false(
      names(role).some((n) => /plan|confirm|withdraw|create/.test(n)),
      role,
    );
});

test('a token narrowed to one ability uses what needs that ability or none, and nothing else', (t) => {
  for (const ability of abilities)
    for (const tool of offeredTools().tools)
      t.is(
        mayUse(tool, new Set([ability])),
        tool.operation.abilities.every((a) => a === ability),
        `${tool.name} with ${ability}`,
      );
});
