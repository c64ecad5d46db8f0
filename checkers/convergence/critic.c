/* critic.c - a critic that learns stands in for the cost that nobody knows: the expected steps of actor and critic
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Critic: V += rate_c d(s) (r + gamma P V - V). Actor: w_sa += rate_a d(s) p(a|s) (r_sa + gamma P_sa V - V(s)). Each step is judged from where the course is. The exact
 * solution is the best of all ways to choose; tabular softmax comes near it like 1/k (Mei, Xiao, Szepesvari, Schuurmans 2020). */
#include <math.h>
#include <stdio.h>
#include "checkers/convergence/mdp.h"

enum { S = PLUMB_STATES, A = PLUMB_ACTIONS, SA = PLUMB_CHOICES, STEPS = 40, EARLY = 1500, LATE = 3000, PLOTTED = 60 };
static const double slow = 0.125, fast = 0.25;

/* actor: g the chance of the choice, m the stay in its state, s what it pays and leads to, a the critic's word on the state.
 * critic: s the pay, m the value of what comes, a the stay. */
static const plumb_step actor = { "actor", "along the critic's advantage", "Barto, Sutton, Anderson 1983", { { 0 } }, { { "w", "w + rate*m*g*(s - a)" } } },
    critic = { "critic", "towards what is paid and comes", "Sutton 1988", { { "gamma", NAN, 0, 1 } }, { { "w", "w + rate*a*(s + gamma*m - w)" } } };

typedef struct play {
    plumb_mdp mdp;
    plumb_course actor, critic;
    plumb_watch watch[2];
    mpfr_t *w, *V, *come, *lead, *want;         /* come: P V of each state, lead: r + gamma P V of each choice */
    double best, far[LATE + 1];
} play;

/* What both steps need, from the numbers that the courses hold. */
static void
look(play *p)
{
    mpfr_t x;
    mpfr_init2(x, PLUMB_LAW_BITS);
    for (size_t e = 0; e < SA; e++)
        plumb_course_get(&p->actor, "w", e, p->w[e]);
    for (size_t s = 0; s < S; s++)
        plumb_course_get(&p->critic, "w", s, p->V[s]);
    plumb_mdp_solve(&p->mdp, p->w);
    plumb_wide_apply(p->come, p->mdp.chain, p->V, S, S);
    for (size_t c = 0; c < SA; c++) {
        mpfr_set_d(p->lead[c], plumb_mdp_pay[c], MPFR_RNDN);
        for (size_t t = 0; t < S; t++)
            mpfr_set_d(x, plumb_mdp_gamma * plumb_mdp_next[c][t], MPFR_RNDN), plumb_wide_add(p->lead[c], x, p->V[t]);
    }
    mpfr_clear(x);
    plumb_mdp_put(&p->actor, "w", p->w, SA, 1), plumb_mdp_put(&p->actor, "g", p->mdp.chance, SA, 1), plumb_mdp_put(&p->actor, "m", p->mdp.stay, SA, A);
    plumb_mdp_put(&p->actor, "s", p->lead, SA, 1), plumb_mdp_put(&p->actor, "a", p->V, SA, A);
    plumb_mdp_put(&p->critic, "w", p->V, S, 1), plumb_mdp_put(&p->critic, "s", p->mdp.pay, S, 1), plumb_mdp_put(&p->critic, "m", p->come, S, 1), plumb_mdp_put(&p->critic, "a", p->mdp.stay, S, 1);
}

/* n numbers of a course beside want; due: the displacements, for words. */
static void
compare(plumb_course *c, plumb_watch *w, long k, size_t n, mpfr_t *before, mpfr_t *want)
{
    double from[SA], due[SA], d[SA];
    mpfr_t got;
    mpfr_init2(got, PLUMB_LAW_BITS);
    for (size_t i = 0; i < n; i++) {
        plumb_course_get(c, "w", i, got);
        from[i] = mpfr_get_d(before[i], MPFR_RNDN), due[i] = mpfr_get_d(want[i], MPFR_RNDN) - from[i], d[i] = mpfr_get_d(got, MPFR_RNDN) - from[i];
        plumb_watch_number(w, k, i, got, want[i], plumb_course_sigma(c, "w", i), due[i]);
    }
    mpfr_clear(got);
    if (w->wrong == k)
        plumb_name_step(n, from, due, d, fmax(0x1p-53, ldexp(1, -(int)c->number[0]->precision)), w->why, sizeof w->why);
}

/* The laws: sums over the actions, in the order of the definitions. */
static void
judge(play *p, long k)
{
    mpfr_t x;
    mpfr_init2(x, PLUMB_LAW_BITS);
    for (size_t c = 0; c < SA; c++) {
        size_t s = c / A;
        mpfr_sub(x, p->lead[c], p->V[s], MPFR_RNDN), mpfr_mul(x, x, p->mdp.chance[c], MPFR_RNDN), mpfr_mul(x, x, p->mdp.stay[s], MPFR_RNDN);
        mpfr_mul_d(x, x, slow, MPFR_RNDN), mpfr_add(p->want[c], p->w[c], x, MPFR_RNDN);
    }
    compare(&p->actor, &p->watch[0], k, SA, p->w, p->want);
    for (size_t s = 0; s < S; s++) {
        mpfr_set_zero(p->want[s], 1);           /* the mean error over what is chosen */
        for (size_t c = s * A; c < (s + 1) * A; c++)
            mpfr_sub(x, p->lead[c], p->V[s], MPFR_RNDN), plumb_wide_add(p->want[s], p->mdp.chance[c], x);
        mpfr_mul(p->want[s], p->want[s], p->mdp.stay[s], MPFR_RNDN), mpfr_mul_d(p->want[s], p->want[s], fast, MPFR_RNDN), mpfr_add(p->want[s], p->want[s], p->V[s], MPFR_RNDN);
    }
    compare(&p->critic, &p->watch[1], k, S, p->V, p->want);
    mpfr_clear(x);
}

