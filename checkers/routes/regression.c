/* regression.c - see regression.h
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <string.h>
#include "checkers/routes/regression.h"
#include "lib/base/alloc.h"
#include "lib/base/random.h"

enum { POINTS = 2 * PLUMB_PAIRS, MOST_TERMS = 5, FEW_LEVELS = 4 };
static const double t_band = 6.869,             /* Student's t, 5 degrees of freedom, one side 0.9995 */
    t_band_12 = 4.318,                          /* 12 degrees of freedom */
    t_fit = 4.604,                              /* 4 degrees of freedom, 0.995 */
    t_fit_11 = 3.106,
    t_join = 8.610,             /* 4 degrees of freedom, 0.9995 */
    t_kink = 8;                                 /* at most 8.1 was seen on smooth functions, 77 and more on |x| at 1e-5 */

/* ---- least squares ---- */

typedef struct fit {
    double last, error;         /* the last coefficient and its standard error at the noise below */
    double noise;               /* of one point: from the residuals, at least the floor */
    double weight;              /* 1 / the part of the last column that the others do not explain: error = noise * weight */
} fit;

/* values against t^power[0..terms-1], t in units of the scale.  Modified Gram-Schmidt with the coefficient that is wanted last. */
static fit
least_squares(size_t n, const double *t, const double *values, int terms, const int *power, double floor)
{
    double q[MOST_TERMS][POINTS], v[POINTS], rss = 0;
    fit f = { 0 };
    memcpy(v, values, n * sizeof *v);
    for (int k = 0; k < terms; k++) {
        double norm = 0, dot = 0;
        for (size_t i = 0; i < n; i++)
            q[k][i] = pow(t[i], power[k]);
        for (int again = 0; again < 2; again++)
            for (int j = 0; j < k; j++) {
                double d = 0;
                for (size_t i = 0; i < n; i++)
                    d += q[j][i] * q[k][i];
                for (size_t i = 0; i < n; i++)
                    q[k][i] -= d * q[j][i];
            }
        for (size_t i = 0; i < n; i++)
            norm += q[k][i] * q[k][i];
        norm = sqrt(norm);
        for (size_t i = 0; i < n; i++)
            q[k][i] /= norm, dot += q[k][i] * v[i];
        for (size_t i = 0; i < n; i++)
            v[i] -= dot * q[k][i];
        f.last = dot / norm, f.weight = 1 / norm;
    }
    for (size_t i = 0; i < n; i++)
        rss += v[i] * v[i];
    f.noise = fmax(sqrt(rss / (double)(n - (size_t)terms)), floor);
    f.error = f.noise * f.weight;
    return f;
}

/* ---- one row at one scale ---- */

typedef struct look {
    int finite, kink, unfit, levels;
    double value, bar, noise, floor, size, excess;      /* excess: the size of the first power too many, at the scale */
    double left, left_bar, right, right_bar;
} look;

static const int odd[] = { 3, 5, 1 }, odd_more[] = { 1, 3, 5, 7 }, even[] = { 2, 4, 6, 1 }, side[] = { 2, 3, 4, 1 }, side_more[] = { 1, 2, 3, 4, 5 },
    jump[] = { 1, 3, 5, 0 }, bend[] = { 1, 3, 5, 2 }, joined[] = { 2, 3, 4, 1 }, joined_more[] = { 1, 2, 3, 4, 5 };

/* A half with numbers too large to be fitted counts as not finite. */
static int
all_finite(const double *v, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!(fabs(v[i]) < 1e300))
            return 0;
    return 1;
}

/* the slope on one side, for a kink */
static void
one_side(const double *tau, const double *values, double h, double floor, double *slope, double *bar)
{
    static const int power[] = { 2, 3, 1 };
    fit f = least_squares(PLUMB_PAIRS, tau, values, 3, power, floor);
    *slope = f.last / h, *bar = t_band * f.error / h;
}

