#!/usr/bin/env bash
# What `deno publish` would do, where jsr.io cannot be reached.
# The stand-ins for @std are linked from within this folder, and publishing takes whatever lies there for a part of the
# package. So it is tried on a copy that has them beside it.
set -eu
cd "$(dirname "$0")/.."
copy="$(mktemp -d)"
trap 'rm -rf "$copy"' EXIT

mkdir "$copy/package"
git ls-files -z -- . ':!dev' | xargs -0 cp --parents --target-directory="$copy/package"
cp -R dev/std_assert dev/std_cli "$copy"
sed -i 's|"links": .*|"links": ["../std_assert", "../std_cli"],|' "$copy/package/deno.json"

cd "$copy/package"
deno publish --dry-run --allow-dirty
