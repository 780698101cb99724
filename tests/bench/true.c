// The program in the benchmark's containers: does nothing or, with an argument, waits to be killed.
#include <unistd.h>

int main(int count, char **arguments)
{
    (void)arguments;
    if (count > 1)
        pause();
    return 0;
}
