/* offenders.c - a layer that keeps every law of the contract, and one variant for each law that breaks just that one
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * As a program: offenders NAME.  With -DPLUGIN: a shared object of the same names.  y = tanh(x W^T + b), 4 samples. */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { N = 4, I = 3, O = 2, X = N * I + I * O + O, Y = N * O };
typedef struct layer {
    char name[32];
    double x[X], y[Y], first[X], before[X];     /* the last point, the first, and the one before the last */
    int forwards, backwards, since, seeded;     /* since: backwards since the last forward */
    double total[X];
    unsigned noise;
} layer;

static int
is(const layer *l, const char *name)
{
    return !strcmp(l->name, name);
}

static double
noise(layer *l)
{
    l->noise = l->noise * 1103515245u + 12345u;
    return (double)(l->noise >> 16 & 0x7fff) / 32768 - 0.5;
}

static void
forward(layer *l, const double *x, double *y)
{
    memcpy(l->before, l->x, sizeof l->before);
    memcpy(l->x, x, sizeof l->x);
    l->since = 0;
    if (!l->forwards++)
        memcpy(l->first, x, sizeof l->first);
    for (int n = 0; n < N; n++)
        for (int o = 0; o < O; o++) {
            double s = x[N * I + I * O + o];
            for (int i = 0; i < I; i++)
                s += x[n * I + i] * x[N * I + o * I + i];
            if (is(l, "permutation"))
                s += 0.1 * n;
            y[n * O + o] = l->y[n * O + o] = tanh(s);
        }
    if (is(l, "determinism") || (is(l, "seed") && !l->seeded) || is(l, "frozen"))
        for (int j = 0; j < Y; j++)
            y[j] *= 1 + 0.2 * (is(l, "frozen") && l->seeded ? 0 : noise(l));
}

static void
backward(layer *l, const double *given, double *d)
{
    double g[Y], norm = 0;
    const double *x = is(l, "cache") ? l->first : l->x;
    memcpy(g, given, sizeof g);
    for (int j = 0; j < Y; j++)
        norm += g[j] * g[j];
    for (int j = 0; j < Y && is(l, "linearity"); j++)
        g[j] *= fmin(1, 6 / sqrt(norm + 1e-300));
    for (int j = 0; j < Y && is(l, "doubling"); j++)
        g[j] = fabs(g[j]) > 1000 ? copysign(1000, g[j]) : g[j];
    for (int j = 0; j < Y && is(l, "batch"); j++)
        g[j] = (given[j] + given[(j + O) % Y]) / 2;
    memset(d, 0, X * sizeof *d);
    for (int n = 0; n < N; n++)
        for (int o = 0; o < O; o++) {
            double q = g[n * O + o] * (1 - l->y[n * O + o] * l->y[n * O + o]);
            for (int i = 0; i < I; i++)
                d[n * I + i] += q * x[N * I + o * I + i], d[N * I + o * I + i] += q * x[n * I + i];
            d[N * I + I * O + o] += q;
        }
    for (int i = 0; i < X && (is(l, "stale") || is(l, "stale-little")); i++)
        d[i] *= 1 + (is(l, "stale") ? 1e-3 : 1e-12) * (l->before[0] != l->x[0]);
    for (int i = 0; i < X && is(l, "repeat-little"); i++)
        d[i] *= 1 + 1e-12 * (l->since > 0);
    if (is(l, "zero"))
        d[2] += 1e-9;
    if (is(l, "backward-noise"))
        d[1] *= 1 + 1e-3 * noise(l);
    if (is(l, "repeat"))                        /* works in place: the saved output is used up */
        for (int j = 0; j < Y; j++)
            l->y[j] = 0;
    if (is(l, "sign"))
        for (int i = 0; i < X; i++)
            d[i] = -d[i];
    if (is(l, "adds") || is(l, "overwrites"))
        for (int i = 0; i < X && is(l, "adds"); i++)
            d[i] = l->total[i] += d[i];
    l->backwards++, l->since++;
}

