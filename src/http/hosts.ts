/** What a host name means here: the installation itself, one tenant's own host, or nothing of ours. */
export type HostMeaning = { kind: 'plain' } | { kind: 'tenant'; slug: string } | { kind: 'unknown' };

export interface HostSettings {
  /** The address clients use, e.g. https://org.example.com. */
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

/** Tells what a host name means. Which tenants exist is asked of `tenantExists`; a tenant's host that has no tenant is unknown. */
export const hostMeaning =
  (settings: HostSettings, tenantExists: (slug: string) => Promise<boolean>) =>
  async (header: string | undefined): Promise<HostMeaning> => {
    const name = hostNameOf(header);
    if (name === undefined) return { kind: 'unknown' };
    const publicHost = settings.publicUrl === undefined ? undefined : new URL(settings.publicUrl).hostname.toLowerCase();
    if (loopback.has(name) || name === publicHost || name === settings.tenantDomain?.toLowerCase()) return { kind: 'plain' };
    for (const domain of ['localhost', settings.tenantDomain?.toLowerCase()]) {
      if (domain === undefined || !name.endsWith(`.${domain}`)) continue;
      const slug = name.slice(0, -domain.length - 1);
      if (label.test(slug) && (await tenantExists(slug))) return { kind: 'tenant', slug };
    }
    return { kind: 'unknown' };
  };
