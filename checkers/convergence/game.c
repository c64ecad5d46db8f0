/* game.c - two players of x y, one down and one up: whoever steps how, the course is a power of a matrix
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * With z = x + i y the field of the game is a quarter turn, and every method is linear: simultaneous steps spiral out, alternating ones go around for
 * ever, extragradient and optimistic ones spiral in. Each is followed step by step beside its own recursion in 512 bits. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include "checkers/convergence/convergence.h"

enum { STEPS = 200 };

/* Two gradients make one step of the first two: `a` says which numbers move now, and changes to the others. */
static const plumb_step
    simultaneous = { "simultaneous", "both players at once", "Robinson 1951; this form Mescheder, Geiger, Nowozin 2018", { { 0 } }, { { "w", "w - rate*g" } } },
    alternating = { "alternating", "the second player sees the first one's step", "", { { 0 } }, { { "w", "w - a*rate*g" }, { "a", "1 - a" } } },
    extragradient = { "extragradient", "a step by the gradient that a step ahead finds", "Korpelevich 1976", { { 0 } },
        { { "m", "w - rate*g" }, { "w", "w - a*rate*g" }, { "a", "1 - a" } } },
    optimistic = { "optimistic", "a step by the gradient as it will be if it goes on changing so", "Popov 1980; Daskalakis, Ilyas, Syrgkanis, Zeng 2018", { { 0 } },
        { { "w", "w - rate*(g + step(k - 1)*(g - m))" }, { "m", "g" } } };

typedef struct method {
    const plumb_step *step;
    int gradients;              /* a step */
    double a[2];                /* in the beginning */
    const char *ahead;          /* where the second gradient is taken */
    double (*modulus)(double rate);
} method;

static double spiral_out(double h) { return sqrt(1 + h * h); }
static double circle(double h) { (void)h; return 1; }
static double spiral_in(double h) { return sqrt(1 - h * h + h * h * h * h); }

/* Of the larger root of l^2 - (1 + 2 i h) l + i h, which is ((1 + 2 i h) + sqrt(1 - 4 h^2))/2. */
static double
optimistic_modulus(double h)
{
    double d = 1 - 4 * h * h;
    return d >= 0 ? hypot(1 + sqrt(d), 2 * h) / 2 : (2 * h + sqrt(-d)) / 2;
}

static const method methods[] = {
    { &simultaneous, 1, { 0, 0 }, "w", spiral_out }, { &alternating, 2, { 1, 0 }, "w", circle },
    { &extragradient, 2, { 0, 0 }, "m", spiral_in }, { &optimistic, 1, { 0, 0 }, "w", optimistic_modulus },
};

/* ---- the picture ---- */

/* One of the two eigenvalues that are turned against each other: where a method's points go, in units of a step. */
static void
eigenvalue(const plumb_step *step, double h, double *re, double *im)
{
    double d = 1 - 4 * h * h;
    *re = 1, *im = h;
    if (step == &extragradient)
        *re = 1 - h * h;
    if (step == &alternating)
        *re = 1 - h * h / 2, *im = sqrt(1 - *re * *re);
    if (step == &optimistic)
        *re = d > 0 ? (1 + sqrt(d)) / 2 : 0.5, *im = d > 0 ? h : h + sqrt(-d) / 2;
}

static void
draw(plumb_sink *sink)
{
    enum { POINTS = 181, RATES = 12, COLUMNS = 10 };
    static const char *const names[COLUMNS] = { "the unit circle", "grey", "simultaneous", "points", "alternating", "points", "extragradient", "points", "optimistic", "points" };
    static const char *const units[COLUMNS] = { "real part", "imaginary part", "", "", "", "", "", "", "", "" };
    double rows[POINTS * COLUMNS];
    plumb_figure f = { "plane", "descend game", "Eigenvalues of the steps of a game",
        "For learning rates 1/16 to 3/4: outside the circle the players spiral away from the equilibrium, on it they go around it for ever, inside they come to it.", COLUMNS, names, units, POINTS,
        rows, NULL };
    for (size_t i = 0; i < POINTS; i++) {
        double angle = (double)i / (POINTS - 1) * 100 * M_PI / 180 - 5 * M_PI / 180;
        rows[i * COLUMNS] = cos(angle), rows[i * COLUMNS + 1] = sin(angle);
        for (size_t m = 0; m < 4; m++) {
            double *at = rows + i * COLUMNS + 2 + 2 * m;
            at[0] = at[1] = NAN;
            if (i < RATES)
                eigenvalue(methods[m].step, (double)(i + 1) / 16, &at[0], &at[1]);
        }
    }
    if (sink->figure)
        sink->figure(sink, &f);
}

