import type { Config } from '../config.ts';
import { demoSlug } from './demo-tenant.ts';
import { runningService } from './files.ts';

/** The address of a tenant's own pages as people open it, without a trailing slash: what the running service would say itself. */
export const tenantAddress = (config: Config, slug: string, embedded: boolean): string => {
  const open = config.publicUrl === undefined ? undefined : new URL(config.publicUrl);
  if (config.tenantDomain) {
    const port = open?.port ? `:${open.port}` : '';
    return `${open?.protocol ?? 'https:'}//${slug}.${config.tenantDomain}${port}`;
  }
  const here = new URL(config.publicUrl ?? runningService.read(config.dataDir)?.url ?? `http://localhost:${config.port}`);
  const plain = config.defaultTenant ?? (embedded ? demoSlug : undefined);
  if (slug === plain) return here.origin;
  const local = new URL(runningService.read(config.dataDir)?.url ?? `http://localhost:${config.port}`);
  return `http://${slug}.localhost${local.port ? `:${local.port}` : ''}`;
};
