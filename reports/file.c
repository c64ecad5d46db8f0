/* file.c - see file.h
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "lib/base/alloc.h"
#include "plumbline/sink.h"
#include "reports/file.h"

static plumb_status
refuse(const char *path, plumb_diag *diag)
{
    return plumb_fail(diag, PLUMB_EINPUT, "cannot write %s: %s", path, strerror(errno));
}

static plumb_status
write_and_move(FILE *f, const char *temporary, const char *path, plumb_status (*write)(FILE *, void *), void *with,
    plumb_diag *diag)
{
    mode_t mask = umask(0);
    plumb_status st;
    umask(mask);
    st = write(f, with);
    if (st)
        plumb_fail(diag, st, "cannot write %s: %s", path, plumb_status_text(st));
    else if (fflush(f) || ferror(f) || fchmod(fileno(f), 0666 & ~mask))
        st = refuse(path, diag);
    if (fclose(f) && !st)
        st = refuse(path, diag);
    if (!st && rename(temporary, path))
        st = refuse(path, diag);
    return st;
}

plumb_status
plumb_file_replace(const char *path, plumb_status (*write)(FILE *, void *), void *with, plumb_diag *diag)
{
    static const char ending[] = ".XXXXXX";
    size_t n = strlen(path);
    char *temporary = plumb_alloc(n + sizeof ending, 1);
    struct stat is;
    plumb_status st;
    FILE *f;
    int fd;
    if (!temporary)
        return plumb_fail(diag, PLUMB_ENOMEM, "out of memory for %s", path);
    if (!stat(path, &is) && S_ISDIR(is.st_mode)) {
        errno = EISDIR;
        plumb_release(temporary);
        return refuse(path, diag);
    }
    if (!stat(path, &is) && !S_ISREG(is.st_mode)) {     /* a device or a pipe is written to as it is */
        f = fopen(path, "w");
        plumb_release(temporary);
        if (!f)
            return refuse(path, diag);
        st = write(f, with);
        return fclose(f) && !st ? refuse(path, diag) : st;
    }
    memcpy(temporary, path, n);
    memcpy(temporary + n, ending, sizeof ending);
    fd = mkstemp(temporary);
    f = fd >= 0 ? fdopen(fd, "w") : NULL;
    if (!f) {
        st = refuse(path, diag);
        if (fd >= 0)
            close(fd);
    } else
        st = write_and_move(f, temporary, path, write, with, diag);
    if (st && fd >= 0)
        unlink(temporary);
    plumb_release(temporary);
    return st;
}

/* ---- a sink whose stream is kept in memory until the end ---- */

typedef struct keeper {
    plumb_sink sink;
    plumb_sink *inner;
    const char *path;
    FILE *f;
    char *bytes;
    size_t length;
} keeper;

static void
begin(plumb_sink *sink, const plumb_run_info *info)
{
    keeper *k = (keeper *)sink;
    if (k->inner->begin)
        k->inner->begin(k->inner, info);
}

static void
finding(plumb_sink *sink, const plumb_finding *f)
{
    keeper *k = (keeper *)sink;
    k->inner->finding(k->inner, f);
}

static void
note(plumb_sink *sink, const char *sentence)
{
    keeper *k = (keeper *)sink;
    k->inner->note(k->inner, sentence);
}

static plumb_status
write_bytes(FILE *f, void *with)
{
    const keeper *k = with;
    return fwrite(k->bytes, 1, k->length, f) == k->length ? PLUMB_OK : PLUMB_EINPUT;
}

static plumb_status
end(plumb_sink *sink, const size_t count[PLUMB_VERDICTS], plumb_diag *diag)
{
    keeper *k = (keeper *)sink;
    plumb_status st = k->inner->end(k->inner, count, diag);
    return st ? st : plumb_file_replace(k->path, write_bytes, k, diag);
}

static void
free_keeper(plumb_sink *sink)
{
    keeper *k = (keeper *)sink;
    plumb_sink_free(k->inner);
    if (k->f)
        fclose(k->f);
    free(k->bytes);
    plumb_release(k);
}

plumb_sink *
plumb_sink_file(const char *path, const char *format)
{
    keeper *k = plumb_alloc(1, sizeof *k);
    if (!k)
        return NULL;
    k->sink = (plumb_sink){ begin, NULL, finding, NULL, note, end, free_keeper, NULL };
    k->path = path;
    k->f = open_memstream(&k->bytes, &k->length);
    if (k->f)
        k->inner = strcmp(format, "tap") ? plumb_sink_text(k->f, 2, 0) : plumb_sink_tap(k->f);
    if (k->inner)
        return &k->sink;
    free_keeper(&k->sink);
    return NULL;
}
