/* contract.c - what the calls of a box must keep to, whatever it computes
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Each law is one function and one row of the table; each has an offender of its own in tests/contract. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include "checkers/box/contract.h"
#include "lib/base/alloc.h"
#include "lib/base/random.h"

plumb_status
plumb_contract_open(plumb_walk *w, plumb_contract *q)
{
    size_t n = w->bench.hello.inputs, m = w->bench.hello.outputs;
    double **both[] = { &q->a, &q->b, &q->c, &q->x }, **out[] = { &q->g, &q->y };
    plumb_status st = PLUMB_OK;
    *q = (plumb_contract){ .row = w->here.rows - 1 };
    q->claim = w->here.claim + q->row * n, q->u = w->here.g + q->row * m;
    for (int i = 0; i < 4; i++)
        st |= (*both[i] = plumb_alloc(n, sizeof(double))) ? PLUMB_OK : PLUMB_ENOMEM;
    for (int i = 0; i < 2; i++)
        st |= (*out[i] = plumb_alloc(m, sizeof(double))) ? PLUMB_OK : PLUMB_ENOMEM;
    return st;
}

void
plumb_contract_close(plumb_contract *q)
{
    plumb_release(q->a), plumb_release(q->b), plumb_release(q->c), plumb_release(q->g), plumb_release(q->x), plumb_release(q->y);
}

/* ---- comparing gradients ---- */

/* How much an entry of the claim changes when point and cotangent are shaken by an ulp; a jump is no rounding. */
static double
roughest(const plumb_station *s, double most)
{
    size_t n = s->bench->hello.inputs;
    const double *claim = s->claim + (s->rows - 1) * n;
    double rough = 0;
    for (int q = 0; q < PLUMB_SHAKES && s->shaky; q++)
        for (size_t i = 0; i < n; i++) {
            double change = fabs(s->shaken[q][(s->rows - 1) * n + i] - claim[i]);
            rough = isfinite(change) ? fmax(rough, change) : rough;
        }
    return fmin(rough, sqrt(s->unit_roundoff) * most);
}

/* What a sum over outputs loses where its terms, each an output's value by the length at which it bends, cancel: no shaking shows that. */
static double
cancelled(const plumb_walk *w, size_t i)
{
    double length = w->scale > 0 && w->scale < 1 ? fmax(w->scale, 0x1p-10) : 1;
    return w->here.scale[i] > 0 ? plumb_station_scatter(&w->here, w->here.rows - 1) / (w->here.scale[i] * length) : 0;
}

/* The largest difference of factor * want and got, in units of what rounding allows; *exact: not one bit differs.  The same call again may lose
 * nothing but the order of its sums; another cotangent rounds in its own way. */
