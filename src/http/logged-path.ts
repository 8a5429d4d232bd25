/** A path as the log may hold it: the secret of an invitation's link stands in its path. */
export const loggedPath = (path: string): string => path.replace(/^(\/+invitation\/+)[^/]+/i, '$1…');
