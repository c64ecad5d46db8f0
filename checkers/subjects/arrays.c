/* arrays.c - gradients that somebody recorded: a folder of .npy files, or one .npz
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * NAME is an input, grad_NAME the gradient that was recorded for it, cotangent what the backward pass was given (without it: 1, of a scalar). plumb, if
 * there, is a text of the grammar of hello, or only its options. There is no forward: a twin judges. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "checkers/subjects/members.h"
#include "lib/base/alloc.h"
#include "plumbline/box.h"

typedef struct arrays {
    plumb_box box;
    plumb_members members;
    char *text;                 /* of plumb, or NULL */
    double *cotangent, *gradient;
    size_t rows, outputs, inputs;
} arrays;

/* ---- the description ---- */

static void
put_spec(FILE *f, const char *name, const plumb_npy *array)
{
    fprintf(f, " %s%s", name, *name ? ":" : "");
    for (int i = 0; i < array->shape.rank; i++)
        fprintf(f, "%s%zu", i ? "," : "", array->shape.dim[i]);
    if (!array->shape.rank)
        fprintf(f, "1");
    fprintf(f, ":%s", plumb_dtype_text(array->dtype));
}

static int
is_input(const plumb_member *m)
{
    return strncmp(m->name, "grad_", 5) && strcmp(m->name, "cotangent") && strcmp(m->name, "plumb");
}

/* Inputs without a gradient; where none has one, its name was another. */
static plumb_status
put_fixed(const arrays *a, FILE *f, plumb_diag *diag)
{
    char names[200] = "";
    size_t inputs = 0, fixed = 0, used = 0;
    for (size_t i = 0; i < a->members.n; i++)
        if (is_input(&a->members.list[i])) {
            inputs++;
            if (used < sizeof names)
                used += (size_t)snprintf(names + used, sizeof names - used, "%s%s", used ? ", " : "", a->members.list[i].name);
            if (!plumb_members_find(&a->members, "grad_", a->members.list[i].name))
                fprintf(f, "%s %s", fixed++ ? "" : " fixed", a->members.list[i].name);
        }
    if (fixed == inputs)
        return plumb_fail(diag, PLUMB_EINPUT, "%s: no gradient was recorded: that of an array x is called grad_x; there are the inputs %s", a->box.name, names);
    return PLUMB_OK;
}

static int
has_word(const char *text, const char *word)
{
    static const char space[] = " \t\n";
    for (size_t n; text && *(text += strspn(text, space)); text += n)
        if ((n = strcspn(text, space)) == strlen(word) && !strncmp(text, word, n))
            return 1;
    return 0;
}

/* in, out and the point, made from the arrays themselves */
static plumb_status
derive(const arrays *a, FILE *f, plumb_diag *diag)
{
    plumb_npy array;
    plumb_status st = PLUMB_OK;
    fprintf(f, "in");
    for (size_t i = 0; i < a->members.n && !st; i++) {
        if (!is_input(&a->members.list[i]))
            continue;
        st = plumb_members_array(&a->members, "", a->members.list[i].name, 0, &array, diag);
        if (!st)
            put_spec(f, a->members.list[i].name, &array);
        plumb_npy_clear(&array);
    }
    fprintf(f, " out");
    if (!st && plumb_members_find(&a->members, "cotangent", "")) {
        st = plumb_members_array(&a->members, "cotangent", "", 0, &array, diag);
        if (!st && array.shape.rank > 1 && array.dtype == PLUMB_I64)
            array.dtype = PLUMB_F64;
        if (!st)
            put_spec(f, "", &array);
        plumb_npy_clear(&array);
    } else
        fprintf(f, " 1");
    if (st || has_word(a->text, "fixed"))
        return st;
    return put_fixed(a, f, diag);
}

static plumb_status
load_point(arrays *a, plumb_hello *h, plumb_diag *diag)
{
    plumb_status st = PLUMB_OK;
    plumb_npy array;
    plumb_release(h->at);
    h->at = plumb_alloc(h->inputs, sizeof *h->at);
    if (!h->at)
        return PLUMB_ENOMEM;
    for (int k = 0; k < h->nin && !st; k++) {
        st = plumb_members_array(&a->members, "", h->in[k].name, h->in[k].dtype == PLUMB_BF16, &array, diag);
        if (!st && array.size != h->in[k].size)
            st = plumb_fail(diag, PLUMB_EINPUT, "%s: %s has %zu numbers, %zu are declared", a->box.name, h->in[k].name, array.size, h->in[k].size);
        if (!st && array.size)
            memcpy(h->at + h->in[k].from, array.data, array.size * sizeof *array.data);
        plumb_npy_clear(&array);
    }
    return st;
}

