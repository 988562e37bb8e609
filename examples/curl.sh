#!/bin/sh
# Sends a task from plain curl and waits for its result: sh examples/curl.sh URL TOKEN NAME ARGS
# For instance, with `deno task serve -A FILE` in another terminal: … http://127.0.0.1:8080 t0k3n add '[1, 2]'
set -eu
url="$1" token="$2" name="$3" args="$4"

call() { curl --silent --show-error --fail-with-body --header "Authorization: Bearer $token" "$@"; }

# 202, and where the task is.
location="$(
  call --request POST --header 'Content-Type: application/json' --data "{\"args\": $args}" \
    --output /dev/null --write-out '%header{location}' "$url/tasks/$name"
)"

# What has become of it: waits up to 20 seconds for its end.
call "${url%/}$location?wait=20"
echo