static void
tangent(const layer *l, const double *v, double *t)
{
    for (int n = 0; n < N; n++)
        for (int o = 0; o < O; o++) {
            double s = v[N * I + I * O + o];
            for (int i = 0; i < I; i++)
                s += v[n * I + i] * l->x[N * I + o * I + i] + l->x[n * I + i] * v[N * I + o * I + i];
            t[n * O + o] = s * (1 - l->y[n * O + o] * (is(l, "adjoint") ? 1 : l->y[n * O + o]));
        }
}

static const char *
hello(const layer *l)
{
    static char text[400];
    snprintf(text, sizeof text, "in x:%d,%d W:%d,%d b:%d out y:%d,%d batch x:0 y:0%s%s%s%s", N, I, O, I, O, N, O, is(l, "sign") ? " sign -1" : "",
        is(l, "adds") || is(l, "overwrites") || is(l, "accumulation") ? " adds" : "", is(l, "threads") || is(l, "right") ? " copies 4" : "",
        is(l, "forward") ? " twin op:linear" : "");
    return text;
}

#ifdef PLUGIN
static double shared_y[Y];
int plumb_abi(void) { return 1; }
const char *
plumb_subjects(void)
{
    return "right\nreads-only\nbehind\nin-front\ncotangent\noutput\nadds-undeclared\naccumulation\nthreads\nenvironment\nexit\n";
}
void *
plumb_open(const char *name)
{
    layer *l = calloc(1, sizeof *l);
    if (l)
        snprintf(l->name, sizeof l->name, "%s", name);
    return l;
}
const char *plumb_hello(void *l) { return hello(l); }
int
plumb_forward(void *self, const double *x, double *y)
{
    layer *l = self;
    forward(l, x, y);
    if (is(l, "reads-only"))
        ((double *)x)[1] = 0;
    if (is(l, "behind"))
        y[Y] = 1;
    if (is(l, "in-front"))
        y[-1] = 1;
    if (is(l, "threads"))                       /* one buffer for all instances */
        memcpy(shared_y, l->y, sizeof shared_y), usleep(100);
    if (is(l, "exit") && l->forwards == 30)
        exit(7);
#if defined __SSE2__
    if (is(l, "environment"))
        __builtin_ia32_ldmxcsr(__builtin_ia32_stmxcsr() | 0x8040);
#endif
    return 0;
}
int
plumb_backward(void *self, const double *g, double *d)
{
    layer *l = self;
    double own[X];
    if (is(l, "threads"))
        memcpy(l->y, shared_y, sizeof shared_y);
    backward(l, g, own);
    for (int i = 0; i < X; i++)
        if (is(l, "adds-undeclared"))
            d[i] += own[i];
        else if (!is(l, "output") || i != 3)
            d[i] = own[i];
    if (is(l, "cotangent"))
        ((double *)g)[0] *= 2;
    return 0;
}
void plumb_close(void *l) { free(l); }
#else

static void
say(const double *a, int n)
{
    printf("=");
    for (int i = 0; i < n; i++)
        printf(" %.17g", a[i]);
}

static void
numbers(double *a, int n)
{
    for (int i = 0; i < n; i++)
        if (scanf("%lf", a + i) != 1)
            exit(1);
}

int
main(int argc, char **argv)
{
    static layer l;
    double a[X], b[X];
    char word[32];
    snprintf(l.name, sizeof l.name, "%s", argc > 1 ? argv[1] : "right");
    while (scanf("%31s", word) == 1) {
        if (!strcmp(word, "hello"))
            printf("= %s", hello(&l));
        else if (!strcmp(word, "forward"))
            numbers(a, X), forward(&l, a, b), say(b, Y);
        else if (!strcmp(word, "backward"))
            numbers(a, Y), backward(&l, a, b), say(b, X);
        else if (!strcmp(word, "tangent") && (is(&l, "adjoint") || is(&l, "right")))
            numbers(a, X), tangent(&l, a, b), say(b, Y);
        else if (!strcmp(word, "echo"))
            numbers(a, 4), say(a, 4);
        else if (!strcmp(word, "seed") && (is(&l, "seed") || is(&l, "frozen"))) {
            numbers(a, 1);
            l.seeded = is(&l, "frozen"), l.noise = (unsigned)a[0];
            printf("=");
        } else
            printf("! unknown");
        putchar('\n');
        fflush(stdout);
    }
    return 0;
}
#endif
