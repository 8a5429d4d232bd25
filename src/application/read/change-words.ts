import { type Kind, kinds, references, type Value, type Values } from '../../domain/entities.ts';
import { sentence } from '../../domain/sentences.ts';
import type { Basis } from '../../projections/basis.ts';
import { timelinesOf, type VersionRow } from '../../projections/queries/entity.ts';
import { namesOf } from '../../projections/queries/names.ts';
import type { RecordedChange } from '../../projections/queries/recorded.ts';
import type { Deps } from '../context.ts';

const on = (versions: readonly VersionRow[] | undefined, date: string): Values =>
  versions?.find((v) => v.effective_from <= date && v.effective_to > date)?.values ?? {};

const groupedIds = (changes: readonly RecordedChange[]): [Kind, string[]][] =>
  kinds.flatMap((kind) => {
    const ids = [...new Set(changes.filter((c) => c.kind === kind).map((c) => c.id))];
    return ids.length > 0 ? [[kind, ids] as [Kind, string[]]] : [];
  });

/** A basis at another position of the same branch; the baseline's pin moves with it. */
const movedTo = (basis: Basis, position: number): Basis => ({ ...basis, position, pin: basis.branch === 0 ? position : basis.pin });

/** The values each change found, on its date: as they stood before its event, with what the event itself had done by then. */
const valuesBefore = async (deps: Deps, before: Basis, changes: readonly RecordedChange[]): Promise<Values[]> => {
  const timelines = new Map<string, VersionRow[]>();
  for (const [kind, ids] of groupedIds(changes))
    for (const [id, versions] of await timelinesOf(deps.sql, before, kind, ids)) timelines.set(id, versions);
  return changes.map((change, nth) => {
    const earlier = changes.slice(0, nth).filter((c) => c.id === change.id && c.effective_from <= change.effective_from);
    const inOrder = earlier.sort((a, b) => (a.effective_from < b.effective_from ? -1 : a.effective_from > b.effective_from ? 1 : 0));
    return Object.assign({}, on(timelines.get(change.id), change.effective_from), ...inOrder.map((c) => c.set)) as Values;
  });
};

type Naming = Map<Kind, Set<string>>;
const wanted = (naming: Naming, kind: Kind, id: Value | undefined): void => {
  if (typeof id !== 'string') return;
  const ids = naming.get(kind) ?? new Set();
  naming.set(kind, ids.add(id));
};

/** Sentences for changes of one event, with names and old values as they stood at it; every change in its order. */
const tellEvent = async (deps: Deps, basis: Basis, changes: readonly RecordedChange[]): Promise<string[]> => {
  const position = changes[0]?.position ?? basis.position;
  const before = await valuesBefore(deps, movedTo(basis, position - 1), changes);
  const names = new Map<string, string>();
  for (const [date, dated] of Map.groupBy(
    changes.map((change, nth) => ({ change, old: before[nth] as Values })),
    (c) => c.change.effective_from,
  )) {
    const naming: Naming = new Map();
    for (const { change, old } of dated) {
      wanted(naming, change.kind, change.id);
      for (const [field, target] of references(change.kind)) for (const id of [change.set[field], old[field]]) wanted(naming, target, id);
    }
    for (const [kind, ids] of naming)
      for (const [id, name] of await namesOf(deps.sql, { ...movedTo(basis, position), effective_on: date }, kind, [...ids]))
        names.set(`${date} ${id}`, `"${name.replaceAll('"', "'")}"`);
  }
  return changes.map((change, nth) => {
    const old = before[nth] as Values;
    const called = (id: string): string => names.get(`${change.effective_from} ${id}`) ?? id;
    const owner = change.set.actor_id ?? old.actor_id;
    const said = sentence({ ...change, v: 1 }, old, (kind, id) =>
      (kind === 'placement' || kind === 'compensation') && typeof owner === 'string' ? called(owner) : called(id),
    );
    return said;
  });
};

/**
 * One plain sentence for each recorded change of a branch, in their order: built from names and values as they stood at the
 * event, so that they say the same for good. No amounts and no personal fields. `changes` of one event stand together and
 * begin with its first of each thing.
 */
export const tellChanges = async (deps: Deps, basis: Basis, changes: readonly RecordedChange[]): Promise<string[]> => {
  const told: string[] = [];
  for (const event of Map.groupBy(changes, (c) => c.position).values()) told.push(...(await tellEvent(deps, basis, event)));
  return told;
};
