import { createHash } from 'node:crypto';

/** SHA-256 in hex. */
export const sha256 = (data: string | Uint8Array): string => createHash('sha256').update(data).digest('hex');

/**
 * A uuid made from names alone (version 8: of the maker's own kind), so that the same thing of the same source gets the same id in every
 * import, and a repeated import makes nothing twice. Parts are kept apart by their lengths: no two lists of parts give the same text.
 */
export const derivedId = (...parts: (string | number)[]): string => {
  const text = parts.map((p) => `${String(p).length}:${p}`).join('');
  const hex = createHash('sha256').update(text).digest('hex');
  const variant = ((Number.parseInt(hex[16] as string, 16) & 0x3) | 0x8).toString(16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
};
