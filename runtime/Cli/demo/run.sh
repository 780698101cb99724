#!/usr/bin/env bash
# run.sh RUNTIME: makes a bundle in artifacts/run/bundle, runs it as a container and shows both sides.
# Any OCI runtime will do: `run.sh runc` runs the same bundle with runc.
set -euo pipefail

runtime="$1"
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
run="$here/../../../artifacts/run"
bundle="$run/bundle"

if [[ $EUID -ne 0 ]]; then
    echo "run.sh: containers with cgroup limits need root" >&2
    exit 1
fi

# 1. A root file system: a static busybox under the names of its commands, and nothing else.
rm -rf "$bundle"
mkdir -p "$bundle/rootfs"/{bin,sbin,usr/bin,usr/sbin,etc,root,proc,sys,dev,tmp}
cp "$(command -v busybox)" "$bundle/rootfs/bin/busybox"
for applet in $(busybox --list-full); do
    [[ -e "$bundle/rootfs/$applet" ]] || ln -s /bin/busybox "$bundle/rootfs/$applet"
done
cp "$here/inside.sh" "$bundle/rootfs/inside.sh"

# 2. The document: what `runtime spec` prints, made stricter.
"$runtime" spec --bundle "$bundle"
jq --slurpfile seccomp "$here/seccomp.json" '
    .process.terminal = false
    | .process.args = ["sh", "/inside.sh"]
    | .process.capabilities = ((["bounding", "effective", "permitted"] | map({ (.): ["CAP_KILL"] })) | add)
    | .hostname = "compartment-1"
    | .linux.namespaces = (["pid", "network", "ipc", "uts", "mount", "cgroup"] | map({ type: . }))
    | .linux.resources.memory.limit = 64 * 1024 * 1024
    | .linux.resources.pids.limit = 64
    | .linux.seccomp = $seccomp[0]
' "$bundle/config.json" >"$run/config.json"
mv "$run/config.json" "$bundle/config.json"

# 3. The container.
echo "on the host: $(hostname), kernel $(uname -r); bundle: $(realpath "$bundle")"
echo "\$ runtime run --bundle artifacts/run/bundle demo"
code=0
"$runtime" --root "$run/state" run --bundle "$bundle" "bulkhead-demo-$$" </dev/null || code=$?
echo "on the host: the container's exit code is $code"
[[ $code -eq 7 ]]
