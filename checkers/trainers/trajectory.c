/* trajectory.c - a recorded course of a trainer: arrays in a folder or an .npz
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "checkers/subjects/members.h"
#include "lib/base/alloc.h"
#include "plumbline/trainer.h"

enum { MOST_TEXT = 400 };

static int
is_param(const char *name)
{
    return strncmp(name, "data_", 5) && strcmp(name, "index") && strcmp(name, "rate") && strcmp(name, "k") && strcmp(name, "matrix") && strcmp(name, "step") && strcmp(name, "twin");
}

/* The first number that is not finite, or the count. */
static size_t
first_odd(const double *x, size_t n)
{
    size_t i = 0;
    while (i < n && isfinite(x[i]))
        i++;
    return i;
}

/* ---- data ---- */

static plumb_status
take_data(plumb_trajectory *t, const plumb_members *m, const char *name, plumb_diag *diag)
{
    plumb_npy a;
    plumb_status st = plumb_members_array(m, "data_", name, 0, &a, diag);
    plumb_data *d = &t->data[t->datas];
    size_t odd;
    if (st)
        return st;
    if (t->datas == PLUMB_MAXDATA)
        st = plumb_fail(diag, PLUMB_EINPUT, "%s: more than %d arrays data_NAME", m->path, PLUMB_MAXDATA);
    else if (!a.shape.rank || !a.shape.dim[0])
        st = plumb_fail(diag, PLUMB_EINPUT, "%s: data_%s has no rows", m->path, name);
    else if ((odd = first_odd(a.data, a.size)) < a.size)
        st = plumb_fail(diag, PLUMB_EINPUT, "%s: data_%s: number %zu is not finite", m->path, name, odd);
    else if (t->datas && a.shape.dim[0] != t->data[0].rows)
        st = plumb_fail(diag, PLUMB_EINPUT, "%s: data_%s has %zu rows, data_%s has %zu", m->path, name, a.shape.dim[0], t->data[0].name, t->data[0].rows);
    if (!st) {
        *d = (plumb_data){ .rows = a.shape.dim[0], .width = a.size / a.shape.dim[0], .x = a.data };
        snprintf(d->name, sizeof d->name, "%s", name);
        t->datas++, a.data = NULL;
    }
    plumb_npy_clear(&a);
    return st;
}

static plumb_status
take_all_data(plumb_trajectory *t, const plumb_members *m, plumb_diag *diag)
{
    plumb_status st = PLUMB_OK;
    for (size_t i = 0; i < m->n && !st; i++)
        if (!strncmp(m->list[i].name, "data_", 5))
            st = take_data(t, m, m->list[i].name + 5, diag);
    return st || t->datas ? st : plumb_fail(diag, PLUMB_EINPUT, "%s: there is no array data_NAME: the samples that input NAME of the twin is fed with, one a row", m->path);
}

/* ---- parameters ---- */

static plumb_status
add_param(plumb_trajectory *t, const plumb_members *m, const char *name, plumb_npy *a, plumb_diag *diag)
{
    plumb_tensor *p = &t->param[t->params];
    plumb_status st = plumb_members_array(m, "", name, 0, a, diag);
    if (st)
        return st;
    if (!a->shape.rank || a->shape.dim[0] < 2)
        return plumb_fail(diag, PLUMB_EINPUT, "%s: %s: states along the first axis were expected, two at least (another array that belongs here is called data_NAME, index, rate, k, matrix, step or twin)",
            m->path, name);
    if (t->params && a->shape.dim[0] != t->steps + 1)
        return plumb_fail(diag, PLUMB_EINPUT, "%s: %s has %zu states, %s has %zu", m->path, name, a->shape.dim[0], t->param[0].name, t->steps + 1);
    if (a->dtype == PLUMB_I64 || (t->params && a->dtype != t->param[0].dtype))
        return plumb_fail(diag, PLUMB_EINPUT, "%s: %s is %s, where %s", m->path, name, plumb_dtype_text(a->dtype),
            t->params ? "the other parameters are not" : "a floating-point type was expected");
    *p = (plumb_tensor){ .dtype = a->dtype, .from = t->n, .size = a->size / a->shape.dim[0], .shape.rank = a->shape.rank - 1 };
    snprintf(p->name, sizeof p->name, "%.47s", name);
    for (int i = 0; i < p->shape.rank; i++)
        p->shape.dim[i] = a->shape.dim[i + 1];
    t->steps = a->shape.dim[0] - 1, t->n += p->size, t->params++;
    return PLUMB_OK;
}

