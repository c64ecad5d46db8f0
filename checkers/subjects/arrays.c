/* arrays.c - gradients that somebody recorded: a folder of .npy files, or one .npz
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * NAME is an input, grad_NAME the gradient that was recorded for it, cotangent what the backward pass was given (without it: 1, of a scalar). plumb, if
 * there, is a text of the grammar of hello, or only its options. There is no forward: a twin judges. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "lib/base/alloc.h"
#include "plumbline/box.h"
#ifdef HAVE_LIBZIP
#include <zip.h>
#endif

enum { MOST_MEMBERS = 512 };
static const size_t most_ratio = 1040;                  /* deflate makes at most 1032 bytes of one */
static const size_t most_bytes = (size_t)1 << 30;       /* of one member, and of all together */

typedef struct member {
    char name[64];
    char *bytes;
    size_t length;
} member;

typedef struct arrays {
    plumb_box box;
    member *list;
    size_t members, bytes, packed;      /* packed: of the whole archive */
    char *text;                 /* of plumb, or NULL */
    double *cotangent, *gradient;
    size_t rows, outputs, inputs;
} arrays;

/* ---- members ---- */

static plumb_status
add(arrays *a, const char *name, char *bytes, size_t length, plumb_diag *diag)
{
    member *grown = plumb_realloc(a->list, a->members + 1, sizeof *grown);
    size_t n = strlen(name);
    if (!grown) {
        plumb_release(bytes);
        return PLUMB_ENOMEM;
    }
    a->list = grown;
    a->bytes += length;
    snprintf(a->list[a->members].name, sizeof a->list->name, "%.*s", (int)(n > 4 ? n - 4 : 0), name);
    a->list[a->members].bytes = bytes, a->list[a->members].length = length, a->members++;
    if (a->members > MOST_MEMBERS || a->bytes > most_bytes)
        return plumb_fail(diag, PLUMB_EINPUT, "%s: more than %d arrays, or more than 1 GiB", a->box.name, MOST_MEMBERS);
    return PLUMB_OK;
}

static int
is_npy(const char *name)
{
    size_t n = strlen(name);
    return n > 4 && n < 64 && !strcmp(name + n - 4, ".npy");
}

static int
by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static plumb_status
from_folder(arrays *a, const char *path, plumb_diag *diag)
{
    struct dirent **entry;
    int n = scandir(path, &entry, NULL, by_name);
    plumb_status st = n < 0 ? plumb_fail(diag, PLUMB_EINPUT, "cannot read %s: %s", path, strerror(errno)) : PLUMB_OK;
    for (int i = 0; i < n; i++) {
        char file[4096], *bytes;
        size_t length;
        snprintf(file, sizeof file, "%s/%s", path, entry[i]->d_name);
        if (!st && is_npy(entry[i]->d_name)) {
            st = plumb_file_bytes(file, most_bytes, &bytes, &length, diag);
            st |= st ? st : add(a, entry[i]->d_name, bytes, length, diag);
        }
        free(entry[i]);
    }
    if (n >= 0)
        free(entry);
    return st;
}

#ifdef HAVE_LIBZIP
/* The size that the archive claims is a claim: it is looked at before anything is allocated, and reading stops there. */
static plumb_status
one_entry(arrays *a, zip_t *z, zip_uint64_t i, plumb_diag *diag)
{
    zip_stat_t is;
    zip_file_t *f;
    char *bytes;
    zip_int64_t got;
    if (zip_stat_index(z, i, 0, &is) || !(is.valid & ZIP_STAT_SIZE) || !(is.valid & ZIP_STAT_NAME))
        return plumb_fail(diag, PLUMB_EINPUT, "%s: entry %llu has no size", a->box.name, (unsigned long long)i);
    if (!is_npy(is.name))
        return PLUMB_OK;
    if (is.size / most_ratio > a->packed)
        return plumb_fail(diag, PLUMB_EINPUT, "%s: %.60s claims %llu bytes, more than the archive can hold", a->box.name, is.name, (unsigned long long)is.size);
    if (is.size > most_bytes || a->bytes + is.size > most_bytes)
        return plumb_fail(diag, PLUMB_EINPUT, "%s: %.60s claims %llu bytes; more than 1 GiB is not read", a->box.name, is.name, (unsigned long long)is.size);
    f = zip_fopen_index(z, i, 0);
    if (!f)
        return plumb_fail(diag, PLUMB_EINPUT, "%s: cannot open %.60s: %s", a->box.name, is.name, zip_strerror(z));
    bytes = plumb_alloc((size_t)is.size + 1, 1);
    got = bytes ? zip_fread(f, bytes, is.size + 1) : -1;
    zip_fclose(f);
    if (!bytes)
        return plumb_fail(diag, PLUMB_ENOMEM, "out of memory for %s", a->box.name);
    if (got != (zip_int64_t)is.size) {
        plumb_release(bytes);
        return plumb_fail(diag, PLUMB_EINPUT, "%s: %.60s is damaged: it does not have the %llu bytes that it claims", a->box.name, is.name, (unsigned long long)is.size);
    }
    return add(a, is.name, bytes, (size_t)is.size, diag);
}

static plumb_status
from_zip(arrays *a, const char *path, plumb_diag *diag)
{
    int error = 0;
    zip_t *z = zip_open(path, ZIP_RDONLY, &error);
    plumb_status st = PLUMB_OK;
    if (!z) {
        zip_error_t e;
        zip_error_init_with_code(&e, error);
        st = plumb_fail(diag, PLUMB_EINPUT, "cannot read %s: %s", path, zip_error_strerror(&e));
        zip_error_fini(&e);
        return st;
    }
    for (zip_int64_t i = 0; i < zip_get_num_entries(z, 0) && !st; i++)
        st = one_entry(a, z, (zip_uint64_t)i, diag);
    zip_discard(z);
    return st;
}
#else
static plumb_status
from_zip(arrays *a, const char *path, plumb_diag *diag)
{
    (void)a;
    return plumb_fail(diag, PLUMB_EINPUT, "%s: this plumb was built without libzip and reads no .npz; unpack it (unzip -d folder) and name the folder", path);
}
#endif

