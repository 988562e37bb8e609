/**
 * Bytes as text.
 *
 * @module
 */
import type { Bytes } from "./codec.ts";

/** As many arguments as a call takes everywhere. */
const chunk = 0x2000;

/** Base64 of bytes. */
export function toBase64(bytes: Uint8Array): string {
  const { toBase64 } = bytes as { toBase64?: () => string };
  if (toBase64) return toBase64.call(bytes);
  let text = "";
  for (let at = 0; at < bytes.length; at += chunk) text += String.fromCharCode(...bytes.subarray(at, at + chunk));
  return btoa(text);
}

/** The bytes of base64, of base64url too. @throws {Error} When it is neither. */
export function fromBase64(text: string): Bytes {
  const decoded = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  const bytes = new Uint8Array(decoded.length);
  for (let at = 0; at < decoded.length; at++) bytes[at] = decoded.charCodeAt(at);
  return bytes;
}