static plumb_status
take_params(plumb_trajectory *t, const plumb_members *m, plumb_diag *diag)
{
    plumb_npy a[PLUMB_MAXTRAINED] = { { .data = NULL } };
    plumb_status st = PLUMB_OK;
    for (size_t i = 0; i < m->n && !st; i++)
        if (is_param(m->list[i].name))
            st = t->params < PLUMB_MAXTRAINED ? add_param(t, m, m->list[i].name, &a[t->params], diag)
                : plumb_fail(diag, PLUMB_EINPUT, "%s: more than %d parameters", m->path, PLUMB_MAXTRAINED);
    if (!st && !t->params)
        st = plumb_fail(diag, PLUMB_EINPUT, "%s: there is no parameter: an array of its states, one after the other, under its name in the twin", m->path);
    if (!st && !(t->w = plumb_alloc((t->steps + 1) * t->n, sizeof *t->w)))
        st = plumb_fail(diag, PLUMB_ENOMEM, "out of memory for %s", m->path);
    for (int p = 0; p < PLUMB_MAXTRAINED; p++) {
        for (size_t k = 0; p < t->params && !st && k <= t->steps; k++)
            memcpy(t->w + k * t->n + t->param[p].from, a[p].data + k * t->param[p].size, t->param[p].size * sizeof *t->w);
        plumb_npy_clear(&a[p]);
    }
    return st;
}

/* ---- what belongs to each step ---- */

static plumb_status
look_at_index(const plumb_trajectory *t, const char *path, plumb_diag *diag)
{
    for (size_t k = 0; k < t->steps; k++)
        for (size_t i = 0; i < t->batch; i++) {
            int64_t row = t->index[k * t->batch + i];
            if (row != -1 && i && t->index[k * t->batch + i - 1] == -1)
                return plumb_fail(diag, PLUMB_EINPUT, "%s: index: in step %zu row %lld stands behind a -1, which ends a batch", path, k + 1, (long long)row);
            if (row < -1 || row >= (int64_t)t->data[0].rows || (row == -1 && !i))
                return plumb_fail(diag, PLUMB_EINPUT, "%s: index: step %zu takes row %lld of the data, which have rows 0 to %zu", path, k + 1, (long long)row, t->data[0].rows - 1);
        }
    return PLUMB_OK;
}

static plumb_status
take_index(plumb_trajectory *t, const plumb_members *m, plumb_diag *diag)
{
    plumb_npy a;
    plumb_status st = plumb_members_array(m, "index", "", 0, &a, diag);
    if (st)
        return plumb_fail(diag, PLUMB_EINPUT, "%s: there is no array index: the rows of the data that each step has seen, (steps, batch)", m->path);
    if (a.shape.rank < 1 || a.shape.rank > 2 || a.shape.dim[0] != t->steps || !a.size)
        st = plumb_fail(diag, PLUMB_EINPUT, "%s: index: (steps, batch) was expected, for the %zu steps between %zu states; it has %zu rows", m->path, t->steps, t->steps + 1,
            a.shape.rank ? a.shape.dim[0] : 0);
    t->batch = st ? 0 : a.size / t->steps;
    if (!st && !(t->index = plumb_alloc(a.size, sizeof *t->index)))
        st = plumb_fail(diag, PLUMB_ENOMEM, "out of memory for %s", m->path);
    for (size_t i = 0; i < a.size && !st; i++) {
        if (a.data[i] != floor(a.data[i]) || fabs(a.data[i]) > 0x1p52)
            st = plumb_fail(diag, PLUMB_EINPUT, "%s: index: number %zu is %g, no row of the data", m->path, i, a.data[i]);
        else
            t->index[i] = (int64_t)a.data[i];
    }
    plumb_npy_clear(&a);
    return st ? st : look_at_index(t, m->path, diag);
}

static plumb_status
take_rate(plumb_trajectory *t, const plumb_members *m, plumb_diag *diag)
{
    plumb_npy a;
    plumb_status st;
    size_t odd;
    if (!plumb_members_find(m, "rate", ""))
        return PLUMB_OK;
    st = plumb_members_array(m, "rate", "", 0, &a, diag);
    if (!st && a.size != t->steps)
        st = plumb_fail(diag, PLUMB_EINPUT, "%s: rate has %zu numbers for %zu steps", m->path, a.size, t->steps);
    else if (!st && (odd = first_odd(a.data, a.size)) < a.size)
        st = plumb_fail(diag, PLUMB_EINPUT, "%s: rate: the learning rate of step %zu is %g", m->path, odd + 1, a.data[odd]);
    if (!st)
        t->rate = a.data, a.data = NULL;
    plumb_npy_clear(&a);
    return st;
}

