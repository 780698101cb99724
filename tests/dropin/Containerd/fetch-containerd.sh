#!/usr/bin/env bash
# fetch-containerd.sh FOLDER RELEASE
# Fetches the containerd of another release of Debian below FOLDER, unless it is there, and prints where its programs are.
#
# The package is unpacked, not installed; apt checks it against the archive's signature. It needs no newer C library.
set -euo pipefail

mkdir -p "$1"
folder="$(cd "$1" && pwd)"
release="$2"
programs="$folder/containerd-$release"
exec 9>"$folder/containerd-$release.lock"
flock 9

# A private set of lists: the machine's own have no other release of Debian.
fetch() {
    local mirror apt
    mirror="$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' 'Label: Debian' | head -n 1)"
    mkdir -p "$work/apt/lists/partial" "$work/apt/cache/archives/partial" "$work/debs"
    echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $release main" >"$work/apt/sources.list"
    apt=(apt-get --quiet=2 -o "Dir::Etc::sourcelist=$work/apt/sources.list" -o Dir::Etc::sourceparts=/dev/null
        -o "Dir::State::lists=$work/apt/lists" -o "Dir::Cache=$work/apt/cache" -o "Dir::State::status=$work/apt/status" -o APT::Sandbox::User=)
    touch "$work/apt/status"
    "${apt[@]}" update
    (cd "$work/debs" && "${apt[@]}" download containerd)
    dpkg --extract "$work/debs"/containerd_*.deb "$work/root"
    mv "$work/root/usr/bin" "$programs"
}

if [[ ! -x "$programs/containerd" ]]; then
    work="$(mktemp -d "$folder/fetch.XXXXXX")"
    trap 'rm -rf "$work"' EXIT
    fetch >&2
fi

echo "$programs/"
