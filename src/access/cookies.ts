/** The browser's cookie of a signed-in person. */
export const SESSION_COOKIE = 'ogn_session';

/**
 * The name a cookie has on an origin. On https the `__Host-` prefix makes the browser refuse one that another host of the same
 * site set, or one that was set without TLS.
 */
export const cookieName = (name: string, secure: boolean): string => (secure ? `__Host-${name}` : name);

/** The value of a cookie in a Cookie header. Undefined when it is not there, or there twice: then one of the two is not ours. */
export const cookieIn = (header: string | undefined, name: string): string | undefined => {
  const found = (header ?? '')
    .split(';')
    .map((part) => part.trim())
    .filter((part) => part.startsWith(`${name}=`))
    .map((part) => part.slice(name.length + 1));
  return found.length === 1 ? found[0] : undefined;
};

/** The session cookie's value of a request to an origin with (`secure`) or without TLS. */
export const sessionCookieIn = (header: string | undefined, secure: boolean): string | undefined =>
  cookieIn(header, cookieName(SESSION_COOKIE, secure));
