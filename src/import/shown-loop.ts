/** So many names tell a loop; a longer one would fill the report, once for each of its rows. */
const SHOWN = 20;

/** A loop as people read it, from its first name back to it: `A -> B -> A`; of a long one the beginning. */
export const shownLoop = (loop: readonly number[], name: (thing: number) => string | undefined): string => {
  const names = loop.slice(0, SHOWN).map((thing) => name(thing) ?? '');
  const left = loop.length - names.length;
  return [...names, ...(left > 0 ? [`… (${left} more)`] : []), names[0]].join(' -> ');
};
