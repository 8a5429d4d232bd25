/**
 * A path of this origin to go on to after signing in, or undefined for anything else. What browsers make of odd slashes, dots and
 * control characters is found out by the URL parser, and its result is looked at again: `/.//host` comes out as `//host`.
 */
export const safeReturn = (wanted: string | null | undefined): string | undefined => {
  if (!wanted || wanted.length > 2000 || !wanted.startsWith('/') || /[\\\p{Cc}]/u.test(wanted)) return undefined;
  const here = 'http://here.invalid';
  if (!URL.canParse(wanted, here)) return undefined;
  const url = new URL(wanted, here);
  const path = `${url.pathname}${url.search}`;
  return url.origin === here && !path.startsWith('//') ? path : undefined;
};
