/* contract.c - what the calls of a box must keep to, whatever it computes
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Each law is one function and one row of the table; each has an offender of its own in tests/contract. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include "checkers/box/walk.h"
#include "lib/base/alloc.h"
#include "lib/base/random.h"

/* Room for two gradients, a cotangent, a point and a value. */
typedef struct room {
    double *a, *b, *c, *g, *x, *y;
    const double *claim, *u;    /* of the row that laws are tried on: dense, where there is one */
    size_t row;
} room;

static plumb_status
open_room(plumb_walk *w, room *q)
{
    size_t n = w->bench.hello.inputs, m = w->bench.hello.outputs;
    double **both[] = { &q->a, &q->b, &q->c, &q->x }, **out[] = { &q->g, &q->y };
    plumb_status st = PLUMB_OK;
    *q = (room){ .row = w->here.rows - 1 };
    q->claim = w->here.claim + q->row * n, q->u = w->here.g + q->row * m;
    for (int i = 0; i < 4; i++)
        st |= (*both[i] = plumb_alloc(n, sizeof(double))) ? PLUMB_OK : PLUMB_ENOMEM;
    for (int i = 0; i < 2; i++)
        st |= (*out[i] = plumb_alloc(m, sizeof(double))) ? PLUMB_OK : PLUMB_ENOMEM;
    return st;
}

static void
close_room(room *q)
{
    plumb_release(q->a), plumb_release(q->b), plumb_release(q->c), plumb_release(q->g), plumb_release(q->x), plumb_release(q->y);
}

/* ---- comparing gradients ---- */

/* The largest difference of factor * want and got, in units of what rounding allows; *exact: not one bit differs. */
static double
apart(const plumb_walk *w, const double *got, const double *want, double factor, int *exact, size_t *where)
{
    size_t n = w->bench.hello.inputs;
    double most = 0, worst = 0, size = plumb_station_size(&w->here, w->here.rows - 1) * fmax(1, fabs(factor));
    *exact = 1, *where = 0;
    for (size_t i = 0; i < n; i++)
        most = isfinite(want[i]) ? fmax(most, fabs(want[i] * factor)) : most;
    for (size_t i = 0; i < n; i++) {
        double gap = fabs(got[i] - want[i] * factor), tiny = 0x1p-1070 * fmax(1, fabs(factor));
        double allowed = w->here.unit_roundoff * (64 * most + (w->here.scale[i] > 0 ? 16 * size / w->here.scale[i] : 0)) + 16 * w->bench.extra[i] * fmax(1, fabs(factor)) + tiny;
        if (got[i] == want[i] * factor || (isnan(got[i]) && isnan(want[i])))
            continue;
        *exact &= fabs(want[i] * factor) < 1e-290 || gap <= 16 * w->bench.extra[i] * fmax(1, fabs(factor));
        gap = isfinite(gap) ? gap / allowed : INFINITY;
        if (!(gap <= worst))
            worst = gap, *where = i;
    }
    return worst;
}

static const char *
at(const plumb_walk *w, size_t element, char text[120])
{
    plumb_element_text(&w->bench.hello, element, text, 120);
    return text;
}

/* The law holds exactly, to rounding, or not. */
static void
verdict(plumb_walk *w, const char *law, const double *got, const double *want, double factor, const char *what)
{
    int exact;
    size_t where;
    char text[120];
    double worst = apart(w, got, want, factor, &exact, &where), loose = w->bench.hello.solver_tol > 0 ? w->bench.hello.solver_tol / w->here.unit_roundoff : 1;
    if (exact)
        plumb_tell_law(w, law, PLUMB_CORRECT, "%s", "");
    else if (worst <= loose)
        plumb_tell_law(w, law, PLUMB_CORRECT, "%s to rounding, not bit for bit", what);
    else if (w->forward_noisy || w->backward_unsure)
        plumb_tell_law(w, law, PLUMB_NOISY, "%s does not hold, but nor does the same call give the same answer", what);
    else
        plumb_tell_law(w, law, PLUMB_WRONG, "%s does not hold: %s is %.9g, %.9g was due", what, at(w, where, text), got[where], want[where] * factor);
}