/* ---- the law ---- */

typedef struct orbit {
    mpfr_t x, y, before_x, before_y, h, next_x, next_y, t;
    long k;
} orbit;

static void
orbit_start(orbit *o, const double w[2], double rate)
{
    mpfr_inits2(PLUMB_LAW_BITS, o->x, o->y, o->before_x, o->before_y, o->h, o->next_x, o->next_y, o->t, (mpfr_ptr)0);
    mpfr_set_d(o->x, w[0], MPFR_RNDN), mpfr_set_d(o->y, w[1], MPFR_RNDN), mpfr_set_d(o->h, rate, MPFR_RNDN);
    mpfr_set(o->before_x, o->x, MPFR_RNDN), mpfr_set(o->before_y, o->y, MPFR_RNDN);
    o->k = 0;
}

static void
orbit_end(orbit *o)
{
    mpfr_clears(o->x, o->y, o->before_x, o->before_y, o->h, o->next_x, o->next_y, o->t, (mpfr_ptr)0);
}

/* z = (re + i im) z + (re2 + i im2) z_before */
static void
turn(orbit *o, mpfr_srcptr re, mpfr_srcptr im, mpfr_srcptr re2, mpfr_srcptr im2)
{
    mpfr_fmms(o->next_x, re, o->x, im, o->y, MPFR_RNDN), mpfr_fmms(o->t, re2, o->before_x, im2, o->before_y, MPFR_RNDN);
    mpfr_add(o->next_x, o->next_x, o->t, MPFR_RNDN);
    mpfr_fmma(o->next_y, im, o->x, re, o->y, MPFR_RNDN), mpfr_fmma(o->t, im2, o->before_x, re2, o->before_y, MPFR_RNDN);
    mpfr_add(o->next_y, o->next_y, o->t, MPFR_RNDN);
    mpfr_swap(o->before_x, o->x), mpfr_swap(o->before_y, o->y);
    mpfr_swap(o->x, o->next_x), mpfr_swap(o->y, o->next_y);
}

/* Of alternating steps A has determinant 1 and trace 2 - h^2: by Cayley and Hamilton w_(k+1) = (2 - h^2) w_k - w_(k-1). */
static void
orbit_step(orbit *o, const plumb_step *step)
{
    mpfr_t re, im, re2, im2;
    int first = o->k++ == 0;
    mpfr_inits2(PLUMB_LAW_BITS, re, im, re2, im2, (mpfr_ptr)0);
    mpfr_set_ui(re, 1, MPFR_RNDN), mpfr_set(im, o->h, MPFR_RNDN), mpfr_set_zero(re2, 1), mpfr_set_zero(im2, 1);
    if (step == &extragradient)
        mpfr_sqr(re, o->h, MPFR_RNDN), mpfr_ui_sub(re, 1, re, MPFR_RNDN);
    if (step == &optimistic && !first)
        mpfr_mul_ui(im, o->h, 2, MPFR_RNDN), mpfr_neg(im2, o->h, MPFR_RNDN);
    if (step == &alternating && !first)
        mpfr_sqr(re, o->h, MPFR_RNDN), mpfr_ui_sub(re, 2, re, MPFR_RNDN), mpfr_set_zero(im, 1), mpfr_set_si(re2, -1, MPFR_RNDN);
    turn(o, re, im, re2, im2);
    if (step == &alternating && first)          /* the first step as it stands: y' = y + h x' */
        mpfr_mul(re, o->h, o->x, MPFR_RNDN), mpfr_add(o->y, o->before_y, re, MPFR_RNDN);
    mpfr_clears(re, im, re2, im2, (mpfr_ptr)0);
}

/* ---- the course ---- */

static plumb_status
one_step(plumb_course *c, const method *m, plumb_diag *diag)
{
    plumb_status st = plumb_course_step(c, diag);
    if (!st && m->gradients == 2) {
        st = plumb_course_gradient(c, m->ahead);
        for (int i = 0; i < 2 && !st; i++)
            st = plumb_stepper_step(c->stepper[i], diag);
    }
    return st;
}

