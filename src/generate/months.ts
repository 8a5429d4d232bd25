import { monthly, vacant } from './figures.ts';
import { addPosition, holderKinds, type Organisation, setStanding, standingOf } from './organisation.ts';
import { chance, type asks } from './random.ts';
import { holderName, positionName } from './rows.ts';

/** What happened in one month, by the ids of the file. Each position stands in one list at most. */
export interface MonthChanges {
  /** The first day of what is new. */
  effective_on: string;
  /** Seats that report to another manager and stand in that one's unit, with whoever holds them. */
  moved: { position_id: string; from_manager: string; to_manager: string }[];
  /** Seats that closed; their holders left. */
  closed: { position_id: string; holder_id: string | null }[];
  /** Seats whose holder left. */
  left: { position_id: string; holder_id: string }[];
  /** Vacant seats that somebody new holds. */
  filled: { position_id: string; holder_id: string }[];
  /** New seats. */
  created: { position_id: string; manager: string; holder_id: string | null }[];
}

/** The same day `months` later; `on` has a day up to 28, so every month has it. */
export const monthAfter = (on: string, months: number): string => {
  const count = Number(on.slice(0, 4)) * 12 + Number(on.slice(5, 7)) - 1 + months;
  return `${String(Math.floor(count / 12)).padStart(4, '0')}-${String((count % 12) + 1).padStart(2, '0')}-${on.slice(8)}`;
};

const hire = (o: Organisation, i: number, on: string): string => {
  const holder = o.holders++;
  o.holder[i] = holder;
  o.startedOn.set(holder, on);
  setStanding(o, i, 'filled');
  return holderName(holder);
};

const employee = holderKinds.indexOf('human');

/**
 * Lets one month pass: seats move and close, people leave, vacancies are filled, seats are made, at the rates of real returns. Only seats
 * without reports move or close, so the changes of a month are exactly those told. Month 1 is the first after the file; call it in order.
 */
export const passMonth = (o: Organisation, month: number): MonthChanges => {
  const on = monthAfter(o.settings.on, month);
  const out: MonthChanges = { effective_on: on, moved: [], closed: [], left: [], filled: [], created: [] };
  const before = o.size;
  const managers = Int32Array.from({ length: before }, (_, i) => i).filter((i) => (o.reports[i] as number) > 0 && i !== o.poolHead);
  // One question per month and position: the number of who asks differs by both.
  const who = (i: number) => Math.imul(month, 0x9e3779b1) ^ i;
  const draw = (n: number, ask: keyof typeof asks, i: number) => o.dice.below(n, ask, who(i));
  const someManager = (i: number) => managers[draw(managers.length, 'monthTarget', i)] as number;
  for (let i = 1; i < before; i++) {
    const standing = standingOf(o, i);
    if ((o.reports[i] as number) > 0 || standing === 'closed' || standing === 'planned' || standing === 'planned_hire') continue;
    const position_id = positionName(i);
    const boss = o.parent[i] as number;
    let left = draw(10_000, 'month', i);
    if ((left -= monthly.moved) < 0) {
      const to = someManager(i);
      // The only one who reports to somebody stays: a manager stays a manager.
      if (to === boss || (o.reports[boss] as number) < 2) continue;
      o.parent[i] = to;
      o.unit[i] = o.unit[to] as number;
      o.layer[i] = (o.layer[to] as number) + 1;
      o.reports[boss] = (o.reports[boss] as number) - 1;
      o.reports[to] = (o.reports[to] as number) + 1;
      out.moved.push({ position_id, from_manager: positionName(boss), to_manager: positionName(to) });
    } else if ((left -= monthly.closed) < 0) {
      if ((o.reports[boss] as number) < 2) continue;
      const holder = o.holder[i] as number;
      setStanding(o, i, 'closed');
      o.holder[i] = -1;
      o.reports[boss] = (o.reports[boss] as number) - 1;
      out.closed.push({ position_id, holder_id: holder < 0 ? null : holderName(holder) });
    } else if (standing === 'filled' && (left -= monthly.left) < 0) {
      out.left.push({ position_id, holder_id: holderName(o.holder[i] as number) });
      o.holder[i] = -1;
      setStanding(o, i, 'vacant');
    } else if (standing === 'vacant' && (left -= monthly.filled) < 0) out.filled.push({ position_id, holder_id: hire(o, i, on) });
  }
  const created = Math.floor((before * monthly.created) / 10_000);
  for (let n = 0; n < created && managers.length > 0; n++) {
    const boss = someManager(before + n);
    const i = addPosition(o, boss);
    o.kind[i] = employee;
    const holder_id = chance(o.dice, vacant, 'occupancy', i) ? null : hire(o, i, on);
    out.created.push({ position_id: positionName(i), manager: positionName(boss), holder_id });
  }
  return out;
};
