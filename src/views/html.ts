/** Text that is HTML already: what `html` makes. Everything else is escaped when it is put in. */
export class Html {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
  toString(): string {
    return this.text;
  }
}

/** What may stand in a template: text is escaped, lists are joined, absent and false leave nothing. */
export type Piece = Html | string | number | undefined | null | false | readonly Piece[];

/** Any text made safe between tags and inside a quoted attribute. */
export const escaped = (text: string): string => text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);

const put = (piece: Piece): string => {
  if (piece === undefined || piece === null || piece === false) return '';
  if (piece instanceof Html) return piece.text;
  if (typeof piece === 'object') return piece.map(put).join('');
  return escaped(String(piece));
};

/** A template whose holes are escaped. Attributes must be quoted. */
export const html = (strings: TemplateStringsArray, ...pieces: Piece[]): Html =>
  new Html(strings.map((s, i) => s + (i < pieces.length ? put(pieces[i]) : '')).join(''));
