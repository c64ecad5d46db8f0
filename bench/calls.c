/* calls.c - what one forward of a program costs us: our own processor time, and the whole round trip
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 *   bench/calls N PROGRAM ARGS... : N forwards, one by one, in frames where the program knows them */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include "plumbline/plumbline.h"

static double
seconds(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

int
main(int argc, char **argv)
{
    plumb_program_options o = { 0 };
    plumb_diag diag = { "" };
    plumb_hello h;
    long n = argc > 2 ? atol(argv[1]) : 0;
    plumb_box *box = n > 0 ? plumb_box_program((const char *const *)argv + 2, &o, &diag) : NULL;
    double *x, *y, wall, own;
    if (!box || box->kind->hello(box, &h, &diag)) {
        fprintf(stderr, "calls: %s\n", *diag.text ? diag.text : "calls N PROGRAM ARGS...");
        return 2;
    }
    x = calloc(h.inputs + 1, sizeof *x), y = calloc(h.outputs + 1, sizeof *y);
    for (int i = 0; i < 100; i++)
        if (box->kind->forward(box, x, y, &diag))
            return 3;
    wall = seconds(CLOCK_MONOTONIC), own = seconds(CLOCK_PROCESS_CPUTIME_ID);
    for (long i = 0; i < n; i++)
        if (box->kind->forward(box, x, y, &diag))
            return 3;
    wall = seconds(CLOCK_MONOTONIC) - wall, own = seconds(CLOCK_PROCESS_CPUTIME_ID) - own;
    printf("%ld calls of %zu numbers: %.2f us of ours, %.2f us a round trip\n", n, h.inputs + h.outputs, 1e6 * own / (double)n, 1e6 * wall / (double)n);
    plumb_hello_clear(&h);
    plumb_box_free(box);
    free(x), free(y);
    return 0;
}
