/* shadow.c - every step of a trainer made again from the trainer's own state, so that nothing grows
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include "checkers/judge/judge.h"
#include "checkers/trainers/shadow.h"
#include "lib/base/alloc.h"
#include "plumbline/sink.h"

enum { MOST_NUMBERS = 1 << 26, WALKERS = 6 };

int
plumb_finite(const double *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!isfinite(x[i]))
            return 0;
    return 1;
}

void
plumb_tell_step(plumb_sink *progress, const char *what, size_t k, size_t steps)
{
    char stage[80];
    snprintf(stage, sizeof stage, "%s %zu of %zu", what, k + 1, steps);
    if (progress && progress->stage)
        progress->stage(progress, stage);
}

/* ---- do they fit together? ---- */

/* But for axes of 1. */
static int
same_shape(const plumb_shape *a, const plumb_shape *b)
{
    int i = 0, j = 0;
    for (;; i++, j++) {
        while (i < a->rank && a->dim[i] == 1)
            i++;
        while (j < b->rank && b->dim[j] == 1)
            j++;
        if (i == a->rank || j == b->rank)
            return i == a->rank && j == b->rank;
        if (a->dim[i] != b->dim[j])
            return 0;
    }
}

static plumb_status
match_params(plumb_shadow *s, plumb_diag *diag)
{
    const plumb_graph *g = s->twin->graph;
    char got[PLUMB_SHAPE_TEXT], want[PLUMB_SHAPE_TEXT];
    for (int p = 0; p < s->t->params; p++) {
        const plumb_tensor *t = &s->t->param[p];
        const plumb_value *v = (s->value[p] = plumb_graph_find(g, t->name)) < 0 ? NULL : plumb_graph_value(g, s->value[p]);
        if (!v || v->role != PLUMB_PARAM)
            return plumb_fail(diag, PLUMB_EINPUT, "%s: %s is no parameter of the twin %s", s->t->name, t->name, s->twin->name);
        if (plumb_shape_size(&v->shape) != t->size)
            return plumb_fail(diag, PLUMB_EINPUT, "%s: a state of %s has %zu numbers, that of the twin %s has %zu", s->t->name, t->name, t->size, s->twin->name,
                plumb_shape_size(&v->shape));
        if (!same_shape(&t->shape, &v->shape))
            return plumb_fail(diag, PLUMB_EINPUT, "%s: a state of %s is %s, that of the twin %s is %s%s", s->t->name, t->name, plumb_shape_text(&t->shape, got), s->twin->name,
                plumb_shape_text(&v->shape, want), t->shape.rank == 2 && v->shape.rank == 2 ? ": is it transposed?" : "");
    }
    for (int v = 0; v < plumb_graph_values(g); v++) {
        int there = plumb_graph_value(g, v)->role != PLUMB_PARAM;
        for (int p = 0; p < s->t->params; p++)
            there |= s->value[p] == v;
        if (!there)
            return plumb_fail(diag, PLUMB_EINPUT, "%s: there are no states of %s, a parameter of the twin %s", s->t->name, plumb_graph_value(g, v)->name, s->twin->name);
    }
    return PLUMB_OK;
}

static plumb_status
match_one(plumb_shadow *s, int d, plumb_diag *diag)
{
    const plumb_graph *g = s->twin->graph;
    const plumb_data *data = &s->t->data[d];
    const plumb_value *v = (s->fed[d] = plumb_graph_find(g, data->name)) < 0 ? NULL : plumb_graph_value(g, s->fed[d]);
    if (!v || (v->role != PLUMB_INPUT && v->role != PLUMB_LABEL) || !v->shape.rank)
        return plumb_fail(diag, PLUMB_EINPUT, "%s: data_%s: the twin %s has no input %s", s->t->name, data->name, s->twin->name, data->name);
    if (plumb_shape_size(&v->shape) / v->shape.dim[0] != data->width)
        return plumb_fail(diag, PLUMB_EINPUT, "%s: a row of data_%s has %zu numbers, the twin %s takes %zu", s->t->name, data->name, data->width, s->twin->name,
            plumb_shape_size(&v->shape) / v->shape.dim[0]);
    if (v->shape.dim[0] < s->t->batch)
        return plumb_fail(diag, PLUMB_EINPUT, "%s: the twin %s takes batches of %zu, the trainer's have %zu: say so in its name, batch=%zu", s->t->name, s->twin->name,
            v->shape.dim[0], s->t->batch, s->t->batch);
    if (v->shape.dim[0] != plumb_graph_value(g, s->fed[0])->shape.dim[0] || !s->twin->samples || !s->twin->samples[s->fed[d]])
        return plumb_fail(diag, PLUMB_EINPUT, "%s: data_%s: the first axis of %s does not count the samples of the twin %s", s->t->name, data->name, data->name, s->twin->name);
    for (size_t i = 0; v->role == PLUMB_LABEL && i < data->rows * data->width; i++)
        if (data->x[i] != floor(data->x[i]) || data->x[i] < 0 || data->x[i] >= (double)v->below)
            return plumb_fail(diag, PLUMB_EINPUT, "%s: data_%s: row %zu holds %g, labels are 0 to %lld", s->t->name, data->name, i / data->width, data->x[i],
                (long long)v->below - 1);
    return PLUMB_OK;
}