static plumb_status
steps(play *p, plumb_sink *sink, plumb_diag *diag)
{
    plumb_status st = PLUMB_OK;
    (void)sink;
    for (long k = 1; k <= LATE && !st; k++) {
        look(p);
        p->far[k] = p->best - mpfr_get_d(p->mdp.J, MPFR_RNDN);
        for (int i = 0; i < 2 && !st; i++)
            st = plumb_stepper_step(p->actor.stepper[i], diag) | plumb_stepper_step(p->critic.stepper[i], diag);
        if (!st && k <= STEPS)
            judge(p, k);
    }
    return st;
}

/* Near the end the chance of the worse of two actions falls like 1/(2 rate d k gap), so that 1/(J* - J) grows by 2 rate/S a step whatever the gaps are. */
static void
settle(play *p, plumb_watch *w)
{
    double grows = (1 / p->far[LATE] - 1 / p->far[EARLY]) / (LATE - EARLY), due = 2 * slow / S;
    w->compared = LATE;
    if (p->far[LATE] > 0 && fabs(grows / due - 1) <= 0.1)
        return;
    w->wrong = LATE, w->verdict = PLUMB_WRONG;
    snprintf(w->why, sizeof w->why, "1/(J* - J) grows by %.4g a step from %d to %d, %.4g was due", grows, EARLY, LATE, due);
}

static void
draw(const play *p, plumb_sink *sink)
{
    static const char *const names[] = { "step k", "expected steps", "its last value times 3000/k" }, *const units[] = { "", "missing to the best, J* - J", "" };
    double rows[PLOTTED * 3];
    plumb_figure f = { "loglog", "descend critic", "Actor and critic come near the best policy", "What is missing to the best of all ways to choose falls like 1/k in the end.", 3, names, units, PLOTTED,
        rows, NULL };
    for (size_t i = 0; i < PLOTTED; i++) {
        double k = floor(pow(LATE, (double)(i + 1) / PLOTTED));
        rows[3 * i] = k, rows[3 * i + 1] = p->far[(size_t)k], rows[3 * i + 2] = p->far[LATE] * LATE / k;
    }
    if (sink->figure)
        sink->figure(sink, &f);
}

static plumb_status
open(play *p, const plumb_experiment *e, const plumb_descend_options *o, plumb_diag *diag)
{
    char settings[60];
    double w[SA], V[S];
    plumb_status st = plumb_mdp_open(&p->mdp);
    p->w = plumb_wide(SA), p->V = plumb_wide(S), p->come = plumb_wide(S), p->lead = plumb_wide(SA), p->want = plumb_wide(SA);
    st |= p->w && p->V && p->come && p->lead && p->want ? PLUMB_OK : PLUMB_ENOMEM;
    p->best = st ? 0 : plumb_mdp_best(&p->mdp);
    snprintf(settings, sizeof settings, "rate=%g", slow);
    st |= plumb_course_open(&p->actor, NULL, 0, plumb_step_on_trial(o, &actor), settings, o->number, SA, diag);
    snprintf(settings, sizeof settings, "rate=%g,gamma=%g", fast, plumb_mdp_gamma);
    st |= plumb_course_open(&p->critic, NULL, 0, plumb_step_on_trial(o, &critic), settings, o->number, S, diag);
    plumb_start(o, e, SA, w);
    for (size_t i = 0; i < SA; i++)
        w[i] /= 4;
    if (!st)
        plumb_wide_set(p->w, w, SA), plumb_mdp_solve(&p->mdp, p->w);
    for (size_t i = 0; i < S && !st; i++)       /* a critic that knows the first policy: one that knows nothing lets the actor run to a corner first */
        V[i] = mpfr_get_d(p->mdp.value[i], MPFR_RNDN);
    if (!st)
        plumb_course_start(&p->actor, w), plumb_course_start(&p->critic, V);
    return st;
}

static plumb_status
run(const plumb_experiment *e, const plumb_descend_options *o, plumb_sink *sink, plumb_diag *diag)
{
    play p;
    plumb_watch rate = plumb_watch_new(e, o, 1, "the rate 1/k");
    plumb_status st;
    p = (play){ .watch = { plumb_watch_new(e, o, SA, "the actor's steps"), plumb_watch_new(e, o, S, "the critic's steps") } };
    st = open(&p, e, o, diag);
    st |= st ? st : steps(&p, sink, diag);
    if (!st) {
        settle(&p, &rate);
        plumb_watch_tell(&p.watch[0], sink), plumb_watch_tell(&p.watch[1], sink), plumb_watch_tell(&rate, sink);
        draw(&p, sink);
    }
    plumb_course_close(&p.actor), plumb_course_close(&p.critic);
    plumb_wide_free(p.w, SA), plumb_wide_free(p.V, S), plumb_wide_free(p.come, S), plumb_wide_free(p.lead, SA), plumb_wide_free(p.want, SA);
    plumb_mdp_close(&p.mdp);
    return st;
}

const plumb_experiment plumb_experiment_critic = { "critic", "actor and critic on three states and two actions: each expected step, and the way to the best policy",
    "V += rate d (r + gamma P V - V), w += rate d p (Q - V); 1/(J* - J) grows by 2 rate/S", "Barto, Sutton, Anderson 1983; Mei et al. 2020", run };
