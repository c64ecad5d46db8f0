/* hello.c - the grammar in which a box describes itself: the same for a pipe, a shared object and recorded arrays
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "lib/base/alloc.h"
#include "plumbline/box.h"

enum { MOST_TENSORS = 1024 };

typedef struct reader {
    char *word, *rest;          /* the word in hand, NULL at the end; what follows it */
    plumb_hello *h;
    plumb_diag *diag;
    unsigned seen;              /* options, a bit each */
} reader;

static void
next(reader *r)
{
    r->word = strtok_r(NULL, " \t\r\n", &r->rest);
}

static plumb_status
refuse(reader *r, const char *what)
{
    return plumb_fail(r->diag, PLUMB_EFOREIGN, "hello: \"%.60s\" %s", r->word ? r->word : "(the end)", what);
}

/* ---- specs ---- */

static plumb_status
read_dims(reader *r, const char *dims, plumb_tensor *t)
{
    char *end = (char *)dims;
    size_t size = 1;
    for (t->shape.rank = 0;; dims = end + 1) {
        unsigned long long d = strtoull(dims, &end, 10);
        if (end == dims || *dims < '0' || *dims > '9' || (*end && *end != ',' && *end != ':'))
            return refuse(r, "is neither name:dims nor name:dims:dtype, as in W:5,7:f32");
        if (t->shape.rank == PLUMB_MAXRANK)
            return refuse(r, "has more than 6 dims");
        if (d > PLUMB_BOX_MOST || (d && size > PLUMB_BOX_MOST / d))
            return refuse(r, "has more than 2^26 numbers");
        t->shape.dim[t->shape.rank++] = (size_t)d, size *= (size_t)d;
        if (*end != ',')
            break;
    }
    t->size = size, t->dtype = PLUMB_F64;
    if (!*end)
        return PLUMB_OK;
    for (int k = 0; k < PLUMB_DTYPES; k++)
        if (!strcmp(end + 1, plumb_dtype_text((plumb_dtype)k)))
            return t->dtype = (plumb_dtype)k, t->fixed = k == PLUMB_I64, PLUMB_OK;
    return refuse(r, "has a dtype that is none of f64 f32 f16 bf16 i64");
}

static plumb_status
read_specs(reader *r, const char *letter, plumb_tensor **list, int *n, size_t *numbers)
{
    plumb_status st = PLUMB_OK;
    for (next(r); r->word && !st && (strchr(r->word, ':') || (*r->word >= '0' && *r->word <= '9')); next(r)) {
        const char *colon = strchr(r->word, ':');
        int named = colon && (*r->word < '0' || *r->word > '9');
        plumb_tensor *grown, *t;
        if (*n == MOST_TENSORS)
            return refuse(r, "is one tensor more than 1024");
        grown = plumb_realloc(*list, (size_t)*n + 1, sizeof **list);
        if (!grown)
            return PLUMB_ENOMEM;
        *list = grown, t = &grown[*n];
        memset(t, 0, sizeof *t);
        t->batch = -1, t->from = *numbers;
        if (named)
            snprintf(t->name, sizeof t->name, "%.*s", (int)(colon - r->word), r->word);
        else
            snprintf(t->name, sizeof t->name, "%s%d", letter, *n + 1);
        st = read_dims(r, named ? colon + 1 : r->word, t);
        for (int k = 0; k < *n && !st; k++)
            if (!strcmp((*list)[k].name, t->name))
                st = refuse(r, "has the name of another one");
        *numbers += t->size, ++*n;
        if (!st && *numbers > PLUMB_BOX_MOST)
            st = refuse(r, "makes it more than 2^26 numbers in all");
        if (st)
            return st;
    }
    if (*n == 1 && !strncmp((*list)[0].name, letter, 1) && !strcmp((*list)[0].name + 1, "1"))
        snprintf((*list)[0].name, sizeof (*list)[0].name, "%s", letter);
    return st;
}

/* ---- options ---- */

static int
is_number(const char *word, double *value)
{
    char *end;
    if (!word)
        return 0;
    *value = strtod(word, &end);
    return end != word && !*end;
}

