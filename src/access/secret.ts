import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** Encrypts the service's own secrets under the installation's master key (see database/secret-box.ts). */
export interface Secrets {
  seal(context: string, secret: Buffer): Buffer;
  open(context: string, sealed: Buffer): Buffer;
}

/** What every manual token begins with, so that scanners of leaked secrets know it. */
export const TOKEN_PREFIX = 'ogn_';

const shape = /^ogn_[A-Za-z0-9_-]{43}$/;

/** SHA-256 of the whole token. Tokens are 32 random bytes, so a slow hash would add nothing. */
export const hashToken = (token: string): Buffer => createHash('sha256').update(token, 'utf8').digest();

/** A new secret with its hash and the characters by which a list shows it. */
export const newToken = (): { token: string; hash: Buffer; prefix: string } => {
  const token = TOKEN_PREFIX + randomBytes(32).toString('base64url');
  return { token, hash: hashToken(token), prefix: token.slice(0, TOKEN_PREFIX.length + 6) };
};

/** Whether this text can be a token at all. Keeps anything else away from the database. */
export const looksLikeToken = (text: string): boolean => shape.test(text);

/** Compares two hashes in constant time. */
export const sameHash = (a: Uint8Array, b: Uint8Array): boolean => a.length === b.length && timingSafeEqual(a, b);
