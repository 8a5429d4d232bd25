import { createHash } from 'node:crypto';

/** The bytes of a file: all of them, or piece by piece, as often as they are asked for. */
export type FileBytes = Uint8Array | Chunked;

/** A file that is read piece by piece, from the beginning each time. */
export interface Chunked {
  /** Bytes. */
  readonly length: number;
  chunks(): Iterable<Uint8Array>;
}

const PIECE = 1 << 20;

/** The pieces of a file, in order. */
export function* chunksOf(bytes: FileBytes): Generator<Uint8Array> {
  if (!(bytes instanceof Uint8Array)) yield* bytes.chunks();
  else for (let at = 0; at < bytes.length; at += PIECE) yield bytes.subarray(at, at + PIECE);
}

/** The first bytes of a file. */
export const headOf = (bytes: FileBytes, length: number): Uint8Array => {
  const parts: Uint8Array[] = [];
  let have = 0;
  for (const chunk of chunksOf(bytes)) {
    parts.push(Buffer.from(chunk));
    have += chunk.length;
    if (have >= length) break;
  }
  return Buffer.concat(parts).subarray(0, length);
};

/** SHA-256 of a file, in hex. */
export const sha256Of = (bytes: FileBytes): string => {
  const hash = createHash('sha256');
  for (const chunk of chunksOf(bytes)) hash.update(chunk);
  return hash.digest('hex');
};