/* The numbers that follow, or those of "@FILE.npy", into a fresh array. */
static plumb_status
numbers(reader *r, double **list, size_t *n)
{
    size_t room = 0;
    double v;
    *list = NULL, *n = 0;
    next(r);
    if (r->word && *r->word == '@') {
        plumb_npy a = { .data = NULL };
        plumb_status st = plumb_npy_load(r->word + 1, 0, &a, r->diag);
        *list = a.data, *n = a.size;
        next(r);
        return st ? PLUMB_EFOREIGN : PLUMB_OK;
    }
    for (; is_number(r->word, &v); next(r)) {
        if (*n == room) {
            double *grown = plumb_realloc(*list, room = room ? 2 * room : 64, sizeof v);
            if (!grown)
                return PLUMB_ENOMEM;
            *list = grown;
        }
        (*list)[(*n)++] = v;
    }
    return PLUMB_OK;
}

static plumb_status
wrong_count(reader *r, const char *option, size_t got, const char *wanted)
{
    return plumb_fail(r->diag, PLUMB_EFOREIGN, "hello: %s has %zu numbers, %s expected%s%.40s%s", option, got, wanted, r->word ? "; it ends at \"" : "",
        r->word ? r->word : "", r->word ? "\"" : "");
}

static plumb_status
one(reader *r, const char *option, double *value)
{
    next(r);
    if (!is_number(r->word, value) || !isfinite(*value))
        return plumb_fail(r->diag, PLUMB_EFOREIGN, "hello: %s: a finite number was expected, not \"%.40s\"", option, r->word ? r->word : "");
    next(r);
    return PLUMB_OK;
}

/* One number for each input element. */
static plumb_status
per_input(reader *r, const char *option, double **to)
{
    size_t n;
    char wanted[60];
    plumb_status st = numbers(r, to, &n);
    snprintf(wanted, sizeof wanted, "one for each of %zu inputs was", r->h->inputs);
    if (!st && n == 0 && r->h->inputs == 0)
        return (*to = plumb_alloc(1, sizeof **to)) ? PLUMB_OK : PLUMB_ENOMEM;
    return st ? st : n == r->h->inputs ? PLUMB_OK : wrong_count(r, option, n, wanted);
}

static plumb_status
read_box(reader *r)
{
    plumb_hello *h = r->h;
    double *pairs;
    size_t n;
    plumb_status st = numbers(r, &pairs, &n);
    if (!st && n != 2 && n != 2 * (size_t)h->nin && n != 2 * h->inputs)
        st = wrong_count(r, "box", n, "one pair, a pair for each input, or a pair for each of its elements was");
    for (size_t i = 0; i + 1 < n && !st; i += 2)
        if (!(pairs[i] < pairs[i + 1]))
            st = plumb_fail(r->diag, PLUMB_EFOREIGN, "hello: box: (%g, %g) is no interval", pairs[i], pairs[i + 1]);
    for (int k = 0; k < h->nin && !st; k++)
        for (size_t i = h->in[k].from; i < h->in[k].from + h->in[k].size; i++) {
            size_t at = n == 2 ? 0 : n == 2 * h->inputs ? i : (size_t)k;
            h->lo[i] = pairs[2 * at], h->hi[i] = pairs[2 * at + 1];
        }
    plumb_release(pairs);
    return st;
}

static plumb_tensor *
named(plumb_tensor *list, int n, const char *name, size_t length)
{
    for (int k = 0; k < n; k++)
        if (strlen(list[k].name) == length && !strncmp(list[k].name, name, length))
            return &list[k];
    return NULL;
}

static plumb_status
read_fixed(reader *r)
{
    plumb_tensor *t;
    int any = 0;
    for (next(r); r->word && (t = named(r->h->in, r->h->nin, r->word, strlen(r->word))); next(r))
        t->fixed = 1, any = 1;
    return any ? PLUMB_OK : refuse(r, "stands where the name of an input was expected (fixed)");
}

