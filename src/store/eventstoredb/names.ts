/**
 * Streams of one installation and one tenant by name: `<installation>:<tenant>:<stream>`. A filter takes prefixes, and `t:1`
 * would also deliver `t:12`, so installation and tenant each end with a delimiter that they cannot hold themselves.
 */
export interface StreamNames {
  /** What every stream of the installation starts with. */
  prefix: string;
  of(tenant: number, stream: string): string;
  /** The tenant and the stream behind a name; undefined for a stream of somebody else. */
  parse(name: string): { tenant: number; stream: string } | undefined;
}

export const streamNames = (installation: string): StreamNames => {
  if (!/^[A-Za-z0-9_-]+$/.test(installation))
    throw new TypeError(`an installation's name has letters, digits, - and _, not ${installation}`);
  const prefix = `${installation}:`;
  return {
    prefix,
    of: (tenant, stream) => `${prefix}${tenant}:${stream}`,
    parse: (name) => {
      if (!name.startsWith(prefix)) return undefined;
      const match = /^([1-9]\d{0,9}):(.+)$/s.exec(name.slice(prefix.length));
      return match ? { tenant: Number(match[1]), stream: match[2] as string } : undefined;
    },
  };
};
