import type { Sql } from '../projections/sql.ts';
import { checkedEmail, checkedRole, checkedSlug } from './input.ts';
import { deliverOutbox, tenantsWaiting } from './outbox.ts';
import { accessSteps, type DirectoryParts } from './parts.ts';
import { tokenRegistry } from './tokens.ts';
import type { AccessDirectory, Membership } from './types.ts';

/** Tenants, users, roles and tokens, on the `access` schema. Every change of users and tokens leaves an event in the tenant's access stream. */
export const accessDirectory = (sql: Sql, parts: DirectoryParts): AccessDirectory => {
  const { store, now } = parts;
  const steps = accessSteps(sql, parts);
  const directory: AccessDirectory = {
    ...tokenRegistry(sql, parts, steps),

    async createTenant(given) {
      const slug = checkedSlug(given);
      const made = await sql.query<{ id: number }>(
        'insert into access.tenant (slug, created_at) values ($1, $2) on conflict (slug) do nothing returning id',
        [slug, now().toISOString()],
      );
      if (made[0]) return { tenant: made[0].id, created: true };
      const found = await directory.findTenant(slug);
      if (!found) throw new Error('a tenant that stands in the registry is not there');
      return { tenant: found.tenant, created: false };
    },

    async findTenant(slug) {
      const [row] = await sql.query<{ id: number; slug: string }>('select id, slug from access.tenant where slug = $1', [
        slug.toLowerCase(),
      ]);
      return row && { tenant: row.id, slug: row.slug };
    },

    async listTenants() {
      return (await sql.query<{ id: number; slug: string }>('select id, slug from access.tenant order by id')).map((r) => ({
        tenant: r.id,
        slug: r.slug,
      }));
    },

    async addUser({ tenant, email, role, by }) {
      const address = checkedEmail(email);
      const wanted = checkedRole(role);
      await steps.known(tenant);
      return steps.change(tenant, async (tx) => {
        const user_id = await steps.person(tx, address);
        const has = await steps.roleOf(tx, tenant, user_id);
        if (has === undefined) await steps.join(tx, tenant, user_id, wanted, by);
        else if (has !== wanted) {
          await tx.query('update access.membership set role = $3 where tenant = $1 and user_id = $2', [tenant, user_id, wanted]);
          await steps.record(tx, tenant, { type: 'RoleChanged', data: { user_id, role: wanted } }, by);
        }
        return { user_id };
      });
    },

    async listUsers(tenant): Promise<Membership[]> {
      return sql.query<Membership & Record<string, unknown>>(
        `select m.user_id, m.role, u.email, u.service_name from access.membership m join access.app_user u on u.id = m.user_id
          where m.tenant = $1 order by m.created_at, m.user_id`,
        [tenant],
      );
    },

    async deliver() {
      let delivered = 0;
      for (const tenant of await tenantsWaiting(sql)) delivered += await deliverOutbox(sql, store, tenant);
      return delivered;
    },
  };
  return directory;
};