static plumb_status
pass(plumb_walk *w, const double *x, const double *g, room *q, double *d)
{
    plumb_status st = plumb_bench_forward(&w->bench, x, q->y, w->diag);
    return st ? st : plumb_bench_backward(&w->bench, x, g, d, w->diag);
}

/* ---- the laws ---- */

static plumb_status
repeat(plumb_walk *w, room *q)
{
    plumb_status st = pass(w, w->here.x, q->u, q, q->a);
    st |= st ? st : plumb_bench_backward(&w->bench, w->here.x, q->u, q->b, w->diag);
    if (!st)
        verdict(w, "repeat", q->b, q->a, 1, "a second backward on one forward returns what the first did; it");
    return st;
}

/* Another point: beside the given one, in the box, by a direction of all inputs. */
static void
elsewhere(plumb_walk *w, double *x)
{
    const plumb_hello *h = &w->bench.hello;
    plumb_ray_draw(&w->here, 4242, 0, h->inputs, x);
    for (int k = 0; k < h->nin; k++)
        for (size_t i = h->in[k].from; i < h->in[k].from + h->in[k].size; i++)
            x[i] = plumb_dtype_round(h->in[k].dtype, w->here.x[i] + 0.25 * x[i]);
}

static plumb_status
cache(plumb_walk *w, room *q)
{
    plumb_status st, other;
    elsewhere(w, q->x);
    other = plumb_bench_forward(&w->bench, q->x, q->y, w->diag);
    if (other & ~PLUMB_EDOMAIN)
        return other;
    w->diag->text[0] = other ? 0 : w->diag->text[0];
    st = pass(w, w->here.x, q->u, q, q->a);
    if (!st)
        verdict(w, "cache", q->a, q->claim, 1, "after a forward elsewhere the gradient is that of the last forward; it");
    return st;
}

static plumb_status
zero(plumb_walk *w, room *q)
{
    size_t n = w->bench.hello.inputs, bad = n;
    char text[120];
    plumb_status st;
    if (w->here.not_finite)
        return PLUMB_OK;
    memset(q->g, 0, w->bench.hello.outputs * sizeof *q->g);
    st = pass(w, w->here.x, q->g, q, q->a);
    for (size_t i = 0; i < n && !st; i++)
        if (q->a[i] != 0 && !(fabs(q->a[i]) <= 2 * w->bench.extra[i]))
            bad = i;
    if (!st && bad < n)
        plumb_tell_law(w, "zero", isfinite(q->a[bad]) ? PLUMB_WRONG : PLUMB_NONFINITE, "a zero cotangent gives %g at %s", q->a[bad], at(w, bad, text));
    else if (!st)
        plumb_tell_law(w, "zero", PLUMB_CORRECT, "%s", "");
    return st;
}

static plumb_status
doubling(plumb_walk *w, room *q)
{
    size_t m = w->bench.hello.outputs;
    int bits = (int)-log2(w->here.unit_roundoff);
    double factor = bits > 12 ? -0x1p20 : -2;   /* a half float has little room */
    plumb_status st;
    for (size_t j = 0; j < m; j++)
        q->g[j] = factor * q->u[j];
    st = pass(w, w->here.x, q->g, q, q->a);
    if (!st)
        verdict(w, "doubling", q->a, q->claim, factor, bits > 12 ? "-2^20 times the cotangent gives -2^20 times the gradient; it"
            : "minus twice the cotangent gives minus twice the gradient; it");
    return st;
}

