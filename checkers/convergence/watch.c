/* watch.c - numbers of a course beside those of its law, and what is said of them
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include "checkers/convergence/convergence.h"
#include "checkers/judge/judge.h"

plumb_watch
plumb_watch_new(const plumb_experiment *e, const plumb_descend_options *o, size_t n, const char *what)
{
    plumb_watch w = { .experiment = e, .options = o, .n = n, .resolution = INFINITY, .verdict = PLUMB_CORRECT };
    snprintf(w.what, sizeof w.what, "%s", what);
    return w;
}

/* Agreement comes last, behind comparisons that NaN fails. */
void
plumb_watch_number(plumb_watch *w, long k, size_t element, mpfr_srcptr got, mpfr_srcptr want, double sigma, double slope)
{
    double bar = 2 * plumb_sigmas(1e-9, 1000) * sigma, gap;
    mpfr_t d;
    if (w->wrong)
        return;
    mpfr_init2(d, PLUMB_LAW_BITS);
    mpfr_sub(d, got, want, MPFR_RNDN), mpfr_abs(d, d, MPFR_RNDN);
    gap = mpfr_nan_p(got) ? NAN : mpfr_get_d(d, MPFR_RNDU);
    mpfr_clear(d);
    w->compared++;
    if (gap <= bar && isfinite(bar)) {
        if (gap * w->bar >= w->error * bar)
            w->error = gap, w->bar = bar;
        if (slope != 0)
            w->resolution = fmin(w->resolution, bar / fabs(slope));
        return;
    }
    w->wrong = k, w->element = element, w->error = gap, w->bar = bar;
    w->verdict = isfinite(gap) ? PLUMB_WRONG : PLUMB_NONFINITE;
    plumb_number_text(w->got, got, mpfr_get_prec(got)), plumb_number_text(w->want, want, 200);
}

void
plumb_watch_tell(const plumb_watch *w, plumb_sink *sink)
{
    char replay[200], subject[80], why[sizeof ((plumb_finding *)0)->why + 300];
    plumb_finding f = { .subject = subject, .part = "", .what = w->what, .route = w->options->number_name, .against = "the law", .replay = replay, .verdict = w->verdict,
        .error = w->error, .bar = w->bar, .resolution = isfinite(w->resolution) ? w->resolution : NAN, .z_max = NAN, .z_median = NAN, .entries = w->compared,
        .shape = { 1, { w->n } } };
    snprintf(subject, sizeof subject, "descend %s", w->experiment->name);
    snprintf(replay, sizeof replay, "plumb descend %s --number %s --seed %llu", w->experiment->name, w->options->number_name, (unsigned long long)w->options->seed);
    if (w->wrong && !*w->got)
        snprintf(why, sizeof why, "%s (%s)", w->why, w->experiment->law);
    else if (w->wrong)
        snprintf(why, sizeof why, "step %ld is the first that is not what the law says (%s): number %zu is off by %.3g, %.3g times the bar; got %s, want %s%s%s", w->wrong,
            w->experiment->law, w->element, w->error, w->error / w->bar, w->got, w->want, *w->why ? "; " : "", w->why);
    snprintf(f.why, sizeof f.why, "%.*s", (int)sizeof f.why - 1, w->wrong ? why : "");
    plumb_finding_id(&f);
    if (sink->finding)
        sink->finding(sink, &f);
}

/* a = c b for one c, to `slack` in every number. */
static int
one_factor(size_t n, const double *a, const double *b, double slack, double *c)
{
    size_t most = 0;
    for (size_t i = 0; i < n; i++)
        most = fabs(b[i]) > fabs(b[most]) ? i : most;
    if (!(fabs(b[most]) > 0))
        return 0;
    *c = a[most] / b[most];
    for (size_t i = 0; i < n; i++)
        if (!(fabs(a[i] - *c * b[i]) <= slack))
            return 0;
    return 1;
}

void
plumb_name_step(size_t n, const double *w, const double *due, const double *d, double u, char *text, size_t room)
{
    enum { MOST = 128 };
    double rest[MOST], c = 0, slack = 0;
    *text = 0;
    if (n > MOST || n < 2)
        return;
    for (size_t i = 0; i < n; i++)
        rest[i] = d[i] - due[i], slack = fmax(slack, 16 * u * fmax(fabs(w[i]), fabs(due[i])));
    if (one_factor(n, d, due, slack, &c) && c == 0)
        snprintf(text, room, "it stands still");
    else if (one_factor(n, d, due, slack, &c))
        snprintf(text, room, c < 0 ? "it goes the other way: %.*g times the step" : "it is %.*g times the step", fabs(fabs(c) - 1) < 1e-5 ? 15 : 6, c);
    else if (one_factor(n, rest, w, slack, &c))
        snprintf(text, room, "beside the step it is %.6g times the point: a weight decay", c);
}
