/* dtype.c - foreign floats, as doubles that are their values
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <float.h>
#include <math.h>
#include "plumbline/tensor.h"

static const struct {
    const char *text;
    int bits, top, tiny;
} dtypes[] = {
#define X(name, text, bits, top, tiny) { text, bits, top, tiny },
    PLUMB_DTYPE_LIST(X)
#undef X
};

const char *
plumb_dtype_text(plumb_dtype t)
{
    return dtypes[t].text;
}

int
plumb_dtype_bits(plumb_dtype t)
{
    return dtypes[t].bits;
}

double
plumb_dtype_spacing(plumb_dtype t, double x)
{
    int e;
    if (t == PLUMB_I64 || !isfinite(x))
        return 0;
    e = x != 0 ? ilogb(x) - dtypes[t].bits + 1 : dtypes[t].tiny;
    return ldexp(1, e > dtypes[t].tiny ? e : dtypes[t].tiny);
}

double
plumb_dtype_round(plumb_dtype t, double x)
{
    double step, r;
    if (t == PLUMB_F64 || !isfinite(x))
        return x;
    if (t == PLUMB_I64)
        return rint(x);
    step = plumb_dtype_spacing(t, x);
    r = rint(x / step) * step;                  /* a power of two: both are exact */
    return fabs(r) >= ldexp(1, dtypes[t].top + 1) ? copysign(INFINITY, x) : r;
}
