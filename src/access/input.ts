import { type AccessRole, abilities, accessRoles, transportScopes } from '../domain/abilities.ts';
import { refuse } from '../domain/codes.ts';
import { lineText } from '../domain/text.ts';

const wrong = (message: string, wayOut: string) => refuse('INPUT_INVALID', message, { wayOut });

/** A slug is a DNS label: it becomes a host name. */
export const checkedSlug = (slug: string): string => {
  if (!/^[a-z0-9]+(-[a-z0-9]+)*$/.test(slug) || slug.length > 63)
    throw wrong('the slug is not a host name label', 'Use lower-case letters, digits and single hyphens inside, at most 63 characters.');
  return slug;
};

const plainEmail = (email: string): string => email.trim().toLowerCase();

/** Whether `checkedEmail` takes it. */
export const isEmail = (email: string): boolean => {
  const address = plainEmail(email);
  return /^[^\s@"<>\p{Cc}\p{Cs}]+@[^\s@"<>\p{Cc}\p{Cs}]+$/u.test(address) && address.length <= 254;
};

export const checkedEmail = (email: string): string => {
  if (!isEmail(email)) throw wrong('this is not an e-mail address', 'Give an address such as name@example.com.');
  return plainEmail(email);
};

/** Names of tokens: shown in lists and in the events made with them. */
export const checkedName = (name: string): string => {
  const read = lineText(100).safeParse(name);
  if (!read.success || /^[\p{Cf}\p{Z}]*$/u.test(read.data))
    throw wrong('the name is empty, too long or has characters that cannot be seen', 'Give a name of 1 to 100 characters on one line.');
  return read.data;
};

export const checkedRole = (role: string): AccessRole => {
  const found = accessRoles.find((r) => r === role);
  if (!found) throw wrong(`there is no access role ${JSON.stringify(role)}`, `Use one of ${accessRoles.join(', ')}.`);
  return found;
};

export const checkedScopes = (scopes: readonly string[]): string[] => {
  const allowed: readonly string[] = [...abilities, ...transportScopes];
  const unknown = scopes.filter((s) => !allowed.includes(s));
  if (unknown.length > 0)
    throw wrong(`there is no ability ${unknown.map((s) => JSON.stringify(s)).join(', ')}`, `Use of ${allowed.join(', ')}.`);
  return [...new Set(scopes)];
};

/** Scopes narrow a token, the transport's too: a token with scopes opens MCP only when one of them says so. */
export const withTransport = (scopes: string[], transport: boolean): string[] =>
  !transport || scopes.length === 0 || scopes.some((s) => (transportScopes as readonly string[]).includes(s))
    ? scopes
    : [...scopes, 'mcp.access'];
