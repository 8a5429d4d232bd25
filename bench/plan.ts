/**
 * How long the domain takes to plan a large change and to decide it again, on an organisation in memory: a unit of so many filled seats
 * is closed by cascade, and by handing everything to another unit. The floor of the same run is folding every timeline of the unit
 * once, which no plan of it can do without; a ratio says the same on a fast and on a busy machine.
 * `node bench/plan.ts [seats]`; prints a line of JSON.
 */
import { performance } from 'node:perf_hooks';
import { eventLoopTurns } from '../src/application/turns.ts';
import type { Kind } from '../src/domain/entities.ts';
import { planActions, recheck } from '../src/domain/plan.ts';
import { runDecision } from '../src/domain/run.ts';
import { fold } from '../src/domain/timeline.ts';
import type { DecisionContext, TimelineSource } from '../src/domain/world.ts';
import { defaultSettings } from '../src/domain/events.ts';
import { MemorySource } from '../test/support/memory-source.ts';
import { largeUnit } from '../test/domain/large-unit.ts';
import { uid, unit } from '../test/domain/kit.ts';

const seats = Number(process.argv[2] ?? 20_000);
const changes = largeUnit(seats);
const source = new MemorySource(changes);
let ids = 0;
const ctx: DecisionContext = {
  settings: { ...defaultSettings, name: 'Bench' },
  today: '2026-01-01',
  newId: () => uid(++ids, 0xfff),
  scenario: true,
};

let last = 0;
let longest = 0;
/** Notes for how long nothing else could run. */
const tick = (): void => {
  const now = performance.now();
  longest = Math.max(longest, now - last);
  last = now;
};
/** What the source does in memory stands for a database that works elsewhere: it keeps nobody waiting. */
const elsewhere: TimelineSource = {
  load: async (needs) => {
    tick();
    const things = await source.load(needs);
    last = performance.now();
    return things;
  },
  followers: (question) => source.followers(question),
  below: (question) => source.below(question),
  used: (question) => source.used(question),
};

/** Milliseconds of processor time of the work (a busy machine does not count), and the longest time for which nothing else could run beside it. */
const measure = async <T>(work: () => Promise<T> | T): Promise<{ ms: number; longest_block_ms: number; result: T }> => {
  [last, longest] = [performance.now(), 0];
  const timer = setInterval(tick, 1);
  const start = process.cpuUsage();
  const result = await work();
  const { user, system } = process.cpuUsage(start);
  tick();
  clearInterval(timer);
  return { ms: Math.round((user + system) / 1000), longest_block_ms: Math.round(longest), result };
};

const floor = await measure(() => {
  let versions = 0;
  for (const kind of ['org_unit', 'position', 'actor', 'placement', 'compensation'] satisfies Kind[])
    for (const thing of source.all(kind)) versions += fold(thing.entries).length;
  return versions;
});
const told: Record<string, unknown> = {};
for (const [name, action] of Object.entries({
  cascade: { type: 'org_unit.close', org_unit_id: unit(2), mode: 'cascade' },
  reparent: { type: 'org_unit.close', org_unit_id: unit(2), mode: 'reparent', new_parent_id: unit(3) },
})) {
  const planned = await measure(() => runDecision(planActions([action], ctx), elsewhere, eventLoopTurns()));
  const again = await measure(() => runDecision(recheck(planned.result.changes, ctx), elsewhere, eventLoopTurns()));
  const part = ({ ms, longest_block_ms }: { ms: number; longest_block_ms: number }) => ({
    ms,
    of_floor: Number((ms / floor.ms).toFixed(1)),
    longest_block_ms,
  });
  told[name] = { changes: planned.result.changes.length, plan: part(planned), recheck: part(again) };
}
console.log(JSON.stringify({ seats, floor_ms: floor.ms, ...told }));