static plumb_status
match_data(plumb_shadow *s, plumb_diag *diag)
{
    const plumb_graph *g = s->twin->graph;
    plumb_status st = PLUMB_OK;
    for (int d = 0; d < s->t->datas && !st; d++)
        st = match_one(s, d, diag);
    for (int v = 0; v < plumb_graph_values(g) && !st; v++) {
        int there = !s->twin->samples || !s->twin->samples[v];
        for (int d = 0; d < s->t->datas; d++)
            there |= s->fed[d] == v;
        if (!there)
            st = plumb_fail(diag, PLUMB_EINPUT, "%s: there is no array data_%s for the input %s of the twin %s", s->t->name, plumb_graph_value(g, v)->name,
                plumb_graph_value(g, v)->name, s->twin->name);
    }
    return st;
}

/* ---- gradients ---- */

static plumb_status
make_mill(plumb_shadow *s, size_t batch, plumb_mill *m, plumb_diag *diag)
{
    size_t width = 1;
    *m = (plumb_mill){ .batch = batch };
    for (int i = 0; i < 2; i++) {
        const plumb_subject *twin = i ? s->entitled : s->twin;
        plumb_run_options o = { .root = twin->output };
        if (batch != plumb_graph_value(twin->graph, s->fed[0])->shape.dim[0])
            twin = m->owned[i] = plumb_subject_part(twin, 0, batch, diag);
        if (!twin)
            return PLUMB_EINPUT;
        m->run[i] = plumb_run_new(twin->graph, s->number[i], &o, diag);
        if (!m->run[i])
            return PLUMB_ENOMEM;
        plumb_subject_load(twin, m->run[i]);
    }
    for (int d = 0; d < s->t->datas; d++) {
        width = s->t->data[d].width > width ? s->t->data[d].width : width;
        m->labels[d] = plumb_alloc(batch * s->t->data[d].width, sizeof **m->labels);
        if (!m->labels[d])
            return PLUMB_ENOMEM;
    }
    m->rows = plumb_alloc(batch * width, sizeof *m->rows);
    return m->rows ? PLUMB_OK : PLUMB_ENOMEM;
}

static void
end_mill(plumb_mill *m)
{
    plumb_run_free(m->run[0]), plumb_run_free(m->run[1]);
    plumb_subject_free(m->owned[0]), plumb_subject_free(m->owned[1]);
    plumb_release(m->rows);
    for (int d = 0; d < PLUMB_MAXDATA; d++)
        plumb_release(m->labels[d]);
}

/* The last one makes room for a new size. */
static plumb_mill *
mill_for(plumb_shadow *s, size_t batch, plumb_diag *diag)
{
    plumb_mill *m;
    for (int i = 0; i < s->mills; i++)
        if (s->mill[i].batch == batch)
            return &s->mill[i];
    if (s->mills == PLUMB_MILLS)
        end_mill(&s->mill[--s->mills]);
    m = &s->mill[s->mills];
    if (!make_mill(s, batch, m, diag))
        return s->mills++, m;
    end_mill(m);
    return NULL;
}

static void
feed(const plumb_shadow *s, plumb_mill *m, plumb_run *run, const int64_t *rows)
{
    for (int d = 0; d < s->t->datas; d++) {
        const plumb_data *data = &s->t->data[d];
        int label = plumb_graph_value(s->twin->graph, s->fed[d])->role == PLUMB_LABEL;
        for (size_t i = 0; i < m->batch; i++)
            for (size_t c = 0; c < data->width; c++) {
                double x = data->x[(size_t)rows[i] * data->width + c];
                if (label)
                    m->labels[d][i * data->width + c] = (int64_t)x;
                else
                    m->rows[i * data->width + c] = x;
            }
        if (label)
            plumb_run_set_label(run, s->fed[d], m->labels[d]);
        else
            plumb_run_set(run, s->fed[d], m->rows);
    }
}

