// measure CAPTURE PROGRAM [ARGUMENT ...]
// Runs a program with stdout and stderr going to the file CAPTURE, and prints what it took: nanoseconds of the monotonic
// clock around exec and wait, its peak resident memory in KiB, and its exit code.
//
// The benchmark does not do this itself because the kernel counts the resident memory of the process that called exec to
// the peak of the one that comes out of it: beneath a large parent every program looks at least as large.
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

int main(int count, char **arguments)
{
    struct timespec begin, end;
    struct rusage usage;
    int status, input = open("/dev/null", O_RDONLY | O_CLOEXEC);
    int capture = count < 3 ? -1 : open(arguments[1], O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (input < 0 || capture < 0)
        return 2;

    clock_gettime(CLOCK_MONOTONIC, &begin);
    pid_t child = vfork();
    if (child == 0) {
        dup2(input, 0);
        dup2(capture, 1);
        dup2(capture, 2);
        execv(arguments[2], arguments + 2);
        _exit(127);
    }
    if (child < 0 || wait4(child, &status, 0, &usage) < 0)
        return 2;
    clock_gettime(CLOCK_MONOTONIC, &end);

    printf("%lld %ld %d\n", (end.tv_sec - begin.tv_sec) * 1000000000LL + end.tv_nsec - begin.tv_nsec, usage.ru_maxrss,
        WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
    return 0;
}
