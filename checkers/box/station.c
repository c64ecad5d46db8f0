/* station.c - a point: the value there, the gradients claimed there, and how rough the claims are
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "checkers/box/bench.h"
#include "lib/base/alloc.h"
#include "lib/base/random.h"

enum { UNIT_ROWS = 8, DENSE_ROWS = 3 };

/* ---- points ---- */

static double
draw(plumb_random *r, double lo, double hi)
{
    double u = plumb_random_unit(r), size = plumb_random_between(r, 0.1, 2);
    if (isfinite(lo) && isfinite(hi))
        return lo + (hi - lo) * (0.02 + 0.96 * u);
    if (isfinite(lo))
        return lo + fmax(1, fabs(lo)) * size;
    if (isfinite(hi))
        return hi - fmax(1, fabs(hi)) * size;
    return u < 0.5 ? -size : size;
}

plumb_status
plumb_station_point(plumb_bench *b, uint64_t seed, double *x)
{
    const plumb_hello *h = &b->hello;
    for (int k = 0; k < h->nin; k++) {
        plumb_random r = plumb_random_named(seed, h->in[k].name);
        for (size_t i = h->in[k].from; i < h->in[k].from + h->in[k].size; i++)
            if (h->at)
                x[i] = h->at[i];
            else if (h->in[k].dtype == PLUMB_I64)
                x[i] = (double)plumb_random_below(&r, isfinite(h->hi[i]) && h->hi[i] >= 1 ? (size_t)h->hi[i] : 2);
            else
                x[i] = plumb_dtype_round(h->in[k].dtype, draw(&r, h->lo[i], h->hi[i]));
    }
    return PLUMB_OK;
}

/* ---- sizes ---- */

/* Of one tensor: |x|, but not less than 2^-7 of the root mean square, unless the tensor mixes units (sizes 2^20 and more apart); of 0 the root mean
 * square, 1 where all is 0. */
static void
natural_sizes(const plumb_hello *h, const plumb_tensor *t, const double *x, double *scale)
{
    double most = 0, least = INFINITY, square = 0, rms;
    size_t n = 0;
    for (size_t i = t->from; i < t->from + t->size; i++)
        if (x[i] != 0) {
            most = fmax(most, fabs(x[i])), least = fmin(least, fabs(x[i]));
            square += x[i] * x[i], n++;
        }
    rms = n ? sqrt(square / (double)n) : 1;
    if (!isfinite(rms) || rms == 0)
        rms = most > 0 ? most : 1;
    for (size_t i = t->from; i < t->from + t->size; i++) {
        double own = fabs(x[i]);
        scale[i] = h->scale ? h->scale[i] : own == 0 ? rms : most > 0x1p20 * least ? own : fmax(own, 0x1p-7 * rms);
    }
}

static void
sizes(plumb_station *s)
{
    const plumb_hello *h = &s->bench->hello;
    for (int k = 0; k < h->nin; k++) {
        natural_sizes(h, &h->in[k], s->x, s->scale);
        for (size_t i = h->in[k].from; i < h->in[k].from + h->in[k].size; i++) {
            s->room_below[i] = s->x[i] - h->lo[i], s->room_above[i] = h->hi[i] - s->x[i];
            if (h->in[k].fixed)
                s->scale[i] = 0;
        }
    }
}

/* ---- cotangents ---- */

/* Are the outputs in mixed units, 2^10 and more apart? */
static int
mixed(const plumb_station *s)
{
    double most = 0, least = INFINITY;
    for (size_t j = 0; j < s->bench->hello.outputs; j++)
        if (s->y[j] != 0 && isfinite(s->y[j]))
            most = fmax(most, fabs(s->y[j])), least = fmin(least, fabs(s->y[j]));
    return most > 0x1p10 * least;
}