plumb_status
plumb_shadow_gradient(plumb_shadow *s, int which, const double *w, const int64_t *rows, size_t b, const plumb_array *g, plumb_diag *diag)
{
    plumb_mill *m = mill_for(s, b, diag);
    const plumb_num *R = s->number[which];
    plumb_array root;
    plumb_run *run;
    plumb_status st;
    if (!m)
        return PLUMB_EINPUT;
    run = m->run[which];
    feed(s, m, run, rows);
    for (int p = 0; p < s->t->params; p++)
        plumb_run_set(run, s->value[p], w + s->t->param[p].from);
    root = plumb_run_cotangent(run, s->twin->output, 0);
    plumb_set_d(R, &root, 0, 1);
    st = plumb_run_forward(run) | plumb_run_reverse(run);
    for (int p = 0; p < s->t->params && !(st & PLUMB_ENOMEM); p++) {
        plumb_array d = plumb_run_cotangent(run, s->value[p], 0), to = plumb_at(g, (ptrdiff_t)s->t->param[p].from);
        st |= R->copy(R, &to, &d, s->t->param[p].size);
    }
    return st & PLUMB_ENOMEM ? plumb_fail(diag, PLUMB_ENOMEM, "out of memory for a gradient of %s", s->twin->name) : PLUMB_OK;
}

const int64_t *
plumb_shadow_rows(const plumb_shadow *s, size_t k, size_t *b)
{
    const int64_t *rows = s->t->index + k * s->t->batch;
    for (*b = 0; *b < s->t->batch && rows[*b] >= 0; ++*b)
        continue;
    return rows;
}

/* ---- steps ---- */

plumb_stepper *
plumb_shadow_stepper(const plumb_shadow *s, const plumb_step *step, const char *settings, int which, plumb_diag *diag)
{
    plumb_stepper *p = plumb_stepper_new(step, settings, s->number[which], s->t->n, diag);
    if (p && s->t->matrix && plumb_stepper_precondition(p, s->t->matrix, s->t->n, s->t->n, diag)) {
        plumb_stepper_free(p);
        p = NULL;
    }
    if (p && s->t->first) {
        plumb_array k = plumb_stepper_vector(p, "k");
        plumb_set_d(s->number[which], &k, 0, (double)s->t->first);
    }
    return p;
}

/* Does the step keep anything from one call to the next? */
static int
remembers(const plumb_step *step)
{
    for (int i = 0; i < PLUMB_STEP_RULES && step->rule[i].to; i++)
        if (strcmp(step->rule[i].to, "w"))
            return 1;
    return 0;
}

plumb_status
plumb_shadow_step(const plumb_shadow *s, plumb_stepper *stepper, size_t k, double factor, plumb_diag *diag)
{
    return plumb_stepper_step_scaled(stepper, s->rates ? &s->t->rate[k] : NULL, factor, diag);
}

/* "momentum(mu=0.9)": where no rate stands in it the trajectory must have them. */
static plumb_status
read_step(plumb_shadow *s, const char *text, plumb_diag *diag)
{
    char settings[440];
    plumb_stepper *trial;
    plumb_status st;
    if (!*text)
        return plumb_fail(diag, PLUMB_EINPUT, "%s does not say which step it takes: --step NAME(SETTINGS), as in --step 'momentum(rate=0.1,mu=0.9)' (plumb list steps)",
            s->t->name);
    st = plumb_step_read(text, &s->step, settings, sizeof settings, diag);
    if (st)
        return st;
    s->rates = strncmp(settings, "rate=", 5) && !strstr(settings, ",rate=");
    if (s->rates && !s->t->rate)
        return plumb_fail(diag, PLUMB_EINPUT, "%s: no learning rate is known: rate=NUMBER (or a formula of the step k) in the settings of %s, or an array rate", s->t->name,
            s->step->name);
    snprintf(s->settings, sizeof s->settings, "%s%s%s", s->rates ? "rate=1" : "", s->rates && *settings ? "," : "", settings);
    if (s->t->first && remembers(s->step))
        return plumb_fail(diag, PLUMB_EINPUT, "%s: the record begins at step %zu, and what %s keeps from the steps before is not in it: record from the start", s->t->name, s->t->first,
            s->step->name);
    trial = plumb_shadow_stepper(s, s->step, s->settings, 0, diag);
    plumb_stepper_free(trial);
    return trial ? PLUMB_OK : PLUMB_EINPUT;
}

