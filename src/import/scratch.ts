/** Room beside the memory for what an import works on: bytes are appended, and read again from any place. Gone when it is closed. */
export interface Scratch {
  append(bytes: Uint8Array): void;
  /** Fills `into` with what stands from `at` on, of what was appended before. */
  read(at: number, into: Uint8Array): void;
  close(): void;
}

/** Opens rooms, one for each list that an import keeps. */
export type OpenScratch = () => Scratch;

/** Room in memory: for small files, and where nobody gives a place on disk. */
export const memoryScratch: OpenScratch = () => {
  const parts: { at: number; bytes: Buffer }[] = [];
  let end = 0;
  return {
    append: (bytes) => {
      parts.push({ at: end, bytes: Buffer.from(bytes) });
      end += bytes.length;
    },
    read: (at, into) => {
      let done = 0;
      // Parts stand in order: the one that holds a place is found by halving.
      let low = 0;
      for (let high = parts.length; high - low > 1; ) {
        const middle = (low + high) >> 1;
        if ((parts[middle] as { at: number }).at <= at) low = middle;
        else high = middle;
      }
      for (; done < into.length; low++) {
        const part = parts[low];
        if (!part) throw new RangeError(`scratch ends at ${end}: ${into.length} bytes from ${at} were asked for`);
        done += part.bytes.copy(into, done, at + done - part.at);
      }
    },
    close: () => {
      parts.length = 0;
      end = 0;
    },
  };
};