/* Powers of two for single outputs, so that the entry of the Jacobian is read off exactly; dense rows are signed and never all ones. */
static plumb_status
cotangents(plumb_station *s, uint64_t seed, int one_row, plumb_diag *diag)
{
    const plumb_hello *h = &s->bench->hello;
    const double *recorded;
    size_t m = h->outputs, unit = one_row && m > 1 ? 0 : m <= UNIT_ROWS ? m : 0, dense = m <= 1 ? 0 : unit ? 1 : one_row ? 1 : DENSE_ROWS;
    static const double powers[] = { -2, 0.5, 1, -0.25, 4, -1, 0.125, -8 };
    plumb_random r = plumb_random_named(seed, "cotangents");
    if (s->bench->box->kind->recorded)
        s->rows = s->bench->box->kind->recorded(s->bench->box, &recorded);
    else
        s->rows = m ? unit + dense : 1;
    if (!s->bench->box->kind->recorded && !one_row && !unit && m > 1 && mixed(s))
        s->rows++, s->weighed = 1;
    s->g = plumb_alloc(s->rows * m, sizeof *s->g), s->unit = plumb_alloc(s->rows, sizeof *s->unit);
    if (!s->g || !s->unit)
        return plumb_fail(diag, PLUMB_ENOMEM, "out of memory for %zu cotangents of %zu numbers", s->rows, m);
    if (s->bench->box->kind->recorded)
        memcpy(s->g, recorded, s->rows * m * sizeof *s->g);
    else
        for (size_t row = 0; row < s->rows; row++)
            for (size_t j = 0; j < m; j++)
                if (row < unit)
                    s->g[row * m + j] = j == row ? powers[row % 8] : 0;
                else
                    s->g[row * m + j] = plumb_random_signed(&r);
    for (size_t j = 0; j < m && s->weighed; j++)
        if (s->y[j] != 0 && isfinite(s->y[j]))
            s->g[(s->weighed - 1) * m + j] *= ldexp(1, (int)fmax(-60, fmin(60, -ilogb(s->y[j]))));
    for (size_t row = 0; row < s->rows; row++) {
        size_t n = 0;
        for (int k = 0; k < h->nout; k++)
            for (size_t j = h->out[k].from; j < h->out[k].from + h->out[k].size; j++) {
                double *g = &s->g[row * m + j];
                *g = plumb_dtype_round(h->out[k].dtype, *g);
                s->unit[row] = *g != 0 ? *g : s->unit[row], n += *g != 0;
            }
        if (n != 1)
            s->unit[row] = 0;
    }
    return PLUMB_OK;
}

/* ---- claims ---- */

static void
count_not_finite(plumb_station *s)
{
    const plumb_hello *h = &s->bench->hello;
    memset(s->tensor_finite, 1, (size_t)h->nin);
    for (size_t r = 0; r < s->rows; r++)
        for (int k = 0; k < h->nin; k++)
            for (size_t i = h->in[k].from; i < h->in[k].from + h->in[k].size; i++)
                if (!isfinite(s->claim[r * h->inputs + i]))
                    s->not_finite++, s->tensor_finite[k] = 0;
}

static plumb_status
claims(plumb_station *s, plumb_diag *diag)
{
    size_t n = s->bench->hello.inputs, m = s->bench->hello.outputs;
    plumb_status st = PLUMB_OK;
    s->claim = plumb_alloc(s->rows * n, sizeof *s->claim);
    if (!s->claim)
        return PLUMB_ENOMEM;
    for (size_t r = 0; r < s->rows && !st; r++) {       /* a fresh forward each: what a second backward does is a law of its own */
        if (r && s->bench->box->kind->forward)
            st = plumb_bench_forward(s->bench, s->x, s->y, diag);
        st |= st ? st : plumb_bench_backward(s->bench, s->x, s->g + r * m, s->claim + r * n, diag);
        for (size_t i = 0; i < n && !st; i++)
            s->extra[i] = fmax(s->extra[i], s->bench->extra[i]);
    }
    if (!st)
        count_not_finite(s);
    return st;
}

static double
unit_roundoff(const plumb_hello *h)
{
    double u = h->eps / 2;
    for (int k = 0; k < h->nin + h->nout; k++) {
        const plumb_tensor *t = k < h->nin ? &h->in[k] : &h->out[k - h->nin];
        if (t->dtype != PLUMB_I64)
            u = fmax(u, ldexp(1, -plumb_dtype_bits(t->dtype)));
    }
    return u;
}

/* Room, the point, and the sizes of steps there. */
static plumb_status
stand(plumb_station *s, plumb_bench *b, const double *x)
{
    size_t n = b->hello.inputs, m = b->hello.outputs;
    plumb_status st;
    double **own[] = { &s->x, &s->extra, &s->fair, &s->scale, &s->room_below, &s->room_above };
    *s = (plumb_station){ .bench = b, .unit_roundoff = unit_roundoff(&b->hello) };
    s->y = plumb_alloc(m, sizeof *s->y), s->tensor_finite = plumb_alloc((size_t)b->hello.nin, 1);
    st = s->y && s->tensor_finite ? PLUMB_OK : PLUMB_ENOMEM;
    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        if (!(*own[i] = plumb_alloc(n, sizeof(double))))
            st = PLUMB_ENOMEM;
    if (!st && n)
        memcpy(s->x, x, n * sizeof *x);
    if (!st)
        sizes(s);
    return st;
}

