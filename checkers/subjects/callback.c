/* callback.c - functions of the caller's own process as a box, and the one call that checks them
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "checkers/subjects/callee.h"
#include "lib/base/alloc.h"
#include "plumbline/gradcheck.h"
#include "plumbline/sink.h"

typedef struct callback {
    plumb_box box;
    plumb_callee callee;
    plumb_forward_fn *forward;
    plumb_backward_fn *backward;
    plumb_forward_f32_fn *forward_f32;
    plumb_backward_f32_fn *backward_f32;
    plumb_objective_fn *objective;
    void *data;
    size_t n, m;
    const double *x;
    const char *declare;
    double alone, beside;       /* of an objective: its value without and with a gradient, where they part */
    double last;                /* its last value without */
    int noisy;
} callback;

/* ---- the caller's functions, under one roof ---- */

static int
go_forward(void *with, const void *x, void *y)
{
    callback *c = with;
    if (c->objective)
        return *(double *)y = c->last = c->objective((unsigned)c->n, x, NULL, c->data), 0;
    return c->forward_f32 ? c->forward_f32(x, y, c->data) : c->forward(x, y, c->data);
}

/* One function, whether its gradient is wanted or not. */
static void
compare_values(callback *c, double value)
{
    double gap = fabs(value - c->last), most = fmax(fabs(value), fabs(c->last));
    if (!c->noisy && gap > 1e-10 * most && !(gap <= fabs(c->alone - c->beside)))
        c->alone = c->last, c->beside = value;
}

static int
go_backward(void *with, const void *x, const void *gy, void *gx)
{
    callback *c = with;
    if (!c->objective)
        return c->backward_f32 ? c->backward_f32(x, gy, gx, c->data) : c->backward(x, gy, gx, c->data);
    compare_values(c, c->objective((unsigned)c->n, x, gx, c->data));
    for (size_t i = 0; i < c->n; i++)
        ((double *)gx)[i] *= *(const double *)gy;
    return 0;
}

/* ---- the box ---- */

static plumb_status
hello(plumb_box *box, plumb_hello *h, plumb_diag *diag)
{
    callback *c = (callback *)box;
    const char *declare = c->declare ? c->declare : "", *dtype = c->forward_f32 ? "f32" : "f64";
    size_t room = strlen(declare) + 100;
    char *text = plumb_alloc(room, 1);
    plumb_status st = text ? PLUMB_OK : PLUMB_ENOMEM;
    *h = (plumb_hello){ .factor = 1, .copies = 1 };
    if (!st && !strncmp(declare, "in ", 3))
        snprintf(text, room, "%s", declare);
    else if (!st)
        snprintf(text, room, "in x:%zu:%s out y:%zu:%s %s", c->n, dtype, c->m, dtype, declare);
    st |= st ? st : plumb_hello_read(text, h, diag);
    plumb_release(text);
    if (!st && (h->inputs != c->n || h->outputs != c->m))
        st = plumb_fail(diag, PLUMB_EFOREIGN, "the description has %zu inputs and %zu outputs, the call %zu and %zu", h->inputs, h->outputs, c->n, c->m);
    if (!st && c->x && !h->at) {
        h->at = plumb_alloc(c->n, sizeof *h->at);
        for (size_t i = 0; h->at && i < c->n; i++)
            h->at[i] = c->x[i];
        st = h->at ? plumb_hello_look(h, diag) : PLUMB_ENOMEM;
    }
    if (st)
        plumb_hello_clear(h);
    else
        c->noisy = h->noisy, c->callee.adds = h->adds, h->adds = 0;  /* what adds is taken off here, where the buffer is */
    return st;
}

static plumb_status
forward(plumb_box *box, const double *x, double *y, plumb_diag *diag)
{
    return plumb_callee_forward(&((callback *)box)->callee, x, y, diag);
}

static plumb_status
backward(plumb_box *box, const double *g, double *d, plumb_diag *diag)
{
    return plumb_callee_backward(&((callback *)box)->callee, g, d, diag);
}

static plumb_status
report(plumb_box *box, char *text, size_t room, plumb_diag *diag)
{
    const callback *c = (callback *)box;
    (void)diag;
    snprintf(text, room, "%s", c->callee.broken);
    if (c->alone != c->beside)
        snprintf(text + strlen(text), room - strlen(text), "value wrong the objective is %.17g without a gradient and %.17g with one, at the same point\n", c->alone,
            c->beside);
    return PLUMB_OK;
}

static const plumb_box_kind kind = { .name = "callback", .hello = hello, .forward = forward, .backward = backward, .report = report };

/* ---- one call ---- */

typedef struct collector {
    plumb_sink sink;
    plumb_sink *to;
    plumb_verdict_of *r;
} collector;

static int
rank(plumb_verdict v)
{
    static const int order[] = { [0] = 0, [1] = 4, [2] = 0, [3] = 3, [4] = 2 };
    return v == PLUMB_KINK ? 1 : order[plumb_verdict_exit(v)];
}

