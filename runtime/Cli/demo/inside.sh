# The program of the demo's container: shows what makes it one, and ends with exit code 7.
status() { sed -n "s/^$1:[[:space:]]*//p" /proc/self/status; }

say() { printf '    %-22s %s\n' "$1" "$2"; }

limit() { cat "/sys/fs/cgroup/$1" 2>/dev/null || cat "/sys/fs/cgroup/$2"; }

say "hostname" "$(hostname)"
say "own PID" "$$"
say "processes in sight" "$(ls /proc | grep -c '^[0-9][0-9]*$')"
say "network devices" "$(ls /sys/class/net | tr '\n' ' ')"
say "memory limit" "$(limit memory/memory.limit_in_bytes memory.max) bytes"
say "process limit" "$(limit pids/pids.max pids.max)"
say "capabilities" "$(status CapEff) (CAP_KILL alone)"
say "no_new_privs" "$(status NoNewPrivs)"
say "seccomp mode" "$(status Seccomp) (2: a filter)"
say "unshare, by the filter" "$(unshare -m true 2>&1)"
say "writing to /" "$(touch /file 2>&1)"
say "mounts" "$(wc -l </proc/self/mounts)"
sed 's/^\([^ ]* [^ ]* [^ ]* [^ ]*\).*/        \1/' /proc/self/mounts
exit 7