plumb_status
plumb_station_beside(plumb_station *s, const plumb_station *other, size_t r, const double *x, plumb_diag *diag)
{
    size_t m = other->bench->hello.outputs;
    plumb_status st = stand(s, other->bench, x);
    s->rows = 1, s->unit_roundoff = other->unit_roundoff;
    s->g = plumb_alloc(m, sizeof *s->g), s->unit = plumb_alloc(1, sizeof *s->unit);
    if (st || !s->g || !s->unit)
        return PLUMB_ENOMEM;
    memcpy(s->g, other->g + r * m, m * sizeof *s->g);
    s->unit[0] = other->unit[r];
    st = plumb_bench_forward(s->bench, s->x, s->y, diag);
    return st ? st : claims(s, diag);
}

plumb_status
plumb_station_open(plumb_station *s, plumb_bench *b, const double *x, uint64_t seed, int one_row, plumb_diag *diag)
{
    plumb_status st = stand(s, b, x);
    if (!st && b->box->kind->forward)
        st = plumb_bench_forward(b, s->x, s->y, diag);
    st |= st ? st : cotangents(s, seed, one_row || b->options->quick, diag);
    return st ? st : claims(s, diag);
}

void
plumb_station_close(plumb_station *s)
{
    plumb_release(s->x), plumb_release(s->y), plumb_release(s->g), plumb_release(s->unit), plumb_release(s->claim), plumb_release(s->extra), plumb_release(s->fair);
    plumb_release(s->rough), plumb_release(s->scale), plumb_release(s->room_below), plumb_release(s->room_above), plumb_release(s->tensor_finite);
    for (int k = 0; k < PLUMB_SHAKES; k++)
        plumb_release(s->shaken[k]), plumb_release(s->shaken_y[k]);
    *s = (plumb_station){ .bench = s->bench };
}

/* ---- how rough ---- */

/* Each number of the cotangent about an ulp away. */
static void
shake_cotangent(const plumb_station *s, plumb_random *r, size_t row, double *g)
{
    const plumb_hello *h = &s->bench->hello;
    const double *exact = s->g + row * h->outputs;
    for (int k = 0; k < h->nout; k++)
        for (size_t j = h->out[k].from; j < h->out[k].from + h->out[k].size; j++)
            g[j] = plumb_dtype_round(h->out[k].dtype, exact[j] * (1 + 2 * s->unit_roundoff * plumb_random_signed(r)));
}

/* Each element an ulp or two of the arithmetic inside away; nothing leaves the box. */
static void
shake(const plumb_station *s, plumb_random *r, double *x)
{
    const plumb_hello *h = &s->bench->hello;
    for (int k = 0; k < h->nin; k++)
        for (size_t i = h->in[k].from; i < h->in[k].from + h->in[k].size; i++) {
            double steps = (double)(plumb_random_bits(r) % 4) - 1.5;
            double ulp = fmax(plumb_dtype_spacing(h->in[k].dtype, s->x[i]), 2 * s->unit_roundoff * fabs(s->x[i]));
            x[i] = s->x[i];
            if (h->in[k].fixed)
                continue;
            if (s->x[i] == 0)                   /* as its neighbours are */
                ulp = 2 * s->unit_roundoff * s->scale[i];
            x[i] = plumb_dtype_round(h->in[k].dtype, s->x[i] + copysign(ceil(fabs(steps)), steps) * ulp);
            if (!(x[i] > h->lo[i] && x[i] < h->hi[i]))
                x[i] = s->x[i];
        }
}

static int
ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The median of |change / claim| of each row: three shakes of one entry may by chance show little. */
static plumb_status
typical_roughness(plumb_station *s)
{
    size_t n = s->bench->hello.inputs;
    double *all = plumb_alloc(PLUMB_SHAKES * n, sizeof *all);
    s->rough = plumb_alloc(s->rows, sizeof *s->rough);
    if (!all || !s->rough) {
        plumb_release(all);
        return PLUMB_ENOMEM;
    }
    for (size_t r = 0; r < s->rows; r++) {
        size_t found = 0;
        for (int k = 0; k < PLUMB_SHAKES; k++)
            for (size_t i = 0; i < n; i++) {
                double c = s->claim[r * n + i], d = fabs(s->shaken[k][r * n + i] - c);
                if (c != 0 && isfinite(d / c))
                    all[found++] = fabs(d / c);
            }
        qsort(all, found, sizeof *all, ascending);
        s->rough[r] = found ? all[found / 2] : 0;
    }
    plumb_release(all);
    return PLUMB_OK;
}

