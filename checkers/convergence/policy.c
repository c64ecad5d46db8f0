/* policy.c - the policy gradient theorem beside the complex step of what it is the slope of
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * dJ/dw_sa = d(s) p(a|s) (Q(s, a) - V(s)) (Sutton, McAllester, Singh, Mansour 2000). The law is the imaginary part of J(w + i h e_sa)/h, with J = rho (I - gamma P)^-1 r in
 * complex numbers of 512 bits and h = 10^-70: no formula of a derivative is in it, and what it leaves out is of the size h^2. */
#include <math.h>
#include <stdio.h>
#include "checkers/convergence/mdp.h"
#include "plumbline/work.h"

enum { S = PLUMB_STATES, A = PLUMB_ACTIONS, SA = PLUMB_CHOICES, STEPS = 12, CELLS = S * S + 4 * S + 8 };
static const double rate = 0.5;

/* g is the chance of the choice, m the stay in its state, s the value of the choice, a that of the state. */
static const plumb_step policy = { "policy", "along the policy gradient theorem", "Sutton, McAllester, Singh, Mansour 2000", { { 0 } }, { { "w", "w + rate*m*g*(s - a)" } } };

typedef struct setup {
    plumb_mdp mdp;
    plumb_num *wide, *complex;
    plumb_work *work;
    plumb_array cell;           /* CELLS numbers of the complex system */
    plumb_course *c;
    double start[SA];
    mpfr_t *w;
    plumb_status status;
} setup;

/* ---- J in complex numbers ---- */

enum { MATRIX = 0, RIGHT = S * S, CHANCE = RIGHT + S, PAY = CHANCE + S, T0 = PAY + S, T1, T2, T3 };

static void
op(setup *u, plumb_fn fn, int z, int x, int y)
{
    plumb_array a = plumb_at(&u->cell, z), b = plumb_at(&u->cell, x), c = plumb_at(&u->cell, y);
    u->status |= u->complex->map2(u->complex, fn, &a, &b, &c, 1, u->work);
}

static void
set(setup *u, int z, double x)
{
    plumb_array a = plumb_at(&u->cell, z);
    plumb_set_d(u->complex, &a, 0, x);
}

/* Row s of I - gamma P and of r: softmax of the preferences, one of which is moved along the imaginary axis. */
static void
row(setup *u, size_t s, size_t moved)
{
    for (size_t a = 0; a < A; a++) {
        plumb_array to = plumb_at(&u->cell, CHANCE + (ptrdiff_t)a), imaginary = plumb_half(u->wide, &to, 1);
        plumb_set_mpfr(u->complex, &to, 0, u->w[s * A + a]);
        if (moved == s * A + a)
            plumb_set_d(u->wide, &imaginary, 0, 1e-70);
        u->status |= u->complex->map1(u->complex, PLUMB_FN_EXP, &to, &to, 1, u->work);
    }
    op(u, PLUMB_FN_ADD, T0, CHANCE, CHANCE + 1);
    for (int a = 0; a < A; a++)
        op(u, PLUMB_FN_DIV, CHANCE + a, CHANCE + a, T0);
    set(u, RIGHT + (int)s, 0);
    for (size_t t = 0; t < S; t++)
        set(u, MATRIX + (int)(s * S + t), s == t);
    for (int a = 0; a < A; a++) {
        set(u, T0, plumb_mdp_pay[s * A + (size_t)a]), op(u, PLUMB_FN_MUL, T0, T0, CHANCE + a), op(u, PLUMB_FN_ADD, RIGHT + (int)s, RIGHT + (int)s, T0);
        for (size_t t = 0; t < S; t++) {
            int to = MATRIX + (int)(s * S + t);
            set(u, T0, plumb_mdp_gamma * plumb_mdp_next[s * A + (size_t)a][t]), op(u, PLUMB_FN_MUL, T0, T0, CHANCE + a), op(u, PLUMB_FN_SUB, to, to, T0);
        }
    }
}

