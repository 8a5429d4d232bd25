import { type Change, change, kindOf } from '../../src/domain/changes.ts';
import type { Value, Values } from '../../src/domain/entities.ts';
import { defaultSettings, streams } from '../../src/domain/events.ts';
import { columnsOfTrack, type Track } from '../../src/projections/fold-branch.ts';
import { projectRebase } from '../../src/projections/rebase.ts';
import { expandChanges } from '../../src/projections/expand.ts';
import { Query } from '../../src/projections/queries/query.ts';
import { Oracle } from '../oracle/model.ts';
import { type Engine, type GivenScenario, id } from './engine.ts';

/** Numbers from a seed: the same history again for the same seed. */
export const randomOf = (seed: number) => {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  const int = (n: number): number => Math.floor(next() * n);
  return { next, int, pick: <T>(list: readonly T[]): T => list[int(list.length)] as T, chance: (p: number): boolean => next() < p };
};
export type Random = ReturnType<typeof randomOf>;

/** Few dates, so that changes meet on the same one; out of order, since they are picked at random. */
const dates = ['2024-01-01', '2024-02-29', '2024-07-01', '2025-01-01', '2025-01-02', '2026-04-01', '2027-12-31'];
/** Dates on which to look: each of those, the day before and the day after the busy ones. */
export const lookDates = [...dates, '2023-12-31', '2024-03-01', '2024-12-31', '2026-03-31', '2030-01-01'];

export interface History {
  oracle: Oracle;
  branches: number[];
  /** Every position there is to look at, and what lies between. */
  last: number;
  rebased: boolean;
}

interface Placed {
  branch: number;
  position: number;
  index: number;
  change: Change;
}

const updates: Record<
  'org_unit' | 'position' | 'actor',
  { type: 'OrgUnitUpdated' | 'PositionUpdated' | 'ActorUpdated'; fields: Record<string, (r: Random) => Value> }
> = {
  org_unit: {
    type: 'OrgUnitUpdated',
    fields: {
      name: (r) => r.pick(['Sales', 'Trade', 'Räte "x" \\ ', 'Nord\nSüd']),
      code: (r) => r.pick(['A', 'B', null]),
      purpose: (r) => r.pick(['why', '', null]),
      parent_id: (r) => r.pick([id('unit 0'), id('unit 1'), id('unit 2'), null]),
      head_id: (r) => r.pick([id('position 0'), id('position 3'), null]),
    },
  },
  position: {
    type: 'PositionUpdated',
    fields: {
      title: (r) => r.pick(['Clerk', 'Chief']),
      reporting: (r) => r.pick(['explicit', 'unit_head', 'none']),
      manager_id: (r) => r.pick([id('position 0'), id('position 1'), id('position 2'), null]),
      unit_id: (r) => id(`unit ${r.int(4)}`),
      capacity_fte: (r) => r.pick(['0.5', '0.50', '1', '0', null]),
      close_on_vacate: (r) => r.pick([true, false, null]),
      pay_amount: (r) => r.pick(['100.00', '99999999999999999999.12', null]),
    },
  },
  actor: {
    type: 'ActorUpdated',
    fields: {
      contract_fte: (r) => r.pick(['1', '0.01', '3.00']),
      country: (r) => r.pick(['GB', 'DE', null]),
      external_uid: (r) => r.pick(['u1', 'u2']),
    },
  },
};

const randomSet = (r: Random, of: Record<string, (r: Random) => Value>): Values => {
  const names = Object.keys(of).filter(() => r.chance(0.5));
  const chosen = names.length > 0 ? names : [r.pick(Object.keys(of))];
  return Object.fromEntries(chosen.map((n) => [n, (of[n] as (r: Random) => Value)(r)]));
};

const randomChange = (r: Random, things: number): Change => {
  const kind = r.pick(['org_unit', 'position', 'actor'] as const);
  const thing = id(`${kind === 'org_unit' ? 'unit' : kind} ${r.int(things)}`);
  const { type, fields } = updates[kind];
  const personal =
    kind === 'actor' && r.chance(0.6)
      ? { name: r.pick(['Ada', 'Grace', null]), ...(r.chance(0.3) ? { email: 'x@y.example' } : {}) }
      : undefined;
  return change(type, thing, r.pick(dates), personal && r.chance(0.3) ? {} : randomSet(r, fields), {
    ...(personal ? { personal } : {}),
    ...(r.chance(0.2) ? { replace_later: true as const } : {}),
  });
};

const reverting = (placed: readonly Placed[]): Change =>
  change(
    'ChangesReverted',
    id('revert'),
    '2024-01-01',
    {},
    {
      reverts: placed.map((p) => ({ kind: kindOf(p.change), id: p.change.id, position: p.position, index: p.index })),
    },
  );

const record = (oracle: Oracle, placed: Placed): void => {
  const { branch, position, index, change: c } = placed;
  const common = { branch, id: c.id, position, index, from: c.effective_from, replaceLater: c.replace_later ?? false };
  oracle.record({ ...common, track: kindOf(c), set: c.set });
  if (c.personal) oracle.record({ ...common, track: 'actor_personal', set: c.personal as Values });
};

/**
 * Lets a random history happen in an engine and in the oracle: baseline and scenario changes with out-of-order dates, nulls and
 * replacements, reverts, clones and, when asked for, rebases. Every baseline change goes through the log, as does every
 * scenario's; a rebase is done at the level of changes.
 */