plumb_status
plumb_shadow_open(plumb_shadow *s, const plumb_trajectory *t, const plumb_subject *twin, const char *step, plumb_diag *diag)
{
    plumb_status st;
    *s = (plumb_shadow){ .t = t, .twin = twin };
    if (t->steps * t->n > MOST_NUMBERS)
        return plumb_fail(diag, PLUMB_EINPUT, "%s: more than %d numbers in all", t->name, MOST_NUMBERS);
    s->rounding = plumb_rounding_new(&plumb_f64, diag);
    s->number[0] = &plumb_f64, s->number[1] = s->rounding;
    st = s->rounding ? match_params(s, diag) : PLUMB_ENOMEM;
    st |= st ? st : match_data(s, diag);
    st |= st ? st : read_step(s, step, diag);
    s->by_value = *plumb_op_find("sigmoid"), s->by_value.slope[0] = "z*(1 - z)";       /* ours does not cancel where it saturates */
    s->entitled = st ? NULL : plumb_subject_with_op(twin, plumb_op_find("sigmoid"), &s->by_value, diag);
    if (st || !s->entitled)
        return st ? st : PLUMB_ENOMEM;
    s->g = plumb_alloc(t->steps * t->n, sizeof *s->g), s->want = plumb_alloc(t->steps * t->n, sizeof *s->want);
    s->bar = plumb_alloc(t->steps * t->n, sizeof *s->bar);
    s->tied = plumb_alloc(t->steps, 1);
    return s->g && s->want && s->bar && s->tied ? PLUMB_OK : plumb_fail(diag, PLUMB_ENOMEM, "out of memory for %zu steps of %s", t->steps, t->name);
}

void
plumb_shadow_close(plumb_shadow *s)
{
    while (s->mills)
        end_mill(&s->mill[--s->mills]);
    plumb_release(s->g), plumb_release(s->want), plumb_release(s->bar), plumb_release(s->tied);
    plumb_subject_free(s->entitled);
    plumb_num_free(s->rounding);
}

/* Is there a comparison whose side the trainer's rounding may turn? One that is exactly a tie is decided by everybody in the same way. */
static plumb_status
look_for_kinks(plumb_shadow *s, size_t k, size_t b, plumb_diag *diag)
{
    plumb_events *ties = plumb_alloc(1, sizeof *ties);
    plumb_mill *m = mill_for(s, b, diag);
    plumb_status st = ties && m ? plumb_run_ties(m->run[1], plumb_dtype_bits(s->t->param[0].dtype), ties) : PLUMB_ENOMEM;
    for (size_t i = 0; !st && i < ties->count && i < PLUMB_MAXEVENTS; i++)
        s->tied[k] |= ties->at[i].at != 0;
    plumb_release(ties);
    return st & PLUMB_ENOMEM;
}

/* One step in one system, from the trainer's state. */
static plumb_status
one_step(plumb_shadow *s, plumb_stepper *stepper, int which, size_t k, plumb_diag *diag)
{
    plumb_array w = plumb_stepper_vector(stepper, "w"), g = plumb_stepper_vector(stepper, "g");
    const double *from = s->t->w + k * s->t->n;
    size_t b;
    const int64_t *rows = plumb_shadow_rows(s, k, &b);
    plumb_status st = plumb_shadow_gradient(s, which, from, rows, b, &g, diag);
    if (which && !st)
        st = look_for_kinks(s, k, b, diag);
    for (size_t i = 0; i < s->t->n && !st; i++) {
        plumb_set_d(s->number[which], &w, i, from[i]);
        if (!which)
            s->g[k * s->t->n + i] = plumb_get_d(&plumb_f64, &g, i);
    }
    return st ? st : plumb_shadow_step(s, stepper, k, 1, diag);
}

/* Below it nothing is promised. */
static double
smallest(const plumb_shadow *s)
{
    return plumb_dtype_bits(s->t->param[0].dtype) <= 24 ? 0x1p-126 : 0x1p-1022;
}

/* A step in f64 has rounding of its own: twice covers both. Beside the variance of one step stand four more steppers. Where the gradient is divided by what it was, an
 * error of it is not small beside it, and no first derivative will do: two go along a gradient that is six deviations larger, or smaller. What is kept over many steps has
 * an error that does not average out, since constants such as beta2 are rounded once for all: two have one unit roundoff too much in m, and in s, after every step.
 * Where the variance is no number (the root of an s that is 0, a beta1 of 0) a few units of the state stand for it. */
