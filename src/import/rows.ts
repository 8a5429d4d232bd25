import { type Code, codes, type Severity } from '../domain/codes.ts';
import type { Decimal } from '../domain/decimal.ts';
import type { Column } from './columns.ts';
import type { ManagerReading } from './managers.ts';
import type { OpenScratch } from './scratch.ts';
import type { SeatRows } from './seat-rows.ts';
import type { DateOrder } from './values.ts';

/** One thing found in one cell of the user's file. */
export interface RowFinding {
  line: number;
  /** The file, where it is one beside the list: a history, or memberships. */
  file?: string;
  column: string;
  value: string;
  code: Code;
  severity: Severity;
  message: string;
  suggestion: string;
}

export const rowFinding = (
  line: number,
  column: Column | '',
  value: string,
  code: Code,
  message: string,
  suggestion?: string,
): RowFinding => ({
  line,
  column,
  value: value.slice(0, 200),
  code,
  severity: codes[code].severity,
  message,
  suggestion: suggestion ?? codes[code].wayOut,
});

export interface Pay {
  amount: string;
  basis: 'annual' | 'daily' | 'hourly';
  currency: string;
}

/** Who sits in the seats of a row: nobody told by name (each seat has a holder of its own), or one named actor. */
export type Holder =
  | { named: false }
  | {
      named: true;
      id: string;
      kind: 'human' | 'robot' | 'ai_agent';
      name: string | null;
      email: string | null;
      birth_date?: string | null;
      gender?: string | null;
      fte: string | null;
      employment_type: string | null;
      country: string | null;
      allocation: string;
      primary: boolean | null;
      role: 'lead' | 'member';
      pay: Pay | null;
      start: string | null;
      end: string | null;
    };

export interface UnitRef {
  /** Names from the first level below the root; empty for the root unit itself. */
  path: string[];
  id: string | null;
  kind: string | null;
  unit_type: string | null;
  cost_centre: string | null;
}

/** What is known of a person's past from the files beside a list of people: from which date which unit and which pay held. In order of date. */
export interface History {
  /** First day in the seat. */
  since: string;
  /** First day anything is known of the person. */
  known: string;
  units: { from: string; unit: UnitRef }[];
  pays: { from: string; pay: Pay; line: number }[];
}

/** One row of a file in the words of the domain, whatever shape the file had. */
export interface SeatRow {
  line: number;
  /** The id in the file. */
  id: string;
  /** What names the row's seats in every import of this source: the id, or what the row is about where its id is only a row number. */
  identity: string;
  /** True where the id is a row number of this one file. */
  anonymous: boolean;
  manager: string | null;
  /** True where the manager is not the one the row names, because that one is closed. */
  rerouted?: true;
  reporting: 'explicit' | 'unit_head' | 'none';
  unit: UnitRef;
  head: boolean;
  title: string;
  grade: string | null;
  job_family: string | null;
  location: string | null;
  country: string | null;
  status: 'planned' | 'open' | 'frozen' | 'closed';
  /** Total of the row; null where it is not known. */
  fte: Decimal | null;
  posts: number;
  employment_type: 'permanent' | 'contractor';
  pay: Pay | null;
  holder: Holder | null;
  history?: History;
}

/** What decides on how cells are read, beside the file itself. */
export interface Reading {
  /** The tenant's currency. */
  currency: string;
  /** Currencies with a rate to the tenant's in the baseline. */
  rates: ReadonlySet<string>;
  dateOrder?: DateOrder | undefined;
  /** Where rows are kept; in memory unless given. */
  scratch?: OpenScratch;
}

/** What a shape makes of a file: rows in the words of the domain, and what was found in them. Rows that cannot be read are left out. */
export interface ReadRows {
  rows: SeatRows;
  findings: RowFinding[];
  /** tenant currency for one unit of the foreign one, where the file says so. */
  rates: Map<string, { rate: string; line: number }>;
  /** The fields of a position that the file speaks of; the others are left as they are in the baseline. */
  speaksOf: ReadonlySet<string>;
  managers?: ManagerReading | undefined;
  /** What the file does not say and the import takes for granted, in words. */
  assumed?: string[];
}

/** What names one post of a row in every import of its source. The first post of `X` is `X` itself, so a row that grows from one post keeps it. */
export const seatIdentity = (row: Pick<SeatRow, 'identity' | 'posts'>, seat: number): string =>
  seat === 1 ? row.identity.replace(/#1$/, '') : `${row.identity}#${seat}`;
