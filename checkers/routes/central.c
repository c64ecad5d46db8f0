/* central.c - the central difference in f64, in the lanes of one run
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Each entry is moved to x +- h and x +- 2h; the steps are the ones really taken.  The bar adds up
 *   3/2 |D(2h) - D(h)|                   more than four times the truncation error of D(h); of x|x|, 3/2 times
 *   |b1|, b1 = (4 e(h) - e(2h))/(2h)     what of the even part e grows like |t|: a kink within the steps
 *   k sigma_f/(sqrt(2) h)                the rounding of the two values, sigma_f from rounding(f64)
 *   u (|f(x+h)| + |f(x-h)|)/h            the rounding of the projected values to double
 * For one kink at distance d < h the first two together are at least the error (1 - d/h)/2 of its jump. */
#include <math.h>
#include "checkers/routes/routes.h"
#include "lib/base/alloc.h"

enum { BLOCK = 8, POINTS = 4 };

/* sum of cotangent * y over the output, compensated (Ogita, Rump, Oishi 2005): its own rounding is far
 * below the y's */
static double
projected(const plumb_probe *p, size_t row, const plumb_array *y, size_t n)
{
    double sum = 0, low = 0;
    for (size_t j = 0; j < n; j++) {
        double a = p->cotangent[row * n + j], b = plumb_get_d(&plumb_f64, y, j), t = a * b, e = fma(a, b, -t);
        double s = sum + t, z = s - sum;
        low += (sum - (s - z)) + (t - z) + e;
        sum = s;
    }
    return sum + low;
}

/* sigma of the projected output for each row into sigma, where it is larger; the value there into centre
 * unless that is NULL */
static plumb_status
noise_here(const plumb_probe *p, plumb_run *run, double *sigma, double *centre, size_t n)
{
    plumb_status st = plumb_run_forward(run) & (PLUMB_ENOMEM | PLUMB_EINPUT);
    for (size_t r = 0; r < p->rows && !st; r++) {
        plumb_array y = plumb_run_value(run, p->subject->output, 0), v = plumb_half(&plumb_f64, &y, 1);
        y = plumb_half(&plumb_f64, &y, 0);
        sigma[r] = fmax(sigma[r], plumb_project_sigma(p, r, &plumb_f64, &v, 53));
        if (centre)
            centre[r] = projected(p, r, &y, n);
    }
    return st;
}

static double
step_of(const plumb_probe *p, size_t c)
{
    return ldexp(1, -17 + ilogb(plumb_step_scale(p, c)));
}

/* Moves the leaf by t along direction c; the distance really gone, in units of the direction.  Of several
 * members every sum is exact: numbers of f32 and weights of a few bits. */
static double
move(const plumb_probe *p, size_t c, const plumb_num *R, const plumb_array *leaf, double t)
{
    const double *point = p->subject->point[p->leaf];
    plumb_direction d = plumb_direction_of(p, c);
    for (size_t i = 0; i < d.n; i++)
        plumb_set_d(R, leaf, d.entry[i], point[d.entry[i]] + t * plumb_weight(&d, i));
    return d.n == 1 ? (plumb_get_d(R, leaf, *d.entry) - point[*d.entry]) / plumb_weight(&d, 0) : t;
}

/* At the point itself a sum may happen to be exact (a pixel is 0): the leaf is moved to both sides, too. */
static plumb_status
noise(const plumb_probe *p, double *sigma, double *centre, size_t n, plumb_diag *diag)
{
    plumb_num *R = plumb_rounding_new(&plumb_f64, diag);
    plumb_binding b = { NULL, NULL };
    plumb_status st = R ? plumb_bind(&b, p, R, PLUMB_LEAF_WANTED, 1, 1, diag) : PLUMB_ENOMEM;
    st |= st ? st : noise_here(p, b.run, sigma, centre, n);
    for (int side = -2; side <= 2 && !st; side += 4) {
        plumb_array leaf = plumb_run_value(b.run, p->leaf, 0);
        for (size_t c = 0; c < p->entries; c++)
            move(p, c, R, &leaf, side * step_of(p, c));
        st = noise_here(p, b.run, sigma, NULL, n);
    }
    plumb_unbind(&b);
    plumb_num_free(R);
    return st;
}

