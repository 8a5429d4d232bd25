/** One event as the server keeps it. */
export interface Kept {
  stream: string;
  revision: number;
  id: string;
  type: string;
  contentType: string;
  data: Uint8Array;
  metadata: Uint8Array;
  commit: bigint;
}

export interface Proposed {
  id: string;
  type: string;
  contentType: string;
  data: Uint8Array;
  metadata: Uint8Array;
}

export type Expected = bigint | 'any' | 'no_stream' | 'stream_exists';
export type Appended = { ok: true; revision: number; commit: bigint } | { ok: false; actual: number | undefined };

/**
 * The log of the server under test: streams and one order over all of them, whose positions grow by more than one, like a real
 * one's. Repeated events are recognised as a real server does it: after an exact revision for sure, else as far as it remembers.
 */
export class ServerLog {
  readonly all: Kept[] = [];
  readonly #streams = new Map<string, Kept[]>();
  /** What is still remembered of the ids in streams: a restarted server remembers none. */
  #remembered = new Map<string, Kept>();
  #next = 100n;
  readonly #watchers = new Set<() => void>();

  stream(name: string): readonly Kept[] {
    return this.#streams.get(name) ?? [];
  }

  /** Called after each write. Returns the way to stop it. */
  watch(watcher: () => void): () => void {
    this.#watchers.add(watcher);
    return () => void this.#watchers.delete(watcher);
  }

  forget(): void {
    this.#remembered = new Map();
  }

  append(stream: string, expected: Expected, events: readonly Proposed[]): Appended {
    const kept = this.#streams.get(stream) ?? [];
    const actual = kept.length - 1;
    const repeated = this.#repeated(stream, kept, expected, events);
    if (repeated) return { ok: true, revision: repeated.revision, commit: repeated.commit };
    const fits =
      expected === 'any' || (expected === 'stream_exists' && actual >= 0) || (expected === 'no_stream' ? -1n : expected) === BigInt(actual);
    if (!fits) return { ok: false, actual: actual < 0 ? undefined : actual };
    return { ok: true, ...this.write(stream, events) };
  }

  /** Writes whatever is given: what the server itself writes too. */
  write(stream: string, events: readonly Proposed[]): { revision: number; commit: bigint } {
    const kept = this.#streams.get(stream) ?? [];
    this.#streams.set(stream, kept);
    for (const event of events) {
      const one: Kept = { ...event, stream, revision: kept.length, commit: this.#next };
      this.#next += BigInt(120 + event.data.length);
      kept.push(one);
      this.all.push(one);
      this.#remembered.set(`${stream}\n${event.id}`, one);
    }
    for (const watcher of this.#watchers) watcher();
    const last = kept.at(-1) as Kept;
    return { revision: last.revision, commit: last.commit };
  }

  #repeated(stream: string, kept: readonly Kept[], expected: Expected, events: readonly Proposed[]): Kept | undefined {
    const from =
      expected === 'any' || expected === 'stream_exists'
        ? this.#remembered.get(`${stream}\n${events[0]?.id}`)?.revision
        : expected === 'no_stream'
          ? 0
          : Number(expected) + 1;
    if (from === undefined || events.some((e, i) => kept[from + i]?.id !== e.id)) return undefined;
    return kept[from + events.length - 1];
  }
}
