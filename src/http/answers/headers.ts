/**
 * Headers of every response: what browsers must not do with it.
 *
 * @module
 */

/** What a page may do: scripts, styles and requests of this server only, and be in no frame. */
const pagePolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; " +
  "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/** What is no page may do nothing at all. */
const dataPolicy = "default-src 'none'; frame-ancestors 'none'";

const always: { readonly [name: string]: string } = {
  "cache-control": "no-store",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "referrer-policy": "no-referrer",
  "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
};

/** A year: how long a browser is to come by https only, once it has (s). */
const secureFor = 31_536_000;

/** Adds them to a response, whose own go over them. */
export function harden(response: Response, isSecure: boolean): Response {
  const hardened = withOwnHeaders(response);
  const { headers } = hardened;
  for (const [name, value] of Object.entries(always)) if (!headers.has(name)) headers.set(name, value);
  if (!headers.has("content-security-policy")) {
    const isPage = headers.get("content-type")?.startsWith("text/html") ?? false;
    headers.set("content-security-policy", isPage ? pagePolicy : dataPolicy);
  }
  if (isSecure) headers.set("strict-transport-security", `max-age=${secureFor}`);
  return hardened;
}

/** The headers of `Response.redirect()`, and of what another server answered, cannot be changed. */
function withOwnHeaders(response: Response): Response {
  try {
    response.headers.delete("umbel-changeable");
    return response;
  } catch {
    return new Response(response.body, response);
  }
}
