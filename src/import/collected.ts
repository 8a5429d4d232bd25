import { type Change, type ChangeName, change } from '../domain/changes.ts';
import type { IsoDate } from '../domain/dates.ts';
import type { Kind, Values } from '../domain/entities.ts';
import type { BaselineView } from './baseline.ts';
import { Changes } from './batches.ts';
import { Became, CHANGED, CLOSED, ENDED, MOVED, SEEN } from './became.ts';
import type { OpenScratch } from './scratch.ts';

const noneYet = (): Record<Kind, number> => ({ org_unit: 0, position: 0, actor: 0, placement: 0, compensation: 0, assumption: 0 });

/** The changes of an import as they come, with their counts and what becomes of each thing. */
export class Collected {
  readonly changes: Changes;
  /** Units that a change puts something into. */
  readonly filled = new Set<string>();
  readonly created = noneYet();
  readonly updated = noneYet();
  readonly ended = noneYet();
  readonly later: { line: number; id: string; date: IsoDate }[] = [];
  protected readonly became: Became;
  protected readonly view: BaselineView;
  readonly #take: ((change: Change) => void) | undefined;

  /** `take` is told every change as it is made. */
  constructor(view: BaselineView, scratch?: OpenScratch, take?: (change: Change) => void) {
    this.view = view;
    this.became = new Became(view);
    this.#take = take;
    this.changes = new Changes(scratch);
  }

  /** Says that the file speaks of a thing. */
  see(id: string): void {
    this.became.mark(id, SEEN);
  }

  /** True where the file speaks of a thing. */
  seen(id: string): boolean {
    return this.became.marked(id, SEEN);
  }

  /** True where this import closes the position. */
  closes(id: string): boolean {
    return this.became.marked(id, CLOSED);
  }

  /** True where this import says the unit of a position or placement. */
  moves(id: string): boolean {
    return this.became.marked(id, MOVED);
  }

  /** True where this import ends a placement, closes a position or lets an actor go. */
  ends(id: string): boolean {
    return this.became.marked(id, ENDED);
  }

  /** Positions that close. */
  get closed(): number {
    return this.became.closed;
  }

  /** Seats that were there before, stay, and differ in anything. */
  get changed(): number {
    return this.became.changed;
  }

  /** Counts a seat as changed. */
  protected touch(seat: string | undefined): void {
    if (seat) this.became.mark(seat, CHANGED);
  }

  /** Takes a change; `line` is that of the file, 0 where it comes from none. */
  protected push(name: ChangeName, id: string, from: IsoDate, set: Values, line: number, more: Partial<Change> = {}): void {
    const one = change(name, id, from, set, line > 0 ? { ...more, line } : more);
    this.changes.push(one);
    this.#take?.(one);
    const unit = one.set['unit_id'];
    if (unit !== undefined) this.became.mark(id, MOVED);
    if (typeof unit === 'string') this.filled.add(unit);
    if (name === 'PlacementEnded' || name === 'PositionClosed' || name === 'ActorExited') this.became.mark(id, ENDED);
  }
}
