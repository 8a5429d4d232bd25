import { type Change, type ChangeName, change, kindOf } from '../../src/domain/changes.ts';
import { Refusal } from '../../src/domain/codes.ts';
import type { Kind } from '../../src/domain/entities.ts';
import { defaultSettings, type TenantSettings } from '../../src/domain/events.ts';
import { type Plan, planActions } from '../../src/domain/plan.ts';
import { runDecision } from '../../src/domain/run.ts';
import type { Entry } from '../../src/domain/timeline.ts';
import type { BelowQuestion, FollowersQuestion } from '../../src/domain/line-questions.ts';
import type { DecisionContext, LoadedThing, Need, TimelineSource, UsedQuestion } from '../../src/domain/world.ts';
import { linesIn } from '../support/lines-in-memory.ts';

/** A readable uuid: unit 1 is 00000000-0000-4000-8000-0000000001 with a letter for its kind. */
export const uid = (n: number, kind = 0): string =>
  `00000000-0000-4000-8${kind.toString(16).padStart(3, '0')}-${n.toString(16).padStart(12, '0')}`;
export const unit = (n: number) => uid(n, 1);
export const pos = (n: number) => uid(n, 2);
export const actor = (n: number) => uid(n, 3);
export const placed = (n: number) => uid(n, 4);
export const pay = (n: number) => uid(n, 5);
export const assumption = (n: number) => uid(n, 6);

interface Recorded {
  scenario: boolean;
  position: number;
  index: number;
  change: Change;
}

/** A branch in memory: what was recorded, and the same needs answered that the read model answers. */
export class Branch implements TimelineSource {
  readonly recorded: Recorded[] = [];
  readonly asked: Need[][] = [];
  /** Also of what was taken back, and of whatever other scenarios a test says used them. */
  readonly everUsed = new Set<string>();
  settings: TenantSettings = { ...defaultSettings, name: 'Test' };
  today = '2026-01-01';
  #position = 0;
  #ids = 0;

  /** Records changes of one event, in the baseline unless told. Returns the position. */
  record(changes: readonly Change[], scenario = false): number {
    const position = ++this.#position;
    for (const c of changes)
      for (const r of c.reverts ?? []) {
        const i = this.recorded.findIndex((e) => e.scenario === scenario && e.position === r.position && e.index === r.index);
        if (i >= 0) this.recorded.splice(i, 1);
      }
    changes.forEach((c, index) => {
      if (c.reverts) return;
      this.recorded.push({ scenario, position, index, change: c });
      this.everUsed.add(c.id);
    });
    return position;
  }

  get context(): DecisionContext {
    return { settings: this.settings, today: this.today, newId: () => uid(++this.#ids, 0xfff), scenario: true };
  }

  plan(...actions: Record<string, unknown>[]): Promise<Plan> {
    return runDecision(planActions(actions, this.context), this);
  }

  /** Plans and records in the scenario. */
  async confirm(...actions: Record<string, unknown>[]): Promise<Plan & { position: number }> {
    const plan = await this.plan(...actions);
    const position = this.record(
      plan.changes.map(({ kind: _k, before: _b, after: _a, sentence: _s, ...c }) => c),
      true,
    );
    return { ...plan, position };
  }

  /** The refusal of a plan; throws when it is not refused. */
  async refusal(...actions: Record<string, unknown>[]): Promise<Refusal> {
    try {
      await this.plan(...actions);
    } catch (error) {
      if (error instanceof Refusal) return error;
      throw error;
    }
    throw new Error('the plan was not refused');
  }

  entries(kind: Kind, id: string): Entry[] {
    return this.recorded
      .filter((r) => kindOf(r.change) === kind && r.change.id === id)
      .map((r) => ({
        scenario: r.scenario,
        position: r.position,
        index: r.index,
        effective_from: r.change.effective_from,
        set: r.change.set,
        replace_later: r.change.replace_later === true,
      }));
  }

  ids(kind: Kind, field?: string, value?: string): string[] {
    return [
      ...new Set(
        this.recorded
          .filter((r) => kindOf(r.change) === kind && (field === undefined || r.change.set[field] === value))
          .map((r) => r.change.id),
      ),
    ];
  }

  #values(kind: Kind, id: string, field: string): string[] {
    return this.entries(kind, id)
      .map((e) => e.set[field])
      .filter((v) => typeof v === 'string');
  }

  #spread(start: [Kind, string][], next: (kind: Kind, id: string) => [Kind, string][]): [Kind, string][] {
    const seen = new Map(start.map((s) => [s.join('/'), s]));
    for (const [, [kind, id]] of seen) for (const n of next(kind, id)) if (!seen.has(n.join('/'))) seen.set(n.join('/'), n);
    return [...seen.values()];
  }

