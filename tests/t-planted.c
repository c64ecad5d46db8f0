/* t-planted.c - wrong backward passes inside a graph: each caught, and blamed on its op alone
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * t-planted [SEEDS]: one seed in make check, twenty in make check-long */
#include <stdlib.h>
#include <string.h>
#include "lib/base/random.h"
#include "tests/collect.h"
#include "tests/planted/planted.h"
#include "tests/tap.h"

/* An index is looked up in the rows of a parameter: as many as it may name. */
static int
look_up(plumb_graph *g, int index, const plumb_shape *searched)
{
    size_t rows = 1;
    int table;
    for (int i = 0; i < searched->rank; i++)
        rows = searched->dim[i] > rows ? searched->dim[i] : rows;
    table = plumb_graph_param(g, "table", (plumb_shape){ 2, { rows, 2 } });
    return plumb_graph_apply(g, plumb_op_find("gather"), NULL, NULL, (int[]){ table, index });
}

/* Both sides of what has sides, whatever was drawn: two of the numbers that the first squashing reads. */
static void
spread(plumb_subject *s, int param)
{
    if (plumb_shape_size(&plumb_graph_value(s->graph, param)->shape) > 1)
        s->point[param][0] = -1.25, s->point[param][1] = 1.25;
}

/* p_k -> a smooth squashing -> the op under trial -> square -> sum, plus the mean of its first input (so
 * that this has two consumers): at least five ops besides the one under trial.  What makes indices is looked
 * up in a table before it is squared. */
static plumb_subject *
embed(const plumb_op *op, const plumb_case *c, uint64_t seed)
{
    plumb_graph *g = plumb_graph_new();
    plumb_diag why = { "" };
    plumb_subject *s;
    int in[PLUMB_MAXIN], out, first = -1;
    for (int k = 0; k < op->nin; k++) {
        char name[8] = { 'p', (char)('0' + k), 0 };
        if (op->element[k] == PLUMB_INDEX)
            in[k] = plumb_graph_label(g, name, c->in[k], (int64_t)c->classes);
        else {
            int p = plumb_graph_param(g, name, c->in[k]);
            in[k] = plumb_graph_apply(g, plumb_op_find(op->lo[k] > 0 ? "sigmoid" : "tanh"), NULL, NULL, &p);
            first = first < 0 ? in[k] : first;
        }
    }
    out = plumb_graph_apply(g, op, "planted", c->attrs, in);
    out = op->makes == PLUMB_INDEX ? look_up(g, out, &c->in[0]) : out;
    out = plumb_graph_apply(g, plumb_op_find("square"), NULL, NULL, &out);
    out = plumb_graph_apply(g, plumb_op_find("sum"), NULL, NULL, &out);
    first = plumb_graph_apply(g, plumb_op_find("mean"), NULL, NULL, &first);
    plumb_graph_apply(g, plumb_op_find("add"), NULL, NULL, (int[]){ out, first });
    s = plumb_subject_new("planted", "", "", g, plumb_graph_values(g) - 1, &why);
    if (!s || plumb_subject_draw(s, seed, 0))
        bail(why.text);
    spread(s, plumb_graph_find(s->graph, "p0"));
    return s;
}

typedef struct score {
    int tried, caught, blamed, innocent_accused, subtle;
} score;

static void
try_one(const plumb_op *wrong, const plumb_case *c, const char *what, int subtle, uint64_t seed, score *sc)
{
    static collect found;
    plumb_diag why = { "" };
    plumb_check_options o = { .seed = seed, .modules = 1, .team = 1 };
    plumb_subject *s = embed(wrong, c, seed);
    int whole, own, all;
    collect_open(&found);
    if (plumb_check_subject(s, &o, &found.sink, &why))
        bail(why.text);
    all = collect_wrong(&found, NULL), own = collect_wrong(&found, "planted"), whole = collect_wrong(&found, "");
    sc->tried++, sc->subtle += subtle;
    sc->caught += all > 0, sc->blamed += own > 0, sc->innocent_accused += all - own - whole > 0;
    if (!own || all - own - whole)
        diag("%s, %s, seed %llu: wrong findings: module %d, whole %d, others %d", wrong->name, what, (unsigned long long)seed, own, whole,
            all - own - whole);
    plumb_subject_free(s);
}