/* u and g of other sizes, so that a limit on one of them shows. */
static plumb_status
linearity(plumb_walk *w, room *q)
{
    const plumb_hello *h = &w->bench.hello;
    plumb_random r = plumb_random_named(11, "linearity");
    plumb_status st;
    for (int k = 0; k < h->nout; k++)
        for (size_t j = h->out[k].from; j < h->out[k].from + h->out[k].size; j++)
            q->g[j] = plumb_dtype_round(h->out[k].dtype, plumb_random_signed(&r) * (j % 2 ? 0.0625 : 4));
    st = pass(w, w->here.x, q->g, q, q->a);
    for (int k = 0; k < h->nout; k++)
        for (size_t j = h->out[k].from; j < h->out[k].from + h->out[k].size; j++)
            q->g[j] = plumb_dtype_round(h->out[k].dtype, q->g[j] + q->u[j]);
    st |= st ? st : pass(w, w->here.x, q->g, q, q->b);
    for (size_t i = 0; i < h->inputs && !st; i++)
        q->c[i] = q->claim[i] + q->a[i];
    if (!st)
        verdict(w, "linearity", q->b, q->c, 1, "J^T(u + g) = J^T u + J^T g; it");
    return st;
}

/* ---- batches ---- */

/* The sample that an element belongs to, or -1 for a tensor that all samples share. */
static long
sample_of(const plumb_hello *h, const plumb_tensor *t, size_t at)
{
    size_t inner = 1;
    if (t->batch < 0)
        return -1;
    if (h->column_major)
        for (int a = 0; a < t->batch; a++)
            inner *= t->shape.dim[a];
    else
        for (int a = t->batch + 1; a < t->shape.rank; a++)
            inner *= t->shape.dim[a];
    return (long)(at / (inner ? inner : 1) % t->shape.dim[t->batch]);
}

static size_t
samples(const plumb_hello *h)
{
    size_t n = 0;
    for (int k = 0; k < h->nin + h->nout; k++) {
        const plumb_tensor *t = k < h->nin ? &h->in[k] : &h->out[k - h->nin];
        if (t->batch >= 0)
            n = n && n != t->shape.dim[t->batch] ? (size_t)-1 : t->shape.dim[t->batch];
    }
    return n;
}

/* A cotangent of sample 0 alone reaches no other sample, and the two parts add up. */
static plumb_status
independence(plumb_walk *w, room *q)
{
    const plumb_hello *h = &w->bench.hello;
    char text[120];
    plumb_status st;
    for (int part = 0; part < 2; part++) {
        for (int k = 0; k < h->nout; k++)
            for (size_t j = 0; j < h->out[k].size; j++)
                q->g[h->out[k].from + j] = (sample_of(h, &h->out[k], j) == 0) == !part ? q->u[h->out[k].from + j] : 0;
        st = pass(w, w->here.x, q->g, q, part ? q->b : q->a);
        if (st)
            return st;
    }
    for (int k = 0; k < h->nin; k++)
        for (size_t i = 0; i < h->in[k].size; i++) {
            long s = sample_of(h, &h->in[k], i);
            size_t e = h->in[k].from + i;
            q->c[e] = q->a[e] + q->b[e];
            if ((s > 0 && q->a[e] != 0) || (s == 0 && q->b[e] != 0)) {
                plumb_tell_law(w, "batch", PLUMB_WRONG, "samples are declared independent, and a cotangent of sample %s reaches %s", s > 0 ? "0" : "1 and later",
                    at(w, e, text));
                return PLUMB_OK;
            }
        }
    verdict(w, "batch", q->c, q->claim, 1, "the parts of a batch add up; it");
    return PLUMB_OK;
}

/* Element i of the tensor with its samples in reverse order. */
static size_t
turned(const plumb_hello *h, const plumb_tensor *t, size_t at)
{
    size_t inner = 1, b;
    if (t->batch < 0)
        return at;
    for (int a = h->column_major ? 0 : t->batch + 1; a < (h->column_major ? t->batch : t->shape.rank); a++)
        inner *= t->shape.dim[a];
    b = at / inner % t->shape.dim[t->batch];
    return at - b * inner + (t->shape.dim[t->batch] - 1 - b) * inner;
}