/* The recorded gradients, in the order of the inputs; 0 for fixed ones. */
static plumb_status
load_gradients(arrays *a, const plumb_hello *h, plumb_diag *diag)
{
    plumb_status st = PLUMB_OK;
    plumb_npy array;
    plumb_release(a->gradient), plumb_release(a->cotangent);
    a->gradient = plumb_alloc(h->inputs, sizeof *a->gradient), a->cotangent = plumb_alloc(h->outputs, sizeof *a->cotangent);
    if (!a->gradient || !a->cotangent)
        return PLUMB_ENOMEM;
    for (int k = 0; k < h->nin && !st; k++) {
        if (h->in[k].fixed && !plumb_members_find(&a->members, "grad_", h->in[k].name))
            continue;
        st = plumb_members_array(&a->members, "grad_", h->in[k].name, h->in[k].dtype == PLUMB_BF16, &array, diag);
        if (!st && array.size != h->in[k].size)
            st = plumb_fail(diag, PLUMB_EINPUT, "%s: grad_%s has %zu numbers, %s has %zu", a->box.name, h->in[k].name, array.size, h->in[k].name, h->in[k].size);
        if (!st && array.size)
            memcpy(a->gradient + h->in[k].from, array.data, array.size * sizeof *array.data);
        plumb_npy_clear(&array);
    }
    if (!plumb_members_find(&a->members, "cotangent", "") && h->outputs != 1)
        return st ? st : plumb_fail(diag, PLUMB_EINPUT, "%s: there is no array cotangent, and the output has %zu numbers", a->box.name, h->outputs);
    if (!st && !plumb_members_find(&a->members, "cotangent", ""))
        a->cotangent[0] = 1;
    else if (!st) {
        st = plumb_members_array(&a->members, "cotangent", "", h->out[0].dtype == PLUMB_BF16, &array, diag);
        if (!st && array.size != h->outputs)
            st = plumb_fail(diag, PLUMB_EINPUT, "%s: cotangent has %zu numbers, the output has %zu", a->box.name, array.size, h->outputs);
        if (!st && array.size)
            memcpy(a->cotangent, array.data, array.size * sizeof *array.data);
        plumb_npy_clear(&array);
    }
    return st;
}

static plumb_status
hello(plumb_box *box, plumb_hello *h, plumb_diag *diag)
{
    arrays *a = (arrays *)box;
    char *text = NULL;
    size_t length;
    FILE *f = open_memstream(&text, &length);
    plumb_status st = f ? PLUMB_OK : PLUMB_ENOMEM;
    *h = (plumb_hello){ .factor = 1, .copies = 1 };
    if (f) {
        if (!a->text || strncmp(a->text, "in ", 3))
            st = derive(a, f, diag);
        fprintf(f, " %s", a->text ? a->text : "");
        st |= fclose(f) ? PLUMB_ENOMEM : PLUMB_OK;
    }
    st |= st ? st : plumb_hello_read(text, h, diag);
    st |= st ? st : load_point(a, h, diag);
    st |= st ? st : plumb_hello_look(h, diag);
    st |= st ? st : load_gradients(a, h, diag);
    free(text);
    if (st)
        plumb_hello_clear(h);
    else
        a->inputs = h->inputs, a->outputs = h->outputs;
    return st & PLUMB_EINPUT ? PLUMB_EFOREIGN : st;
}

/* ---- what a box is asked ---- */

static plumb_status
backward(plumb_box *box, const double *g, double *d, plumb_diag *diag)
{
    const arrays *a = (arrays *)box;
    if (memcmp(g, a->cotangent, a->outputs * sizeof *g))
        return plumb_fail(diag, PLUMB_EDOMAIN, "only the recorded cotangent has a gradient");
    memcpy(d, a->gradient, a->inputs * sizeof *d);
    return PLUMB_OK;
}

static size_t
recorded(plumb_box *box, const double **g)
{
    *g = ((arrays *)box)->cotangent;
    return 1;
}

static void
free_arrays(plumb_box *box)
{
    arrays *a = (arrays *)box;
    plumb_members_close(&a->members);
    plumb_release(a->cotangent), plumb_release(a->gradient);
    free(a->text);
}

static const plumb_box_kind kind = { .name = "arrays", .hello = hello, .backward = backward, .recorded = recorded, .free = free_arrays };

plumb_box *
plumb_box_arrays(const char *path, plumb_diag *diag)
{
    arrays *a = plumb_alloc(1, sizeof *a);
    plumb_status st = a ? PLUMB_OK : PLUMB_ENOMEM;
    const plumb_member *m;
    if (a) {
        a->box.kind = &kind;
        a->box.name = plumb_text_copy(path), a->box.target = plumb_text_copy(path);
        st = a->box.name && a->box.target ? PLUMB_OK : PLUMB_ENOMEM;
    }
    st |= st ? st : plumb_members_open(a->box.name, &a->members, diag);
    if (!st && (m = plumb_members_find(&a->members, "plumb", "")))
        st = plumb_npy_text(path, m->bytes, m->length, &a->text, diag);
    if (!st)
        return &a->box;
    plumb_fail(diag, st, "%s: %s", path, plumb_status_text(st));
    plumb_box_free(a ? &a->box : NULL);
    return NULL;
}
