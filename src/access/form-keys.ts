import { createHash } from 'node:crypto';
import { refuse } from '../domain/codes.ts';
import type { Sql } from '../projections/sql.ts';
import { SESSION_MS } from './web-sessions.ts';

/** One sending of a form: whose it is, what the form does, and the key that was made with the page it stands on. */
export interface FormOnce {
  user_id: string;
  does: string;
  key: string;
}

const shape = /^[A-Za-z0-9_-]{43}$/;
/** A form is worth nothing after the session it was made in, so its key need not be known longer. */
const KEPT_MS = SESSION_MS + 86_400_000;

/** Whether a text can be the key of a form. */
export const isFormKey = (key: string): boolean => shape.test(key);

const hashOf = ({ does, key }: FormOnce): Buffer => createHash('sha256').update(`${does}\n${key}`, 'utf8').digest();

/** Refuses with FORM_USED, and with the token in `details`, when this form made one before. */
export const unlessUsed = async (tx: Sql, tenant: number, form: FormOnce): Promise<void> => {
  const [made] = await tx.query<{ token_id: string; name: string }>(
    `select k.token_id, t.name from access.form_key k join access.token t on t.id = k.token_id
      where k.tenant = $1 and k.user_id = $2 and k.hash = $3`,
    [tenant, form.user_id, hashOf(form)],
  );
  if (made) throw refuse('FORM_USED', 'this form made a token already', {}, { ...made });
};

/**
 * Says, in the transaction that makes a token for a form, that this form made it. Refuses with FORM_USED when it was sent before,
 * also at the same moment: the whole transaction is undone then.
 */
export const formMade = async (tx: Sql, tenant: number, form: FormOnce, token_id: string, at: Date): Promise<void> => {
  await tx.query('delete from access.form_key where created_at < $1', [new Date(at.getTime() - KEPT_MS).toISOString()]);
  const first = await tx.query(
    `insert into access.form_key (tenant, user_id, hash, token_id, created_at) values ($1, $2, $3, $4, $5)
       on conflict do nothing returning 1`,
    [tenant, form.user_id, hashOf(form), token_id, at.toISOString()],
  );
  if (first.length === 0) await unlessUsed(tx, tenant, form);
};