static plumb_status
read_batch(reader *r)
{
    int any = 0;
    for (next(r); r->word && strchr(r->word, ':'); next(r)) {
        const char *colon = strchr(r->word, ':');
        size_t length = (size_t)(colon - r->word);
        plumb_tensor *t = named(r->h->in, r->h->nin, r->word, length);
        char *end;
        long axis = strtol(colon + 1, &end, 10);
        t = t ? t : named(r->h->out, r->h->nout, r->word, length);
        if (!t)
            return refuse(r, "names no input or output (batch)");
        if (end == colon + 1 || *end || axis < 0 || axis >= t->shape.rank)
            return refuse(r, "is not NAME:AXIS with an axis of that tensor (batch)");
        t->batch = (int)axis, any = 1;
    }
    return any ? PLUMB_OK : refuse(r, "stands where NAME:AXIS was expected (batch)");
}

static plumb_status
text(reader *r, const char *option, char *to, size_t room)
{
    next(r);
    if (!r->word)
        return plumb_fail(r->diag, PLUMB_EFOREIGN, "hello: %s: a word was expected", option);
    if (strlen(r->word) >= room)
        return refuse(r, "is too long");
    strcpy(to, r->word);
    next(r);
    return PLUMB_OK;
}

static plumb_status
factor(reader *r, const char *option)
{
    double f = 1;
    plumb_status st = one(r, option, &f);
    if (!st && f == 0)
        return plumb_fail(r->diag, PLUMB_EFOREIGN, "hello: %s 0 would hide every gradient", option);
    r->h->factor *= f;
    if (!st && !(isfinite(r->h->factor) && r->h->factor != 0))
        return plumb_fail(r->diag, PLUMB_EFOREIGN, "hello: sign and factor together are %g", r->h->factor);
    return st;
}

static plumb_status
positive(reader *r, const char *option, double *to)
{
    plumb_status st = one(r, option, to);
    return st || *to > 0 ? st : plumb_fail(r->diag, PLUMB_EFOREIGN, "hello: %s: a number above 0 was expected", option);
}

static plumb_status
count(reader *r, const char *option, double most, double *n)
{
    if (one(r, option, n) || *n < 1 || *n > most || *n != floor(*n))
        return plumb_fail(r->diag, PLUMB_EFOREIGN, "hello: %s: a whole number from 1 to %g was expected", option, most);
    return PLUMB_OK;
}

static plumb_status
order(reader *r)
{
    next(r);
    if (!r->word || (strcmp(r->word, "F") && strcmp(r->word, "C")))
        return refuse(r, "stands where C or F was expected (order)");
    r->h->column_major = *r->word == 'F';
    next(r);
    return PLUMB_OK;
}

static plumb_status
option(reader *r)
{
    static const char *const names[] = { "eps", "box", "at", "fixed", "twin", "batch", "sign", "factor", "adds", "inner", "scale", "solver_tol",
        "noisy", "state", "copies", "nudges", "batches", "order", "where", "trainer", "step", "data", "samples", "binary" };
    plumb_hello *h = r->h;
    unsigned which = 0;
    double n;
    while (which < sizeof names / sizeof *names && strcmp(r->word, names[which]))
        which++;
    if (which == sizeof names / sizeof *names)
        return refuse(r, "is not understood; in SPEC... out SPEC... and options of docs/protocol.md were expected");
    if (r->seen >> which & 1)
        return refuse(r, "is given twice");
    r->seen |= 1u << which;
    switch (which) {
    case 0: return positive(r, "eps", &h->eps);
    case 1: return read_box(r);
    case 2: return per_input(r, "at", &h->at);
    case 3: return read_fixed(r);
    case 4: return text(r, "twin", h->twin, sizeof h->twin);
    case 5: return read_batch(r);
    case 6: return factor(r, "sign");
    case 7: return factor(r, "factor");
    case 8: h->adds = 1; break;
    case 9: return per_input(r, "inner", &h->inner);
    case 10: return per_input(r, "scale", &h->scale);
    case 11: return positive(r, "solver_tol", &h->solver_tol);
    case 12: h->noisy = 1; break;
    case 13: h->state = 1; break;
    case 14: return count(r, "copies", 256, &n) ? PLUMB_EFOREIGN : (h->copies = (int)n, PLUMB_OK);
    case 15: h->nudges = 1; break;
    case 16: h->batches = 1; break;
    case 17: return order(r);
    case 18: return text(r, "where", h->where, sizeof h->where);
    case 19: return positive(r, "trainer", &h->rate);
    case 20: return text(r, "step", h->step, sizeof h->step);
    case 21: return text(r, "data", h->data, sizeof h->data);
    case 22: return count(r, "samples", 4096, &n) ? PLUMB_EFOREIGN : (h->samples = (size_t)n, PLUMB_OK);
    default: h->binary = 1; break;
    }
    next(r);
    return PLUMB_OK;
}

