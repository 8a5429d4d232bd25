import { grouped, table } from './output.ts';

interface Delta {
  before: string;
  after: string;
  delta: string;
}

const signed = (text: string): string => (/^-|^0(\.0+)?$/.test(text) ? grouped(text) : `+${grouped(text)}`);
const shownFigures = ['headcount', 'ai_agents', 'seats', 'vacant_positions', 'establishment_fte', 'fte', 'annualised', 'in_year'];

/** The figures of an impact as a table; money that the caller may not see is not there. */
export const impactTable = (impact: Readonly<Record<string, unknown>>): string =>
  table(
    ['', 'before', 'after', 'difference'],
    shownFigures.flatMap((name) => {
      const d = impact[name] as Delta | undefined;
      return d ? [[name.replaceAll('_', ' '), grouped(d.before), grouped(d.after), signed(d.delta)]] : [];
    }),
  );
