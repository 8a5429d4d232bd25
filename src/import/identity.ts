import { hash } from 'node:crypto';

/** SHA-256 in hex. */
export const sha256 = (data: string | Uint8Array): string => hash('sha256', data, 'hex');

const whole = Buffer.alloc(36);
const digits = '0123456789abcdef';
/** The digit that says which variant of uuid this is, with the two bits that are free in it. */
const variants = '89ab';

/**
 * A uuid made from names alone (version 8: of the maker's own kind), so that the same thing of the same source gets the same id in every
 * import, and a repeated import makes nothing twice. Parts are kept apart by their lengths: no two lists of parts give the same text.
 */
export const derivedId = (...parts: (string | number)[]): string => {
  let text = '';
  for (const part of parts) {
    const one = String(part);
    text += `${one.length}:${one}`;
  }
  const hex = hash('sha256', text, 'hex');
  const kind = variants[digits.indexOf(hex[16] as string) & 3] as string;
  // Made in one piece: a text put together from slices would keep each of them alive, and imports hold millions of ids.
  whole.write(`${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-${kind}${hex.slice(17, 20)}-${hex.slice(20, 32)}`, 'latin1');
  return whole.toString('latin1');
};