static plumb_status
permutation(plumb_walk *w, room *q)
{
    const plumb_hello *h = &w->bench.hello;
    plumb_status st;
    for (int k = 0; k < h->nin; k++)
        for (size_t i = 0; i < h->in[k].size; i++)
            q->x[h->in[k].from + turned(h, &h->in[k], i)] = w->here.x[h->in[k].from + i];
    for (int k = 0; k < h->nout; k++)
        for (size_t j = 0; j < h->out[k].size; j++)
            q->g[h->out[k].from + turned(h, &h->out[k], j)] = q->u[h->out[k].from + j];
    st = pass(w, q->x, q->g, q, q->a);
    for (int k = 0; k < h->nin && !st; k++)
        for (size_t i = 0; i < h->in[k].size; i++)
            q->b[h->in[k].from + i] = q->a[h->in[k].from + turned(h, &h->in[k], i)];
    if (!st)
        verdict(w, "permutation", q->b, q->claim, 1, "the order of the samples does not matter; it");
    return st;
}

static plumb_status
batch(plumb_walk *w, room *q)
{
    size_t n = samples(&w->bench.hello);
    plumb_status st;
    if (n == (size_t)-1)
        plumb_tell_law(w, "batch", PLUMB_WRONG, "the batch axes that were declared have different lengths");
    if (n < 2 || n == (size_t)-1)
        return PLUMB_OK;
    st = independence(w, q);
    return st ? st : permutation(w, q);
}

/* ---- a tangent, if there is one ---- */

static plumb_status
tangent(plumb_walk *w, room *q)
{
    size_t m = w->bench.hello.outputs;
    long double forward = 0, size = 0;
    double back, bar;
    plumb_diag said = { "" };
    plumb_status st;
    if (!w->bench.box->kind->tangent)
        return PLUMB_OK;
    st = plumb_bench_forward(&w->bench, w->here.x, q->y, w->diag);
    plumb_ray_draw(&w->here, 33, 0, w->bench.hello.inputs, q->x);
    st |= st ? st : w->bench.box->kind->tangent(w->bench.box, q->x, q->g, &said);
    w->bench.forwards += !st;
    if (st)
        return st & PLUMB_EFOREIGN ? plumb_fail(w->diag, st, "%s", said.text) : PLUMB_OK;
    if (m && !memcmp(q->g, q->y, m * sizeof *q->g))     /* the last reply said again: it does not know the word */
        return PLUMB_OK;
    for (size_t j = 0; j < m; j++)
        forward += (long double)q->u[j] * q->g[j], size += fabsl((long double)q->u[j] * q->g[j]);
    back = plumb_station_along(&w->here, q->row, q->x);
    bar = plumb_station_bar(&w->here, q->row, q->x) + 16 * w->here.unit_roundoff * (double)size;
    if (fabs((double)forward - back) <= bar)
        plumb_tell_law(w, "adjoint", PLUMB_CORRECT, "%s", "");
    else
        plumb_tell_law(w, "adjoint", PLUMB_WRONG, "<J v, u> = <v, J^T u> does not hold: the tangent gives %.12g, the backward pass %.12g", (double)forward, back);
    return PLUMB_OK;
}

/* ---- several instances at once ---- */

static plumb_status
threads(plumb_walk *w, room *q)
{
    enum { TEAM = 4 };
    size_t n = w->bench.hello.inputs, count = TEAM;
    double *d;
    plumb_diag said = { "" };
    plumb_status st;
    if (!w->bench.box->kind->threads || w->bench.hello.copies < 2 || w->here.not_finite)
        return PLUMB_OK;
    d = plumb_alloc(TEAM * n, sizeof *d);
    st = d ? w->bench.box->kind->threads(w->bench.box, &count, w->here.x, q->u, d, &said) : PLUMB_ENOMEM;
    for (size_t i = 0; i < count && !st; i++) {
        int exact;
        size_t where;
        char text[120];
        if (apart(w, d + i * n, q->claim, w->bench.hello.factor, &exact, &where) > 1) {
            plumb_tell_law(w, "threads", PLUMB_WRONG, "several instances at once disturb each other: %s differs from what one alone returns", at(w, where, text));
            plumb_release(d);
            return PLUMB_OK;
        }
    }
    plumb_release(d);
    if (st & PLUMB_EUNABLE)
        return PLUMB_OK;
    if (!st)
        plumb_tell_law(w, "threads", PLUMB_CORRECT, "%s", "");
    return st ? plumb_fail(w->diag, st, "%s", said.text) : PLUMB_OK;
}

