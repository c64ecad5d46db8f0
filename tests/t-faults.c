/* t-faults.c - memory that runs out at every allocation, and a number system that cannot say at every call
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * t-faults [all]: of the reports every 997th, in make check-long every 97th */
#include <string.h>
#include <unistd.h>
#include "cli/cli.h"
#include "lib/base/alloc.h"
#include "lib/ops/ops.h"
#include "tests/collect.h"
#include "tests/tap.h"

/* ---- the n-th allocation fails ---- */

static char *folder;

/* The program on a small model, with both reports or none; its exit status, its stderr into text. */
static int
program(long fail_at, int reports, char *text, size_t room)
{
    char json[200], html[200], name[] = "check", target[] = "model:mlp(act=tanh,batch=1,sizes=64:2:10)", quick[] = "--quick", o[] = "-o",
        q[] = "-q", j[] = "-j", one[] = "1", plumb[] = "plumb", option[] = "--data", data[1000];
    char *argv[] = { plumb, name, target, quick, q, j, one, option, data, o, json, o, html, NULL };
    const char *srcdir = getenv("srcdir");
    int status, saved = dup(STDERR_FILENO), out = dup(STDOUT_FILENO);
    FILE *err = tmpfile(), *null = fopen("/dev/null", "w");
    size_t n;
    snprintf(data, sizeof data, "%s/models/data/digits.csv", srcdir ? srcdir : ".");
    snprintf(json, sizeof json, "%s/r.json", folder), snprintf(html, sizeof html, "%s/r.html", folder);
    fflush(stdout);
    dup2(fileno(err), STDERR_FILENO), dup2(fileno(null), STDOUT_FILENO);
    plumb_alloc_fail_at(fail_at);
    status = cli_main(reports ? 13 : 9, argv);
    plumb_alloc_fail_at(0);
    fflush(stdout), fflush(stderr);
    dup2(saved, STDERR_FILENO), dup2(out, STDOUT_FILENO);
    close(saved), close(out);
    rewind(err);
    n = fread(text, 1, room - 1, err);
    text[n] = 0;
    fclose(err), fclose(null);
    return status;
}

static int
one_sentence(const char *text)
{
    const char *end = strchr(text, '\n');
    return !strncmp(text, "plumb: ", 7) && end && !end[1] && strstr(text, "memory");
}

static void
reports_gone(int *left)
{
    char path[220];
    static const char *const names[] = { "r.json", "r.html" };
    for (int i = 0; i < 2; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        *left += !access(path, F_OK);
        unlink(path);
    }
}

/* Every allocation of the check itself; of the reports every stride-th (each finding is made alike). */
static void
allocations(int reports, long stride)
{
    char text[1000];
    long before, count, live = plumb_alloc_live();
    int bad = 0, tried = 0, leaked = 0, left = 0, first;
    before = plumb_alloc_count();
    first = program(0, reports, text, sizeof text);
    count = plumb_alloc_count() - before;
    reports_gone(&left);
    ok(first == 0 && left == 2 * reports && plumb_alloc_live() == live, "the check%s makes %ld allocations and gives all back",
        reports ? " with reports" : "", count);
    left = 0;
    for (long n = 1; n <= count; n += stride, tried++) {
        int status = program(n, reports, text, sizeof text), written = 0;
        reports_gone(&written);
        if ((status != EXIT_USAGE || !one_sentence(text)) && bad++ < 5)
            diag("allocation %ld: status %d, \"%.200s\"", n, status, text);
        left += written == 2;
        leaked += plumb_alloc_live() != live;
    }
    ok(!bad, "each of %d failing allocations ends with status 2 and a sentence (%d do not)", tried, bad);
    ok(!leaked, "and leaks nothing (%d do)", leaked);
    ok(!left, "and leaves no pair of reports (%d do)", left);
}

/* ---- EUNABLE at each call of a kernel ---- */

/* one route over debug(R): the run itself, since a route chooses its system */
static void
unable(const plumb_op *op, const plumb_num *R)
{
    plumb_diag why = { "" };
    long calls = 1;
    int silent = 0, tried = 0, finite = 0;
    for (long k = 1; k <= calls && k < 4000; k++, tried++) {
        plumb_subject *s = plumb_subject_op(op, 0, 1, &why);
        plumb_num *D = plumb_debug_new(R, k, &why);
        char wanted[8] = { 1, 1, 1, 1, 1, 1, 1, 1 };
        plumb_run_options o = { .root = s->output, .wanted = wanted, .poison = 1 };
        plumb_run *run = plumb_run_new(s->graph, D, &o, &why);
        plumb_status st;
        plumb_array bar;
        size_t n = plumb_shape_size(&plumb_graph_value(s->graph, s->output)->shape);
        if (!run)
            bail(why.text);
        for (int v = 0; v < plumb_graph_values(s->graph); v++) {
            if (s->point[v])
                plumb_run_set(run, v, s->point[v]);
            if (s->label[v])
                plumb_run_set_label(run, v, s->label[v]);
        }
        st = plumb_run_forward(run);
        bar = plumb_run_cotangent(run, s->output, 0);
        for (size_t i = 0; i < n; i++)
            plumb_set_d(D, &bar, i, 0.75);
        st |= plumb_run_reverse(run);
        calls = plumb_debug_calls(D) > calls ? plumb_debug_calls(D) : calls;
        silent += k <= plumb_debug_calls(D) && !(st & PLUMB_EUNABLE);
        finite += (st & PLUMB_EUNABLE) && !plumb_run_events(run)->count;
        plumb_run_free(run), plumb_num_free(D), plumb_subject_free(s);
    }
    ok(!silent && !finite, "op:%s over debug(%s): %d calls, each one that cannot say is heard (%d not) and located (%d not)", op->name, R->name, tried,
        silent, finite);
}

