/** A stream of text: stdout and stderr, or a test's buffer. */
export interface Sink {
  write(text: string): unknown;
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
}

/**
 * What a command says. Results go to stdout: text for people, or with `--json` exactly one line of JSON. Steps and progress
 * go to stderr, so that a pipe reads results only: a moving line on a terminal, one line per step otherwise.
 */
export class Output {
  readonly json: boolean;
  readonly #out: Sink;
  readonly #err: Sink;
  #moving = false;

  constructor(json: boolean, out: Sink, err: Sink) {
    this.json = json;
    this.#out = out;
    this.#err = err;
  }

  /** The result of the command: `json` for scripts, `text` for people. */
  result(json: unknown, text: string | (() => string)): void {
    this.#settle();
    this.#out.write(this.json ? `${JSON.stringify(json)}\n` : `${typeof text === 'string' ? text : text()}\n`);
  }

  /** Text for people only; silent with `--json`. Lines that are wider than the terminal, or 80 columns without one, are folded. */
  say(text = ''): void {
    this.#settle();
    const folded = (line: string) => fold(line, this.#out.columns ?? 80);
    if (!this.json) this.#out.write(`${text.split('\n').map(folded).join('\n')}\n`);
  }

  /** One step of long work that is done, or that begins. */
  step(text: string): void {
    this.#settle();
    this.#err.write(`${text}\n`);
  }

  /** How far long work is: a moving line on a terminal, nothing otherwise. */
  progress(text: string): void {
    if (!this.#err.isTTY) return;
    this.#err.write(`\r\x1b[2K${text.slice(0, (this.#err.columns ?? 80) - 1)}`);
    this.#moving = true;
  }

  #settle(): void {
    if (this.#moving) this.#err.write('\r\x1b[2K');
    this.#moving = false;
  }
}

/**
 * Text from an organisation's data, made safe for a terminal: no control characters, no line breaks, no bidirectional
 * overrides, so that a name cannot move the cursor or fake another line.
 */
export const plain = (text: unknown): string => String(text ?? '').replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, ' ');

/** Breaks a line at spaces so that it fits into `width` columns; what follows stands below its first word, after a dash or a number. */
export const fold = (line: string, width: number): string => {
  const hang = /^ *(?:[-…] +|\d+ {2,})?/.exec(line)?.[0] ?? '';
  const under = ' '.repeat(hang.length);
  const lines: string[] = [];
  let at = '';
  for (const word of line.slice(hang.length).split(/(?<=[^ ]) (?=[^ ])/)) {
    const longer = at === '' ? word : `${at} ${word}`;
    if (at !== '' && hang.length + longer.length > width) {
      lines.push(at);
      at = word;
    } else at = longer;
  }
  return [...lines, at].map((text, i) => `${i === 0 ? hang : under}${text}`.trimEnd()).join('\n');
};

/** A table with aligned columns; columns of numbers are set right. */
export const table = (head: string[], rows: (string | number | undefined)[][]): string => {
  const cells = [head, ...rows.map((row) => row.map((cell) => plain(cell)))];
  const widths = head.map((_, i) => Math.max(...cells.map((row) => (row[i] ?? '').length)));
  const numeric = head.map((_, i) => rows.length > 0 && rows.every((row) => /^[-+]?[\d.,]*\d%?$|^$/.test(plain(row[i]))));
  return cells
    .map((row) =>
      row
        .map((cell, i) => (numeric[i] ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
};

/** Whole digits in groups of three, decimals as they are: "1761435019.00" becomes "1,761,435,019.00". Text stays text. */
export const grouped = (decimal: string): string =>
  decimal.replace(/^([-+]?)(\d+)/, (_, sign: string, whole: string) => sign + whole.replace(/\B(?=(\d{3})+$)/g, ','));
