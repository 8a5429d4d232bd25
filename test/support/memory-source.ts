import { type Change, kindOf } from '../../src/domain/changes.ts';
import { type Kind, references } from '../../src/domain/entities.ts';
import type { BelowQuestion, FollowersQuestion } from '../../src/domain/line-questions.ts';
import { lookups, type LoadedThing, type Need, type TimelineSource, type UsedQuestion } from '../../src/domain/world.ts';
import { linesIn } from './lines-in-memory.ts';

/**
 * One baseline in memory, indexed by what refers to what, so that a large organisation answers as fast as an index does. Every
 * change is of one event.
 */
export class MemorySource implements TimelineSource {
  readonly #things = new Map<string, LoadedThing>();
  readonly #pointers = new Map<string, Set<string>>();

  constructor(changes: readonly Change[]) {
    changes.forEach((change, index) => {
      const kind = kindOf(change);
      const key = `${kind}/${change.id}`;
      const thing = this.#things.get(key) ?? { kind, id: change.id, entries: [] };
      this.#things.set(key, thing);
      thing.entries.push({
        scenario: false,
        position: 1,
        index,
        effective_from: change.effective_from,
        set: change.set,
        replace_later: change.replace_later === true,
      });
      for (const field of [...references(kind).map(([f]) => f), ...(lookups[kind] ?? [])]) {
        const value = change.set[field];
        if (typeof value !== 'string') continue;
        const at = `${kind}.${field}.${value}`;
        this.#pointers.set(at, (this.#pointers.get(at) ?? new Set()).add(change.id));
      }
    });
  }

  all(kind: Kind): LoadedThing[] {
    return [...this.#things.values()].filter((t) => t.kind === kind);
  }

  #pointing(kind: Kind, field: string, value: string): string[] {
    return [...(this.#pointers.get(`${kind}.${field}.${value}`) ?? [])].map((id) => `${kind}/${id}`);
  }

  #values(key: string, ...names: string[]): string[] {
    return (this.#things.get(key)?.entries ?? []).flatMap((e) => names.map((f) => e.set[f])).filter((v) => typeof v === 'string');
  }

  #walk(start: string, next: (key: string) => string[]): string[] {
    const seen = new Set([start]);
    for (const key of seen) for (const n of next(key)) seen.add(n);
    return [...seen];
  }

  #answer(need: Need): string[] {
    const of = (kind: Kind, ids: string[]) => ids.map((id) => `${kind}/${id}`);
    switch (need.need) {
      case 'thing':
        return [`${need.kind}/${need.id}`];
      case 'referrers':
        return this.#pointing(need.kind, need.field, need.id);
      case 'by_value':
        return this.#pointing(need.kind, need.field, need.value);
      case 'assumptions':
        return this.all('assumption').map((t) => `assumption/${t.id}`);
      case 'unit_chain':
        return this.#walk(`org_unit/${need.id}`, (key) => of('org_unit', this.#values(key, 'parent_id')));
      case 'subtree':
        return this.#walk(`org_unit/${need.id}`, (key) => this.#pointing('org_unit', 'parent_id', key.slice('org_unit/'.length)));
      case 'reporting_chain':
        return this.#walk(`position/${need.id}`, (key) =>
          key.startsWith('position/')
            ? [...of('position', this.#values(key, 'manager_id')), ...of('org_unit', this.#values(key, 'unit_id'))]
            : [...of('position', this.#values(key, 'head_id')), ...of('org_unit', this.#values(key, 'parent_id'))],
        );
      default:
        return need satisfies never;
    }
  }

  followers(question: FollowersQuestion) {
    return Promise.resolve(linesIn(this.all('org_unit'), this.all('position'), question.date).followers(question));
  }

  below(question: BelowQuestion) {
    return Promise.resolve(linesIn(this.all('org_unit'), this.all('position'), question.date).below(question));
  }

  used({ ids }: UsedQuestion) {
    const there = new Set([...this.#things.values()].map((thing) => thing.id));
    return Promise.resolve(ids.filter((id) => there.has(id)));
  }

  load(needs: readonly Need[]): Promise<LoadedThing[]> {
    const keys = new Set(needs.flatMap((n) => this.#answer(n)));
    return Promise.resolve([...keys].flatMap((key) => this.#things.get(key) ?? []));
  }
}
