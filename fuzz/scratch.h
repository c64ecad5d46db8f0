/* scratch.h - the input of a fuzz target as a text, and as a file that is in no folder
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef FUZZ_SCRATCH_H
#define FUZZ_SCRATCH_H
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static inline void
expect(int condition)
{
    if (!condition)
        abort();
}

/* A copy that ends in 0, so that one byte too far is seen. */
static inline char *
fuzz_text(const uint8_t *bytes, size_t n)
{
    char *text = malloc(n + 1);
    expect(text != NULL);
    if (n)
        memcpy(text, bytes, n);
    text[n] = 0;
    return text;
}

static inline int
fuzz_file(const void *bytes, size_t n, char path[40])
{
    int fd = memfd_create("fuzz", MFD_CLOEXEC);
    expect(fd >= 0 && write(fd, bytes, n) == (ssize_t)n);
    snprintf(path, 40, "/proc/self/fd/%d", fd);
    return fd;
}
#endif
