/* step.c - times the training step of a 600-60-40-10 ReLU net; bench.sh asks, peer_torch.py is its twin
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Each line "SYSTEM BATCH TEAM STEPS" on standard input (f64 or f32; TEAM threads) is answered by
 * "CPU WALL LOSS": microseconds a step, and the loss after STEPS steps from the initial weights.
 * A net whose gradient does not pass central differences is not timed: exit status 1.
 * "step --machine" says what OpenBLAS and compiler there are. */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <cblas.h>
#include "bench/numbers.h"
#include "plumbline/descent.h"

enum { LAYERS = 3, PARAMS = 2 * LAYERS, CLASSES = 10, FEATURES = 600, MOST = 1024, MAXNETS = 32, ENTRIES = 3 };
static const size_t width[LAYERS + 1] = { FEATURES, 60, 40, CLASSES };
static const double rate = 1e-4;

typedef struct net {
    char system[8];
    size_t batch;
    int team, x, label, loss, param[PARAMS];
    plumb_graph *graph;
    plumb_run *run;
} net;

static double samples[MOST * FEATURES], *weights[PARAMS];
static int64_t labels[MOST];

static void
die(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fputs("step: ", stderr);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
    exit(1);
}

/* ---- the numbers that both programs start from ---- */

/* numbers in [-size, size), each a value of f32, so that every number system has the same net */
static void
fill(double *to, size_t n, uint64_t stream, double size)
{
    for (size_t i = 0; i < n; i++)
        to[i] = (double)(float)(size * (2 * uniform(stream, i) - 1));
}

static size_t
param_size(int p)
{
    return p % 2 ? width[p / 2 + 1] : width[p / 2 + 1] * width[p / 2];
}

static void
make_numbers(void)
{
    for (int p = 0; p < PARAMS; p++) {
        weights[p] = calloc(param_size(p), sizeof(double));
        if (!weights[p])
            die("out of memory");
        fill(weights[p], param_size(p), (uint64_t)p + 1, p % 2 ? 0.1 : sqrt(6.0 / (double)width[p / 2]));
    }
    fill(samples, MOST * FEATURES, 11, 1);
    for (size_t i = 0; i < MOST; i++)
        labels[i] = (int64_t)(CLASSES * uniform(12, i));
}

/* ---- nets ---- */

static void
build_graph(net *a)
{
    plumb_graph *g = a->graph = plumb_graph_new();
    int h;
    if (!g)
        die("out of memory");
    h = a->x = plumb_graph_input(g, "x", (plumb_shape){ 2, { a->batch, FEATURES } });
    a->label = plumb_graph_label(g, "t", (plumb_shape){ 1, { a->batch } }, CLASSES);
    for (int l = 0; l < LAYERS; l++) {
        int W = plumb_graph_param(g, l ? l > 1 ? "W2" : "W1" : "W0", (plumb_shape){ 2, { width[l + 1], width[l] } });
        int b = plumb_graph_param(g, l ? l > 1 ? "b2" : "b1" : "b0", (plumb_shape){ 1, { width[l + 1] } });
        a->param[2 * l] = W, a->param[2 * l + 1] = b;
        h = plumb_graph_apply(g, plumb_op_find("linear"), NULL, NULL, (int[]){ h, W, b });
        if (l + 1 < LAYERS)
            h = plumb_graph_apply(g, plumb_op_find("relu"), NULL, NULL, (int[]){ h });
    }
    a->loss = plumb_graph_apply(g, plumb_op_find("cross_entropy"), NULL, NULL, (int[]){ h, a->label });
}

static void
reset(net *a)
{
    for (int p = 0; p < PARAMS; p++)
        plumb_run_set(a->run, a->param[p], weights[p]);
}

static void
open_net(net *a, const char *system, size_t batch, int team)
{
    plumb_diag diag = { "" };
    plumb_run_options options = { .team = team };
    *a = (net){ .batch = batch, .team = team };
    snprintf(a->system, sizeof a->system, "%s", system);
    build_graph(a);
    options.root = a->loss;
    a->run = plumb_run_new(a->graph, strcmp(system, "f64") ? &plumb_f32 : &plumb_f64, &options, &diag);
    if (!a->run)
        die("%s", diag.text);
    plumb_run_set(a->run, a->x, samples);
    plumb_run_set_label(a->run, a->label, labels);
    reset(a);
}

static void
close_net(net *a)
{
    plumb_run_free(a->run);
    plumb_graph_free(a->graph);
}

static double
loss_of(net *a)
{
    plumb_array loss = plumb_run_value(a->run, a->loss, 0);
    if (plumb_run_forward(a->run))
        die("forward failed");
    return plumb_get_d(plumb_run_num(a->run), &loss, 0);
}

/* ---- the check that precedes every timing ---- */

