/* dataset.c - labelled samples from a text file, and sentences that name its lines
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "lib/base/alloc.h"
#include "plumbline/model.h"

enum { LINE = 8192 };

void
plumb_dataset_free(plumb_dataset *d)
{
    if (!d)
        return;
    plumb_release(d->x);
    plumb_release(d->label);
    plumb_release(d);
}

static plumb_status
grow(plumb_dataset *d, size_t *room)
{
    size_t want = *room ? 2 * *room : 256;
    double *x;
    int64_t *label;
    if (d->n < *room)
        return PLUMB_OK;
    x = plumb_realloc(d->x, want * d->features, sizeof *x);
    if (!x)
        return PLUMB_ENOMEM;
    d->x = x;
    label = plumb_realloc(d->label, want, sizeof *label);
    if (!label)
        return PLUMB_ENOMEM;
    d->label = label, *room = want;
    return PLUMB_OK;
}

static plumb_status
read_line(plumb_dataset *d, const char *path, size_t number, char *line, double scale, plumb_diag *diag)
{
    char *at = line, *end;
    for (size_t c = 0; c <= d->features; c++) {
        double v = strtod(at, &end);
        double most = c < d->features ? scale : (double)d->classes - 1;
        if (end == at || (*end && *end != ',' && *end != '\n' && *end != '\r'))
            return plumb_fail(diag, PLUMB_EINPUT, "%s, line %zu: value %zu is not a number", path, number, c + 1);
        if (!(v >= 0 && v <= most))
            return plumb_fail(diag, PLUMB_EINPUT, "%s, line %zu: value %zu is not within 0 and %g", path, number, c + 1, most);
        if (c == d->features && v != (double)(int64_t)v)
            return plumb_fail(diag, PLUMB_EINPUT, "%s, line %zu: the label %g is not whole", path, number, v);
        if (c < d->features && *end != ',')
            return plumb_fail(diag, PLUMB_EINPUT, "%s, line %zu: %zu values, %zu and a label were expected", path, number,
                c + 1, d->features);
        if (c < d->features)
            d->x[d->n * d->features + c] = v / scale;
        else
            d->label[d->n] = (int64_t)v;
        at = end + (*end == ',');
    }
    if (*at && *at != '\n' && *at != '\r')
        return plumb_fail(diag, PLUMB_EINPUT, "%s, line %zu: more than %zu values and a label", path, number, d->features);
    d->n++;
    return PLUMB_OK;
}

static plumb_status
read_all(plumb_dataset *d, FILE *f, const char *path, double scale, plumb_diag *diag)
{
    char line[LINE];
    size_t room = 0, number = 0;
    plumb_status st = PLUMB_OK;
    while (!st && fgets(line, sizeof line, f)) {
        number++;
        if (!strchr(line, '\n') && !feof(f))
            return plumb_fail(diag, PLUMB_EINPUT, "%s, line %zu: longer than %d characters", path, number, LINE - 2);
        if (number == 1 && strpbrk(line, "abcdfghijklmopqrstuvwxyz") && strchr(line, ','))
            continue;                           /* a heading */
        st = grow(d, &room);
        st |= st ? plumb_fail(diag, st, "out of memory for %s", path) : read_line(d, path, number, line, scale, diag);
    }
    if (!st && ferror(f))
        st = plumb_fail(diag, PLUMB_EINPUT, "%s: %s", path, strerror(errno));
    if (!st && !d->n)
        st = plumb_fail(diag, PLUMB_EINPUT, "%s: the file is empty", path);
    return st;
}

plumb_dataset *
plumb_dataset_read(const char *path, size_t features, double scale, int64_t classes, plumb_diag *diag)
{
    plumb_dataset *d;
    struct stat is;
    FILE *f = stat(path, &is) || S_ISREG(is.st_mode) || S_ISDIR(is.st_mode) ? fopen(path, "r") : NULL;
    plumb_status st;
    if (!f && !stat(path, &is) && !S_ISREG(is.st_mode)) {
        plumb_fail(diag, PLUMB_EINPUT, "cannot read %s: not a regular file", path);
        return NULL;
    }
    if (!f) {
        plumb_fail(diag, PLUMB_EINPUT, "cannot read %s: %s", path, strerror(errno));
        return NULL;
    }
    d = plumb_alloc(1, sizeof *d);
    if (d) {
        d->features = features, d->classes = classes;
        st = read_all(d, f, path, scale, diag);
    } else
        st = plumb_fail(diag, PLUMB_ENOMEM, "out of memory for %s", path);
    fclose(f);
    if (!st)
        return d;
    plumb_dataset_free(d);
    return NULL;
}