static void
begin(plumb_course *c, const method *m, const double start[2])
{
    plumb_course_start(c, start);
    for (int i = 0; i < 2; i++) {
        plumb_array a = plumb_stepper_vector(c->stepper[i], "a");
        for (size_t e = 0; e < 2; e++)
            plumb_set_d(c->number[i], &a, e, m->a[e]);
    }
}

static double
size_of(const plumb_course *c)
{
    plumb_array w = plumb_stepper_vector(c->stepper[0], "w");
    return hypot(plumb_get_d(c->number[0], &w, 0), plumb_get_d(c->number[0], &w, 1));
}

/* How the second half of the course grew, a step; an ellipse is not the same length all around. */
static void
compare_modulus(const plumb_course *c, const method *m, double rate, double half, plumb_watch *w)
{
    double grew = pow(size_of(c) / half, 2.0 / STEPS), due = m->modulus(rate);
    if (fabs(grew / due - 1) <= 0.01)
        return;
    w->wrong = STEPS, w->verdict = PLUMB_WRONG;
    snprintf(w->why, sizeof w->why, "it grows by a factor of %.6g a step, the modulus is %.6g", grew, due);
}

static plumb_status
follow(plumb_course *c, const method *m, double rate, plumb_watch *w, plumb_diag *diag)
{
    static const double start[2] = { 1, -0.5 };
    orbit law;
    plumb_status st = PLUMB_OK;
    double half = NAN;
    mpfr_t got;
    mpfr_init2(got, PLUMB_LAW_BITS);
    orbit_start(&law, start, rate), begin(c, m, start);
    for (long k = 1; k <= STEPS && !st && !w->wrong; k++) {
        st = one_step(c, m, diag);
        orbit_step(&law, m->step);
        half = k == STEPS / 2 ? size_of(c) : half;
        for (size_t e = 0; e < 2 && !st; e++) {
            double slope = mpfr_get_d(e ? law.x : law.y, MPFR_RNDN) * (double)k * rate;  /* it turns by about rate a step */
            plumb_course_get(c, "w", e, got);
            plumb_watch_number(w, k, e, got, e ? law.y : law.x, plumb_course_sigma(c, "w", e), slope);
        }
    }
    if (!st && !w->wrong)
        compare_modulus(c, m, rate, half, w);
    orbit_end(&law);
    mpfr_clear(got);
    return st;
}

static plumb_graph *
build(void)
{
    plumb_graph *g = plumb_graph_new();
    int x, y;
    if (!g)
        return NULL;
    x = plumb_graph_param(g, "x", (plumb_shape){ 1, { 1 } });
    y = plumb_graph_param(g, "y", (plumb_shape){ 1, { 1 } });
    x = plumb_graph_apply(g, plumb_op_find("mul"), "xy", NULL, (int[]){ x, y });
    plumb_graph_apply(g, plumb_op_find("sum"), "f", NULL, &x);
    return g;
}

static plumb_status
run(const plumb_experiment *e, const plumb_descend_options *o, plumb_sink *sink, plumb_diag *diag)
{
    static const double rates[] = { 0.125, 0.5 };
    plumb_graph *graph = build();
    plumb_status st = graph ? plumb_graph_done(graph, diag) : PLUMB_ENOMEM;
    for (size_t i = 0; i < 2 * sizeof methods / sizeof *methods && !st; i++) {
        const method *m = &methods[i / 2];
        const plumb_step *step = plumb_step_on_trial(o, m->step);
        plumb_course c;
        char what[64], settings[40];
        plumb_watch w;
        snprintf(what, sizeof what, "%s %g, modulus %.6f", m->step->name, rates[i % 2], m->modulus(rates[i % 2]));
        snprintf(settings, sizeof settings, "rate=%g", rates[i % 2]);
        w = plumb_watch_new(e, o, 2, what);
        st = plumb_course_open(&c, graph, 2, step, settings, o->number, 0, diag);
        st |= st ? st : follow(&c, m, rates[i % 2], &w, diag);
        if (!st)
            plumb_watch_tell(&w, sink);
        plumb_course_close(&c);
    }
    if (!st)
        draw(sink);
    plumb_graph_free(graph);
    return st;
}

const plumb_experiment plumb_experiment_game = { "game", "two players of x y: simultaneous, alternating, extragradient and optimistic steps", "z_(k+1) = A(rate) z_k",
    "Mescheder, Geiger, Nowozin 2018; Gidel et al. 2019", run };
