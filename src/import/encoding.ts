export type Encoding = 'utf-8' | 'utf-16le' | 'utf-16be' | 'windows-1252';

const starts = (bytes: Uint8Array, ...mark: number[]): boolean => mark.every((b, i) => bytes[i] === b);

/** Text in UTF-16 without a byte order mark shows as zero bytes on one side of nearly every pair. */
const utf16ByZeros = (bytes: Uint8Array): Encoding | undefined => {
  const pairs = Math.min(bytes.length >> 1, 2000);
  if (pairs < 2) return undefined;
  let even = 0;
  let odd = 0;
  for (let i = 0; i < pairs; i++) {
    if (bytes[2 * i] === 0) even++;
    if (bytes[2 * i + 1] === 0) odd++;
  }
  if (odd > pairs * 0.6 && even < pairs * 0.1) return 'utf-16le';
  if (even > pairs * 0.6 && odd < pairs * 0.1) return 'utf-16be';
  return undefined;
};

/** The encoding of a text file: its byte order mark, else UTF-16 by its zero bytes, else UTF-8 where valid, else Windows-1252. */
export const detectEncoding = (bytes: Uint8Array): Encoding => {
  if (starts(bytes, 0xef, 0xbb, 0xbf)) return 'utf-8';
  if (starts(bytes, 0xff, 0xfe)) return 'utf-16le';
  if (starts(bytes, 0xfe, 0xff)) return 'utf-16be';
  const wide = utf16ByZeros(bytes);
  if (wide) return wide;
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return 'utf-8';
  } catch {
    return 'windows-1252';
  }
};

/** The text of a file without its byte order mark, and the encoding it was read in. */
export const decode = (bytes: Uint8Array): { text: string; encoding: Encoding } => {
  const encoding = detectEncoding(bytes);
  return { text: new TextDecoder(encoding).decode(bytes), encoding };
};