static void
describe(plumb_verdict_of *r, const plumb_finding *f)
{
    r->verdict = f->verdict;
    snprintf(r->what, sizeof r->what, "%s", f->what);
    r->has_worst = f->has_worst && *f->got;
    if (r->has_worst) {
        r->entry = f->worst, r->product = f->worst_row, r->at = f->point, r->bar = f->bar;
        r->got = strtod(f->got, NULL), r->want = strtod(f->want, NULL);
    }
    if (r->has_worst)
        snprintf(r->text, sizeof r->text, "%s: %s is %s: %s[%zu], where the input is %.9g, is %.17g, %.17g was expected (bar %.2g); %s", f->subject, f->what,
            plumb_verdict_text(f->verdict), f->what, f->worst, r->at, r->got, r->want, r->bar, f->why);
    else
        snprintf(r->text, sizeof r->text, "%s: %s is %s%s%s", f->subject, f->what, plumb_verdict_text(f->verdict), *f->why ? ": " : "", f->why);
}

static void
finding(plumb_sink *sink, const plumb_finding *f)
{
    collector *c = (collector *)sink;
    size_t any = 0;
    for (int v = 0; v < PLUMB_VERDICTS; v++)
        any += c->r->count[v];
    c->r->count[f->verdict]++;
    c->r->calls = f->evaluations > c->r->calls ? f->evaluations : c->r->calls;
    if (!f->law && !plumb_verdict_exit(f->verdict) && !(f->resolution <= c->r->resolution))
        c->r->resolution = f->resolution;
    if (!any || rank(f->verdict) > rank(c->r->verdict) || (!strcmp(f->what, "law:value") && rank(f->verdict) == rank(c->r->verdict)))     /* it explains the others */
        describe(c->r, f);
    if (c->to && c->to->finding)
        c->to->finding(c->to, f);
}

static void
figure(plumb_sink *sink, const plumb_figure *f)
{
    collector *c = (collector *)sink;
    if (c->to && c->to->figure)
        c->to->figure(c->to, f);
}

static plumb_verdict_of
unusable(const char *why)
{
    plumb_verdict_of r = { .verdict = PLUMB_CRASHED, .status = 2, .resolution = NAN };
    snprintf(r.text, sizeof r.text, "%s", why);
    return r;
}

static plumb_verdict_of
run(callback *c, const plumb_gradcheck_options *o)
{
    static const plumb_gradcheck_options defaults;
    plumb_verdict_of r = { .verdict = PLUMB_CORRECT, .resolution = NAN };
    collector sink = { { .finding = finding, .figure = figure }, NULL, &r };
    plumb_diag diag = { "" };
    plumb_box_options options;
    plumb_status st;
    o = o ? o : &defaults;
    sink.to = o->sink, c->declare = o->declare;
    options = (plumb_box_options){ .seed = o->seed ? o->seed : 1, .quick = o->quick, .silent = 1 };
    c->box.kind = &kind, c->box.name = plumb_text_copy(o->name ? o->name : "the function"), c->box.target = plumb_text_copy("");
    st = c->box.name && c->box.target ? plumb_callee_open(&c->callee, c->n, c->m, c->forward_f32 != NULL) : PLUMB_ENOMEM;
    c->callee.forward = go_forward, c->callee.backward = go_backward, c->callee.with = c;
    st |= st ? st : plumb_check_box(&c->box, &options, &sink.sink, &diag);
    r.status = st ? 2 : plumb_exit_status(r.count, 0);
    if (r.status == 3 && !r.calls)              /* not one call: the declaration is at fault, not the code */
        r.status = 2;
    if (st)
        r.verdict = PLUMB_CRASHED, snprintf(r.text, sizeof r.text, "%s", *diag.text ? diag.text : plumb_status_text(st));
    else if (!r.status)
        *r.what = 0, snprintf(r.text, sizeof r.text, r.resolution > 0 && isfinite(r.resolution) ? "%s: %s; a relative error of %.0e would have been caught" : "%s: %s", c->box.name,
            plumb_verdict_text(r.verdict), r.resolution);
    plumb_callee_close(&c->callee);
    plumb_release(c->box.name), plumb_release(c->box.target);
    return r;
}

plumb_verdict_of
plumb_gradcheck(size_t n, const double *x, size_t m, plumb_forward_fn *forward_fn, plumb_backward_fn *backward_fn, void *data, const plumb_gradcheck_options *o)
{
    callback c = { .forward = forward_fn, .backward = backward_fn, .data = data, .n = n, .m = m, .x = x };
    return forward_fn && backward_fn ? run(&c, o) : unusable("plumb_gradcheck: a forward and a backward function were expected, one is NULL");
}

plumb_verdict_of
plumb_gradcheck_f32(size_t n, const float *x, size_t m, plumb_forward_f32_fn *forward_fn, plumb_backward_f32_fn *backward_fn, void *data,
    const plumb_gradcheck_options *o)
{
    double *wide = plumb_alloc(n, sizeof *wide);
    callback c = { .forward_f32 = forward_fn, .backward_f32 = backward_fn, .data = data, .n = n, .m = m, .x = x ? wide : NULL };
    plumb_verdict_of r;
    if (!forward_fn || !backward_fn || !wide) {
        plumb_release(wide);
        return unusable(wide ? "plumb_gradcheck_f32: a forward and a backward function were expected, one is NULL" : "out of memory");
    }
    for (size_t i = 0; x && i < n; i++)
        wide[i] = (double)x[i];
    r = run(&c, o);
    plumb_release(wide);
    return r;
}

plumb_verdict_of
plumb_gradcheck_objective(unsigned n, const double *x, plumb_objective_fn *objective, void *data, const plumb_gradcheck_options *o)
{
    callback c = { .objective = objective, .data = data, .n = n, .m = 1, .x = x };
    return objective ? run(&c, o) : unusable("plumb_gradcheck_objective: a function was expected, it is NULL");
}
