/** Cells of fewer people than this are not shown: they could name somebody. */
export const LEAST_CELL = 5;

/** A group of people that a diversity figure counts. */
export interface Cell {
  group: string;
  people: number;
}

/**
 * What may be shown of a count of people by group: cells of fewer than five are left out, and as many of the smallest others that what is left
 * out can not be worked out from the headcount: never one cell alone, never fewer than five people together.
 */
export const suppressed = (cells: readonly Cell[]): { shown: Cell[]; left_out: number } => {
  const counted = cells.filter((c) => c.people > 0).sort((a, b) => a.people - b.people || (a.group < b.group ? -1 : 1));
  let hidden = counted.filter((c) => c.people < LEAST_CELL).length;
  const people = () => counted.slice(0, hidden).reduce((sum, c) => sum + c.people, 0);
  if (hidden > 0) while (hidden < counted.length && people() < LEAST_CELL) hidden += 1;
  return { shown: counted.slice(hidden), left_out: hidden };
};
