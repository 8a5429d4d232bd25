import { createCipheriv, createDecipheriv, createHmac, createSecretKey, hkdfSync, type KeyObject } from 'node:crypto';
import { canonicalBytes } from './canonical.ts';

/** What a personal field reads as when its actor's key is destroyed. */
export const ERASED = '[erased]';

/** The personal fields of one change in the log: encrypted, with the names of the fields, so that erased ones can still be named. */
export interface SealedPersonal {
  /** Which key: tells an erased actor's key (another one, or none) from altered bytes. */
  key: string;
  fields: string[];
  /** base64url of nonce (12 bytes), ciphertext, tag (16 bytes) */
  sealed: string;
}

export type Personal = Record<string, string | null>;

export const isSealed = (value: unknown): value is SealedPersonal =>
  typeof value === 'object' &&
  value !== null &&
  Object.keys(value).sort().join() === 'fields,key,sealed' &&
  Array.isArray((value as SealedPersonal).fields);

/**
 * A key as the ciphers take it, with what is derived from it once. Not the plain bytes: Node looks at those for several times as
 * long as it encrypts a name.
 */
export class SealingKey {
  readonly secret: KeyObject;
  /** What sealed fields name it by; it tells nothing of the key. */
  readonly name: string;
  #nonces: KeyObject | undefined;

  /** @param bytes 32 bytes */
  constructor(bytes: Buffer) {
    this.secret = createSecretKey(bytes);
    this.name = Buffer.from(hkdfSync('sha256', this.secret, '', 'name', 6)).toString('hex');
  }

  /** Derives nonces; made when something is sealed. */
  get nonces(): KeyObject {
    this.#nonces ??= createSecretKey(Buffer.from(hkdfSync('sha256', this.secret, '', 'nonce', 32)));
    return this.#nonces;
  }
}

/** AES-256-GCM. The nonce is derived by HMAC from key, context and text: the same input gives the same bytes, and no nonce serves two texts. */
const encrypt = (key: SealingKey, context: string, text: Buffer): Buffer => {
  const nonce = createHmac('sha256', key.nonces).update(`${context}\n`).update(text).digest().subarray(0, 12);
  const cipher = createCipheriv('aes-256-gcm', key.secret, nonce).setAAD(Buffer.from(context));
  return Buffer.concat([nonce, cipher.update(text), cipher.final(), cipher.getAuthTag()]);
};

/** Throws when key, context or bytes are not those of the encryption. */
const decrypt = (key: SealingKey, context: string, bytes: Buffer): Buffer => {
  const decipher = createDecipheriv('aes-256-gcm', key.secret, bytes.subarray(0, 12), { authTagLength: 16 }).setAAD(Buffer.from(context));
  decipher.setAuthTag(bytes.subarray(-16));
  return Buffer.concat([decipher.update(bytes.subarray(12, -16)), decipher.final()]);
};

/** The key that wraps a tenant's actor keys, derived from the master key. */
export const tenantKey = (master: Buffer, tenant: number): SealingKey =>
  new SealingKey(Buffer.from(hkdfSync('sha256', master, '', `orgonaut tenant ${tenant}`, 32)));

const place = (tenant: number, actor: string): string => `${tenant}:${actor}`;

export const wrapKey = (wrapping: SealingKey, tenant: number, actor: string, key: Buffer): Buffer =>
  encrypt(wrapping, `key ${place(tenant, actor)}`, key);

/** The master key is not the one this database was filled with. */
export class WrongMasterKey extends Error {}

/** Throws WrongMasterKey when the master key is not the one the actor's key was wrapped under. */
export const unwrapKey = (wrapping: SealingKey, tenant: number, actor: string, wrapped: Buffer): SealingKey => {
  try {
    return new SealingKey(decrypt(wrapping, `key ${place(tenant, actor)}`, wrapped));
  } catch (cause) {
    throw new WrongMasterKey(
      'the master key does not open the personal keys of this database: give the MASTER_KEY (or DATA_DIR) it was filled with',
      { cause },
    );
  }
};

export const sealWith = (key: SealingKey, tenant: number, actor: string, personal: Personal): SealedPersonal => ({
  key: key.name,
  fields: Object.keys(personal).sort(),
  sealed: encrypt(key, `personal ${place(tenant, actor)}`, canonicalBytes(personal)).toString('base64url'),
});

/** Opens personal fields; `[erased]` in each when the key is gone. Throws when the key is the right one and the bytes were altered. */
export const openWith = (key: SealingKey | undefined, tenant: number, actor: string, sealed: SealedPersonal): Personal => {
  if (key?.name !== sealed.key) return Object.fromEntries(sealed.fields.map((f) => [f, ERASED]));
  return JSON.parse(decrypt(key, `personal ${place(tenant, actor)}`, Buffer.from(sealed.sealed, 'base64url')).toString('utf8')) as Personal;
};