plumb_status
plumb_station_shake(plumb_station *s, plumb_diag *diag)
{
    size_t n = s->bench->hello.inputs, m = s->bench->hello.outputs;
    double *x = plumb_alloc(n, sizeof *x), *g = plumb_alloc(m, sizeof *g);
    plumb_random r = plumb_random_named(1, "shake");
    plumb_status st = x && g ? PLUMB_OK : PLUMB_ENOMEM;
    if (!st && s->bench->floats > 0)
        s->unit_roundoff = fmax(s->unit_roundoff, 0x1p-24);
    for (int k = 0; k < PLUMB_SHAKES && !st; k++) {
        s->shaken[k] = plumb_alloc(s->rows * n, sizeof **s->shaken);
        s->shaken_y[k] = plumb_alloc(m, sizeof **s->shaken_y);
        if (!s->shaken[k] || !s->shaken_y[k])
            st = PLUMB_ENOMEM;
        for (size_t row = 0; row < s->rows && !st; row++) {
            if (row == 0)
                shake(s, &r, x);
            st = plumb_bench_forward(s->bench, x, s->shaken_y[k], diag);
            shake_cotangent(s, &r, row, g);
            st |= st ? st : plumb_bench_backward(s->bench, x, g, s->shaken[k] + row * n, diag);
        }
        if (st == PLUMB_EDOMAIN) {              /* an edge: this shake says nothing */
            memcpy(s->shaken[k], s->claim, s->rows * n * sizeof **s->shaken), memcpy(s->shaken_y[k], s->y, m * sizeof *s->y);
            diag->text[0] = 0, st = PLUMB_OK;
        }
    }
    s->shaky = !st;
    if (!st)
        st = typical_roughness(s);
    plumb_release(x), plumb_release(g);
    return st;
}

double
plumb_station_along(const plumb_station *s, size_t r, const double *v)
{
    size_t n = s->bench->hello.inputs;
    const double *c = s->claim + r * n;
    long double sum = 0;
    for (size_t i = 0; i < n; i++)
        if (v[i] != 0 && isfinite(c[i]))
            sum += (long double)c[i] * v[i];
    return (double)sum;
}

double
plumb_station_size(const plumb_station *s, size_t r)
{
    size_t m = s->bench->hello.outputs;
    double size = 0;
    for (size_t j = 0; j < m; j++)
        size += isfinite(s->y[j]) ? fabs(s->g[r * m + j] * s->y[j]) : 0;
    return size;
}

double
plumb_station_bar(const plumb_station *s, size_t r, const double *v)
{
    size_t n = s->bench->hello.inputs;
    const double *c = s->claim + r * n;
    double square = 0, rough = 0, extra = 0, tiny = 0;
    for (size_t i = 0; i < n; i++)
        if (v[i] != 0 && isfinite(c[i])) {
            double term = c[i] * v[i];
            square += term * term, extra += s->extra[i] * fabs(v[i]), tiny += 4.9e-324 * fmax(1, fabs(v[i]));
        }
    for (int k = 0; k < PLUMB_SHAKES && s->shaky; k++) {
        long double d = 0;
        for (size_t i = 0; i < n; i++)
            if (v[i] != 0 && isfinite(c[i]) && isfinite(s->shaken[k][r * n + i]))
                d += ((long double)s->shaken[k][r * n + i] - c[i]) * v[i];
        rough += (double)(d * d);
    }
    rough = sqrt(rough / PLUMB_SHAKES);
    if (s->rough)
        rough = fmax(rough, 0.5 * s->rough[r] * sqrt(square));
    return 8 * rough + 8 * s->unit_roundoff * sqrt(square) + 4 * s->bench->hello.solver_tol * (sqrt(square) + plumb_station_size(s, r)) + extra + 4 * tiny;
}

double
plumb_station_scatter(const plumb_station *s, size_t r)
{
    size_t m = s->bench->hello.outputs;
    double square = 0;
    for (size_t j = 0; j < m; j++) {
        double term = s->g[r * m + j] * s->y[j];
        square += isfinite(term) ? term * term : 0;
    }
    return sqrt(square);
}

double
plumb_station_noise(const plumb_station *s, const double *g)
{
    double square = 0;
    for (size_t j = 0; j < s->bench->hello.outputs; j++) {
        double change = 4 * s->unit_roundoff * fabs(s->y[j]);
        for (int k = 0; k < PLUMB_SHAKES && s->shaky; k++)
            change = fmax(change, fabs(s->shaken_y[k][j] - s->y[j]));
        square += isfinite(change) ? change * change * g[j] * g[j] : 0;
    }
    return sqrt(square);
}

double
plumb_station_cotangent(const plumb_station *s, size_t r)
{
    size_t m = s->bench->hello.outputs;
    double most = 0;
    for (size_t j = 0; j < m; j++)
        most = fmax(most, fabs(s->g[r * m + j]));
    return most;
}

double
plumb_station_fair(const plumb_station *s, size_t r, const double *v)
{
    double square = 0, last = plumb_station_cotangent(s, s->rows - 1);
    for (size_t i = 0; i < s->bench->hello.inputs; i++)
        square += s->fair[i] * s->fair[i] * v[i] * v[i];
    return sqrt(square) * (last > 0 ? plumb_station_cotangent(s, r) / last : 1);
}
