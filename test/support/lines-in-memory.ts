import type { Below, BelowQuestion, FollowersQuestion, HandedDown, Pair } from '../../src/domain/line-questions.ts';
import { at, byRecording, fold } from '../../src/domain/timeline.ts';
import type { LoadedThing } from '../../src/domain/world.ts';

type Values = Record<string, unknown>;

/**
 * The questions about lines answered position by position, upward, over everything recorded: another way than the read model's,
 * which walks downward.
 */
export const linesIn = (units: readonly LoadedThing[], seats: readonly LoadedThing[], date: string) => {
  const stateOf = (things: readonly LoadedThing[]) =>
    new Map(
      things.flatMap(({ id, entries }): [string, Values][] => {
        const values = at(fold([...entries].sort(byRecording)), date);
        return values ? [[id, values]] : [];
      }),
    );
  const [unit, seat] = [stateOf(units), stateOf(seats)];
  const there = (id: unknown): boolean => ['planned', 'open', 'frozen'].includes(String(seat.get(String(id))?.status));

  /** The manager of a position in both states, when nothing but the heads above the units of the question changes. */
  const managers = (id: string, question: FollowersQuestion | BelowQuestion): Pair<string | null> => {
    const values = seat.get(id) as Values;
    if (values.reporting === 'explicit') return { before: values.manager_id as string | null, after: values.manager_id as string | null };
    if (values.reporting !== 'unit_head') return { before: null, after: null };
    const heads: unknown[] = [];
    const passed = new Set<unknown>();
    for (let u = values.unit_id; typeof u === 'string' && !passed.has(u); u = unit.get(u)?.parent_id) {
      passed.add(u);
      const named = question.units.find((n) => n.id === u);
      const nearest = (more: unknown[]) =>
        ([...heads, ...more].find((h) => typeof h === 'string' && h !== id) as string | undefined) ?? null;
      if (named)
        return { before: nearest([named.before.first, named.before.second]), after: nearest([named.after.first, named.after.second]) };
      const head = unit.get(u)?.head_id;
      if (there(head)) heads.push(head);
    }
    const manager = (heads.find((h) => h !== id) as string | undefined) ?? null;
    return { before: manager, after: manager };
  };

  const followers = (question: FollowersQuestion): Pair<string | null>[] => {
    const found = new Map<string, Pair<string | null>>();
    for (const id of seat.keys()) {
      if (question.except.includes(id)) continue;
      const lead = managers(id, question);
      if (lead.before !== lead.after) found.set(JSON.stringify(lead), lead);
    }
    return [...found.values()];
  };

  const below = (question: BelowQuestion): Below[] => {
    const known = new Map<string, Pair<HandedDown> | undefined>();
    /** What a position hands down where that differs; undefined where it is the same. */
    const handed = (id: string, path: readonly string[] = []): Pair<HandedDown> | undefined => {
      const start = question.starts.find((s) => s.id === id);
      if (start) return start;
      if (question.except.includes(id) || path.includes(id)) return undefined;
      if (known.has(id)) return known.get(id);
      const from = above(id, [...path, id]);
      const step = (h: HandedDown): HandedDown => (there(id) ? { depth: h.depth === null ? null : h.depth + 1, lead: id } : h);
      const down = from && { before: step(from.before), after: step(from.after) };
      known.set(id, down);
      return down;
    };
    const above = (id: string, path: readonly string[]): Pair<HandedDown> | undefined => {
      const lead = managers(id, question);
      if (lead.before !== lead.after)
        return question.followers.find((f) => f.managers.before === lead.before && f.managers.after === lead.after)?.handed;
      return lead.before === null || !seat.has(lead.before) ? undefined : handed(lead.before, path);
    };
    const counts = new Map<string, Below>();
    for (const id of seat.keys()) {
      if (!there(id) || question.except.includes(id)) continue;
      const from = above(id, [id]);
      if (!from) continue;
      const place = (h: HandedDown) => ({ lead: h.lead, layer: h.depth === null ? null : h.depth + 1 });
      const row = { before: place(from.before), after: place(from.after) };
      if (row.before.lead === row.after.lead && row.before.layer === row.after.layer) continue;
      const key = JSON.stringify(row);
      counts.set(key, { ...row, positions: (counts.get(key)?.positions ?? 0) + 1 });
    }
    return [...counts.values()];
  };
  return { followers, below };
};
