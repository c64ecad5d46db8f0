/* twin.c - the forward pass of somebody's code computes the function that it says it does
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Its output in f64 against its twin's in 256 bits, within the rounding that f64 is entitled to. */
#include <math.h>
#include <stdio.h>
#include "checkers/judge/judge.h"
#include "checkers/laws/laws.h"

static plumb_run *
bind(const plumb_subject *s, const plumb_num *R, plumb_status *met, plumb_diag *diag)
{
    plumb_run_options o = { .root = s->output };
    plumb_run *run = R ? plumb_run_new(s->graph, R, &o, diag) : NULL;
    if (run)
        plumb_subject_load(s, run);
    *met |= run ? plumb_run_forward(run) : PLUMB_ENOMEM;
    return run;
}

plumb_status
plumb_law_twin(const plumb_subject *s, const plumb_check_options *o, plumb_sink *sink, plumb_diag *diag)
{
    size_t n = plumb_shape_size(&plumb_graph_value(s->graph, s->output)->shape), bad = 0;
    plumb_finding f = { .subject = s->name, .part = s->part, .what = "law:forward", .route = "reverse-f64", .against = "the twin", .law = 1,
        .entries = n, .rows = 1, .evaluations = 1, .z_max = NAN, .z_median = NAN };
    plumb_num *R = NULL, *V = NULL;
    plumb_run *own = NULL, *exact = NULL, *bars = NULL;
    plumb_status met = PLUMB_OK;
    double excess = -1, most = 0, k = plumb_sigmas(1e-6, n);
    if (!plumb_subject_is_foreign(s))
        return PLUMB_OK;
    R = plumb_mpfr_new(256, diag), V = plumb_rounding_new(&plumb_f64, diag);
    own = bind(s, &plumb_f64, &met, diag), exact = bind(s, R, &met, diag), bars = bind(s, V, &met, diag);
    for (size_t j = 0; j < n && exact; j++) {           /* another formula may cancel against the largest of them */
        plumb_array t = plumb_run_value(exact, s->output, 0);
        double v = fabs(plumb_get_d(R, &t, j));
        most = isfinite(v) && v > most ? v : most;
    }
    for (size_t j = 0; j < n && own && exact && bars; j++) {
        plumb_array y = plumb_run_value(own, s->output, 0), t = plumb_run_value(exact, s->output, 0), b = plumb_run_value(bars, s->output, 0);
        plumb_array e = plumb_half(&plumb_f64, &b, 1);
        double got = plumb_get_d(&plumb_f64, &y, j), want = plumb_get_d(R, &t, j), gap = fabs(got - want);
        double bar = k * plumb_rounding_sigma(plumb_get_d(&plumb_f64, &e, j), 53) + 0x1p-50 * most, over = gap == 0 ? 0 : gap / bar;
        bad += !(gap <= bar);
        if (over <= excess)
            continue;
        excess = isnan(over) ? INFINITY : over, f.error = gap, f.bar = bar, f.resolution = want != 0 ? bar / fabs(want) : 0;
        plumb_law_number(f.got, got), plumb_law_number(f.want, want);
    }
    f.verdict = met & PLUMB_EFOREIGN ? PLUMB_CRASHED : bad ? PLUMB_WRONG : met ? PLUMB_UNRESOLVED : PLUMB_CORRECT;
    if (f.verdict == PLUMB_WRONG)
        snprintf(f.why, sizeof f.why, "the forward pass is not that of its twin in %zu of %zu numbers", bad, n);
    else if (met)
        snprintf(f.why, sizeof f.why, "%s", plumb_status_text(met));
    if (f.verdict != PLUMB_WRONG)
        *f.got = *f.want = 0;
    plumb_run_free(own), plumb_run_free(exact), plumb_run_free(bars);
    plumb_num_free(R), plumb_num_free(V);
    if (met & PLUMB_ENOMEM)
        return PLUMB_ENOMEM;
    plumb_law_report(s, o, sink, &f);
    return PLUMB_OK;
}
