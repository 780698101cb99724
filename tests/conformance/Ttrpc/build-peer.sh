#!/usr/bin/env bash
# build-peer.sh FOLDER
# Builds the peer of the tests of ttrpc below FOLDER, unless it is there, and prints its path.
#
# Streams are in ttrpc since 1.2, which Debian has since trixie, and it needs a newer Go than the release before has. So
# all of it comes from trixie's packages, which apt checks against the archive's signature; they are unpacked, not installed.
set -euo pipefail

release=trixie
packages=(golang-1.24-go golang-1.24-src golang-github-containerd-ttrpc-dev golang-github-containerd-log-dev golang-github-sirupsen-logrus-dev
    golang-golang-x-sys-dev golang-google-grpc-dev golang-google-genproto-dev golang-google-protobuf-dev)

here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
mkdir -p "$1"
folder="$(cd "$1" && pwd)"
peer="$folder/ttrpc-$(cat "$here/peer/peer.go" "${BASH_SOURCE[0]}" | sha256sum | cut -c 1-12)"
exec 9>"$folder/ttrpc.lock"
flock 9

# A private set of lists: the machine's own have no other release of Debian.
fetch() {
    local mirror apt
    mirror="$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' 'Label: Debian' | head -n 1)"
    mkdir -p "$work/apt/lists/partial" "$work/apt/cache/archives/partial" "$work/debs"
    echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $release main" >"$work/apt/sources.list"
    apt=(apt-get --quiet=2 -o "Dir::Etc::sourcelist=$work/apt/sources.list" -o Dir::Etc::sourceparts=/dev/null
        -o "Dir::State::lists=$work/apt/lists" -o "Dir::Cache=$work/apt/cache" -o APT::Sandbox::User=)
    "${apt[@]}" update
    (cd "$work/debs" && "${apt[@]}" download "${packages[@]}")
    for package in "$work/debs"/*.deb; do
        dpkg --extract "$package" "$work/root"
    done
}

build() {
    mkdir -p "$work/go/src/peer"
    cp "$here/peer/peer.go" "$work/go/src/peer/"
    cd "$work/go/src/peer"
    export GOROOT="$work/root/usr/lib/go-1.24" GOTOOLCHAIN=local GO111MODULE=off GOFLAGS= CGO_ENABLED=0
    export GOPATH="$work/go:$work/root/usr/share/gocode" GOCACHE="$work/cache"
    "$GOROOT/bin/go" build -p 2 -ldflags "-s -w" -o "$work/peer" .
    mv "$work/peer" "$peer"
}

if [[ ! -x "$peer" ]]; then
    work="$(mktemp -d "$folder/build.XXXXXX")"
    trap 'rm -rf "$work"' EXIT
    { fetch && build; } >&2
fi

echo "$peer"
