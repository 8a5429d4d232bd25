/** A calendar date as ISO text, `YYYY-MM-DD`. Text order is date order. */
export type IsoDate = string;

/** Stands for "no end"; sorts after every date. PostgreSQL's `infinity` in the read model. */
export const FOREVER: IsoDate = 'infinity';

const shape = /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/;

/** True for a real calendar date written `YYYY-MM-DD` (2023-02-30 is none). */
export const isDate = (text: string): boolean => {
  if (!shape.test(text)) return false;
  const ms = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(text);
};

const day = 86_400_000;
const utc = (date: IsoDate): number => Date.parse(`${date}T00:00:00Z`);
const iso = (ms: number): IsoDate => new Date(ms).toISOString().slice(0, 10);

/** The date `n` days later (earlier when negative). */
export const addDays = (date: IsoDate, n: number): IsoDate => iso(utc(date) + n * day);

/** Whole days from `from` to `to`, half-open: daysBetween('2026-01-01','2026-01-02') is 1. */
export const daysBetween = (from: IsoDate, to: IsoDate): number => Math.round((utc(to) - utc(from)) / day);

/** The same day `n` years later; 29 February becomes 28 February. */
export const addYears = (date: IsoDate, n: number): IsoDate => {
  const moved = `${String(Number(date.slice(0, 4)) + n).padStart(4, '0')}${date.slice(4)}`;
  return isDate(moved) ? moved : `${moved.slice(0, 8)}28`;
};

/** The calendar date of an instant in an IANA time zone. */
export const dateIn = (instant: Date, timeZone: string): IsoDate =>
  new Intl.DateTimeFormat('en-CA', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' }).format(instant);

/** Earlier and later of two dates; both understand FOREVER. */
export const earlier = (a: IsoDate, b: IsoDate): IsoDate => (a < b ? a : b);
export const later = (a: IsoDate, b: IsoDate): IsoDate => (a > b ? a : b);

/** The fiscal year that holds a date, as half-open range and label; `start` is the tenant's `fiscal_year_start`, `MM-DD`. */
export const fiscalYear = (date: IsoDate, start: string): { from: IsoDate; to: IsoDate; days: number; label: string } => {
  const year = Number(date.slice(0, 4)) - (date.slice(5) < start ? 1 : 0);
  const from = `${String(year).padStart(4, '0')}-${start}`;
  const to = `${String(year + 1).padStart(4, '0')}-${start}`;
  return { from, to, days: daysBetween(from, to), label: start === '01-01' ? `${year}` : `${year}/${String(year + 1).slice(2)}` };
};
