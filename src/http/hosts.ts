/** A tenant by its number and the slug it has as a host name. */
export interface DoorTenant {
  tenant: number;
  slug: string;
}

/**
 * What a host name means here: the installation itself, one tenant's own host, or nothing of ours. `origin` is the address of
 * that host as clients write it, such as https://acme.example.com or http://localhost:3000.
 */
export type HostMeaning = { kind: 'plain'; origin: string } | ({ kind: 'tenant'; origin: string } & DoorTenant) | { kind: 'unknown' };

export interface HostSettings {
  /** The address clients use, e.g. https://org.example.com: the origin of every plain host. Its scheme and port are the tenants' too. */
  publicUrl?: string;
  /** Tenants live at <slug>.<tenantDomain>. */
  tenantDomain?: string;
}

const loopback = new Set(['localhost', '127.0.0.1', '[::1]']);
const label = /^[a-z0-9]+(?:-[a-z0-9]+)*$/;

/** The host name of a Host header without its port, in lower case; undefined for what is no host. */
export const hostNameOf = (header: string | undefined): string | undefined => {
  if (header === undefined || !/^(?:\[[0-9a-f:.]+\]|[a-z0-9.-]+)(?::\d{1,5})?$/i.test(header)) return undefined;
  return header.replace(/:\d+$/, '').replace(/\.$/, '').toLowerCase();
};

const portOf = (header: string): string => /:(\d{1,5})$/.exec(header)?.[1] ?? '';

/** A tenant's number never changes, so one that was found once need not be asked for again. Slugs nobody has are asked for each time. */
export const rememberTenants = (find: (slug: string) => Promise<DoorTenant | undefined>): typeof find => {
  const known = new Map<string, DoorTenant>();
  return async (slug) => {
    const there = known.get(slug) ?? (await find(slug));
    if (there) known.set(slug, there);
    return there;
  };
};

/** Tells what a Host header means. Which tenants exist is asked of `findTenant`; a tenant's host that has no tenant is unknown. */
export const hostMeaning = (settings: HostSettings, findTenant: (slug: string) => Promise<DoorTenant | undefined>) => {
  const publicUrl = settings.publicUrl === undefined ? undefined : new URL(settings.publicUrl);
  const domain = settings.tenantDomain?.toLowerCase();
  /** Loopback is plain HTTP on the port that was called; a domain has the scheme and port of the public address, https without one. */
  const origin = (name: string, header: string): string => {
    const local = loopback.has(name) || name.endsWith('.localhost');
    const scheme = local ? 'http:' : (publicUrl?.protocol ?? 'https:');
    const port = local ? portOf(header) : (publicUrl?.port ?? '');
    return new URL(`${scheme}//${name}${port === '' ? '' : `:${port}`}`).origin;
  };
  return async (header: string | undefined): Promise<HostMeaning> => {
    const name = hostNameOf(header);
    if (header === undefined || name === undefined || Number(portOf(header)) > 65_535) return { kind: 'unknown' };
    if (loopback.has(name) || name === publicUrl?.hostname.toLowerCase() || name === domain)
      return { kind: 'plain', origin: publicUrl?.origin ?? origin(name, header) };
    for (const above of ['localhost', domain]) {
      if (above === undefined || !name.endsWith(`.${above}`)) continue;
      const slug = name.slice(0, -above.length - 1);
      const found = label.test(slug) ? await findTenant(slug) : undefined;
      if (found) return { kind: 'tenant', ...found, origin: origin(name, header) };
    }
    return { kind: 'unknown' };
  };
};

/** The public origin of the host that was called: scheme, name and port as clients write them. Only behind the host check. */
export const originOf = (ctx: { state: { origin?: string } }): string => {
  if (ctx.state.origin === undefined) throw new Error('a request came past the host check');
  return ctx.state.origin;
};
