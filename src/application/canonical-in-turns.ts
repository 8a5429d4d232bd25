import { canonical } from './idempotency.ts';

/**
 * The text that `canonical` gives, of an object with long lists: `turn` (turns.ts) is taken between their members, so that nobody
 * waits for all of them.
 */
export const canonicalInTurns = async (value: object, turn: () => Promise<void> | undefined): Promise<string> => {
  const members: string[] = [];
  // The default order is that of RFC 8785: by UTF-16 code units.
  for (const name of Object.keys(value).sort()) {
    const member = (value as Record<string, unknown>)[name];
    if (member === undefined) continue;
    let text: string;
    if (Array.isArray(member)) {
      const texts: string[] = [];
      for (const one of member) {
        texts.push(canonical(one));
        const others = turn();
        if (others) await others;
      }
      text = `[${texts.join(',')}]`;
    } else text = canonical(member);
    members.push(`${JSON.stringify(name)}:${text}`);
  }
  return `{${members.join(',')}}`;
};