/* ---- the whole ---- */

static plumb_status
boxes(plumb_hello *h)
{
    h->lo = plumb_alloc(h->inputs, sizeof *h->lo), h->hi = plumb_alloc(h->inputs, sizeof *h->hi);
    for (size_t i = 0; h->lo && h->hi && i < h->inputs; i++)
        h->lo[i] = -INFINITY, h->hi[i] = INFINITY;
    return h->lo && h->hi ? PLUMB_OK : PLUMB_ENOMEM;
}

plumb_status
plumb_hello_look(plumb_hello *h, plumb_diag *diag)
{
    for (int k = 0; h->at && k < h->nin; k++)
        for (size_t i = h->in[k].from; i < h->in[k].from + h->in[k].size; i++) {
            if (!isfinite(h->at[i]))
                return plumb_fail(diag, PLUMB_EFOREIGN, "hello: at: element %zu of %s is not finite", i - h->in[k].from, h->in[k].name);
            h->at[i] = plumb_dtype_round(h->in[k].dtype, h->at[i]);
            if (!h->in[k].fixed && !(h->at[i] >= h->lo[i] && h->at[i] <= h->hi[i]))
                return plumb_fail(diag, PLUMB_EFOREIGN, "hello: at: element %zu of %s, %.17g, is outside its box (%g, %g)", i - h->in[k].from,
                    h->in[k].name, h->at[i], h->lo[i], h->hi[i]);
        }
    for (size_t i = 0; h->inner && i < h->inputs; i++)
        if (!(h->inner[i] > 0 && isfinite(h->inner[i])))
            return plumb_fail(diag, PLUMB_EFOREIGN, "hello: inner: weight %zu is not a finite number above 0", i);
    for (size_t i = 0; h->scale && i < h->inputs; i++)
        if (!(h->scale[i] > 0 && isfinite(h->scale[i])))
            return plumb_fail(diag, PLUMB_EFOREIGN, "hello: scale: number %zu is not a finite number above 0", i);
    return PLUMB_OK;
}

plumb_status
plumb_hello_read(const char *line, plumb_hello *h, plumb_diag *diag)
{
    char *copy = plumb_text_copy(line);
    reader r = { .h = h, .diag = diag };
    plumb_status st = copy ? PLUMB_OK : PLUMB_ENOMEM;
    *h = (plumb_hello){ .factor = 1, .copies = 1 };
    if (copy)
        r.word = strtok_r(copy, " \t\r\n", &r.rest);
    if (!st && (!r.word || strcmp(r.word, "in")))
        st = refuse(&r, "is not understood; in SPEC... out SPEC... was expected");
    st |= st ? st : read_specs(&r, "x", &h->in, &h->nin, &h->inputs);
    if (!st && (!r.word || strcmp(r.word, "out")))
        st = refuse(&r, "stands where out SPEC... was expected");
    st |= st ? st : read_specs(&r, "y", &h->out, &h->nout, &h->outputs);
    if (!st && (!h->nin || !h->nout))
        st = plumb_fail(diag, PLUMB_EFOREIGN, "hello names no %s", h->nin ? "output" : "input");
    st |= st ? st : boxes(h);
    while (!st && r.word)
        st = option(&r);
    st |= st ? st : plumb_hello_look(h, diag);
    plumb_release(copy);
    if (st)
        plumb_hello_clear(h);
    return st;
}

void
plumb_hello_clear(plumb_hello *h)
{
    plumb_release(h->in), plumb_release(h->out);
    plumb_release(h->lo), plumb_release(h->hi);
    plumb_release(h->at), plumb_release(h->scale), plumb_release(h->inner);
    *h = (plumb_hello){ .factor = 1, .copies = 1 };
}
