import { createHash } from 'node:crypto';

/** SHA-256 in hex. */
export const sha256 = (data: string | Uint8Array): string => createHash('sha256').update(data).digest('hex');

const whole = Buffer.alloc(36);

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
  const bytes = createHash('sha256').update(text).digest();
  bytes[6] = 0x80 | ((bytes[6] as number) & 0x0f);
  bytes[8] = 0x80 | ((bytes[8] as number) & 0x3f);
  const hex = bytes.toString('hex', 0, 16);
  // Made in one piece: a text put together from slices would keep each of them alive, and imports hold millions of ids.
  whole.write(`${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`, 'latin1');
  return whole.toString('latin1');
};