/* what routes and laws make of a status: never correct.  unable_at 0: every call cannot say. */
static long unable_at, counted;
static plumb_kind unable_kind;

static plumb_status
sometimes_unable(const plumb_call *c, plumb_status (*real)(const plumb_call *))
{
    plumb_status st = real(c);
    if (c->num->kind != unable_kind || (unable_kind == PLUMB_NATIVE && c->num != &plumb_f64 && unable_at))
        return st;
    return ++counted == unable_at || !unable_at ? st | PLUMB_EUNABLE : st;
}

static plumb_status
unable_forward(const plumb_call *c)
{
    return sometimes_unable(c, plumb_op_tanh.forward);
}

static plumb_status
unable_vjp(const plumb_call *c)
{
    return sometimes_unable(c, plumb_op_tanh.vjp);
}

static void
routes_hear(const char *route, plumb_kind kind, int backward)
{
    static collect found;
    plumb_op op = plumb_op_tanh;
    plumb_subject *right = plumb_subject_op(&plumb_op_tanh, 0, 1, NULL), *s;
    plumb_diag why = { "" };
    plumb_check_options o = { .seed = 1, .team = 1 };
    int correct = 0, seen = 0;
    op.forward = backward ? plumb_op_tanh.forward : unable_forward, op.vjp = backward ? unable_vjp : plumb_op_tanh.vjp;
    unable_kind = kind, unable_at = 0;
    s = plumb_subject_with_op(right, &plumb_op_tanh, &op, &why);
    collect_open(&found);
    if (!s || plumb_check_subject(s, &o, &found.sink, &why))
        bail(why.text);
    for (int i = 0; i < found.n; i++)
        if (!strcmp(found.at[i].route, route) && strncmp(found.at[i].what, "law:", 4))
            seen++, correct += found.at[i].verdict == PLUMB_CORRECT;
    ok(seen && !correct, "%s over a system that cannot say in its %s: %d findings, %d correct", route, backward ? "backward pass" : "forward", seen, correct);
    plumb_subject_free(s), plumb_subject_free(right);
}

/* The k-th f64 backward call of a whole check cannot say, though its numbers are right: the tensor or the
 * law that it was made for is not correct, for every k. */
static void
each_backward_call(void)
{
    static collect found;
    plumb_op op = plumb_op_tanh;
    plumb_subject *right = plumb_subject_op(&plumb_op_tanh, 0, 1, NULL), *s;
    plumb_diag why = { "" };
    plumb_check_options o = { .seed = 1, .team = 1 };
    long calls = 1;
    int deaf = 0;
    op.vjp = unable_vjp, unable_kind = PLUMB_NATIVE;
    s = plumb_subject_with_op(right, &plumb_op_tanh, &op, &why);
    for (unable_at = 1; s && unable_at <= calls; unable_at++) {
        int doubted = 0;
        counted = 0;
        collect_open(&found);
        if (plumb_check_subject(s, &o, &found.sink, &why))
            bail(why.text);
        calls = counted;
        for (int i = 0; i < found.n; i++)
            doubted += !strcmp(found.at[i].route, "reverse-f64") && found.at[i].verdict != PLUMB_CORRECT;
        deaf += !doubted;
    }
    ok(calls > 10 && !deaf, "each of %ld backward calls of a check that cannot say leaves something not correct (%d do not)", calls, deaf);
    plumb_subject_free(s), plumb_subject_free(right);
}

/* ---- a box ---- */

static int
product(const double *x, double *y, void *data)
{
    (void)data;
    y[0] = x[0] * x[1], y[1] = x[1] * x[2];
    return 0;
}

static int
product_back(const double *x, const double *g, double *d, void *data)
{
    (void)data;
    d[0] = g[0] * x[1], d[1] = g[0] * x[0] + g[1] * x[2], d[2] = g[1] * x[1];
    return 0;
}

