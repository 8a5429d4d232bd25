import { Numbers } from './numbers.ts';
import type { Repairs } from './repairs.ts';
import { type RowFinding, rowFinding, seatIdentity } from './rows.ts';
import { ANONYMOUS, LEFT_OUT } from './seat-marks.ts';
import type { SeatRows } from './seat-rows.ts';

interface Found {
  findings: RowFinding[];
  repaired: { repair: string; line: number; what: string }[];
}

/** Leaves out rows whose id stands on another row too, as the repair says; without one every further row is found. */
export const withoutDoubles = (rows: SeatRows, repairs: Repairs, out: Found): void => {
  const first = new Numbers(Int32Array);
  const last = new Numbers(Int32Array);
  for (let n = 0; n < rows.id.length; n++) {
    if (first.at(rows.id.at(n)) === 0) first.set(rows.id.at(n), n + 1);
    last.set(rows.id.at(n), n + 1);
  }
  const unnamed = rows.ids.find('');
  for (let n = 0; n < rows.id.length; n++) {
    const id = rows.id.at(n);
    const [begin, end] = [first.at(id) - 1, last.at(id) - 1];
    if (begin === end || id === unnamed) continue;
    const keep = repairs.duplicates === 'last' ? end : begin;
    if (n === keep) continue;
    const [line, text] = [rows.line.at(n), rows.idOf(n)];
    if (repairs.duplicates) {
      rows.mark(n, LEFT_OUT);
      const what = `left out: "${text}" stands on line ${rows.line.at(keep)} too`;
      out.repaired.push({ repair: `duplicates=${repairs.duplicates}`, line, what });
    } else
      out.findings.push(rowFinding(line, 'position_id', text, 'DUPLICATE_ID', `"${text}" stands on line ${rows.line.at(begin)} already`));
  }
};

/** Finds rows of several posts whose post has a row of its own too: `X` with two posts beside a row `X#2`. */
export const findDoubleSeats = (rows: SeatRows, findings: RowFinding[]): void => {
  const seats = new Numbers(Int32Array);
  for (const n of rows.numbers()) {
    if (rows.is(n, ANONYMOUS)) continue;
    const [id, posts] = [rows.idOf(n), rows.posts.at(n)];
    for (let seat = 1; seat <= posts; seat++) {
      const name = seatIdentity({ identity: id, posts }, seat);
      const number = rows.ids.add(name);
      const other = seats.at(number) - 1;
      if (other >= 0 && rows.id.at(other) !== rows.id.at(n))
        findings.push(
          rowFinding(
            rows.line.at(n),
            'position_id',
            id,
            'DUPLICATE_ID',
            `the post "${name}" is named by line ${rows.line.at(other)} already`,
          ),
        );
      seats.set(number, n + 1);
    }
  }
};