/* Gauss and Jordan; the matrix is diagonally dominant, no pivot is needed. Then J = rho V. */
static void
slope(setup *u, size_t moved, mpfr_ptr to)
{
    plumb_array J = plumb_at(&u->cell, T3), imaginary = plumb_half(u->wide, &J, 1);
    for (size_t s = 0; s < S; s++)
        row(u, s, moved);
    for (int c = 0; c < S; c++)
        for (int r = 0; r < S; r++) {
            if (r == c)
                continue;
            op(u, PLUMB_FN_DIV, T0, MATRIX + r * S + c, MATRIX + c * S + c);
            for (int j = 0; j < S; j++)
                op(u, PLUMB_FN_MUL, T1, T0, MATRIX + c * S + j), op(u, PLUMB_FN_SUB, MATRIX + r * S + j, MATRIX + r * S + j, T1);
            op(u, PLUMB_FN_MUL, T1, T0, RIGHT + c), op(u, PLUMB_FN_SUB, RIGHT + r, RIGHT + r, T1);
        }
    set(u, T3, 0);
    for (int s = 0; s < S; s++) {
        op(u, PLUMB_FN_DIV, T0, RIGHT + s, MATRIX + s * S + s);
        set(u, T1, plumb_mdp_first[s]), op(u, PLUMB_FN_MUL, T0, T0, T1), op(u, PLUMB_FN_ADD, T3, T3, T0);
    }
    plumb_get_mpfr(u->wide, &imaginary, 0, to);
    mpfr_div_d(to, to, 1e-70, MPFR_RNDN);
}

/* ---- the course ---- */

/* From the point where the course is: its own numbers, exactly. */
static plumb_status
feed(void *with, plumb_course *c, long k)
{
    setup *u = with;
    (void)k;
    for (size_t e = 0; e < SA; e++)
        plumb_course_get(c, "w", e, u->w[e]);
    plumb_mdp_put(c, "w", u->w, SA, 1);
    plumb_mdp_solve(&u->mdp, u->w);
    plumb_mdp_put(c, "g", u->mdp.chance, SA, 1), plumb_mdp_put(c, "m", u->mdp.stay, SA, A), plumb_mdp_put(c, "s", u->mdp.choice, SA, 1), plumb_mdp_put(c, "a", u->mdp.value, SA, A);
    return PLUMB_OK;
}

static void
law(void *with, long k, mpfr_t *want)
{
    setup *u = with;
    (void)k;
    for (size_t e = 0; e < SA; e++)
        slope(u, e, want[e]), mpfr_mul_d(want[e], want[e], rate, MPFR_RNDN), mpfr_add(want[e], want[e], u->w[e], MPFR_RNDN);
}

static plumb_status
prepare(setup *u, plumb_diag *diag)
{
    u->w = plumb_wide(SA);
    u->wide = plumb_mpfr_new(PLUMB_LAW_BITS, diag), u->complex = u->wide ? plumb_complex_new(u->wide, diag) : NULL;
    u->work = u->complex ? plumb_work_new(u->complex, 1) : NULL;
    return u->w && u->work ? plumb_take(u->work, u->complex, CELLS, &u->cell) : PLUMB_ENOMEM;
}

static plumb_status
run(const plumb_experiment *e, const plumb_descend_options *o, plumb_sink *sink, plumb_diag *diag)
{
    char settings[40];
    setup u = { .w = NULL };
    plumb_journey j = { "the theorem", settings, NULL, &policy, SA, STEPS, u.start, .feed = feed, .law = law, .with = &u };
    plumb_status st = plumb_mdp_open(&u.mdp);
    st |= st ? st : prepare(&u, diag);
    snprintf(settings, sizeof settings, "rate=%g", rate);
    plumb_start(o, e, SA, u.start);
    st |= st ? st : plumb_follow(&j, e, o, sink, diag);
    st |= u.status;
    plumb_work_free(u.work), plumb_num_free(u.complex), plumb_num_free(u.wide);
    plumb_wide_free(u.w, SA);
    plumb_mdp_close(&u.mdp);
    return st;
}

const plumb_experiment plumb_experiment_policy = { "policy", "the policy gradient theorem on three states and two actions, beside the complex step", "dJ/dw = d(s) p(a|s) (Q(s,a) - V(s))",
    "Sutton, McAllester, Singh, Mansour 2000", run };
