/* nearest.c - nearest neighbour: the answer stored with the row of W that is closest to x
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * d[i,k] = |x_i - W_k|^2,  k_i = argmin_k d[i,k],  y_i = V[k_i].  As a function of x and W it is piecewise constant:
 * its derivative is 0, except on the boundary between two cells, where it has none.  Numbers are whole
 * multiples of 1/64, so that a point can lie on a boundary exactly. */
#include <math.h>
#include <string.h>
#include "lib/base/random.h"
#include "models/build.h"

enum { FEATURES = 4, CLASSES = 3 };

static plumb_graph *
build(const plumb_settings *s)
{
    plumb_graph *g = plumb_graph_new();
    int x, W, V, d, k, y;
    if (!g)
        return NULL;
    x = plumb_graph_input(g, "x", (plumb_shape){ 2, { s->batch, FEATURES } });
    W = plumb_graph_param(g, "W", (plumb_shape){ 2, { s->stored, FEATURES } });
    V = plumb_graph_param(g, "V", (plumb_shape){ 2, { s->stored, CLASSES } });
    d = plumb_graph_apply(g, plumb_op_find("squared_distances"), "d", NULL, (int[]){ x, W });
    k = plumb_graph_apply(g, plumb_op_find("argmin"), "k", "axis=1", &d);
    y = plumb_graph_apply(g, plumb_op_find("gather"), "y", NULL, (int[]){ V, k });
    plumb_cost(g, s, y, s->batch, CLASSES);
    return g;
}

static double
on_grid(double v)
{
    return round(64 * v) / 64;
}

static double
distance(const double *a, const double *b)
{
    double sum = 0;
    for (int c = 0; c < FEATURES; c++)
        sum += (a[c] - b[c]) * (a[c] - b[c]);
    return sum;
}

/* Moves x halfway between two stored rows that no third row comes between; of different classes where
 * there are such. */
static int
onto_boundary(const double *W, size_t stored, double *x)
{
    for (size_t p = 0; p < stored; p++)
        for (size_t q = p + 1; q < stored; q++) {
            double mid[FEATURES];
            int free_of_others = distance(W + p * FEATURES, W + q * FEATURES) > 0;
            for (int c = 0; c < FEATURES; c++)
                mid[c] = (W[p * FEATURES + c] + W[q * FEATURES + c]) / 2;
            for (size_t k = 0; k < stored; k++)
                free_of_others &= k == p || k == q || distance(mid, W + k * FEATURES) > distance(mid, W + p * FEATURES);
            if (free_of_others) {
                memcpy(x, mid, sizeof mid);
                return 1;
            }
        }
    return 0;
}

static plumb_status
draw(plumb_subject *subject, const plumb_settings *s, const plumb_dataset *d, uint64_t seed, plumb_diag *diag)
{
    const plumb_graph *g = subject->graph;
    double *x = subject->point[plumb_graph_find(g, "x")], *W = subject->point[plumb_graph_find(g, "W")];
    double *V = subject->point[plumb_graph_find(g, "V")], *t = subject->point[plumb_graph_find(g, "t")];
    plumb_random r = plumb_random_named(seed, "nearest neighbour");
    if (s->stored > d->n)
        return plumb_fail(diag, PLUMB_EINPUT, "%s: stored=%zu is more than the %zu samples there are", subject->name, s->stored, d->n);
    for (size_t k = 0; k < s->stored; k++) {                    /* one from each of as many equal stretches: no row twice */
        size_t from = k * d->n / s->stored, row = from + plumb_random_below(&r, (k + 1) * d->n / s->stored - from);
        for (int c = 0; c < FEATURES; c++)
            W[k * FEATURES + (size_t)c] = on_grid(d->x[row * FEATURES + (size_t)c]);
        for (int c = 0; c < CLASSES; c++)
            V[k * CLASSES + (size_t)c] = d->label[row] == c ? 1 : 0.125;
    }
    for (size_t i = 0; i < s->batch; i++) {                     /* close to stored rows of every class */
        const double *near = W + i * s->stored / s->batch * FEATURES;
        for (size_t c = 0; c < FEATURES; c++)
            x[i * FEATURES + c] = near[c] + (c == i % FEATURES ? 1 : -1) / 64.0;
        for (size_t c = 0; c < CLASSES; c++)
            t[i * CLASSES + c] = c == i % CLASSES;
    }
    if (s->boundary && !onto_boundary(W, s->stored, x))
        return plumb_fail(diag, PLUMB_EINPUT, "%s: boundary=1 needs two stored rows with nothing between them; store at least two", subject->name);
    return PLUMB_OK;
}

static plumb_subject *
open_nearest(const char *options, const plumb_dataset *d, uint64_t seed, plumb_diag *diag)
{
    plumb_settings s = { .cost = "squared", .reduction = "mean", .batch = 3, .stored = 6 };
    plumb_subject *subject;
    if (plumb_settings_read(&plumb_model_nearest_neighbour, options, &s, diag))
        return NULL;
    subject = plumb_model_subject(&plumb_model_nearest_neighbour, options, &s, build(&s), 1, diag);
    if (!subject || !draw(subject, &s, d, seed, diag))
        return subject;
    plumb_subject_free(subject);
    return NULL;
}

static const char *const variants[] = { "", "boundary=1", NULL };
const plumb_model plumb_model_nearest_neighbour = { "nearest_neighbour", "the answer stored with the row of W closest to x, on the irises",
    "batch=3, stored=6, boundary=0|1, reduction=mean|sum", variants, "iris.csv", open_nearest, plumb_load_iris };