/* f holds the projected values at +h, -h, +2h, -2h; h1 and h2 half the true distances */
static void
judge_entry(plumb_estimate *e, size_t at, const double f[POINTS], double centre, double h1, double h2, double sigma)
{
    double d1 = (f[0] - f[1]) / (2 * h1), d2 = (f[2] - f[3]) / (2 * h2);
    double e1 = (f[0] + f[1]) / 2 - centre, e2 = (f[2] + f[3]) / 2 - centre;
    double b1 = (4 * e1 - e2) / (2 * h1);
    plumb_set_d(e->num, &e->value, at, d1);
    e->bar[at] = 1.5 * fabs(d2 - d1) + fabs(b1) + e->sigmas * sigma / (sqrt(2) * h1) + 0x1p-53 * (fabs(f[0]) + fabs(f[1])) / h1;
}

static plumb_status
block(const plumb_probe *p, plumb_run *run, plumb_estimate *e, const double *sigma, const double *centre, size_t n,
    size_t first)
{
    static const double where[POINTS] = { 1, -1, 2, -2 };
    size_t count = p->entries - first < BLOCK ? p->entries - first : BLOCK;
    double x[BLOCK][POINTS];
    plumb_status st;
    for (size_t i = 0; i < count; i++) {
        double h = step_of(p, first + i);
        for (int q = 0; q < POINTS; q++) {
            plumb_array leaf = plumb_run_value(run, p->leaf, i * POINTS + (size_t)q);
            x[i][q] = move(p, first + i, &plumb_f64, &leaf, where[q] * h);
        }
    }
    st = first ? plumb_run_vary(run) : plumb_run_forward(run);
    for (size_t i = 0; i < count; i++) {
        for (size_t r = 0; r < p->rows; r++) {
            double f[POINTS];
            for (int q = 0; q < POINTS; q++) {
                plumb_array y = plumb_run_value(run, p->subject->output, i * POINTS + (size_t)q);
                f[q] = projected(p, r, &y, n);
            }
            judge_entry(e, plumb_place(e, r, first + i), f, centre[r], (x[i][0] - x[i][1]) / 2, (x[i][2] - x[i][3]) / 2, sigma[r]);
            e->status[plumb_place(e, r, first + i)] = st;
        }
        for (int q = 0; q < POINTS; q++) {
            plumb_array leaf = plumb_run_value(run, p->leaf, i * POINTS + (size_t)q);
            move(p, first + i, &plumb_f64, &leaf, 0);
        }
    }
    e->evaluations += count * POINTS;
    return st & (PLUMB_ENOMEM | PLUMB_EINPUT);
}

static plumb_status
estimate(const plumb_route *route, const plumb_probe *p, plumb_estimate *e, plumb_diag *diag)
{
    size_t n = plumb_shape_size(&plumb_graph_value(p->subject->graph, p->subject->output)->shape);
    plumb_binding b = { NULL, NULL };
    double *sigma = plumb_alloc(2 * p->rows, sizeof *sigma);
    plumb_status st = sigma ? noise(p, sigma, sigma + p->rows, n, diag) : PLUMB_ENOMEM;
    (void)route;
    e->sigmas = plumb_sigmas(p->alpha, p->rows * p->entries);
    if (!st)
        st = plumb_bind(&b, p, &plumb_f64, PLUMB_LEAF_VARIES, BLOCK * POINTS, p->team, diag);
    for (size_t first = 0; first < p->entries && !st; first += BLOCK)
        st |= block(p, b.run, e, sigma, sigma + p->rows, n, first);
    e->sigmas = 0;                      /* the bar is more than a variance */
    plumb_unbind(&b);
    plumb_release(sigma);
    return st;
}

const plumb_route plumb_route_central = { "central", "central differences in double precision", NULL, 0, 53, 1e-4, NULL, estimate };
