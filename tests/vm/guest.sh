#!/bin/bash
# Runs the tests of one assembly inside of the virtual machine: guest.sh NAME ASSEMBLY OPTIONS FILTER
# What lies beside it: the runtime, the shim, .NET (dotnet), and the assemblies' folders. Results go to /vm/out.
set -u
export DOTNET_ROOT=/vm/in/dotnet DOTNET_NOLOGO=1 DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1
export BULKHEAD_TEST_RUNTIME=/vm/in/runtime BULKHEAD_TEST_SHIM=/vm/in/shim BULKHEAD_TEST_OPTIONS="$3"

# The tests make thousands of files, which nobody needs to outlive them.
mount -t tmpfs -o mode=1777 tmpfs /tmp

# The user of the rootless tests, with a systemd of their own.
if [[ "$3" == *--systemd-cgroup* ]]; then
    useradd --uid 47110 --create-home bhuser
    systemctl start user@47110.service
fi

filter=()
[[ -z "$4" ]] || filter=("--TestCaseFilter:$4")
"$DOTNET_ROOT/dotnet" exec "$DOTNET_ROOT/vstest/vstest.console.dll" "/vm/in/$2/$2.dll" \
    "--logger:trx;LogFileName=$1.$2.trx" "--logger:console;verbosity=minimal" --ResultsDirectory:/vm/out "${filter[@]}" || exit 1
