// The floor: what the kernel alone takes to run the default bundle. It reads no document, keeps no state, checks next to
// nothing and makes the same system calls that a runtime has to make for the document that `runtime spec` prints, with a
// cgroup namespace. No runtime can be quicker than this on the same machine, save by leaving something out.
//
//   floor ROOTFS CGROUP-NAME PROGRAM [ARGUMENT ...]
//
// What a runtime learns from /proc/self/mountinfo is compiled in: HIERARCHIES, the version 1 hierarchies mounted under
// /sys/fs/cgroup as {"folder", "mount option"} pairs; none when /sys/fs/cgroup is the version 2 hierarchy.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/keyctl.h>
#include <linux/sched.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef HIERARCHIES
#define HIERARCHIES
#endif

struct hierarchy { const char *folder, *option; };

static const struct hierarchy hierarchies[] = { HIERARCHIES };
static const int hierarchy_count = sizeof hierarchies / sizeof *hierarchies;

static void check(int result, const char *what)
{
    if (result < 0) {
        fprintf(stderr, "floor: %s: %s\n", what, strerror(errno));
        _exit(125);
    }
}

static int write_file(const char *folder, const char *name, const char *text)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    int file = open(path, O_WRONLY | O_CLOEXEC);
    if (file < 0)
        return -1;
    int result = write(file, text, strlen(text));
    close(file);
    return result;
}

static const char *cgroup(int i, const char *name)
{
    static char path[512];
    snprintf(path, sizeof path, "/sys/fs/cgroup/%s/%s", hierarchy_count ? hierarchies[i].folder : "", name);
    return path;
}

// A version 1 cpuset is empty at first and takes no process before it has processors and memory nodes.
static void inherit_cpuset(const char *folder, const char *name)
{
    char path[512], text[4096];
    snprintf(path, sizeof path, "%s/../%s", folder, name);
    int file = open(path, O_RDONLY | O_CLOEXEC);
    check(file, path);
    int length = read(file, text, sizeof text - 1);
    check(length, path);
    close(file);
    text[length] = 0;
    check(write_file(folder, name, text), name);
}

static void make_cgroups(const char *name)
{
    static const char *allowed[] = {
        "c *:* m", "b *:* m", "c 1:3 rwm", "c 1:5 rwm", "c 1:7 rwm", "c 1:8 rwm", "c 1:9 rwm", "c 5:0 rwm", "c 5:2 rwm", "c 136:* rwm",
    };
    for (int i = 0; i < hierarchy_count || i == 0; i++) {
        const char *folder = cgroup(i, name);
        check(mkdir(folder, 0755), folder);
        if (!hierarchy_count)
            return;
        if (!strcmp(hierarchies[i].option, "cpuset")) {
            inherit_cpuset(folder, "cpuset.cpus");
            inherit_cpuset(folder, "cpuset.mems");
        }
        if (!strcmp(hierarchies[i].option, "devices")) {
            check(write_file(folder, "devices.deny", "a"), "devices.deny");
            for (unsigned rule = 0; rule < sizeof allowed / sizeof *allowed; rule++)
                check(write_file(folder, "devices.allow", allowed[rule]), "devices.allow");
        }
    }
}

static void make_mounts(const char *rootfs)
{
    const unsigned long hard = MS_NOSUID | MS_NOEXEC | MS_NODEV;
    check(mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL), "propagation");
    check(mount(rootfs, rootfs, NULL, MS_BIND | MS_REC, NULL), rootfs);
    check(chdir(rootfs), rootfs);
    check(mount("proc", "proc", "proc", 0, NULL), "proc");
    check(mount("tmpfs", "dev", "tmpfs", MS_NOSUID | MS_STRICTATIME, "mode=755,size=65536k"), "dev");
    mkdir("dev/pts", 0755);
    check(mount("devpts", "dev/pts", "devpts", MS_NOSUID | MS_NOEXEC, "newinstance,ptmxmode=0666,mode=0620,gid=5"), "devpts");
    mkdir("dev/shm", 0755);
    check(mount("shm", "dev/shm", "tmpfs", hard, "mode=1777,size=65536k"), "shm");
    mkdir("dev/mqueue", 0755);
    check(mount("mqueue", "dev/mqueue", "mqueue", hard, NULL), "mqueue");
    check(mount("sysfs", "sys", "sysfs", hard | MS_RDONLY, NULL), "sysfs");
    if (!hierarchy_count) {
        check(mount("cgroup", "sys/fs/cgroup", "cgroup2", hard | MS_RDONLY | MS_RELATIME, NULL), "cgroup2");
        return;
    }
    check(mount("cgroup", "sys/fs/cgroup", "tmpfs", hard | MS_RELATIME, "mode=755"), "cgroup tmpfs");
    for (int i = 0; i < hierarchy_count; i++) {
        char path[512], option[256];
        snprintf(path, sizeof path, "sys/fs/cgroup/%s", hierarchies[i].folder);
        check(mkdir(path, 0755), path);
        snprintf(option, sizeof option, "%s%s", strchr(hierarchies[i].option, '=') ? "none," : "", hierarchies[i].option);
        check(mount("cgroup", path, "cgroup", hard | MS_RDONLY | MS_RELATIME, option), path);
    }
    check(mount(NULL, "sys/fs/cgroup", NULL, MS_REMOUNT | MS_BIND | MS_RDONLY | hard, NULL), "cgroup tmpfs read-only");
}

