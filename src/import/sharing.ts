/** Texts kept at most for sharing: columns of ids would fill it for nothing. */
const SHARED = 50_000;

/** Gives one text for all equal ones: most columns hold few different values, and a large file has millions of cells. */
export const sharing = (): ((text: string) => string) => {
  const known = new Map<string, string>();
  return (text) => {
    const one = known.get(text);
    if (one !== undefined) return one;
    if (known.size < SHARED) known.set(text, text);
    return text;
  };
};