/* Memory runs out at each allocation of a check beside a twin and of one alone: never a verdict that holds, never a leak. */
static void
box_allocations(const char *declare, const char *name)
{
    static const double at[3] = { 0.5, -1.5, 2 };
    plumb_gradcheck_options o = { .declare = declare };
    long before = plumb_alloc_count(), count, live = plumb_alloc_live();
    int held = 0, leaks = 0;
    plumb_verdict_of r = plumb_gradcheck(3, at, 2, product, product_back, NULL, &o);
    count = plumb_alloc_count() - before;
    ok(r.status == 0 && plumb_alloc_live() == live, "a box %s: right, with %ld allocations and none left", name, count);
    for (long n = 1; n <= count; n++) {
        plumb_alloc_fail_at(n);
        r = plumb_gradcheck(3, at, 2, product, product_back, NULL, &o);
        plumb_alloc_fail_at(0);
        held += r.status != 2 && r.status != 3;
        leaks += plumb_alloc_live() != live;
    }
    ok(!held && !leaks, "a box %s: of %ld failing allocations %d were taken for a verdict, %d left memory behind", name, count, held, leaks);
}

/* ---- descent ---- */

static plumb_status
descend(const plumb_experiment *e)
{
    plumb_sink quiet = { .finding = NULL };
    plumb_diag why = { "" };
    plumb_descend_options o = { .seed = 1, .number = &plumb_f64, .number_name = "f64", .scale = 1e-9 };
    plumb_status st = plumb_descend(&e, 1, &o, &quiet, &why);
    return st && !*why.text ? PLUMB_OK : st;            /* a failure without a sentence is none */
}

static plumb_status
judge_trainer(const plumb_experiment *unused)
{
    char path[1000];
    plumb_sink quiet = { .finding = NULL };
    plumb_diag why = { "" };
    plumb_trajectory t;
    plumb_trainer_options o = { .seed = 1 };
    const plumb_model *m = plumb_model_find("mlp");
    plumb_dataset none = { 0 };
    plumb_subject *twin;
    plumb_status st;
    (void)unused;
    snprintf(path, sizeof path, "%s/tests/trainers/wrong-mu.npz", getenv("srcdir") ? getenv("srcdir") : ".");
    st = plumb_trajectory_read(path, &t, &why);
    twin = st ? NULL : m->open("sizes=4:5:3,batch=6", &none, 1, &why);
    st |= st ? st : twin ? plumb_check_trajectory(&t, twin, &o, &quiet, &why) : PLUMB_ENOMEM;
    plumb_subject_free(twin);
    if (t.name)
        plumb_trajectory_clear(&t);
    return st && !*why.text ? PLUMB_OK : st;
}

/* Memory runs out at some of the allocations: never a judgement, never a leak, always a sentence. */
static void
descent_allocations(plumb_status (*judge)(const plumb_experiment *), const plumb_experiment *e, const char *name, long tries)
{
    long before = plumb_alloc_count(), count, live, stride;
    int held = 0, leaks = 0, tried = 0;
    plumb_status st = judge(e);
    live = plumb_alloc_live(), count = plumb_alloc_count() - before, stride = count / tries + 1;
    ok(!st, "%s: %ld allocations", name, count);
    for (long n = 1; n <= count; n += stride, tried++) {
        plumb_alloc_fail_at(n);
        st = judge(e);
        plumb_alloc_fail_at(0);
        held += !st, leaks += plumb_alloc_live() != live;
        if (!st && held < 9)
            diag("allocation %ld", n);
    }
    ok(!held && !leaks, "%s: of %d failing allocations %d were taken for a judgement, %d left memory behind", name, tried, held, leaks);
}

int
main(int argc, char **argv)
{
    char place[] = "/tmp/plumb-faults-XXXXXX";
    plumb_diag why = { "" };
    plumb_num *rounding = plumb_rounding_new(&plumb_f64, &why), *dual = plumb_dual_new(&plumb_f64, 1, &why);
    folder = mkdtemp(place);
    if (!folder)
        bail("no temporary folder");
    (void)argv;
    allocations(0, 1);
    allocations(1, argc > 1 ? 97 : 997);
    for (int i = 0; plumb_ops[i]; i++) {
        unable(plumb_ops[i], &plumb_f64);
        unable(plumb_ops[i], dual);
    }
    unable(&plumb_op_softmax, rounding), unable(&plumb_op_linear, rounding);
    routes_hear("reverse-f64", PLUMB_NATIVE, 1);
    routes_hear("reverse-f64", PLUMB_NATIVE, 0);
    routes_hear("forward", PLUMB_DUAL, 0);
    each_backward_call();
    box_allocations("in x:3 out y:2", "by itself");
    box_allocations("in x:1 u:1 v:1 out y:2", "of three inputs");
    for (int i = 0; plumb_experiments[i]; i++)
        descent_allocations(descend, plumb_experiments[i], plumb_experiments[i]->name, argc > 1 ? 200 : 15);
    descent_allocations(judge_trainer, NULL, "a trainer", argc > 1 ? 1000 : 60);
    plumb_num_free(rounding), plumb_num_free(dual);
    rmdir(folder);
    mpfr_free_cache();
    return done();
}