static void make_devices(void)
{
    static const struct { const char *path; int major, minor; } devices[] = {
        { "dev/null", 1, 3 }, { "dev/zero", 1, 5 }, { "dev/full", 1, 7 }, { "dev/random", 1, 8 }, { "dev/urandom", 1, 9 }, { "dev/tty", 5, 0 },
    };
    static const struct { const char *path, *target; } links[] = {
        { "dev/fd", "/proc/self/fd" }, { "dev/stdin", "/proc/self/fd/0" }, { "dev/stdout", "/proc/self/fd/1" },
        { "dev/stderr", "/proc/self/fd/2" }, { "dev/core", "/proc/kcore" }, { "dev/ptmx", "pts/ptmx" },
    };
    umask(0);
    for (unsigned i = 0; i < sizeof devices / sizeof *devices; i++)
        check(mknod(devices[i].path, S_IFCHR | 0666, makedev(devices[i].major, devices[i].minor)), devices[i].path);
    for (unsigned i = 0; i < sizeof links / sizeof *links; i++)
        check(symlink(links[i].target, links[i].path), links[i].path);
    umask(022);
}

static void hide_paths(void)
{
    static const char *masked[] = {
        "/proc/acpi", "/proc/asound", "/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/timer_list", "/proc/timer_stats",
        "/proc/sched_debug", "/sys/firmware", "/proc/scsi",
    };
    static const char *readonly[] = { "/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger" };
    for (unsigned i = 0; i < sizeof readonly / sizeof *readonly; i++) {
        if (mount(readonly[i], readonly[i], NULL, MS_BIND | MS_REC, NULL) < 0 && errno == ENOENT)
            continue;
        check(mount(NULL, readonly[i], NULL, MS_BIND | MS_REMOUNT | MS_RDONLY, NULL), readonly[i]);
    }
    for (unsigned i = 0; i < sizeof masked / sizeof *masked; i++) {
        if (mount("/dev/null", masked[i], NULL, MS_BIND, NULL) < 0 && errno == ENOTDIR)
            check(mount("tmpfs", masked[i], "tmpfs", MS_RDONLY, NULL), masked[i]);
    }
}

static void raise_loopback(void)
{
    struct ifreq request = { .ifr_name = "lo", .ifr_flags = IFF_UP };
    int device = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    check(device, "socket");
    check(ioctl(device, SIOCSIFFLAGS, &request), "lo");
    close(device);
}

static void drop_privileges(void)
{
    const unsigned keep = 1 << CAP_AUDIT_WRITE | 1 << CAP_KILL | 1 << CAP_NET_BIND_SERVICE;
    struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
    struct __user_cap_data_struct data[2] = { { .effective = keep, .permitted = keep } };
    struct rlimit files = { 1024, 1024 };
    check(setrlimit(RLIMIT_NOFILE, &files), "RLIMIT_NOFILE");
    for (int capability = 0; capability <= CAP_LAST_CAP; capability++)
        if (capability >= 32 || !(keep & 1u << capability))
            prctl(PR_CAPBSET_DROP, capability, 0, 0, 0);
    check(setgroups(0, NULL), "setgroups");
    check(setresgid(0, 0, 0), "setresgid");
    check(setresuid(0, 0, 0), "setresuid");
    check(syscall(SYS_capset, &header, data), "capset");
    check(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no_new_privs");
}

static void run_container(const char *rootfs, const char *name, char **program)
{
    static char *environment[] = { "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "TERM=xterm", NULL };
    for (int i = 0; i < hierarchy_count || i == 0; i++)
        check(write_file(cgroup(i, name), "cgroup.procs", "0"), "cgroup.procs");
    check(unshare(CLONE_NEWCGROUP), "cgroup namespace");
    check(setsid(), "setsid");
    check(syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, name), "keyring");
    raise_loopback();
    make_mounts(rootfs);
    make_devices();
    check(syscall(SYS_pivot_root, ".", "."), "pivot_root");
    check(umount2(".", MNT_DETACH), "old root");
    check(chdir("/"), "/");
    check(mount(NULL, "/", NULL, MS_BIND | MS_REMOUNT | MS_RDONLY, NULL), "read-only root");
    check(sethostname("bulkhead", 8), "hostname");
    hide_paths();
    drop_privileges();
    close_range(3, ~0u, CLOSE_RANGE_CLOEXEC);
    execve(program[0], program, environment);
    check(-1, program[0]);
}

int main(int count, char **arguments)
{
    if (count < 4) {
        fprintf(stderr, "usage: floor ROOTFS CGROUP-NAME PROGRAM [ARGUMENT ...]\n");
        return 2;
    }
    make_cgroups(arguments[2]);
    struct clone_args clone = {
        .flags = CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWNS,
        .exit_signal = SIGCHLD,
    };
    int child = syscall(SYS_clone3, &clone, sizeof clone);
    check(child, "clone3");
    if (child == 0)
        run_container(arguments[1], arguments[2], arguments + 3);

    int status;
    check(waitpid(child, &status, 0), "waitpid");
    for (int i = 0; i < hierarchy_count || i == 0; i++)
        check(rmdir(cgroup(i, arguments[2])), "rmdir");
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
