#!/usr/bin/env bash
# ./build.sh [target] [--option=value ...]
# Installs what is missing, restores the build tool and runs a target of build.cake; without a target, lists them.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")"
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1
export HOME="${HOME:-/root}" PATH="$PATH:/usr/sbin:/sbin"
compgen -G "/usr/lib/*/libicuuc.so.*" >/dev/null || export DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1

target="${1:-default}"
[[ $# -eq 0 ]] || shift
target="${target,,}"

if ! command -v dotnet >/dev/null; then
    echo "build.sh: the .NET 10 SDK is missing: https://learn.microsoft.com/dotnet/core/install/linux-debian" >&2
    exit 1
fi

# What each target needs: a Debian package and the command or file that shows it is there.
needs=(
    gcc=gcc
    binutils=objcopy
    libc6-dev=/usr/include/stdio.h
    zlib1g-dev=/usr/include/zlib.h
    libseccomp-dev=/usr/include/seccomp.h
)
case "$target" in
    test | conformance)
        # What the runtime-spec validation suite is built with, and what it imports.
        needs+=(
            golang-go=go
            golang-github-opencontainers-runtime-tools-dev=/usr/share/gocode/src/github.com/opencontainers/runtime-tools
            golang-github-google-uuid-dev=/usr/share/gocode/src/github.com/google/uuid
            xz-utils=xz
        )
        ;;
esac
case "$target" in
    test | dropin)
        # The callers that the runtime is put under.
        needs+=(podman=podman conmon=conmon catatonit=catatonit buildah=buildah containerd=containerd docker.io=/usr/sbin/dockerd)
        ;;
esac
case "$target" in
    # The clients that gRPC is tested with.
    test | conformance) needs+=(nodejs=node npm=npm) ;;
esac
case "$target" in
    test | vm)
        # What a virtual machine is made of, where there is something that starts one.
        [[ ! -x "${BULKHEAD_VM:-../shared/vm/run-in-vm}" ]] || needs+=(mmdebstrap=mmdebstrap e2fsprogs=mke2fs xz-utils=xz user-mode-linux=linux.uml)
        ;;
esac
case "$target" in
    run) needs+=(busybox-static=busybox jq=jq) ;;
    test | integration | dropin | conformance | security | vm | bench) needs+=(busybox-static=busybox crun=crun runc=runc procps=ps iproute2=ip uidmap=newuidmap) ;;
    default | clean) needs=() ;;
esac

missing=()
for need in "${needs[@]}"; do
    probe="${need#*=}"
    [[ -e "$probe" ]] || command -v "$probe" >/dev/null || missing+=("${need%%=*}")
done

if [[ ${#missing[@]} -gt 0 ]]; then
    install="apt-get install --yes --no-install-recommends ${missing[*]}"
    echo "build.sh: missing here: ${missing[*]}" >&2
    if [[ $EUID -ne 0 ]] || ! command -v apt-get >/dev/null; then
        echo "build.sh: as root, type this line and then run build.sh again:" >&2
        echo "apt-get update && $install" >&2
        exit 1
    fi
    echo "build.sh: $install" >&2
    export DEBIAN_FRONTEND=noninteractive
    { apt-get update -qq || true; $install -qq; } </dev/null >&2
fi

[[ -t 1 ]] || export NO_COLOR=1
[[ -z "${CI:-}" ]] || export MSBUILDDISABLENODEREUSE=1 # no process of the build outlives it
restored="$(dotnet tool restore </dev/null 2>&1)" || { echo "$restored" >&2; exit 1; }
exec dotnet cake build.cake --verbosity=minimal --target="$target" "$@" </dev/null
