/* tap.h - test points for automake's TAP driver; NaN never passes
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLUMB_TESTS_TAP_H
#define PLUMB_TESTS_TAP_H
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static int tap_points, tap_failures;

static inline void __attribute__((format(printf, 1, 2)))
diag(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    printf("# ");
    vprintf(format, args);
    printf("\n");
    va_end(args);
}

/* one point; the description says what was compared */
static inline int __attribute__((format(printf, 2, 3)))
ok(int passed, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    printf("%sok %d - ", passed ? "" : "not ", ++tap_points);
    vprintf(format, args);
    printf("\n");
    va_end(args);
    fflush(stdout);
    tap_failures += !passed;
    return passed;
}

/* |got - want| <= atol + rtol |want|, written so that NaN fails */
static inline int
is_close(double got, double want, double rtol, double atol, const char *what)
{
    int passed = fabs(got - want) <= atol + rtol * fabs(want);
    ok(passed, "%s: %.17g against %.17g", what, got, want);
    return passed;
}

static inline void
bail(const char *why)
{
    printf("Bail out! %s\n", why);
    exit(1);
}

static inline int
done(void)
{
    printf("1..%d\n", tap_points);
    return tap_failures != 0;
}
#endif
