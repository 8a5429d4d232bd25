import type { Fetch } from './outbound.ts';

/** Largest metadata document of a client, in bytes. */
export const DOCUMENT_BYTES = 10 * 1024;

const grants = ['authorization_code', 'refresh_token'];
const kept = [
  'client_id',
  'client_name',
  'redirect_uris',
  'jwks',
  'jwks_uri',
  'token_endpoint_auth_method',
  'token_endpoint_auth_methods_supported',
  'token_endpoint_auth_signing_alg',
  'token_endpoint_auth_signing_alg_values_supported',
];
/** Kept of a metadata document only so that the library refuses one that has them. */
const refused = ['client_secret', 'client_secret_expires_at'];

export type Metadata = Record<string, unknown>;

export const isMetadata = (value: unknown): value is Metadata => typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * What a client says of itself, as far as this server uses it. A `scope` is dropped: it would forbid a later, larger request.
 * Grant types that are not ours are dropped rather than refused. The type is native: then a loopback redirect may have any port.
 */
const used = (given: Metadata, also: readonly string[]): Metadata => {
  const metadata: Metadata = Object.fromEntries(
    [...kept, ...also].flatMap((key) => (Object.hasOwn(given, key) ? [[key, given[key]]] : [])),
  );
  const wanted = Array.isArray(given.grant_types) ? grants.filter((g) => (given.grant_types as unknown[]).includes(g)) : [];
  if (typeof metadata.client_name === 'string')
    metadata.client_name =
      [
        ...metadata.client_name
          .toWellFormed()
          .replace(/[\p{Cc}\p{Cf}]/gu, ' ')
          .trim(),
      ]
        .slice(0, 100)
        .join('') || undefined;
  return {
    ...metadata,
    grant_types: wanted.length === 0 ? grants : [...new Set(['authorization_code', ...wanted])],
    response_types: ['code'],
    response_modes: ['query'],
    application_type: 'native',
  };
};

/**
 * A registration request. A client either signs with a key that it names, or is public: who asks for a secret, or says nothing (which
 * means a secret by the RFC), becomes public. PKCE does the work, and no secret lies here.
 */
export const registrationOf = (given: Metadata): Metadata => {
  const { token_endpoint_auth_methods_supported: can, ...metadata } = used(given, []);
  const hasKey = metadata.jwks !== undefined || metadata.jwks_uri !== undefined;
  const signs =
    metadata.token_endpoint_auth_method === 'private_key_jwt' ||
    (metadata.token_endpoint_auth_method === undefined && hasKey && Array.isArray(can) && can.includes('private_key_jwt'));
  return { ...metadata, token_endpoint_auth_method: signs ? 'private_key_jwt' : 'none' };
};

/** Fetches like `fetch`, and of a client's metadata document (it names its own URL) keeps what this server uses. */
export const documentFetch =
  (fetch: Fetch): Fetch =>
  async (target, init) => {
    const response = await fetch(target, init);
    if (response.status !== 200) return response;
    const text = await response.text();
    let told: unknown;
    try {
      told = JSON.parse(text);
    } catch {
      return new Response(text, { status: 200, headers: response.headers });
    }
    if (!isMetadata(told) || !('client_id' in told)) return new Response(text, { status: 200, headers: response.headers });
    if (Buffer.byteLength(text) > DOCUMENT_BYTES) throw new Error('the client metadata document is too large');
    // Headers of the bytes as they came would not fit what is handed on.
    const headers = new Headers(response.headers);
    headers.delete('content-length');
    return new Response(JSON.stringify(used(told, refused)), { status: 200, headers });
  };
