import type { Provider } from 'oidc-provider';
import type { KeyRing, TenantKeys } from './keys.ts';
import type { Place } from './rows.ts';

/** How many authorization servers stay ready. Each takes a few hundred kilobytes; one that is not there is made in milliseconds. */
const KEPT = 100;
/** How long the keys of one are not looked at again: until then a process does not know of a rotation by another. */
const FRESH_MS = 10 * 60_000;

interface Kept {
  provider: Provider;
  kids: string;
  until: number;
}

const named = (keys: TenantKeys): string => [...keys.sign.map((k) => k.kid ?? ''), ...keys.cookie].join();

/** The authorization servers by issuer, made when they are first asked for; the ones that were not asked for longest go. */
export const providerPool = (ring: Pick<KeyRing, 'load'>, make: (place: Place, keys: TenantKeys) => Provider) => {
  const kept = new Map<string, Kept>();
  const loading = new Map<string, Promise<Provider>>();

  const load = async (place: Place, key: string): Promise<Provider> => {
    const keys = await ring.load(place.tenant);
    const there = kept.get(key);
    const kids = named(keys);
    // With the same keys it is the same server: what it remembers of clients' documents stays.
    const provider = there?.kids === kids ? there.provider : make(place, keys);
    kept.delete(key);
    kept.set(key, { provider, kids, until: Date.now() + FRESH_MS });
    const [oldest] = kept.keys();
    if (kept.size > KEPT && oldest !== undefined) kept.delete(oldest);
    return provider;
  };

  return async (place: Place): Promise<Provider> => {
    const key = `${place.tenant} ${place.issuer}`;
    const there = kept.get(key);
    if (there && there.until > Date.now()) {
      kept.delete(key);
      kept.set(key, there);
      return there.provider;
    }
    const under = loading.get(key) ?? load(place, key).finally(() => loading.delete(key));
    loading.set(key, under);
    return under;
  };
};
