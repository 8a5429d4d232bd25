import type { Code } from '../domain/codes.ts';
import { dirtRates } from './figures.ts';
import type { RowFilter } from './file.ts';
import { type Organisation, standingOf } from './organisation.ts';
import { type Column, positionName } from './rows.ts';

export type Fault = keyof typeof dirtRates;
export const faults = Object.keys(dirtRates) as Fault[];

/**
 * One fault that was put into a file. `line` is that of the file, the header is 1. `code` is what an import of the canonical CSV finds on this
 * line, in this column; null where a file may say so: a further root, 0.01 FTE, pay of 0 and an id that begins with zeros are no errors there.
 */
export interface Injected {
  line: number;
  fault: Fault;
  column: Column;
  code: Code | null;
  value: string;
  position_id: string;
}

/** 'profile': the rates of real returns; a number of rows in 1,000,000: so many, all kinds alike. */
export type DirtRate = 'profile' | number;

const columnOf: Record<Fault, Column> = {
  duplicate_id: 'position_id',
  orphan: 'manager_position_id',
  self_manager: 'manager_position_id',
  further_root: 'manager_position_id',
  fte_empty: 'fte',
  fte_placeholder: 'fte',
  pay_withheld: 'pay',
  pay_empty: 'pay',
  pay_zero: 'pay',
  leading_zeros: 'position_id',
};
const codeOf: Record<Fault, Code | null> = {
  duplicate_id: 'DUPLICATE_ID',
  orphan: 'MANAGER_UNKNOWN',
  self_manager: 'SELF_MANAGER',
  further_root: null,
  fte_empty: 'FTE_MISSING',
  fte_placeholder: null,
  pay_withheld: 'PAY_MISSING',
  pay_empty: 'PAY_MISSING',
  pay_zero: null,
  leading_zeros: null,
};

/**
 * Puts faults into the rows of an organisation on their way into a file, one fault a row, and keeps count of the lines. Rows with reports keep
 * their id, and the chief keeps everything, so that one fault is one finding.
 */
export const dirtOf = (o: Organisation, rate: DirtRate): { filter: RowFilter; injected: Injected[] } => {
  const injected: Injected[] = [];
  const rates = faults.map((fault) => [fault, rate === 'profile' ? dirtRates[fault] : Math.floor(rate / faults.length)] as const);
  const faultFor = (i: number): Fault | undefined => {
    const leaf = (o.reports[i] as number) === 0;
    if (i === 0 || standingOf(o, i) === 'closed') return undefined;
    let left = o.dice.below(1_000_000, 'dirt', i);
    const fault = rates.find(([, share]) => (left -= share) < 0)?.[0];
    return (fault === 'duplicate_id' || fault === 'leading_zeros') && !leaf ? undefined : fault;
  };
  let line = 1;
  const filter: RowFilter = (row, i) => {
    line += 1;
    const fault = faultFor(i);
    if (!fault) return [row];
    const column = columnOf[fault];
    const tell = (value: string, at = line, position_id = row.position_id) =>
      injected.push({ line: at, fault, column, code: codeOf[fault], value, position_id });
    switch (fault) {
      case 'duplicate_id':
        line += 1;
        tell(row.position_id);
        return [row, row];
      case 'orphan':
        row.manager_position_id = `GONE-${positionName(i)}`;
        break;
      case 'self_manager':
        row.manager_position_id = row.position_id;
        break;
      case 'further_root':
        row.manager_position_id = i % 2 === 0 ? 'XX' : '';
        break;
      case 'fte_empty':
        row.fte = '';
        break;
      case 'fte_placeholder':
        row.fte = '0.01';
        break;
      case 'pay_withheld':
        row.pay = 'N/D';
        break;
      case 'pay_empty':
        row.pay = '';
        break;
      case 'pay_zero':
        row.pay = '0';
        break;
      case 'leading_zeros':
        row.position_id = `00${row.position_id.slice(1)}`;
        break;
      default:
        return fault satisfies never;
    }
    tell(row[column], line, row.position_id);
    return [row];
  };
  return { filter, injected };
};