/* cases of an op that have elements and are no kinks */
static int
usable(const plumb_op *op, int i, plumb_case *c)
{
    if (!op->sample(i, c) || c->kink)
        return 0;
    for (int k = 0; k < op->nin; k++)
        if (!plumb_shape_size(&c->in[k]))
            return 0;
    return 1;
}

/* every way that fits, one input after the other; shapes in turn */
static void
try_ways(const plumb_op *op, uint64_t seed, score *sc)
{
    plumb_case c = { .attrs = "" };
    for (const planted_way *w = planted_ways; w->name; w++)
        for (int k = 0; k < op->nin; k++) {
            plumb_op wrong;
            int i = (int)((seed + (uint64_t)k) % 2);
            if (op->element[k] == PLUMB_INDEX || !usable(op, i, &c) || !w->applies(op, &c.in[k]))
                continue;
            wrong = planted_make(op, w, k);
            try_one(&wrong, &c, w->name, w->subtle, seed, sc);
        }
}

static void
trial(const plumb_op *op, uint64_t seed)
{
    score sc = { 0 };
    plumb_case c = { .attrs = "" };
    plumb_op wrong;
    try_ways(op, seed, &sc);
    for (const planted_slope *p = planted_slopes; p->op; p++)
        if (!strcmp(p->op, op->name) && usable(op, p->at, &c)) {
            wrong = planted_slope_make(op, p);
            try_one(&wrong, &c, p->slope, p->subtle, seed, &sc);
        }
    for (const planted_hand *h = planted_hands; h->op; h++)
        if (!strcmp(h->op, op->name) && usable(op, h->at, &c)) {
            wrong = planted_hand_make(op, h);
            try_one(&wrong, &c, h->name, h->subtle, seed, &sc);
        }
    ok(sc.tried >= 4 && sc.subtle * 2 >= sc.tried && sc.caught == sc.tried && sc.blamed == sc.tried && !sc.innocent_accused,
        "op:%s, seed %llu: %d wrong backward passes (%d subtle), %d caught, %d blamed on it, %d times another accused", op->name,
        (unsigned long long)seed, sc.tried, sc.subtle, sc.caught, sc.blamed, sc.innocent_accused);
}

static void
honest(const plumb_op *op, int i, uint64_t seed)
{
    static collect found;
    plumb_case c = { .attrs = "" };
    plumb_diag why = { "" };
    plumb_check_options o = { .seed = seed, .modules = 1, .team = 1 };
    plumb_subject *s;
    if (!usable(op, i, &c))
        return;
    s = embed(op, &c, seed);
    collect_open(&found);
    if (plumb_check_subject(s, &o, &found.sink, &why))
        bail(why.text);
    ok(found.n > 0 && found.count[PLUMB_CORRECT] == (size_t)found.n,
        "op:%s case %d, seed %llu: the right one in the same graph is correct in %zu of %d findings", op->name, i,
        (unsigned long long)seed, found.count[PLUMB_CORRECT], found.n);
    for (int k = 0; k < found.n; k++)
        if (found.at[k].verdict != PLUMB_CORRECT)
            diag("%s of %s: %s, %s", found.at[k].what, found.at[k].part, plumb_verdict_text(found.at[k].verdict), found.at[k].why);
    plumb_subject_free(s);
}

int
main(int argc, char **argv)
{
    int seeds = argc > 1 ? atoi(argv[1]) : 1;
    for (int s = 1; s <= seeds; s++)
        for (int i = 0; plumb_ops[i]; i++) {
            trial(plumb_ops[i], (uint64_t)s);
            honest(plumb_ops[i], 0, (uint64_t)s);
            honest(plumb_ops[i], 1, (uint64_t)s);
        }
    mpfr_free_cache();
    return done();
}
