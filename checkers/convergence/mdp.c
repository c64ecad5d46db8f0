/* mdp.c - a small decision process solved exactly, in 512 bits
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * V = (I - gamma P)^-1 r, the discounted stay d = (I - gamma P)^-T rho, Q = r + gamma P V, J = rho V (Sutton, Barto 2018). */
#include <math.h>
#include <string.h>
#include "checkers/convergence/mdp.h"

enum { S = PLUMB_STATES, A = PLUMB_ACTIONS, SA = PLUMB_CHOICES };
const double plumb_mdp_next[SA][S] = { { 0.5, 0.25, 0.25 }, { 0, 0.75, 0.25 }, { 0.25, 0.25, 0.5 }, { 0.5, 0.5, 0 }, { 0, 0.125, 0.875 }, { 0.75, 0.25, 0 } };
const double plumb_mdp_pay[SA] = { 1, 0, 0.5, 2, -1, 1.5 }, plumb_mdp_first[S] = { 0.5, 0.25, 0.25 }, plumb_mdp_gamma = 0.75;

plumb_status
plumb_mdp_open(plumb_mdp *m)
{
    *m = (plumb_mdp){ plumb_wide(SA), plumb_wide(S * S), plumb_wide(S), plumb_wide(S), plumb_wide(S), plumb_wide(SA), plumb_wide(S * S), .J = { { 0 } } };
    mpfr_init2(m->J, PLUMB_LAW_BITS);
    return m->chance && m->chain && m->pay && m->value && m->stay && m->choice && m->work ? PLUMB_OK : PLUMB_ENOMEM;
}

void
plumb_mdp_close(plumb_mdp *m)
{
    plumb_wide_free(m->chance, SA), plumb_wide_free(m->chain, S * S), plumb_wide_free(m->pay, S), plumb_wide_free(m->value, S), plumb_wide_free(m->stay, S);
    plumb_wide_free(m->choice, SA), plumb_wide_free(m->work, S * S);
    mpfr_clear(m->J);
}

/* work = I - gamma P, or its transpose */
static void
system_of(plumb_mdp *m, int turned)
{
    for (size_t e = 0; e < S * S; e++) {
        size_t from = turned ? e % S * S + e / S : e;
        mpfr_mul_d(m->work[e], m->chain[from], -plumb_mdp_gamma, MPFR_RNDN), mpfr_add_ui(m->work[e], m->work[e], e / S == e % S, MPFR_RNDN);
    }
}

static void
under_chances(plumb_mdp *m)
{
    mpfr_t x;
    mpfr_init2(x, PLUMB_LAW_BITS);
    for (size_t s = 0; s < S; s++) {
        mpfr_set_zero(m->pay[s], 1);
        for (size_t t = 0; t < S; t++)
            mpfr_set_zero(m->chain[s * S + t], 1);
        for (size_t c = s * A; c < (s + 1) * A; c++) {
            mpfr_set_d(x, plumb_mdp_pay[c], MPFR_RNDN), plumb_wide_add(m->pay[s], m->chance[c], x);
            for (size_t t = 0; t < S; t++)
                mpfr_set_d(x, plumb_mdp_next[c][t], MPFR_RNDN), plumb_wide_add(m->chain[s * S + t], m->chance[c], x);
        }
    }
    mpfr_clear(x);
}

static void
values(plumb_mdp *m)
{
    mpfr_t x;
    mpfr_init2(x, PLUMB_LAW_BITS);
    system_of(m, 0);
    for (size_t s = 0; s < S; s++)
        mpfr_set(m->value[s], m->pay[s], MPFR_RNDN);
    plumb_wide_solve(m->work, m->value, S);
    system_of(m, 1), plumb_wide_set(m->stay, plumb_mdp_first, S), plumb_wide_solve(m->work, m->stay, S);
    for (size_t c = 0; c < SA; c++) {
        mpfr_set_d(m->choice[c], plumb_mdp_pay[c], MPFR_RNDN);
        for (size_t t = 0; t < S; t++)
            mpfr_set_d(x, plumb_mdp_gamma * plumb_mdp_next[c][t], MPFR_RNDN), plumb_wide_add(m->choice[c], x, m->value[t]);
    }
    mpfr_set_zero(m->J, 1);
    for (size_t s = 0; s < S; s++)
        mpfr_set_d(x, plumb_mdp_first[s], MPFR_RNDN), plumb_wide_add(m->J, x, m->value[s]);
    mpfr_clear(x);
}

void
plumb_mdp_solve(plumb_mdp *m, mpfr_t *w)
{
    for (size_t s = 0; s < S; s++) {
        mpfr_set_zero(m->work[0], 1);
        for (size_t c = s * A; c < (s + 1) * A; c++)
            mpfr_exp(m->chance[c], w[c], MPFR_RNDN), mpfr_add(m->work[0], m->work[0], m->chance[c], MPFR_RNDN);
        for (size_t c = s * A; c < (s + 1) * A; c++)
            mpfr_div(m->chance[c], m->chance[c], m->work[0], MPFR_RNDN);
    }
    under_chances(m), values(m);
}

void
plumb_mdp_put(plumb_course *c, const char *vector, mpfr_t *x, size_t n, size_t each)
{
    for (int i = 0; i < 2; i++) {
        plumb_array to = plumb_stepper_vector(c->stepper[i], vector), variance = plumb_half(&plumb_f64, &to, 1);
        for (size_t e = 0; e < n; e++) {
            double d = mpfr_get_d(x[e / each], MPFR_RNDN);
            plumb_set_mpfr(c->number[i], &to, e, x[e / each]);
            if (i && strcmp(vector, "w"))       /* uniform in half a unit each way: u^2 x^2/3, in units of u^2/4; w is one of its own numbers */
                plumb_set_d(&plumb_f64, &variance, e, 4 * d * d / 3);
        }
    }
}

double
plumb_mdp_best(plumb_mdp *m)
{
    double best = -INFINITY;
    for (int ways = 0; ways < 1 << S; ways++) {
        for (size_t c = 0; c < SA; c++)
            mpfr_set_d(m->chance[c], (size_t)(ways >> c / A & 1) == c % A, MPFR_RNDN);
        under_chances(m), values(m);
        best = fmax(best, mpfr_get_d(m->J, MPFR_RNDN));
    }
    return best;
}
