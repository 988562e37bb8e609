/** Bundles for a platform that has web standards and nothing else. */

const root = new URL("../", import.meta.url);

/** Bundles `entry` (below the repository's root) into one file for browsers, and returns its text. */
export async function bundle(entry: string, options: { readonly minify?: boolean } = {}): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["bundle", "--quiet", "--platform=browser", ...(options.minify ? ["--minify"] : []), entry],
    cwd: root,
    env: { NO_COLOR: "1" },
  }).output();
  if (!success) throw new Error(`deno bundle ${entry} failed:\n${new TextDecoder().decode(stderr)}`);
  return new TextDecoder().decode(stdout);
}

/** How large code is, in kB: as it is, and gzipped. */
export async function sizesOf(code: string): Promise<readonly [plain: number, gzipped: number]> {
  const compressed = new Blob([code]).stream().pipeThrough(new CompressionStream("gzip"));
  const gzipped = await new Response(compressed).bytes();
  return [new Blob([code]).size / 1000, gzipped.length / 1000];
}