static const member *
find(const arrays *a, const char *prefix, const char *name)
{
    char whole[128];
    snprintf(whole, sizeof whole, "%s%s", prefix, name);
    for (size_t i = 0; i < a->members; i++)
        if (!strcmp(a->list[i].name, whole))
            return &a->list[i];
    return NULL;
}

/* An array by its key; bf16 where the description says so. */
static plumb_status
read_array(const arrays *a, const char *prefix, const char *name, int bf16, plumb_npy *to, plumb_diag *diag)
{
    const member *m = find(a, prefix, name);
    char where[400];
    *to = (plumb_npy){ .data = NULL };
    if (!m)
        return plumb_fail(diag, PLUMB_EINPUT, "%s: there is no array %s%s", a->box.name, prefix, name);
    snprintf(where, sizeof where, "%s, %s", a->box.name, m->name);
    return plumb_npy_read(where, m->bytes, m->length, bf16, to, diag);
}

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
is_input(const member *m)
{
    return strncmp(m->name, "grad_", 5) && strcmp(m->name, "cotangent") && strcmp(m->name, "plumb");
}

/* Inputs without a gradient; where none has one, its name was another. */
static plumb_status
put_fixed(const arrays *a, FILE *f, plumb_diag *diag)
{
    char names[200] = "";
    size_t inputs = 0, fixed = 0, used = 0;
    for (size_t i = 0; i < a->members; i++)
        if (is_input(&a->list[i])) {
            inputs++;
            if (used < sizeof names)
                used += (size_t)snprintf(names + used, sizeof names - used, "%s%s", used ? ", " : "", a->list[i].name);
            if (!find(a, "grad_", a->list[i].name))
                fprintf(f, "%s %s", fixed++ ? "" : " fixed", a->list[i].name);
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
    for (size_t i = 0; i < a->members && !st; i++) {
        if (!is_input(&a->list[i]))
            continue;
        st = read_array(a, "", a->list[i].name, 0, &array, diag);
        if (!st)
            put_spec(f, a->list[i].name, &array);
        plumb_npy_clear(&array);
    }
    fprintf(f, " out");
    if (!st && find(a, "cotangent", "")) {
        st = read_array(a, "cotangent", "", 0, &array, diag);
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
        st = read_array(a, "", h->in[k].name, h->in[k].dtype == PLUMB_BF16, &array, diag);
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
        if (h->in[k].fixed && !find(a, "grad_", h->in[k].name))
            continue;
        st = read_array(a, "grad_", h->in[k].name, h->in[k].dtype == PLUMB_BF16, &array, diag);
        if (!st && array.size != h->in[k].size)
            st = plumb_fail(diag, PLUMB_EINPUT, "%s: grad_%s has %zu numbers, %s has %zu", a->box.name, h->in[k].name, array.size, h->in[k].name, h->in[k].size);
        if (!st && array.size)
            memcpy(a->gradient + h->in[k].from, array.data, array.size * sizeof *array.data);
        plumb_npy_clear(&array);
    }
    if (!find(a, "cotangent", "") && h->outputs != 1)
        return st ? st : plumb_fail(diag, PLUMB_EINPUT, "%s: there is no array cotangent, and the output has %zu numbers", a->box.name, h->outputs);
    if (!st && !find(a, "cotangent", ""))
        a->cotangent[0] = 1;
    else if (!st) {
        st = read_array(a, "cotangent", "", h->out[0].dtype == PLUMB_BF16, &array, diag);
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
    for (size_t i = 0; i < a->members; i++)
        plumb_release(a->list[i].bytes);
    plumb_release(a->list), plumb_release(a->cotangent), plumb_release(a->gradient);
    free(a->text);
}

static const plumb_box_kind kind = { .name = "arrays", .hello = hello, .backward = backward, .recorded = recorded, .free = free_arrays };

plumb_box *
plumb_box_arrays(const char *path, plumb_diag *diag)
{
    arrays *a = plumb_alloc(1, sizeof *a);
    struct stat is;
    plumb_status st = a ? PLUMB_OK : PLUMB_ENOMEM;
    const member *m;
    if (a) {
        a->box.kind = &kind;
        a->box.name = plumb_text_copy(path), a->box.target = plumb_text_copy(path);
        st = a->box.name && a->box.target ? PLUMB_OK : PLUMB_ENOMEM;
    }
    if (!st && stat(path, &is))
        st = plumb_fail(diag, PLUMB_EINPUT, "cannot read %s: %s", path, strerror(errno));
    if (!st)
        a->packed = (size_t)is.st_size;
    st |= st ? st : S_ISDIR(is.st_mode) ? from_folder(a, path, diag) : from_zip(a, path, diag);
    if (!st && !a->members)
        st = plumb_fail(diag, PLUMB_EINPUT, "%s: there are no .npy arrays in it", path);
    if (!st && (m = find(a, "plumb", "")))
        st = plumb_npy_text(path, m->bytes, m->length, &a->text, diag);
    if (!st)
        return &a->box;
    plumb_fail(diag, st, "%s: %s", path, plumb_status_text(st));
    plumb_box_free(a ? &a->box : NULL);
    return NULL;
}