/* A preconditioner of all numbers of a state, in the order in which the parameters stand in the file. */
static plumb_status
take_matrix(plumb_trajectory *t, const plumb_members *m, plumb_diag *diag)
{
    plumb_npy a;
    plumb_status st;
    size_t odd, rows, columns;
    if (!plumb_members_find(m, "matrix", ""))
        return PLUMB_OK;
    st = plumb_members_array(m, "matrix", "", 0, &a, diag);
    rows = !st && a.shape.rank == 2 ? a.shape.dim[0] : 0, columns = !st && a.shape.rank == 2 ? a.shape.dim[1] : 0;
    if (!st && (a.shape.rank != 2 || rows != columns))
        st = plumb_fail(diag, PLUMB_EINPUT, "%s: matrix: the preconditioner is %zu x %zu: a square one was expected", m->path, rows, columns);
    else if (!st && rows != t->n)
        st = plumb_fail(diag, PLUMB_EINPUT, "%s: matrix: the preconditioner is %zu x %zu, a state has %zu numbers", m->path, rows, columns, t->n);
    else if (!st && (odd = first_odd(a.data, a.size)) < a.size)
        st = plumb_fail(diag, PLUMB_EINPUT, "%s: matrix: row %zu, column %zu is not finite", m->path, odd / columns, odd % columns);
    if (!st)
        t->matrix = a.data, a.data = NULL;
    plumb_npy_clear(&a);
    return st;
}

/* The numbers of the states, where they are given, go up by one. */
static plumb_status
look_at_order(plumb_trajectory *t, const plumb_members *m, plumb_diag *diag)
{
    plumb_npy a;
    plumb_status st;
    if (!plumb_members_find(m, "k", ""))
        return PLUMB_OK;
    st = plumb_members_array(m, "k", "", 0, &a, diag);
    if (!st && a.size != t->steps + 1)
        st = plumb_fail(diag, PLUMB_EINPUT, "%s: k has %zu numbers for %zu states", m->path, a.size, t->steps + 1);
    if (!st && (a.data[0] != floor(a.data[0]) || a.data[0] < 0 || a.data[0] > 1e9))
        st = plumb_fail(diag, PLUMB_EINPUT, "%s: k: the first state is that of step %g: a whole number from 0 was expected", m->path, a.data[0]);
    for (size_t i = 1; !st && i < a.size; i++)
        if (a.data[i] != a.data[i - 1] + 1)
            st = plumb_fail(diag, PLUMB_EINPUT, "%s: k: state %zu is that of step %g, right after that of step %g: %s", m->path, i, a.data[i], a.data[i - 1],
                a.data[i] > a.data[i - 1] ? "steps are missing" : "they are out of order");
    if (!st)
        t->first = (size_t)a.data[0];
    plumb_npy_clear(&a);
    return st;
}

static plumb_status
take_text(const plumb_members *m, const char *name, char *to, plumb_diag *diag)
{
    const plumb_member *member = plumb_members_find(m, name, "");
    char *text = NULL;
    plumb_status st = PLUMB_OK;
    if (!member)
        return PLUMB_OK;
    st = plumb_npy_text(m->path, member->bytes, member->length, &text, diag);
    if (!st && strlen(text) >= MOST_TEXT)
        st = plumb_fail(diag, PLUMB_EINPUT, "%s: %s is longer than %d characters", m->path, name, MOST_TEXT);
    if (!st)
        snprintf(to, MOST_TEXT, "%s", text);
    free(text);
    return st;
}

/* ---- the whole ---- */

static plumb_status
named(const char *path, plumb_trajectory *t, plumb_members *m, plumb_diag *diag)
{
    plumb_status st = plumb_members_open(path, m, diag);
    *t = (plumb_trajectory){ .name = st ? NULL : plumb_text_copy(path) };
    return st || t->name ? st : plumb_fail(diag, PLUMB_ENOMEM, "out of memory for %s", path);
}

plumb_status
plumb_trajectory_data(const char *path, plumb_trajectory *t, plumb_diag *diag)
{
    plumb_members m;
    plumb_status st = named(path, t, &m, diag);
    st |= st ? st : take_all_data(t, &m, diag);
    plumb_members_close(&m);
    if (!st)
        return PLUMB_OK;
    plumb_trajectory_clear(t);
    return plumb_fail(diag, st, "%s: %s", path, plumb_status_text(st));
}

plumb_status
plumb_trajectory_read(const char *path, plumb_trajectory *t, plumb_diag *diag)
{
    plumb_members m;
    plumb_status st = named(path, t, &m, diag);
    st |= st ? st : take_text(&m, "step", t->step, diag);
    st |= st ? st : take_text(&m, "twin", t->twin, diag);
    st |= st ? st : take_params(t, &m, diag);
    st |= st ? st : take_all_data(t, &m, diag);
    st |= st ? st : take_index(t, &m, diag);
    st |= st ? st : take_rate(t, &m, diag);
    st |= st ? st : take_matrix(t, &m, diag);
    st |= st ? st : look_at_order(t, &m, diag);
    plumb_members_close(&m);
    if (!st)
        return PLUMB_OK;
    plumb_trajectory_clear(t);
    return plumb_fail(diag, st, "%s: %s", path, plumb_status_text(st));
}

void
plumb_trajectory_clear(plumb_trajectory *t)
{
    for (int i = 0; i < t->datas; i++)
        plumb_release(t->data[i].x);
    plumb_release(t->name), plumb_release(t->w), plumb_release(t->index), plumb_release(t->rate), plumb_release(t->matrix);
    *t = (plumb_trajectory){ .name = NULL };
}
