#!/usr/bin/env bash
# build-peer.sh FOLDER
# Installs what the clients of the tests of gRPC need below FOLDER, unless it is there, and prints where. Each package is
# checked against its sum in package-lock.json; no script of a package is run.
set -euo pipefail

here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
mkdir -p "$1"
folder="$(cd "$1" && pwd)"
peer="$folder/grpc-$(cat "$here/peer/package-lock.json" "${BASH_SOURCE[0]}" | sha256sum | cut -c 1-12)"
exec 9>"$folder/grpc.lock"
flock 9

if [[ ! -d "$peer" ]]; then
    work="$(mktemp -d "$folder/build.XXXXXX")"
    trap 'rm -rf "$work"' EXIT
    cp "$here/peer/package.json" "$here/peer/package-lock.json" "$work/"
    (cd "$work" && npm ci --ignore-scripts --no-audit --no-fund --no-update-notifier) >&2
    mv "$work" "$peer"
    trap - EXIT
fi

echo "$peer"
