/* members.c - the arrays of a folder of .npy files, or of one .npz
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "checkers/subjects/members.h"
#include "lib/base/alloc.h"
#ifdef HAVE_LIBZIP
#include <zip.h>
#endif

enum { MOST_MEMBERS = 512 };
static const size_t most_ratio = 1040;                  /* deflate makes at most 1032 bytes of one */
static const size_t most_bytes = (size_t)1 << 30;       /* of one member, and of all together */

static plumb_status
add(plumb_members *a, const char *name, char *bytes, size_t length, plumb_diag *diag)
{
    plumb_member *grown = plumb_realloc(a->list, a->n + 1, sizeof *grown);
    size_t n = strlen(name);
    if (!grown) {
        plumb_release(bytes);
        return PLUMB_ENOMEM;
    }
    a->list = grown;
    a->bytes += length;
    snprintf(a->list[a->n].name, sizeof a->list->name, "%.*s", (int)(n > 4 ? n - 4 : 0), name);
    a->list[a->n].bytes = bytes, a->list[a->n].length = length, a->n++;
    if (a->n > MOST_MEMBERS || a->bytes > most_bytes)
        return plumb_fail(diag, PLUMB_EINPUT, "%s: more than %d arrays, or more than 1 GiB", a->path, MOST_MEMBERS);
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
from_folder(plumb_members *a, const char *path, plumb_diag *diag)
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
one_entry(plumb_members *a, zip_t *z, zip_uint64_t i, plumb_diag *diag)
{
    zip_stat_t is;
    zip_file_t *f;
    char *bytes;
    zip_int64_t got;
    if (zip_stat_index(z, i, 0, &is) || !(is.valid & ZIP_STAT_SIZE) || !(is.valid & ZIP_STAT_NAME))
        return plumb_fail(diag, PLUMB_EINPUT, "%s: entry %llu has no size", a->path, (unsigned long long)i);
    if (!is_npy(is.name))
        return PLUMB_OK;
    if (is.size / most_ratio > a->packed)
        return plumb_fail(diag, PLUMB_EINPUT, "%s: %.60s claims %llu bytes, more than the archive can hold", a->path, is.name, (unsigned long long)is.size);
    if (is.size > most_bytes || a->bytes + is.size > most_bytes)
        return plumb_fail(diag, PLUMB_EINPUT, "%s: %.60s claims %llu bytes; more than 1 GiB is not read", a->path, is.name, (unsigned long long)is.size);
    f = zip_fopen_index(z, i, 0);
    if (!f)
        return plumb_fail(diag, PLUMB_EINPUT, "%s: cannot open %.60s: %s", a->path, is.name, zip_strerror(z));
    bytes = plumb_alloc((size_t)is.size + 1, 1);
    got = bytes ? zip_fread(f, bytes, is.size + 1) : -1;
    zip_fclose(f);
    if (!bytes)
        return plumb_fail(diag, PLUMB_ENOMEM, "out of memory for %s", a->path);
    if (got != (zip_int64_t)is.size) {
        plumb_release(bytes);
        return plumb_fail(diag, PLUMB_EINPUT, "%s: %.60s is damaged: it does not have the %llu bytes that it claims", a->path, is.name, (unsigned long long)is.size);
    }
    return add(a, is.name, bytes, (size_t)is.size, diag);
}

static plumb_status
from_zip(plumb_members *a, const char *path, plumb_diag *diag)
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
from_zip(plumb_members *a, const char *path, plumb_diag *diag)
{
    (void)a;
    return plumb_fail(diag, PLUMB_EINPUT, "%s: this plumb was built without libzip and reads no .npz; unpack it (unzip -d folder) and name the folder", path);
}
#endif

plumb_status
plumb_members_open(const char *path, plumb_members *a, plumb_diag *diag)
{
    struct stat is;
    plumb_status st;
    *a = (plumb_members){ .path = path };
    if (stat(path, &is))
        return plumb_fail(diag, PLUMB_EINPUT, "cannot read %s: %s", path, strerror(errno));
    a->packed = (size_t)is.st_size;
    st = S_ISDIR(is.st_mode) ? from_folder(a, path, diag) : from_zip(a, path, diag);
    if (!st && !a->n)
        st = plumb_fail(diag, PLUMB_EINPUT, "%s: there are no .npy arrays in it", path);
    if (st)
        plumb_members_close(a);
    return st;
}

void
plumb_members_close(plumb_members *a)
{
    for (size_t i = 0; i < a->n; i++)
        plumb_release(a->list[i].bytes);
    plumb_release(a->list);
    *a = (plumb_members){ .path = a->path };
}

const plumb_member *
plumb_members_find(const plumb_members *a, const char *prefix, const char *name)
{
    char whole[128];
    snprintf(whole, sizeof whole, "%s%s", prefix, name);
    for (size_t i = 0; i < a->n; i++)
        if (!strcmp(a->list[i].name, whole))
            return &a->list[i];
    return NULL;
}

plumb_status
plumb_members_array(const plumb_members *a, const char *prefix, const char *name, int bf16, plumb_npy *to, plumb_diag *diag)
{
    const plumb_member *m = plumb_members_find(a, prefix, name);
    char where[400];
    *to = (plumb_npy){ .data = NULL };
    if (!m)
        return plumb_fail(diag, PLUMB_EINPUT, "%s: there is no array %s%s", a->path, prefix, name);
    snprintf(where, sizeof where, "%s, %s", a->path, m->name);
    return plumb_npy_read(where, m->bytes, m->length, bf16, to, diag);
}
