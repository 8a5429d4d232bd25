import { Decimal } from './decimal.ts';
import { type Field, fields, type Kind, type Value } from './entities.ts';

/** Whether two values of a field are the same: decimals by what they are worth ("100" is "100.00"), everything else as written. No value is null. */
export const sameValue = (kind: Kind, field: string, one: Value | undefined, other: Value | undefined): boolean => {
  const [a, b] = [one ?? null, other ?? null];
  if (a === b || typeof a !== 'string' || typeof b !== 'string') return a === b;
  return (fields[kind] as Record<string, Field>)[field]?.type === 'decimal' && new Decimal(a).equals(b);
};
