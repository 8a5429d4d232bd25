/** A value with every text in it retold; keys stay. */
export const deepText = <T>(value: T, retell: (text: string) => string): T => {
  const go = (v: unknown): unknown => {
    if (typeof v === 'string') return retell(v);
    if (Array.isArray(v)) return v.map(go);
    return typeof v === 'object' && v !== null ? Object.fromEntries(Object.entries(v).map(([key, inner]) => [key, go(inner)])) : v;
  };
  return go(value) as T;
};

/** A value with the texts retold that stand under one of these keys, at any depth; all others stay as they are. */
export const textUnder = <T>(value: T, keys: ReadonlySet<string>, retell: (text: string) => string): T => {
  const go = (v: unknown): unknown => {
    if (Array.isArray(v)) return v.map(go);
    if (typeof v !== 'object' || v === null) return v;
    return Object.fromEntries(
      Object.entries(v).map(([key, inner]) => [key, keys.has(key) && typeof inner === 'string' ? retell(inner) : go(inner)]),
    );
  };
  return go(value) as T;
};