static look
both_sides(const double *tau, const double *plus, const double *minus, double h, double floor)
{
    double o[PLUMB_PAIRS], e[PLUMB_PAIRS], back[PLUMB_PAIRS], half = floor * M_SQRT1_2;
    look l = { .finite = all_finite(plus, PLUMB_PAIRS) && all_finite(minus, PLUMB_PAIRS), .floor = half };
    fit f, more, k, step;
    if (!l.finite)
        return l;
    for (int j = 0; j < PLUMB_PAIRS; j++)
        o[j] = plus[j] / 2 - minus[j] / 2, e[j] = plus[j] / 2 + minus[j] / 2, back[j] = -minus[j];
    f = least_squares(PLUMB_PAIRS, tau, o, 3, odd, half);
    more = least_squares(PLUMB_PAIRS, tau, o, 4, odd_more, half);
    k = least_squares(PLUMB_PAIRS, tau, e, 4, even, sqrt(1.5) * floor);
    step = least_squares(PLUMB_PAIRS, tau, o, 4, jump, half);
    if (fabs(least_squares(PLUMB_PAIRS, tau, o, 4, bend, half).last) > t_kink * least_squares(PLUMB_PAIRS, tau, o, 4, bend, half).error) {
        f = least_squares(PLUMB_PAIRS, tau, o, 4, joined, half);        /* two smooth pieces meet with one slope, as in relu(t)^2: t |t| is odd, too */
        more = least_squares(PLUMB_PAIRS, tau, o, 5, joined_more, half);
        f.error *= t_join / t_band;
    }
    l.kink = fabs(k.last) > t_kink * k.error;
    l.unfit = fabs(more.last) > t_fit * more.error || fabs(step.last) > t_kink * step.error;
    l.value = f.last / h, l.bar = t_band * f.error / h, l.noise = f.noise, l.excess = fabs(more.last);
    if (l.kink) {
        one_side(tau, plus, h, floor, &l.right, &l.right_bar);
        one_side(tau, back, h, floor, &l.left, &l.left_bar);
    }
    return l;
}

static look
from_one_side(const double *tau, const double *values, double h, double floor)
{
    look l = { .finite = all_finite(values, POINTS), .floor = floor };
    fit f, more;
    if (!l.finite)
        return l;
    f = least_squares(POINTS, tau, values, 4, side, floor);
    more = least_squares(POINTS, tau, values, 5, side_more, floor);
    l.unfit = fabs(more.last) > t_fit_11 * more.error;
    l.value = f.last / h, l.bar = t_band_12 * f.error / h, l.noise = f.noise, l.excess = fabs(more.last);
    return l;
}

/* ---- from scale to scale ---- */

typedef struct row {
    int found, verified, kinks, finite, settled;
    plumb_slope best;
} row;

/* Takes in what a scale says; the next scale as a fraction of this one. */
static double
learn(row *r, const look *l, double h)
{
    int contradicts, quieter;
    double size = fmax(l->size, fabs(l->value));    /* where the function stands still it is the claim's */
    if (!l->finite)
        return 1.0 / 16;
    r->finite++;
    if (l->kink) {
        r->kinks++;
        r->best.left = l->left, r->best.left_bar = l->left_bar, r->best.right = l->right, r->best.right_bar = l->right_bar;
        if (!r->found)
            r->best.scale = h, r->best.noise = l->noise, r->best.floor = l->floor;
        return 1.0 / 16;
    }
    if (l->unfit) {
        double ratio = pow(10 * fmax(l->floor, 1e-320) / fmax(l->excess, 1e-320), 1.0 / 7);
        return fmin(0.25, fmax(1.0 / 64, exp2(floor(log2(ratio)))));
    }
    contradicts = r->found && fabs(l->value - r->best.value) > 1.5 * (l->bar + r->best.bar);
    /* Noise does not go away with the step: what does was structure (a jump, a kink at some distance), unless the function stands still. */
    quieter = r->found && l->noise < 0.4 * r->best.noise && l->levels > FEW_LEVELS;
    if (contradicts && !quieter)
        r->best.state = PLUMB_SLOPE_CONFLICT;
    else                                        /* nothing contradicts bars of several per cent */
        r->verified = r->found && !(l->noise > 1e3 * l->floor && fmin(l->bar, r->best.bar) > 1e-2 * size);
    if (!r->found || quieter || (!contradicts && l->bar < r->best.bar)) {
        plumb_slope_state state = r->found && !quieter ? r->best.state : PLUMB_SLOPE_FOUND;
        r->best = (plumb_slope){ .state = state, .value = l->value, .bar = l->bar, .noise = l->noise, .floor = l->floor, .scale = h, .size = l->size };
        r->verified = 0;
    }
    r->found = 1;
    return 0.25;
}

static void
conclude(row *r)
{
    if (r->found)
        return;
    r->best.value = r->best.bar = NAN;
    r->best.state = r->finite == 0 ? PLUMB_SLOPE_NOWHERE : 2 * r->kinks >= r->finite ? PLUMB_SLOPE_KINK : PLUMB_SLOPE_ROUGH;
}

