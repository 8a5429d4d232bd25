export { oauthDoor, type OauthDoorParts } from './door.ts';
export { oauthRoutes } from './places.ts';
export { oauthVerifier } from './verify.ts';