static double
apart(const plumb_walk *w, plumb_room room, const double *got, const double *want, double factor, int *exact, size_t *where)
{
    size_t n = w->bench.hello.inputs;
    double most = 0, value = 0, worst = 0, times = fmax(1, fabs(factor)), u = w->here.unit_roundoff, rough;
    *exact = 1, *where = 0;
    for (size_t i = 0; i < n; i++)
        most = isfinite(want[i]) ? fmax(most, fabs(want[i])) : most, value = fmax(value, cancelled(w, i));
    rough = room == PLUMB_OTHER_COTANGENT ? 16 * roughest(&w->here, fmax(most, value)) : 0;
    for (size_t i = 0; i < n; i++) {
        double gap = fabs(got[i] - want[i] * factor), due = fabs(want[i] * factor), extra = 16 * w->bench.extra[i] * times;
        double allowed = 64 * u * most * fabs(factor) + extra + (rough + 0x1p-1070) * times + (room == PLUMB_OTHER_COTANGENT ? 16 * u * cancelled(w, i) * times : 0);
        if (got[i] == want[i] * factor || (isnan(got[i]) && isnan(want[i])))
            continue;
        *exact &= due < (u > 0x1p-30 ? 1e-30 : 1e-290) || gap <= extra;
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

/* Is no entry off by more than the cotangent's own rounding (x - tanh(x) loses that much, and neither its value nor a shake shows it)? Then it is no accusation.
 * *little: nor by more than a part of sqrt(u) of the largest entry. In small units all of a gradient may be that small. */
static int
by_cotangent(const plumb_walk *w, const double *got, const double *want, double factor, int *little)
{
    double u = w->here.unit_roundoff, room = 64 * u * plumb_station_cotangent(&w->here, w->here.rows - 1) * fmax(1, fabs(factor)), worst = 0, most = 0;
    for (size_t i = 0; i < w->bench.hello.inputs; i++) {
        double gap = fabs(got[i] - want[i] * factor);
        worst = isfinite(gap) ? fmax(worst, gap) : INFINITY, most = isfinite(want[i]) ? fmax(most, fabs(want[i] * factor)) : most;
    }
    *little = worst <= sqrt(u) * most;
    return worst <= room;
}

/* The law holds exactly, to rounding, or not. */
void
plumb_contract_verdict(plumb_walk *w, const char *law, plumb_room room, const double *got, const double *want, double factor, const char *what)
{
    int exact, little;
    size_t where;
    char text[120];
    double worst = apart(w, room, got, want, factor, &exact, &where), loose = w->bench.hello.solver_tol > 0 ? w->bench.hello.solver_tol / w->here.unit_roundoff : 1;
    if (exact)
        plumb_tell_law(w, law, PLUMB_CORRECT, "%s", "");
    else if (worst <= loose)
        plumb_tell_law(w, law, PLUMB_CORRECT, "%s to rounding, not bit for bit", what);
    else if (room == PLUMB_OTHER_COTANGENT && by_cotangent(w, got, want, factor, &little) && little)
        plumb_tell_note(w, "%s: the law of %s: %s does not hold by so little (%.1e) that rounding inside may do it", w->bench.box->name, law, what,
            fabs(got[where] - want[where] * factor));
    else if (room == PLUMB_OTHER_COTANGENT && by_cotangent(w, got, want, factor, &little))
        plumb_tell_law(w, law, PLUMB_UNRESOLVED, "%s does not hold by %.3g at %s, which is much of the gradient and no more than the cotangent's own rounding", what,
            fabs(got[where] - want[where] * factor), at(w, where, text));
    else if (w->forward_noisy || w->backward_unsure)
        plumb_tell_law(w, law, PLUMB_NOISY, "%s does not hold, but nor does the same call give the same answer", what);
    else
        plumb_tell_law(w, law, PLUMB_WRONG, "%s does not hold: %s is %.15g, %.15g was due", what, at(w, where, text), got[where], want[where] * factor);
}

plumb_status
plumb_contract_pass(plumb_walk *w, const double *x, const double *g, plumb_contract *q, double *d)
{
    plumb_status st = plumb_bench_forward(&w->bench, x, q->y, w->diag);
    return st ? st : plumb_bench_backward(&w->bench, x, g, d, w->diag);
}

/* ---- the laws ---- */

static plumb_status
repeat(plumb_walk *w, plumb_contract *q)
{
    plumb_status st = plumb_contract_pass(w, w->here.x, q->u, q, q->a);
    st |= st ? st : plumb_bench_backward(&w->bench, w->here.x, q->u, q->b, w->diag);
    if (!st)
        plumb_contract_verdict(w, "repeat", PLUMB_SAME_CALL, q->b, q->a, 1, "a second backward on one forward returns what the first did; it");
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
cache(plumb_walk *w, plumb_contract *q)
{
    plumb_status st, other;
    elsewhere(w, q->x);
    other = plumb_bench_forward(&w->bench, q->x, q->y, w->diag);
    if (other & ~PLUMB_EDOMAIN)
        return other;
    w->diag->text[0] = other ? 0 : w->diag->text[0];
    st = plumb_contract_pass(w, w->here.x, q->u, q, q->a);
    if (!st)
        plumb_contract_verdict(w, "cache", PLUMB_SAME_CALL, q->a, q->claim, 1, "after a forward elsewhere the gradient is that of the last forward; it");
    return st;
}

static plumb_status
zero(plumb_walk *w, plumb_contract *q)
{
    size_t n = w->bench.hello.inputs, bad = n;
    char text[120];
    plumb_status st;
    if (w->here.not_finite)
        return PLUMB_OK;
    memset(q->g, 0, w->bench.hello.outputs * sizeof *q->g);
    st = plumb_contract_pass(w, w->here.x, q->g, q, q->a);
    for (size_t i = 0; i < n && !st; i++)
        if (q->a[i] != 0 && !(fabs(q->a[i]) <= 2 * w->bench.extra[i]))
            bad = i;
    if (!st && bad < n)
        plumb_tell_law(w, "zero", isfinite(q->a[bad]) ? PLUMB_WRONG : PLUMB_NONFINITE, "a zero cotangent gives %g at %s", q->a[bad], at(w, bad, text));
    else if (!st)
        plumb_tell_law(w, "zero", PLUMB_CORRECT, "%s", "");
    return st;
}

/* By a large and by a small power of two: thresholds on either side show. */
static plumb_status
doubling(plumb_walk *w, plumb_contract *q)
{
    size_t m = w->bench.hello.outputs;
    int wide = w->here.unit_roundoff < 0x1p-12;         /* a half float has little room */
    double factors[2] = { wide ? -0x1p20 : -2, wide ? 0x1p-20 : 0.5 };
    static const char *const words[2][2] = { { "minus twice the cotangent gives minus twice the gradient; it", "half the cotangent gives half the gradient; it" },
        { "-2^20 times the cotangent gives -2^20 times the gradient; it", "2^-20 times the cotangent gives 2^-20 times the gradient; it" } };
    for (int turn = 0; turn < 2; turn++) {
        int exact;
        size_t where;
        plumb_status st;
        for (size_t j = 0; j < m; j++)
            q->g[j] = factors[turn] * q->u[j];
        st = plumb_contract_pass(w, w->here.x, q->g, q, q->a);
        if (st)
            return st;
        if (turn == 0 && apart(w, PLUMB_OTHER_COTANGENT, q->a, q->claim, factors[0], &exact, &where) <= 1 && exact && !w->bench.options->quick)
            continue;                           /* one word for both, unless the first has something to say */
        plumb_contract_verdict(w, "doubling", PLUMB_OTHER_COTANGENT, q->a, q->claim, factors[turn], words[wide][turn]);
        return PLUMB_OK;
    }
    return PLUMB_OK;
}

/* u and g of other sizes, so that a limit on one of them shows. */
static plumb_status
linearity(plumb_walk *w, plumb_contract *q)
{
    const plumb_hello *h = &w->bench.hello;
    plumb_random r = plumb_random_named(11, "linearity");
    plumb_status st;
    for (int k = 0; k < h->nout; k++)
        for (size_t j = h->out[k].from; j < h->out[k].from + h->out[k].size; j++)
            q->g[j] = plumb_dtype_round(h->out[k].dtype, plumb_random_signed(&r) * (j % 2 ? 0.0625 : 4));
    st = plumb_contract_pass(w, w->here.x, q->g, q, q->a);
    for (int k = 0; k < h->nout; k++)
        for (size_t j = h->out[k].from; j < h->out[k].from + h->out[k].size; j++)
            q->g[j] = plumb_dtype_round(h->out[k].dtype, q->g[j] + q->u[j]);
    st |= st ? st : plumb_contract_pass(w, w->here.x, q->g, q, q->b);
    for (size_t i = 0; i < h->inputs && !st; i++)
        q->c[i] = q->claim[i] + q->a[i];
    if (!st)
        plumb_contract_verdict(w, "linearity", PLUMB_OTHER_COTANGENT, q->b, q->c, 1, "J^T(u + g) = J^T u + J^T g; it");
    return st;
}

/* ---- a tangent, if there is one ---- */

static plumb_status
tangent(plumb_walk *w, plumb_contract *q)
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
    bar = plumb_station_bar(&w->here, q->row, q->x) + plumb_station_fair(&w->here, q->row, q->x) + 16 * w->here.unit_roundoff * (double)size;
    if (fabs((double)forward - back) <= bar)
        plumb_tell_law(w, "adjoint", PLUMB_CORRECT, "%s", "");
    else
        plumb_tell_law(w, "adjoint", PLUMB_WRONG, "<J v, u> = <v, J^T u> does not hold: the tangent gives %.12g, the backward pass %.12g", (double)forward, back);
    return PLUMB_OK;
}

/* ---- several instances at once ---- */

static plumb_status
threads(plumb_walk *w, plumb_contract *q)
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
        if (apart(w, PLUMB_SAME_CALL, d + i * n, q->claim, w->bench.hello.factor, &exact, &where) > 1) {
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

/* A sentence with the name of the element for its number, where it speaks of an input or of its gradient. */
static const char *
with_name(const plumb_walk *w, const char *sentence, char *text, size_t room)
{
    static const char *const begins[] = { "forward changed its input, ", "backward changed its input, ", "backward left " };
    char name[120];
    for (size_t i = 0; i < sizeof begins / sizeof *begins; i++) {
        size_t element, n = strlen(begins[i]);
        int used = 0;
        if (!strncmp(sentence, begins[i], n) && sscanf(sentence + n, "number %zu%n", &element, &used) == 1 && element < w->bench.hello.inputs) {
            snprintf(text, room, "%s%s%s", begins[i], at(w, element, name), sentence + n + used);
            return text;
        }
    }
    return sentence;
}

/* Lines "law verdict sentence". */
static plumb_status
seen(plumb_walk *w, plumb_contract *q)
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
        char named[400];
        if (sscanf(line, "%31s %31s %n", law, word, &used) < 2)
            continue;
        if (!strcmp(word, "note")) {
            plumb_tell_note(w, "%s", line + used);
            continue;
        }
        for (int k = 0; k < PLUMB_VERDICTS; k++)
            v = !strcmp(plumb_verdict_text((plumb_verdict)k), word) ? (plumb_verdict)k : v;
        plumb_tell_law(w, law, v, "%s", with_name(w, line + used, named, sizeof named));
    }
    return st;
}

/* ---- all of them ---- */

static const struct {
    const char *name;
    size_t calls;
    int quick;                  /* tried in a quick check, too */
    plumb_status (*try)(plumb_walk *, plumb_contract *);
} laws[] = {
    { "repeat", 3, 1, repeat }, { "cache", 3, 0, cache }, { "zero", 2, 1, zero }, { "doubling", 4, 1, doubling }, { "linearity", 4, 0, linearity },
    { "batch", 6, 0, plumb_contract_batch }, { "adjoint", 2, 0, tangent }, { "threads", 0, 0, threads }, { "purity", 0, 1, seen },
};

plumb_status
plumb_walk_contract(plumb_walk *w)
{
    plumb_contract q = { 0 };
    plumb_status st = plumb_contract_open(w, &q);
    plumb_tell_stage(w, "%s, the laws of its contract", w->bench.box->name);
    w->bench.reserve = 0;
    for (size_t i = 0; i < sizeof laws / sizeof *laws && !st; i++) {
        if (w->bench.options->quick && !laws[i].quick)
            continue;
        if (w->bench.options->calls ? plumb_bench_exhausted(&w->bench, laws[i].calls) : plumb_bench_late(&w->bench)) {
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
    plumb_contract_close(&q);
    return st;
}