export const happen = async (e: Engine, r: Random, { events = 60, things = 6, rebases = false } = {}): Promise<History> => {
  const oracle = new Oracle();
  const history: Placed[] = [];
  const scenarios: GivenScenario[] = [];
  let rebased = false;

  /** Random changes, some of them reverts of what stands on the branch, and what they are in the oracle once their position is known. */
  const make = (branch: number): { changes: Change[]; done: (position: number) => void } => {
    const standing = history.filter((p) => p.branch === branch);
    const reverted: Placed[] = [];
    const changes = Array.from({ length: 1 + r.int(5) }, () => {
      if (standing.length === 0 || !r.chance(0.2)) return randomChange(r, things);
      const gone = Array.from({ length: 1 + r.int(3) }, () => r.pick(standing));
      reverted.push(...gone);
      return reverting(gone);
    });
    return {
      changes,
      done: (position) => {
        for (const p of reverted)
          for (const track of [kindOf(p.change), 'actor_personal'])
            oracle.retract(branch, track, p.change.id, p.position, p.index, position);
        changes.forEach((c, index) => {
          if (c.type === 'ChangesReverted') return;
          const placed = { branch, position, index, change: c };
          history.push(placed);
          record(oracle, placed);
        });
      },
    };
  };
  const baseline = async (): Promise<void> => {
    const { changes, done } = make(0);
    done(r.chance(0.2) ? await e.givenImport(changes, { batchSize: 2 }) : await e.givenBaseline(changes));
  };
  const create = async (pin: number): Promise<GivenScenario> => {
    const scenario = await e.givenScenario({ pin });
    scenarios.push(scenario);
    oracle.pin(scenario.branch, scenario.branch, pin);
    return scenario;
  };
  /** Changes of a branch that stand now, in order of recording. */
  const standing = (branch: number): Placed[] =>
    history.filter(
      (p) =>
        p.branch === branch &&
        [kindOf(p.change), 'actor_personal'].some((track) =>
          oracle
            .counting(branch, track, p.change.id, Number.MAX_SAFE_INTEGER)
            .some((c) => c.branch === branch && c.position === p.position && c.index === p.index),
        ),
    );

  for (let i = 0; i < 3; i++) await baseline();
  for (let n = 0; n < events; n++) {
    const dice = r.next();
    if (dice < 0.4 || scenarios.length === 0) {
      await baseline();
      if (scenarios.length === 0) await create(await e.settle());
    } else if (dice < 0.5 && scenarios.length < 6) await create(1 + r.int(await e.settle()));
    else if (dice < 0.57 && scenarios.length < 8) {
      const from = r.pick(scenarios);
      const copies = standing(from.branch).map((p) => p.change);
      const clone = await create(oracle.pinAt(from.branch, Number.MAX_SAFE_INTEGER));
      if (copies.length > 0) {
        const position = await e.givenConfirmed(clone, copies);
        copies.forEach((c, index) => {
          const placed = { branch: clone.branch, position, index, change: c };
          history.push(placed);
          record(oracle, placed);
        });
      }
    } else if (dice < 0.65 && rebases) {
      rebased = true;
      const { branch } = r.pick(scenarios);
      const pin = await e.settle();
      const { position } = await e.given(streams.baseline(e.tenant), 'SnapshotNamed', { name: `rebase at ${pin}`, position: pin });
      await e.settle();
      const { changes, done } = make(branch);
      oracle.pin(branch, position, pin);
      await e.sql.transaction((tx) => projectRebase(tx, e.tenant, branch, pin, expandChanges(branch, position, changes)));
      done(position);
    } else {
      const scenario = r.pick(scenarios);
      const { changes, done } = make(scenario.branch);
      done(await e.givenConfirmed(scenario, changes));
    }
    if (r.chance(0.25)) await e.settle();
  }
  return { oracle, branches: [0, ...scenarios.map((s) => s.branch)], last: await e.settle(), rebased };
};

/** Everything a branch shows of a track at a position on a date: the reads' own effective set, so that it is what is held to the oracle. */
const shownOf = (e: Engine, track: Track, branch: number, position: number, pin: number, date: string) => {
  const settings = { ...defaultSettings, name: 'Acme' };
  const q = new Query({ tenant: e.tenant, branch, scenario_id: null, position, pin, effective_on: date, settings });
  return q.run<Values & { id: string }>(e.sql, `select * from ${q.effective(track, { columns: ['id', ...columnsOfTrack(track)] })} shown`);
};

export const lookTracks: Track[] = ['org_unit', 'position', 'actor', 'actor_personal'];

/** Everything one look shows, against the oracle. Returns how many things were read; calls `differs` with each that is not equal. */
export const look = async (
  e: Engine,
  { oracle }: History,
  branch: number,
  position: number,
  date: string,
  differs: (what: string) => void,
): Promise<number> => {
  let reads = 0;
  const pin = branch === 0 ? position : oracle.pinAt(branch, position);
  const answers = await Promise.all(lookTracks.map((track) => shownOf(e, track, branch, position, pin, date)));
  lookTracks.forEach((track, i) => {
    const shown = new Map<string, string>();
    for (const { id: thing, ...values } of answers[i] ?? []) {
      if (shown.has(thing)) differs(`${track} ${thing} stands twice in branch ${branch} at ${position} on ${date}`);
      shown.set(thing, text(values));
    }
    for (const thing of new Set([...oracle.ids(track), ...shown.keys()])) {
      reads += 1;
      const wanted = oracle.read(branch, track, thing, position, date);
      const got = shown.get(thing);
      if ((wanted === undefined ? undefined : text(wanted)) !== got)
        differs(
          `${track} ${thing} in branch ${branch} at ${position} (pin ${pin}) on ${date}: ${got} instead of ${wanted && text(wanted)}`,
        );
    }
  });
  return reads;
};

const text = (values: Record<string, unknown>): string =>
  JSON.stringify(
    Object.entries(values)
      .filter(([, v]) => v !== null)
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
