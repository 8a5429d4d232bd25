import type { AccessRole } from '../domain/abilities.ts';
import type { Caller } from '../application/context.ts';
import type { EventMetadata } from '../domain/events.ts';
import type { FormOnce } from './form-keys.ts';

/** What a verified credential says about its holder: the parts of a Caller that come from it. */
export type CallerPieces = Pick<Caller, 'tenant' | 'tenantSlug' | 'user' | 'role' | 'abilities' | 'with'>;

/** What a token turned out to be. `at` (ISO) tells its holder when it ended; nothing is told to who does not hold it. */
export type TokenVerdict =
  | { status: 'valid'; caller: CallerPieces; scopes: readonly string[]; client: string | null }
  | { status: 'unknown' }
  | { status: 'expired' | 'revoked'; at: string };

export interface Membership {
  user_id: string;
  role: AccessRole;
  email: string | null;
  service_name: string | null;
}

/** A token as a list shows it: never the secret nor its hash. */
export interface ListedToken {
  token_id: string;
  name: string;
  prefix: string;
  user_id: string;
  user: string;
  role: AccessRole;
  abilities: string[];
  client: string | null;
  created_at: string;
  expires_at: string | null;
  last_used_at: string | null;
  revoked_at: string | null;
}

/** Who does it, for the event; the command line itself when left out. */
interface By {
  by?: EventMetadata;
}

/** Tenants, users, roles and tokens. Refusals: INPUT_INVALID for a wrong slug, address, role or ability; NOT_FOUND for an unknown tenant or token. */
export interface AccessDirectory {
  /**
   * Gives a slug its tenant number. A slug that has one gives that with `created: false`: the tenant's own TenantCreated event
   * decides whether it exists, so an interrupted creation can go on.
   */
  createTenant(slug: string): Promise<{ tenant: number; created: boolean }>;
  findTenant(slug: string): Promise<{ tenant: number; slug: string } | undefined>;
  listTenants(): Promise<{ tenant: number; slug: string }[]>;
  /** Adds a person by e-mail address, or changes the role of one who is there. */
  addUser(request: { tenant: number; email: string; role: string } & By): Promise<{ user_id: string }>;
  listUsers(tenant: number): Promise<Membership[]>;
  /**
   * Makes a token. With `user` (an e-mail address) for that person, added with `role` when not yet there; without, for a service
   * user named after the token. `abilities` narrow the role; a narrowed token still opens MCP unless `transport` is false.
   * `client` is the MCP client it is for. `expires` null means never; 30 days when left out. The secret is in this answer and
   * nowhere else. `once`: the form it is made for makes no second one (FORM_USED).
   */
  createToken(
    request: {
      tenant: number;
      name: string;
      user?: string;
      role?: string;
      abilities?: readonly string[];
      transport?: boolean;
      client?: string;
      expires?: Date | null;
      once?: FormOnce;
    } & By,
  ): Promise<{ token: string; token_id: string; user_id: string; expires_at: string | null }>;
  verifyToken(token: string): Promise<TokenVerdict>;
  listTokens(tenant: number): Promise<ListedToken[]>;
  revokeToken(request: { tenant: number; token_id: string } & By): Promise<{ revoked: boolean }>;
  /**
   * Ends a token and makes one like it in its place, in one step: same name, user, abilities and client. It holds as long as the
   * old one was made for, unless `expires` says otherwise. An expired token can be replaced; a revoked one is gone (NOT_FOUND). `once` as for a new one.
   */
  replaceToken(
    request: { tenant: number; token_id: string; expires?: Date | null; once?: FormOnce } & By,
  ): Promise<{ token: string; token_id: string; user_id: string; name: string; expires_at: string | null }>;
  /** Carries every waiting access event to the log; gives how many. Run at start and every few seconds. */
  deliver(): Promise<number>;
}
