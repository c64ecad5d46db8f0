/* descent.c DIGITS - times mini-batch descent on the handwritten digits, 64-128-10 with ReLU; descent.sh asks, peer_descent.py is its twin
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Each line "SYSTEM BATCH STEPS" on standard input (f64 or f32) is answered by "CPU LOSS": microseconds a step, from picking the rows to the updated weights, and the loss over
 * all digits in the end. The rows of step k are (k B + i) 7 modulo the number of digits, in both programs. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "bench/numbers.h"
#include "plumbline/descent.h"
#include "plumbline/model.h"

enum { LAYERS = 2, PARAMS = 2 * LAYERS, MOST = 2048 };
static const size_t width[LAYERS + 1] = { 64, 128, 10 };
static const double rate = 0.05;

typedef struct net {
    size_t batch;
    int x, label, loss, param[PARAMS];
    plumb_graph *graph;
    plumb_run *run;
} net;

static void
die(const char *what)
{
    fprintf(stderr, "descent: %s\n", what);
    exit(1);
}

static void
open_net(net *a, const plumb_num *R, size_t batch)
{
    plumb_diag diag = { "" };
    plumb_graph *g = a->graph = plumb_graph_new();
    int h;
    if (!g)
        die("out of memory");
    a->batch = batch;
    h = a->x = plumb_graph_input(g, "x", (plumb_shape){ 2, { batch, width[0] } });
    a->label = plumb_graph_label(g, "t", (plumb_shape){ 1, { batch } }, 10);
    for (int l = 0; l < LAYERS; l++) {
        int W = plumb_graph_param(g, l ? "W1" : "W0", (plumb_shape){ 2, { width[l + 1], width[l] } });
        int b = plumb_graph_param(g, l ? "b1" : "b0", (plumb_shape){ 1, { width[l + 1] } });
        a->param[2 * l] = W, a->param[2 * l + 1] = b;
        h = plumb_graph_apply(g, plumb_op_find("linear"), NULL, NULL, (int[]){ h, W, b });
        if (!l)
            h = plumb_graph_apply(g, plumb_op_find("relu"), NULL, NULL, (int[]){ h });
    }
    a->loss = plumb_graph_apply(g, plumb_op_find("cross_entropy"), NULL, NULL, (int[]){ h, a->label });
    a->run = plumb_run_new(g, R, &(plumb_run_options){ .root = a->loss }, &diag);
    if (!a->run)
        die(diag.text);
    for (int p = 0; p < PARAMS; p++) {
        size_t n = plumb_shape_size(&plumb_graph_value(g, a->param[p])->shape);
        plumb_array w = plumb_run_value(a->run, a->param[p], 0);
        for (size_t i = 0; i < n; i++)
            plumb_set_d(R, &w, i, (double)(float)((p % 2 ? 0.1 : sqrt(6.0 / (double)width[p / 2])) * (2 * uniform((uint64_t)p + 1, i) - 1)));
    }
}

static void
close_net(net *a)
{
    plumb_run_free(a->run), plumb_graph_free(a->graph);
}

static double
seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void
steps(net *a, const plumb_dataset *d, size_t from, size_t n)
{
    static double x[MOST * 64];
    static int64_t t[MOST];
    for (size_t k = from; k < from + n; k++) {
        for (size_t i = 0; i < a->batch; i++) {
            size_t row = (k * a->batch + i) * 7 % d->n;
            memcpy(x + i * 64, d->x + row * 64, 64 * sizeof *x), t[i] = d->label[row];
        }
        plumb_run_set(a->run, a->x, x), plumb_run_set_label(a->run, a->label, t);
        if (plumb_sgd_step(a->run, a->loss, rate))
            die("a step failed");
    }
}

/* Over all digits: the weights are carried into a net of that many. */
static double
loss_of(net *a, const plumb_num *R, const plumb_dataset *d)
{
    net whole;
    double y;
    plumb_array loss;
    open_net(&whole, &plumb_f64, d->n);
    for (int p = 0; p < PARAMS; p++) {
        plumb_array from = plumb_run_value(a->run, a->param[p], 0), to = plumb_run_value(whole.run, whole.param[p], 0);
        for (size_t i = 0; i < plumb_shape_size(&plumb_graph_value(a->graph, a->param[p])->shape); i++)
            plumb_set_d(&plumb_f64, &to, i, plumb_get_d(R, &from, i));
    }
    plumb_run_set(whole.run, whole.x, d->x), plumb_run_set_label(whole.run, whole.label, d->label);
    if (plumb_run_forward(whole.run))
        die("forward failed");
    loss = plumb_run_value(whole.run, whole.loss, 0), y = plumb_get_d(&plumb_f64, &loss, 0);
    close_net(&whole);
    return y;
}

int
main(int argc, char **argv)
{
    char line[80], system[8];
    size_t batch, n;
    plumb_diag diag = { "" };
    plumb_dataset *d = argc > 1 ? plumb_dataset_read(argv[1], 64, 16, 10, &diag) : NULL;
    if (!d)
        die(*diag.text ? diag.text : "the file of the digits was expected");
    while (fgets(line, sizeof line, stdin)) {
        const plumb_num *R;
        net a;
        double cpu;
        if (sscanf(line, "%7s %zu %zu", system, &batch, &n) != 3 || !batch || batch > MOST || batch > d->n || !n)
            die("SYSTEM BATCH STEPS was expected");
        R = strcmp(system, "f64") ? &plumb_f32 : &plumb_f64;
        open_net(&a, R, batch);
        steps(&a, d, 0, 3);
        cpu = seconds(), steps(&a, d, 3, n), cpu = seconds() - cpu;
        printf("%.4f %.12g\n", 1e6 * cpu / (double)n, loss_of(&a, R, d));
        fflush(stdout);
        close_net(&a);
    }
    plumb_dataset_free(d);
    return 0;
}