/* ---- what a kind has seen beside the numbers ---- */

/* Lines "law verdict sentence". */
static plumb_status
seen(plumb_walk *w, room *q)
{
    char text[2048] = "", *rest, law[32], word[32];
    plumb_status st;
    (void)q;
    if (!w->bench.box->kind->report)
        return PLUMB_OK;
    st = w->bench.box->kind->report(w->bench.box, text, sizeof text, w->diag);
    for (char *line = strtok_r(text, "\n\t", &rest); line && !st; line = strtok_r(NULL, "\n\t", &rest)) {
        int used = 0;
        plumb_verdict v = PLUMB_WRONG;
        if (sscanf(line, "%31s %31s %n", law, word, &used) < 2)
            continue;
        if (!strcmp(word, "note")) {
            plumb_tell_note(w, "%s", line + used);
            continue;
        }
        for (int k = 0; k < PLUMB_VERDICTS; k++)
            v = !strcmp(plumb_verdict_text((plumb_verdict)k), word) ? (plumb_verdict)k : v;
        plumb_tell_law(w, law, v, "%s", line + used);
    }
    return st;
}

/* ---- all of them ---- */

static const struct {
    const char *name;
    size_t calls;
    int quick;                  /* tried in a quick check, too */
    plumb_status (*try)(plumb_walk *, room *);
} laws[] = {
    { "repeat", 3, 1, repeat }, { "cache", 3, 0, cache }, { "zero", 2, 1, zero }, { "doubling", 2, 1, doubling }, { "linearity", 4, 0, linearity },
    { "batch", 6, 0, batch }, { "adjoint", 2, 0, tangent }, { "threads", 0, 0, threads }, { "purity", 0, 1, seen },
};

plumb_status
plumb_walk_contract(plumb_walk *w)
{
    room q = { 0 };
    plumb_status st = open_room(w, &q);
    plumb_tell_stage(w, "%s, the laws of its contract", w->bench.box->name);
    w->bench.reserve = 0;
    for (size_t i = 0; i < sizeof laws / sizeof *laws && !st; i++) {
        if (w->bench.options->quick && !laws[i].quick)
            continue;
        if (plumb_bench_exhausted(&w->bench, laws[i].calls)) {
            plumb_tell_note(w, "%s: the budget was used up before the law of %s", w->bench.box->name, laws[i].name);
            break;
        }
        st = laws[i].try(w, &q);
        if (st & (PLUMB_EFOREIGN | PLUMB_EDOMAIN)) {
            plumb_tell_law(w, laws[i].name, PLUMB_CRASHED, "%s", w->diag->text);
            w->diag->text[0] = 0;
            st = PLUMB_OK;
        }
    }
    close_room(&q);
    return st;
}

/* ---- determinism ---- */

static double
spread(const double *a, const double *b, size_t n, double *most)
{
    double gap = 0;
    *most = 0;
    for (size_t i = 0; i < n; i++) {
        gap = memcmp(&a[i], &b[i], sizeof *a) && !(isnan(a[i]) && isnan(b[i])) ? fmax(gap, isfinite(a[i] - b[i]) ? fabs(a[i] - b[i]) : INFINITY) : gap;
        *most = isfinite(a[i]) ? fmax(*most, fabs(a[i])) : *most;
    }
    return gap;
}

