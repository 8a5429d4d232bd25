import { chunksOf, type FileBytes, headOf } from './chunks.ts';

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

const isUtf8 = (bytes: FileBytes): boolean => {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  try {
    for (const chunk of chunksOf(bytes)) decoder.decode(chunk, { stream: true });
    decoder.decode();
    return true;
  } catch {
    return false;
  }
};

/** The encoding of a text file: its byte order mark, else UTF-16 by its zero bytes, else UTF-8 where valid, else Windows-1252. */
export const detectEncoding = (file: FileBytes): Encoding => {
  const bytes = headOf(file, 4000);
  if (starts(bytes, 0xef, 0xbb, 0xbf)) return 'utf-8';
  if (starts(bytes, 0xff, 0xfe)) return 'utf-16le';
  if (starts(bytes, 0xfe, 0xff)) return 'utf-16be';
  return utf16ByZeros(bytes) ?? (isUtf8(file) ? 'utf-8' : 'windows-1252');
};

/** The text of a file in an encoding, piece by piece, without its byte order mark. */
export function* textOf(file: FileBytes, encoding: Encoding): Generator<string> {
  const decoder = new TextDecoder(encoding);
  for (const chunk of chunksOf(file)) yield decoder.decode(chunk, { stream: true });
  yield decoder.decode();
}

/** The text of a file without its byte order mark, and the encoding it was read in. */
export const decode = (bytes: FileBytes): { text: string; encoding: Encoding } => {
  const encoding = detectEncoding(bytes);
  return { text: [...textOf(bytes, encoding)].join(''), encoding };
};