static void
keep(plumb_shadow *s, plumb_stepper *const stepper[WALKERS], size_t k)
{
    plumb_array w[WALKERS], variance;
    long bits = plumb_dtype_bits(s->t->param[0].dtype);
    double most = 2 * plumb_sigmas(1e-9, s->t->n), u = ldexp(1, (int)-bits);
    for (int i = 0; i < WALKERS; i++)
        w[i] = plumb_stepper_vector(stepper[i], "w");
    variance = plumb_half(&plumb_f64, &w[1], 1);
    for (size_t i = 0; i < s->t->n; i++) {
        double want = plumb_get_d(&plumb_f64, &w[0], i), bar = most * plumb_rounding_sigma(plumb_get_d(&plumb_f64, &variance, i), bits), off[WALKERS];
        for (int b = 2; b < WALKERS; b++)
            off[b] = fabs(plumb_get_d(&plumb_f64, &w[b], i) - want);
        if (!isfinite(bar))
            bar = 32 * u * (fabs(want) + fabs(s->t->w[k * s->t->n + i]));
        bar = fmax(bar, 2 * fmax(off[2], off[3])) + 2 * (off[4] + off[5]);
        s->want[k * s->t->n + i] = want, s->bar[k * s->t->n + i] = bar + smallest(s);
    }
}

/* What is kept, one unit roundoff larger. */
static void
lean(const plumb_shadow *s, plumb_stepper *stepper, const char *vector)
{
    plumb_array at = plumb_stepper_vector(stepper, vector);
    double more = 1 + fmax(ldexp(1, -plumb_dtype_bits(s->t->param[0].dtype)), 0x1p-52);
    for (size_t i = 0; i < s->t->n; i++)
        plumb_set_d(&plumb_f64, &at, i, plumb_get_d(&plumb_f64, &at, i) * more + smallest(s));
}

/* One of the four: the first one's gradient, or one that is some deviations off. */
static plumb_status
other_step(plumb_shadow *s, plumb_stepper *stepper, const plumb_stepper *rounding, int which, size_t k, plumb_diag *diag)
{
    plumb_array w = plumb_stepper_vector(stepper, "w"), g = plumb_stepper_vector(stepper, "g"), v = plumb_stepper_vector(rounding, "g"), variance = plumb_half(&plumb_f64, &v, 1);
    double deviations = which == 2 ? plumb_sigmas(1e-9, s->t->n) : which == 3 ? -plumb_sigmas(1e-9, s->t->n) : 0;
    plumb_status st;
    for (size_t i = 0; i < s->t->n; i++) {
        double sigma = plumb_rounding_sigma(plumb_get_d(&plumb_f64, &variance, i), plumb_dtype_bits(s->t->param[0].dtype));
        plumb_set_d(&plumb_f64, &w, i, s->t->w[k * s->t->n + i]);
        plumb_set_d(&plumb_f64, &g, i, s->g[k * s->t->n + i] + (deviations != 0 && isfinite(sigma) ? deviations * sigma : 0));
    }
    st = plumb_shadow_step(s, stepper, k, 1, diag);
    if (which >= 4)
        lean(s, stepper, which == 4 ? "m" : "s");
    return st;
}

plumb_status
plumb_shadow_walk(plumb_shadow *s, plumb_sink *progress, plumb_diag *diag)
{
    plumb_stepper *stepper[WALKERS];
    plumb_status st = PLUMB_OK;
    for (int i = 0; i < WALKERS; i++) {
        stepper[i] = plumb_shadow_stepper(s, s->step, s->settings, i == 1, diag);
        st |= stepper[i] ? PLUMB_OK : PLUMB_ENOMEM;
    }
    for (size_t k = 0; k < s->t->steps && !st && plumb_finite(s->t->w + k * s->t->n, s->t->n); k++) {
        plumb_tell_step(progress, "step", k, s->t->steps);
        for (int i = 0; i < 2 && !st; i++)
            st = one_step(s, stepper[i], i, k, diag);
        for (int i = 2; i < WALKERS && !st; i++)
            st = other_step(s, stepper[i], stepper[1], i, k, diag);
        if (!st)
            keep(s, stepper, k), s->seen = k + 1;
    }
    for (int i = 0; i < WALKERS; i++)
        plumb_stepper_free(stepper[i]);
    return st;
}
