import { type Options, hash, parseOptions, verify } from '@node-rs/argon2';
import { refuse } from '../domain/codes.ts';
import type { Sql } from '../projections/sql.ts';

/**
 * Argon2id with 19 MiB, two passes and one lane: the OWASP password storage cheat sheet's recommendation. A hash made with other
 * parameters is made again at the next sign-in. (2 is argon2id: the package's enum is not there at run time under type stripping.)
 */
export const passwordParameters = { algorithm: 2, memoryCost: 19_456, timeCost: 2, parallelism: 1, outputLen: 32 } as const;
const options: Options = passwordParameters;

/** The same password typed on two keyboards is the same text (NFKC); NIST SP 800-63B asks for it. */
const normal = (password: string): string => password.normalize('NFKC');

/** @throws Refusal INPUT_INVALID for one that is too short, too long, or the person's own address. Lengths are in characters. */
export const checkedPassword = (password: string, email: string): string => {
  const text = normal(password);
  const length = [...text].length;
  if (length < 12 || length > 200)
    throw refuse('INPUT_INVALID', 'a password has 12 to 200 characters', { wayOut: 'Use a longer one: four random words do well.' });
  if (text.toLowerCase().includes(email.toLowerCase()) || new Set(text).size < 4)
    throw refuse('INPUT_INVALID', 'this password is easy to guess', {
      wayOut: 'Use one without your address and with more than a few different characters.',
    });
  return text;
};

export const hashPassword = (password: string): Promise<string> => hash(normal(password), options);

const outdated = (stored: string): boolean => {
  const has = parseOptions(stored);
  return (Object.keys(passwordParameters) as (keyof typeof passwordParameters)[]).some((key) => has[key] !== passwordParameters[key]);
};

// Made once per process: what an unknown address is compared with, so that it takes the same work as a known one.
let decoy: Promise<string> | undefined;

export interface Passwords {
  /** Whose password it is, or undefined: for an unknown address, one without a password, and a wrong one alike, after equal work. */
  check(tenant: number, email: string, password: string): Promise<{ user_id: string } | undefined>;
  /** Sets or replaces a password. It was checked with `checkedPassword` before. */
  set(on: Sql, tenant: number, user_id: string, hashed: string): Promise<void>;
}

/** Passwords of the people of each tenant. Only their argon2id hashes are kept. `compare` is argon2's own unless somebody counts. */
export const passwords = (
  sql: Sql,
  { now }: { now(): Date },
  compare: (hashed: string, password: string) => Promise<boolean> = verify,
): Passwords => ({
  async check(tenant, email, password) {
    const [row] = await sql.query<{ user_id: string; hash: string }>(
      `select p.user_id, p.hash from access.app_user u join access.password p on p.user_id = u.id and p.tenant = $1 where u.email = $2`,
      [tenant, email],
    );
    decoy ??= hashPassword('the password of nobody');
    const right = await compare(row?.hash ?? (await decoy), normal(password));
    if (!row || !right) return undefined;
    if (outdated(row.hash))
      await sql.query('update access.password set hash = $4 where tenant = $1 and user_id = $2 and hash = $3', [
        tenant,
        row.user_id,
        row.hash,
        await hashPassword(password),
      ]);
    return { user_id: row.user_id };
  },

  async set(on, tenant, user_id, hashed) {
    await on.query(
      `insert into access.password (tenant, user_id, hash, set_at) values ($1, $2, $3, $4)
         on conflict (tenant, user_id) do update set hash = excluded.hash, set_at = excluded.set_at`,
      [tenant, user_id, hashed, now().toISOString()],
    );
  },
});