  #answer(need: Need): [Kind, string][] {
    const as =
      (kind: Kind) =>
      (id: string): [Kind, string] => [kind, id];
    switch (need.need) {
      case 'thing':
        return [[need.kind, need.id]];
      case 'referrers':
        return this.ids(need.kind, need.field, need.id).map(as(need.kind));
      case 'by_value':
        return this.ids(need.kind, need.field, need.value).map(as(need.kind));
      case 'assumptions':
        return this.ids('assumption').map(as('assumption'));
      case 'unit_chain':
        return this.#spread([['org_unit', need.id]], (_, id) => this.#values('org_unit', id, 'parent_id').map(as('org_unit')));
      case 'subtree':
        return this.#spread([['org_unit', need.id]], (_, id) => this.ids('org_unit', 'parent_id', id).map(as('org_unit')));
      case 'reporting_chain':
        return this.#spread([['position', need.id]], (kind, id) =>
          kind === 'position'
            ? [
                ...this.#values('position', id, 'manager_id').map(as('position')),
                ...this.#values('position', id, 'unit_id').map(as('org_unit')),
              ]
            : [
                ...this.#values('org_unit', id, 'head_id').map(as('position')),
                ...this.#values('org_unit', id, 'parent_id').map(as('org_unit')),
              ],
        );
      default:
        return need satisfies never;
    }
  }

  #lines(date: string) {
    const all = (kind: Kind) => this.ids(kind).map((id) => ({ kind, id, entries: this.entries(kind, id) }));
    return linesIn(all('org_unit'), all('position'), date);
  }

  followers(question: FollowersQuestion) {
    return Promise.resolve(this.#lines(question.date).followers(question));
  }

  below(question: BelowQuestion) {
    return Promise.resolve(this.#lines(question.date).below(question));
  }

  used({ ids }: UsedQuestion) {
    return Promise.resolve(ids.filter((id) => this.everUsed.has(id)));
  }

  load(needs: readonly Need[]): Promise<LoadedThing[]> {
    this.asked.push([...needs]);
    const found = new Map(needs.flatMap((n) => this.#answer(n)).map((t) => [t.join('/'), t]));
    return Promise.resolve(
      [...found.values()].map(([kind, id]) => ({ kind, id, entries: this.entries(kind, id) })).filter((t) => t.entries.length > 0),
    );
  }
}

const since = '2020-01-01';
const made = (type: ChangeName, id: string, set: Change['set'], from = since) => change(type, id, from, set);

/** Shorthands for recorded facts, from 2020-01-01 unless told. */
export const facts = {
  unit: (n: number, parent: number | null, more: Change['set'] = {}, from = since) =>
    made('OrgUnitCreated', unit(n), { name: `U${n}`, kind: 'department', parent_id: parent === null ? null : unit(parent), ...more }, from),
  head: (n: number, head: number | null, from = since) =>
    made('OrgUnitHeadSet', unit(n), { head_id: head === null ? null : pos(head) }, from),
  position: (n: number, of: number, more: Change['set'] = {}, from = since) =>
    made(
      'PositionCreated',
      pos(n),
      {
        title: `P${n}`,
        unit_id: unit(of),
        status: 'open',
        reporting: 'unit_head',
        capacity_fte: '1',
        employment_type: 'permanent',
        ...more,
      },
      from,
    ),
  reports: (n: number, of: number, manager: number, more: Change['set'] = {}, from = since) =>
    facts.position(n, of, { reporting: 'explicit', manager_id: pos(manager), ...more }, from),
  actor: (n: number, more: Change['set'] = {}, from = since) =>
    made('ActorAdded', actor(n), { kind: 'human', external_uid: `A${n}`, contract_fte: '1', employment_type: 'permanent', ...more }, from),
  placement: (n: number, who: number, of: number, seat: number | null, more: Change['set'] = {}, from = since) =>
    made(
      'PlacementStarted',
      placed(n),
      {
        actor_id: actor(who),
        unit_id: unit(of),
        position_id: seat === null ? null : pos(seat),
        allocation: '100',
        is_primary: true,
        role: 'member',
        ...more,
      },
      from,
    ),
  pay: (n: number, who: number, amount: string, from = since) =>
    made('CompensationSet', pay(n), { actor_id: actor(who), amount, basis: 'annual', currency: 'USD' }, from),
  assumption: (n: number, name: string, value: string, scope = 'tenant', scope_ref: string | null = null, from = since) =>
    made('AssumptionSet', assumption(n), { name, scope, scope_ref, value }, from),
};

/**
 * A small company. U1 root (head P1), U2 and U3 below (heads P2, P3), U4 below U2. P4 in U2 and P5 in U4 report to heads, P6 in U3
 * reports to P4. A1..A6 sit on P1..P6 but P5 is vacant.
 */
export const company = (): Branch => {
  const branch = new Branch();
  branch.record([
    facts.unit(1, null),
    facts.unit(2, 1),
    facts.unit(3, 1),
    facts.unit(4, 2),
    facts.position(1, 1, { reporting: 'none', pay_amount: '200000', pay_basis: 'annual', pay_currency: 'USD' }),
    facts.position(2, 2, { pay_amount: '120000', pay_basis: 'annual', pay_currency: 'USD' }),
    facts.position(3, 3),
    facts.position(4, 2, { pay_amount: '80000', pay_basis: 'annual', pay_currency: 'USD' }),
    facts.position(5, 4),
    facts.reports(6, 3, 4),
    facts.head(1, 1),
    facts.head(2, 2),
    facts.head(3, 3),
    ...[1, 2, 3, 4, 6].flatMap((n) => [facts.actor(n), facts.placement(n, n, { 1: 1, 2: 2, 3: 3, 4: 2, 6: 3 }[n] as number, n)]),
  ]);
  return branch;
};
