import type { Change } from '../domain/changes.ts';
import type { IsoDate } from '../domain/dates.ts';
import type { Kind, Values } from '../domain/entities.ts';
import { CLOSED, MADE } from './became.ts';
import { Collected } from './collected.ts';
import { ending, given, making, named, sameValue, updating, type Wanted } from './wanted.ts';

/**
 * Collects the changes that lead from the baseline to what a file says. Nothing is written where nothing differs, so the same file again gives
 * an empty list. `changed` and `closed` are positions: a seat counts once, whether it, its holder, the placement or the pay differs.
 */
export class Difference extends Collected {
  #makeChange(want: Wanted, from: IsoDate, more: Partial<Change> = {}): void {
    const set = given(want.make);
    for (const field of named[want.kind] ?? []) set[field] ??= null;
    const personal = want.personal ? given(want.personal) : {};
    this.push(
      making[want.kind],
      want.id,
      from,
      set,
      want.line,
      Object.keys(personal).length > 0 ? { ...more, personal: personal as never } : more,
    );
  }

  /** Sees to it that a thing is there from the date on as wanted. */
  put(want: Wanted): void {
    const { kind, id } = want;
    const from = want.from ?? this.view.on;
    if (kind !== 'compensation' && kind !== 'assumption') this.see(id);
    const current = this.view.at(id, from);
    if (!current) {
      this.#makeChange(want, from);
      this.created[kind] += 1;
      if (kind === 'position') this.became.mark(id, MADE);
      this.touch(want.seat);
      return;
    }
    const set: Values = {};
    for (const field of want.compare ?? Object.keys(want.make)) {
      const value = want.make[field] ?? null;
      if (!sameValue(kind, field, current[field] ?? null, value)) set[field] = value;
    }
    const known = want.personal ? this.view.personal(id) : {};
    const personal = Object.fromEntries(Object.entries(want.personal ?? {}).filter(([f, v]) => (known[f] ?? null) !== v));
    if (Object.keys(set).length === 0 && Object.keys(personal).length === 0) return;
    if (Object.keys(set).some((f) => !want.uncounted?.includes(f)) || Object.keys(personal).length > 0) this.touch(want.seat);
    this.updated[kind] += 1;
    const date = this.view.laterChange(id, from, Object.keys(set));
    if (date) this.later.push({ line: want.line, id, date });
    this.#updateChange(want, from, set, personal);
  }

  #updateChange(want: Wanted, from: IsoDate, set: Values, personal: Values): void {
    const { kind, id, line } = want;
    const { status, close_reason: _, ...rest } = set;
    if (kind === 'position' && status === 'closed') {
      this.became.mark(id, CLOSED);
      this.updated.position -= 1;
      this.ended.position += 1;
      if (Object.keys(rest).length > 0) this.push('PositionUpdated', id, from, rest, line);
      this.push('PositionClosed', id, from, { close_reason: want.make['close_reason'] ?? 'not_needed' }, line);
      return;
    }
    if (kind === 'position' && 'close_reason' in set) {
      this.push('PositionReopened', id, from, { status: want.make['status'] ?? 'open', close_reason: null }, line);
      if (Object.keys(rest).length > 0) this.push('PositionUpdated', id, from, rest, line);
      return;
    }
    const update = updating[kind];
    // Somebody who left and is back is added again under the id they always had; so is pay, which is said as a whole.
    if (update === undefined || (status !== undefined && (kind === 'actor' || kind === 'placement'))) this.#makeChange(want, from);
    else this.push(update, id, from, set, line, Object.keys(personal).length > 0 ? { personal: personal as never } : {});
  }

  /** Says the whole thing again from a date on and drops what was said for later dates. */
  restate(want: Wanted): void {
    const from = want.from ?? this.view.on;
    this.see(want.id);
    this.touch(want.seat);
    this.updated[want.kind] += 1;
    this.#makeChange(want, from, { replace_later: true });
  }

  /**
   * Sees to it that fields hold one value after the other, each from its date on. `made`: the first step stands in the change that made the thing.
   * Otherwise the steps are compared with the baseline on every date on which either changes, and said again from the first difference on.
   */
  steps(kind: Kind, id: string, steps: readonly { from: IsoDate; set: Values; line: number }[], made: boolean, seat?: string): void {
    const [first] = steps;
    if (!first) return;
    const name = updating[kind] ?? making[kind];
    const same = (a: Values | undefined, b: Values) =>
      a !== undefined && Object.keys(b).every((f) => sameValue(kind, f, a[f] ?? null, b[f] ?? null));
    if (made) {
      steps.forEach(({ from, set, line }, i) => {
        if (i > 0 && !same(steps[i - 1]?.set, set)) this.push(name, id, from, set, line);
      });
      return;
    }
    if (kind !== 'compensation') this.see(id);
    const wanted = (date: IsoDate) => steps.findLast((s) => s.from <= date)?.set as Values;
    const dates = new Set(steps.map((s) => s.from));
    for (const v of this.view.get(id)?.versions ?? []) if (v.effective_from > first.from) dates.add(v.effective_from);
    const differs = [...dates].sort().find((date) => !same(this.view.at(id, date), wanted(date)));
    if (differs === undefined) return;
    this.touch(seat);
    this.updated[kind] += 1;
    const begin = steps.findLastIndex((s) => s.from <= differs);
    steps.slice(begin).forEach(({ from, set, line }, i) => {
      this.push(name, id, i === 0 ? differs : from, set, line, i === 0 ? { replace_later: true } : {});
    });
  }

  /** Closes, ends or exits a thing from a date on (the view's, or the day it begins where that is later). Nothing where it is not in force. */
  end(kind: keyof typeof ending, id: string, line: number, seat?: string, on?: IsoDate): void {
    const from = on ?? this.view.begins(id) ?? this.view.on;
    const status = this.view.at(id, from)?.['status'];
    if (on === undefined && (status === 'closed' || status === 'ended' || status === 'exited')) return;
    this.ended[kind] += 1;
    this.touch(seat);
    if (kind === 'position') this.became.mark(id, CLOSED);
    this.push(ending[kind], id, from, kind === 'position' ? { close_reason: 'not_needed' } : {}, line);
  }

  /**
   * Says from when a placement is primary and from when not. What was said for later dates is dropped and said again, since a value that was
   * set again without changing cannot be seen in a version. `made`: the first flag stands in the change that makes the placement.
   */
  flags(id: string, flags: readonly { date: IsoDate; primary: boolean }[], line: number, made: boolean, seat?: string): void {
    const stands = (f: { date: IsoDate; primary: boolean }) => (this.view.at(id, f.date)?.['is_primary'] === true) === f.primary;
    if (!made && flags.every(stands)) return;
    if (!made) {
      this.touch(seat);
      this.updated.placement += 1;
    }
    flags.forEach(({ date, primary }, i) => {
      if (i === 0 ? made : flags[i - 1]?.primary === primary) return;
      this.push('PlacementUpdated', id, date, { is_primary: primary }, line, i === 0 ? { replace_later: true } : {});
    });
  }

  /** Says the end of a thing that this import makes. */
  endMade(id: string, on: IsoDate, line: number): void {
    this.push('PlacementEnded', id, on, {}, line);
  }
}