static plumb_status
one_scale(const plumb_line *line, double h, plumb_random *random, int one_sided, row *rows, double *work, int *levels, double *next)
{
    double *values = work, *floors = work + POINTS * line->rows, *moved = floors + line->rows, t[POINTS], tau[POINTS], mine[POINTS];
    int half = one_sided ? POINTS : PLUMB_PAIRS;
    plumb_status st;
    for (int j = 0; j < half; j++) {
        double jitter = j + 1 < half ? plumb_random_between(random, -0.3, 0.3) : 0;
        tau[j] = (j + 1 + jitter) / half;
        t[j] = h * tau[j];
        if (!one_sided)
            t[half + j] = -t[j];
    }
    st = line->evaluate(line->with, POINTS, t, values, floors, levels, moved);
    *next = 0;
    for (size_t r = 0; r < line->rows && !st; r++) {
        look l;
        double ratio;
        if (rows[r].settled)
            continue;
        for (int j = 0; j < POINTS; j++)
            mine[j] = values[(size_t)j * line->rows + r];
        l = one_sided ? from_one_side(tau, mine, h, floors[r]) : both_sides(tau, mine, mine + half, h, floors[r]);
        l.levels = levels[r], l.size = moved[r] / h;
        ratio = learn(&rows[r], &l, h);
        rows[r].settled = rows[r].found && (rows[r].verified || rows[r].best.state == PLUMB_SLOPE_CONFLICT);
        if (!rows[r].settled)
            *next = fmax(*next, ratio);
    }
    return st;
}

plumb_status
plumb_regress(const plumb_line *line, double start, double least, unsigned long seed, int one_sided, plumb_slope *slope)
{
    row *rows = plumb_alloc(line->rows, sizeof *rows);
    double *work = plumb_alloc((POINTS + 2) * line->rows, sizeof *work), next = 1, h = start;
    int *levels = plumb_alloc(line->rows, sizeof *levels);
    plumb_random random = plumb_random_named(seed, "jitter");
    plumb_status st = rows && work && levels ? PLUMB_OK : PLUMB_ENOMEM;
    for (size_t r = 0; r < line->rows && !st; r++)
        rows[r].best = (plumb_slope){ .state = PLUMB_SLOPE_ROUGH, .value = NAN, .bar = NAN, .noise = NAN, .scale = h };
    for (int k = 0; k < PLUMB_SCALES && next > 0 && h >= least && !st; k++, h *= next)
        st = one_scale(line, h, &random, one_sided, rows, work, levels, &next);
    for (size_t r = 0; r < line->rows && !st; r++) {
        conclude(&rows[r]);
        slope[r] = rows[r].best;
        slope[r].verified = rows[r].verified;
    }
    plumb_release(rows);
    plumb_release(work);
    plumb_release(levels);
    return st;
}

plumb_status
plumb_regress_quickly(const plumb_line *line, double scale, const double *times, plumb_slope *slope)
{
    enum { N = PLUMB_QUICK_PAIRS };
    static const double c5[N] = { 4.5, -0.9, 0.1 }, c3[N] = { 4, -0.5, 0 };     /* a1 of t, t^3, t^5 at 1/3, 2/3, 1; of t, t^3 at 1/3, 2/3 */
    double t[2 * N], *work = plumb_alloc((2 * N + 2) * line->rows, sizeof *work), *floors = work ? work + 2 * N * line->rows : NULL,
        *moved = work ? floors + line->rows : NULL;
    int *levels = plumb_alloc(line->rows, sizeof *levels);
    plumb_status st = work && levels ? PLUMB_OK : PLUMB_ENOMEM;
    for (int j = 0; j < N; j++)
        t[j] = scale * (j + 1) / N, t[N + j] = -t[j];
    st |= st ? st : line->evaluate(line->with, 2 * N, t, work, floors, levels, moved);
    for (size_t r = 0; r < line->rows && !st; r++) {
        double a5 = 0, a3 = 0, s = fmax(times[r], 1) * floors[r] * M_SQRT1_2;
        for (size_t j = 0; j < N; j++) {
            double o = work[j * line->rows + r] / 2 - work[(N + j) * line->rows + r] / 2;
            a5 += c5[j] * o / scale, a3 += c3[j] * o / scale;
        }
        slope[r] = (plumb_slope){ .state = isfinite(a5) ? PLUMB_SLOPE_FOUND : PLUMB_SLOPE_NOWHERE, .value = a5,
            .bar = fabs(a5 - a3) + t_band * 4.6 * s / scale, .noise = s, .floor = floors[r] * M_SQRT1_2, .scale = scale, .size = moved[r] / scale, .verified = 1 };
    }
    plumb_release(work);
    plumb_release(levels);
    return st;
}
