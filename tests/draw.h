/* draw.h - numbers of about the size of a normal deviate, without the library under test
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLUMB_TESTS_DRAW_H
#define PLUMB_TESTS_DRAW_H
#include <stddef.h>

/* n numbers times scale: the sum of twelve uniform ones less 6 (Park, Miller 1988). */
static inline void
draw(unsigned long seed, double scale, size_t n, double *x)
{
    unsigned long state = seed * 7919 + 1;
    for (size_t i = 0; i < n; i++) {
        double sum = -6;
        for (int k = 0; k < 12; k++)
            state = state * 16807 % 2147483647, sum += (double)state / 2147483647;
        x[i] = scale * sum;
    }
}
#endif
