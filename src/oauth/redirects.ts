/**
 * Schemes that a browser or a desktop handles itself, by running, reading or sending something: never an address to give a code to.
 * What is neither one of these nor the web's is an app's own scheme (RFC 8252), such as cursor: or com.example.app:.
 */
const handled = new Set(
  'javascript vbscript livescript data blob file filesystem about view-source resource chrome chrome-extension moz-extension ms-browser-extension edge jar mk ws wss ftp ftps sftp ssh telnet gopher ldap ldaps smb nfs mailto tel sms intent content android-app urn cid mid'.split(
    ' ',
  ),
);
const loopback = new Set(['localhost', '127.0.0.1', '[::1]']);

/** The host or scheme an answer goes to, as a person reads it: `claude.ai`, `localhost:33418`, `cursor://`. */
export const redirectHost = (uri: string): string => {
  const url = new URL(uri);
  return url.protocol === 'https:' || url.protocol === 'http:' ? url.host : `${url.protocol}//`;
};

/**
 * Why a client may not be answered at this address; undefined when it may: https, http on loopback, or an app's own scheme.
 * @param domains when given, https hosts must be one of these or below one, and an app's own scheme must be listed ("cursor:");
 * loopback is the person's own machine and stays
 */
export const redirectProblem = (uri: unknown, domains?: readonly string[]): string | undefined => {
  if (typeof uri !== 'string' || uri.length > 2000 || !URL.canParse(uri))
    return 'a redirect URI is an absolute URI of at most 2000 characters';
  // What else a parser of URLs takes it reads its own way: it leaves line breaks out and turns a backslash round.
  if (/[^\x21-\x7e]|[\\"<>^`{|}]/.test(uri)) return 'a redirect URI has only the characters of a URI (RFC 3986)';
  const url = new URL(uri);
  const scheme = url.protocol.slice(0, -1);
  if (uri.includes('#')) return 'a redirect URI has no fragment';
  if (url.username !== '' || url.password !== '') return 'a redirect URI has no user name or password';
  if (handled.has(scheme) || scheme.startsWith('ms-')) return `a redirect URI may not use the scheme ${scheme}`;
  if (scheme === 'http')
    return loopback.has(url.hostname) ? undefined : 'a redirect URI with http is on localhost, 127.0.0.1 or [::1]; use https elsewhere';
  if (scheme === 'https' && loopback.has(url.hostname)) return 'a redirect URI on loopback uses http';
  if (domains === undefined) return undefined;
  const listed =
    scheme === 'https' ? domains.some((d) => url.hostname === d || url.hostname.endsWith(`.${d}`)) : domains.includes(`${scheme}:`);
  return listed ? undefined : `this installation does not answer at ${redirectHost(uri)}: its MCP_REDIRECT_DOMAINS do not name it`;
};

/** What a Content-Security-Policy must name in form-action so that a consent form may lead to this address (browsers follow the chain). */
export const formTargets = (uri: string): string[] => {
  const url = new URL(uri);
  if (url.protocol === 'https:') return [url.origin];
  // A program on the person's machine commonly sends the browser on to a page of its maker that says "you may close this window".
  // [::1] has no form in the policy's grammar.
  if (url.protocol === 'http:') return [url.hostname === '[::1]' ? 'http:' : url.origin, 'https:'];
  return [url.protocol];
};
