#!/usr/bin/env bash
# build-suite.sh FOLDER
# Builds the OCI runtime-spec validation suite below FOLDER, unless it is there, and prints where: the folder with its
# programs in bin/, and what they expect in their working directory in work/ (runtimetest and the rootfs tarball).
#
# Debian's binary package of it has the libraries only, so the programs come from the source package, which apt checks
# against the archive's signature. It is taken from the machine's own Debian mirror, and pinned.
set -euo pipefail

package=golang-github-opencontainers-runtime-tools
version=0.9.0.109.ge931285
release=trixie
sha256=203989a1ea98cf2aaced79155bbda09270b20db19b03376dde91ab12e5e6a0fe

here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
mkdir -p "$1"
folder="$(cd "$1" && pwd)"
key="$version-$(cat "$here/tap/tap.go" "${BASH_SOURCE[0]}" <(go version) | sha256sum | cut -c 1-12)"
suite="$folder/$key"
exec 9>"$folder/lock"
flock 9

# A private set of lists: the machine's own have no sources, and no other release of Debian.
fetch() {
    local mirror apt
    mirror="$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' 'Label: Debian' | head -n 1)"
    mkdir -p "$work/apt/lists/partial" "$work/apt/cache/archives/partial"
    echo "deb-src [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $release main" >"$work/apt/sources.list"
    apt=(apt-get --quiet=2 -o "Dir::Etc::sourcelist=$work/apt/sources.list" -o Dir::Etc::sourceparts=/dev/null
        -o "Dir::State::lists=$work/apt/lists" -o "Dir::Cache=$work/apt/cache" -o APT::Sandbox::User=)
    "${apt[@]}" update

    # Some mirrors lack the small file that describes the package; only the tarball is needed, and its sum is known.
    (cd "$work" && "${apt[@]}" source --download-only "$package=$version-1") || true
    echo "$sha256  $work/${package}_$version.orig.tar.xz" | sha256sum --check --quiet
}

build() {
    local tools="$work/go/src/github.com/opencontainers/runtime-tools"
    mkdir -p "$tools" "$work/go/src/github.com/mndrix/tap-go" "$work/suite/bin" "$work/suite/work"
    tar --extract --file "$work/${package}_$version.orig.tar.xz" --directory "$tools" --strip-components 1
    cp "$here/tap/tap.go" "$work/go/src/github.com/mndrix/tap-go/"
    cp "$tools/rootfs-$(go env GOARCH).tar.gz" "$work/suite/work/"

    # What the suite imports comes from Debian's packages, so nothing is downloaded but the suite.
    cd "$tools"
    export GO111MODULE=off GOFLAGS= GOPATH="$work/go:/usr/share/gocode" GOCACHE="$folder/cache"
    CGO_ENABLED=0 go build -p 2 -tags "netgo osusergo" -ldflags "-s -w" -o "$work/suite/work/runtimetest" ./cmd/runtimetest
    go build -p 2 -ldflags "-s -w" -o "$work/suite/bin/" ./validation/...
    mv "$work/suite" "$suite"
}

if [[ ! -d "$suite" ]]; then
    work="$(mktemp -d "$folder/build.XXXXXX")"
    trap 'rm -rf "$work"' EXIT
    { fetch && build; } >&2
fi

echo "$suite"
