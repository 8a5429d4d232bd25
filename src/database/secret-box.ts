import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';

/** Encrypts what the service itself must be able to read again, such as private keys, so that the database alone gives none of it. */
export interface SecretBox {
  /** `context` says what it is and whose; opening needs the same one. */
  seal(context: string, secret: Buffer): Buffer;
  /** Throws when the bytes were altered, or sealed under another master key or context. */
  open(context: string, sealed: Buffer): Buffer;
}

/** AES-256-GCM under a key derived from the master key (32 bytes): nonce (12 bytes), ciphertext, tag (16 bytes). */
export const secretBox = (master: Buffer): SecretBox => {
  const key = Buffer.from(hkdfSync('sha256', master, '', 'orgonaut secret box', 32));
  return {
    seal(context, secret) {
      const nonce = randomBytes(12);
      const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(context));
      return Buffer.concat([nonce, cipher.update(secret), cipher.final(), cipher.getAuthTag()]);
    },
    open(context, sealed) {
      const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, 12), { authTagLength: 16 }).setAAD(Buffer.from(context));
      decipher.setAuthTag(sealed.subarray(-16));
      try {
        return Buffer.concat([decipher.update(sealed.subarray(12, -16)), decipher.final()]);
      } catch (cause) {
        throw new Error(`the master key does not open ${context}: give the MASTER_KEY (or DATA_DIR) that this database was filled with`, {
          cause,
        });
      }
    },
  };
};
