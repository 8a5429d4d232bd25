import type { KoaContextWithOIDC } from 'oidc-provider';
import { cookieNames, METADATA } from './places.ts';
import { offeredScopes } from './scopes.ts';

const metadataKept = new Set([
  'issuer',
  'authorization_endpoint',
  'token_endpoint',
  'registration_endpoint',
  'revocation_endpoint',
  'jwks_uri',
  'grant_types_supported',
  'response_types_supported',
  'code_challenge_methods_supported',
  'token_endpoint_auth_methods_supported',
  'token_endpoint_auth_signing_alg_values_supported',
  'authorization_response_iss_parameter_supported',
  'client_id_metadata_document_supported',
  'subject_types_supported',
  'id_token_signing_alg_values_supported',
]);

/** Tells of the library's metadata what holds here, and keeps its session cookie to itself: no request of ours would heed it. */
export const trim = async (ctx: KoaContextWithOIDC, next: () => Promise<void>): Promise<void> => {
  await next();
  const cookies = [ctx.res.getHeader('set-cookie') ?? []].flat().map(String);
  const others = cookies.filter((c) => !c.startsWith(cookieNames.session));
  if (others.length === 0) ctx.res.removeHeader('set-cookie');
  else if (others.length < cookies.length) ctx.res.setHeader('set-cookie', others);
  if (ctx.path === METADATA && ctx.status === 200)
    ctx.body = {
      ...Object.fromEntries(Object.entries(ctx.body as object).filter(([key]) => metadataKept.has(key))),
      scopes_supported: offeredScopes,
      response_modes_supported: ['query'],
    };
};
