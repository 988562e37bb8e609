/**
 * A port for a server that goes away and comes back.
 *
 * @module
 */

/**
 * A port that is free now. It lies below those that systems give to outgoing connections: else one of these might take it
 * while the server is down, and it could not be started again.
 */
export function freePort(): number {
  for (let attempt = 1;; attempt++) {
    const port = 16384 + Math.floor(Math.random() * 16384);
    try {
      Deno.listen({ port, hostname: "127.0.0.1" }).close();
      return port;
    } catch (error) {
      if (!(error instanceof Deno.errors.AddrInUse) || attempt === 100) throw error;
    }
  }
}
