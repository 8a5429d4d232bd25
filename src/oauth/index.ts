export { oauthDoor, type OauthDoorParts } from './door.ts';
export { oauthVerifier } from './verify.ts';