/* seed freezes it, if there is such a request: then everything is asked again. */
static plumb_status
freeze(plumb_walk *w, double *y, int *frozen)
{
    plumb_diag said = { "" };
    size_t m = w->bench.hello.outputs;
    double most;
    plumb_status st;
    *frozen = 0;
    if (!w->bench.box->kind->reseed || w->bench.box->kind->reseed(w->bench.box, 1, &said))
        return PLUMB_OK;
    st = plumb_bench_forward(&w->bench, w->here.x, w->here.y, w->diag);
    st |= st ? st : plumb_bench_forward(&w->bench, w->here.x, y, w->diag);
    if (st)
        return st;
    if (spread(y, w->here.y, m, &most) > 0) {
        plumb_tell_law(w, "seed", PLUMB_NONDETERMINISTIC, "after \"seed 1\" two forwards at the same point still differ");
        return PLUMB_OK;
    }
    plumb_tell_law(w, "seed", PLUMB_CORRECT, "the randomness is frozen by seed");
    *frozen = 1;
    for (size_t r = 0; r < w->here.rows && !st; r++) {
        st = plumb_bench_forward(&w->bench, w->here.x, y, w->diag);
        st |= st ? st : plumb_bench_backward(&w->bench, w->here.x, w->here.g + r * m, w->here.claim + r * w->bench.hello.inputs, w->diag);
    }
    return st;
}

static void
say_forward(plumb_walk *w, double gap, double most)
{
    double relative = most > 0 ? gap / most : INFINITY;
    if (relative <= 64 * w->here.unit_roundoff) {
        plumb_tell_note(w, "%s: two forwards at the same point differ by %.1e of the largest value, inside the rounding", w->bench.box->name, relative);
        return;
    }
    w->forward_noisy = 1;
    if (w->bench.hello.noisy)
        plumb_tell_note(w, "%s is noisy, as declared: two forwards at the same point differ by %.1e of the largest value", w->bench.box->name, relative);
    else if (relative > 1e-2)
        plumb_tell_law(w, "determinism", PLUMB_NONDETERMINISTIC, "two forwards at the same point differ by %.1e of the largest value; freeze the randomness (seed), or "
            "declare noisy", relative);
    else
        plumb_tell_law(w, "determinism", PLUMB_NOISY, "two forwards at the same point differ by %.1e of the largest value; if that is meant, declare noisy", relative);
}

static void
say_backward(plumb_walk *w, double gap, double most)
{
    double relative = most > 0 ? gap / most : INFINITY;
    if (gap == 0 || relative <= 64 * w->here.unit_roundoff) {
        if (gap > 0)
            plumb_tell_note(w, "%s: two backwards at the same point differ by %.1e of the largest entry, inside the rounding", w->bench.box->name, relative);
        if (!w->forward_noisy)
            plumb_tell_law(w, "determinism", PLUMB_CORRECT, "%s", "");
        return;
    }
    w->backward_unsure = 1;
    if (w->forward_noisy || w->bench.hello.noisy)
        plumb_tell_note(w, "%s: two backwards at the same point differ by %.1e of the largest entry, as its forwards do", w->bench.box->name, relative);
    else
        plumb_tell_law(w, "determinism", PLUMB_NONDETERMINISTIC, "the same forward and backward gave gradients that differ by %.1e of the largest entry (%.3g)", relative,
            gap);
}

/* Five rounds, or two in a quick check: a rare race needs more. */
plumb_status
plumb_walk_determinism(plumb_walk *w)
{
    const plumb_hello *h = &w->bench.hello;
    room q = { 0 };
    double most = 0, gap = 0, back = 0, size = 0;
    int frozen = 0, rounds = w->bench.options->quick ? 1 : 5;
    plumb_status st = open_room(w, &q);
    st |= st ? st : plumb_bench_forward(&w->bench, w->here.x, q.y, w->diag);
    if (!st)
        gap = spread(q.y, w->here.y, h->outputs, &most);
    if (!st && gap > 0)
        st = freeze(w, q.y, &frozen);
    if (!st && gap > 0 && !frozen)
        say_forward(w, gap, most);
    for (int i = 0; i < rounds && !st; i++) {
        st = pass(w, w->here.x, q.u, &q, q.a);
        back = st ? back : fmax(back, spread(q.a, q.claim, h->inputs, &size));
    }
    for (size_t i = 0; i < h->inputs; i++)
        back = back <= 4 * w->here.extra[i] ? 0 : back;
    if (!st)
        say_backward(w, back, size);
    close_room(&q);
    return st;
}