/* (L(w + h) - L(w - h)) / 2h for element i of parameter p, in the number system of a */
static double
central(net *a, int p, size_t i)
{
    const double h = 0x1p-16;
    plumb_array w = plumb_run_value(a->run, a->param[p], 0);
    double up, down;
    plumb_set_d(plumb_run_num(a->run), &w, i, weights[p][i] + h);
    up = loss_of(a);
    plumb_set_d(plumb_run_num(a->run), &w, i, weights[p][i] - h);
    down = loss_of(a);
    plumb_set_d(plumb_run_num(a->run), &w, i, weights[p][i]);
    return (up - down) / (2 * h);
}

static size_t
largest(const plumb_num *R, const plumb_array *g, size_t n)
{
    size_t best = 0;
    for (size_t i = 1; i < n; i++)
        if (fabs(plumb_get_d(R, g, i)) > fabs(plumb_get_d(R, g, best)))
            best = i;
    return best;
}

/* The largest entry of the gradient of each parameter and others in between, against differences of `plain`. */
static void
compare_gradient(net *a, net *plain)
{
    const plumb_num *R = plumb_run_num(a->run);
    double tolerance = R == &plumb_f64 ? 1e-7 : 1e-4;
    for (int p = 0; p < PARAMS; p++) {
        plumb_array g = plumb_run_cotangent(a->run, a->param[p], 0);
        size_t n = param_size(p), top = largest(R, &g, n);
        double size = fabs(plumb_get_d(R, &g, top));
        for (size_t k = 0; k < ENTRIES; k++) {
            size_t i = (top + k * n / ENTRIES) % n;
            double analytic = plumb_get_d(R, &g, i), numeric = central(plain, p, i);
            if (!(size > 0 && fabs(analytic - numeric) <= tolerance * size))
                die("%s, batch %zu, team %d: parameter %d, entry %zu: gradient %.12g, central difference %.12g",
                    a->system, a->batch, a->team, p, i, analytic, numeric);
        }
    }
}

static void
check_gradient(net *a)
{
    net plain;
    open_net(&plain, "f64", a->batch, 1);
    if (plumb_sgd_step(a->run, a->loss, 0))
        die("the first step failed");
    compare_gradient(a, &plain);
    close_net(&plain);
}

static net *
find_net(const char *system, size_t batch, int team)
{
    static net nets[MAXNETS];
    static int count;
    for (int i = 0; i < count; i++)
        if (!strcmp(nets[i].system, system) && nets[i].batch == batch && nets[i].team == team)
            return &nets[i];
    if (count == MAXNETS)
        die("more than %d nets", MAXNETS);
    open_net(&nets[count], system, batch, team);
    check_gradient(&nets[count]);
    return &nets[count++];
}

/* ---- timing ---- */

static double
now(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return 1e6 * (double)t.tv_sec + 1e-3 * (double)t.tv_nsec;
}

static void
steps(net *a, long n)
{
    plumb_status st = PLUMB_OK;
    for (long i = 0; i < n; i++)
        st |= plumb_sgd_step(a->run, a->loss, rate);
    if (st)
        die("a step failed: %s", plumb_status_text(st));
}

static void
answer(net *a, long n)
{
    double cpu, wall;
    reset(a);
    steps(a, 3);
    reset(a);
    wall = now(CLOCK_MONOTONIC), cpu = now(CLOCK_PROCESS_CPUTIME_ID);
    steps(a, n);
    cpu = now(CLOCK_PROCESS_CPUTIME_ID) - cpu, wall = now(CLOCK_MONOTONIC) - wall;
    printf("%.4f %.4f %.17g\n", cpu / (double)n, wall / (double)n, loss_of(a));
    fflush(stdout);
}

static void
say_machine(void)
{
    static const char *const flavour[] = { "serial", "pthread", "openmp" };
    printf("openblas   core %s, %s flavour, %d thread(s), %s\n", openblas_get_corename(),
        flavour[openblas_get_parallel()], openblas_get_num_threads(), openblas_get_config());
    printf("plumbline  %s, compiler %s\n", PACKAGE_VERSION, __VERSION__);
}

int
main(int argc, char **argv)
{
    char line[80], system[8];
    size_t batch;
    int team;
    long n;
    if (argc > 1 && !strcmp(argv[1], "--machine")) {
        say_machine();
        return 0;
    }
    make_numbers();
    while (fgets(line, sizeof line, stdin)) {
        line[strcspn(line, "\n")] = 0;
        if (sscanf(line, "%7s %zu %d %ld", system, &batch, &team, &n) != 4 || !batch || batch > MOST || team < 1 ||
            n < 1 || (strcmp(system, "f64") && strcmp(system, "f32")))
            die("cannot be asked: %s", line);
        answer(find_net(system, batch, team), n);
    }
    return 0;
}
