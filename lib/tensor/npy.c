/* npy.c - NumPy's array files, read with distrust
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * "\x93NUMPY", a version, the length of a header, the header (a Python dict as text: descr, fortran_order, shape), the numbers (NumPy Enhancement
 * Proposal 1, Kern 2007). */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "lib/base/alloc.h"
#include "plumbline/tensor.h"

typedef struct reader {
    const char *name;
    const unsigned char *bytes;
    size_t length, data;        /* where the numbers begin */
    char descr[24];
    int fortran;
    plumb_shape shape;
    size_t size;
    plumb_diag *diag;
} reader;

static plumb_status
refuse(reader *r, const char *what)
{
    return plumb_fail(r->diag, PLUMB_EINPUT, "%s: %s", r->name, what);
}

/* ---- the header ---- */

/* What follows 'key': in the text, or NULL. */
static const char *
value_of(const char *text, const char *key)
{
    char quoted[24];
    const char *at;
    snprintf(quoted, sizeof quoted, "'%s'", key);
    at = strstr(text, quoted);
    if (!at)
        return NULL;
    at += strlen(quoted);
    at += strspn(at, " \t");
    return *at == ':' ? at + 1 + strspn(at + 1, " \t") : NULL;
}

static plumb_status
read_shape(reader *r, const char *at)
{
    if (*at++ != '(')
        return refuse(r, "the shape in its header is no tuple");
    for (r->size = 1, r->shape.rank = 0;;) {
        char *end;
        unsigned long long d;
        at += strspn(at, " ,");
        if (*at == ')')
            return PLUMB_OK;
        if (*at < '0' || *at > '9')
            return refuse(r, "the shape in its header is not made of whole numbers");
        d = strtoull(at, &end, 10);
        if (r->shape.rank == PLUMB_MAXRANK)
            return refuse(r, "it has more than 6 dims");
        if (d > PLUMB_NPY_MOST || (d && r->size > PLUMB_NPY_MOST / d))
            return refuse(r, "its header claims more than 2^26 numbers");
        r->shape.dim[r->shape.rank++] = (size_t)d, r->size *= (size_t)d;
        at = end;
    }
}

static plumb_status
read_header(reader *r)
{
    size_t from, length;
    char *text;
    const char *descr, *order, *shape;
    plumb_status st = PLUMB_OK;
    if (r->length < 10 || memcmp(r->bytes, "\x93NUMPY", 6))
        return refuse(r, r->length < 10 ? "it is too short for a .npy file" : "it is no .npy file (its first bytes are not \\x93NUMPY)");
    if (r->bytes[6] < 1 || r->bytes[6] > 3)
        return plumb_fail(r->diag, PLUMB_EINPUT, "%s: version %d of the .npy format is not known", r->name, r->bytes[6]);
    from = r->bytes[6] == 1 ? 10 : 12;
    length = (size_t)r->bytes[8] | (size_t)r->bytes[9] << 8;
    if (from == 12 && r->length >= 12)
        length |= (size_t)r->bytes[10] << 16 | (size_t)r->bytes[11] << 24;
    if (r->length < from || length > r->length - from)
        return plumb_fail(r->diag, PLUMB_EINPUT, "%s: it ends in the middle of its header, at byte %zu", r->name, r->length);
    text = plumb_alloc(length + 1, 1);
    if (!text)
        return PLUMB_ENOMEM;
    memcpy(text, r->bytes + from, length);
    r->data = from + length;
    descr = value_of(text, "descr"), order = value_of(text, "fortran_order"), shape = value_of(text, "shape");
    if (!descr || !order || !shape)
        st = refuse(r, "its header does not name descr, fortran_order and shape");
    else if (*descr != '\'')
        st = refuse(r, "it holds records (a structured dtype); save plain arrays");
    else
        snprintf(r->descr, sizeof r->descr, "%.*s", (int)strcspn(descr + 1, "'"), descr + 1);
    r->fortran = order && !strncmp(order, "True", 4);
    st |= st ? st : read_shape(r, shape);
    plumb_release(text);
    return st;
}

/* ---- numbers ---- */

static uint64_t
bits_at(const unsigned char *from, size_t size, int big)
{
    uint64_t v = 0;
    for (size_t i = 0; i < size; i++)
        v |= (uint64_t)from[i] << 8 * (big ? size - 1 - i : i);
    return v;
}

static double
half(uint64_t b)
{
    int e = (int)(b >> 10 & 31);
    double m = (double)(b & 1023), v = e == 31 ? (m > 0 ? NAN : INFINITY) : e ? ldexp(1024 + m, e - 25) : ldexp(m, -24);
    return b >> 15 ? -v : v;
}

static double
single(uint64_t b)
{
    uint32_t u = (uint32_t)b;
    float f;
    memcpy(&f, &u, sizeof f);
    return (double)f;
}

static double
number(char kind, size_t size, uint64_t b)
{
    double d;
    switch (kind) {
    case 'f':
        if (size == 8)
            return memcpy(&d, &b, sizeof d), d;
        return size == 4 ? single(b) : half(b);
    case 'i': return (double)(size == 8 ? (int64_t)b : (int64_t)(b ^ (uint64_t)1 << (8 * size - 1)) - (int64_t)((uint64_t)1 << (8 * size - 1)));
    case 'B': return single(b << 16);           /* bf16: the upper half of a float */
    default: return (double)b;
    }
}

/* The place of element i of the file in row-major order. */
static size_t
row_major(const reader *r, size_t i)
{
    size_t c[PLUMB_MAXRANK], at = 0;
    if (!r->fortran || r->shape.rank < 2)
        return i;
    for (int k = 0; k < r->shape.rank; k++)
        c[k] = i % r->shape.dim[k], i /= r->shape.dim[k];
    for (int k = 0; k < r->shape.rank; k++)
        at = at * r->shape.dim[k] + c[k];
    return at;
}

static plumb_status
kind_of(reader *r, int bf16, char *kind, size_t *size, int *big, plumb_dtype *dtype)
{
    const char *d = r->descr;
    *big = *d == '>';
    d += strchr("<>|=", *d) && *d;
    *kind = *d, *size = *d ? strtoul(d + 1, NULL, 10) : 0;
    if (*kind == 'O')
        return refuse(r, "it holds pickled Python objects, which are not read; save numbers (np.asarray(..., float))");
    if (*kind == 'c')
        return refuse(r, "it holds complex numbers; save real and imaginary parts apart");
    if (*kind == 'f' && (*size == 8 || *size == 4 || *size == 2))
        *dtype = *size == 8 ? PLUMB_F64 : *size == 4 ? PLUMB_F32 : PLUMB_F16;
    else if (bf16 && *kind == 'u' && *size == 2)
        *dtype = PLUMB_BF16, *kind = 'B';
    else if (strchr("iub", *kind) && (*size == 8 || *size == 4 || *size == 2 || *size == 1))
        *dtype = PLUMB_I64;
    else
        return plumb_fail(r->diag, PLUMB_EINPUT, "%s: arrays of dtype \"%s\" are not read; f8, f4, f2 and integers are", r->name, r->descr);
    return PLUMB_OK;
}

plumb_status
plumb_npy_read(const char *name, const void *bytes, size_t length, int bf16, plumb_npy *a, plumb_diag *diag)
{
    reader r = { .name = name, .bytes = bytes, .length = length, .diag = diag };
    char kind;
    size_t size, left;
    int big;
    plumb_status st = read_header(&r);
    *a = (plumb_npy){ .data = NULL };
    st |= st ? st : kind_of(&r, bf16, &kind, &size, &big, &a->dtype);
    if (st)
        return st;
    left = length - r.data;
    if (left != r.size * size)
        return plumb_fail(diag, PLUMB_EINPUT, "%s: %zu numbers of %zu bytes were expected after byte %zu, %zu bytes are there", name, r.size, size, r.data, left);
    a->data = plumb_alloc(r.size, sizeof *a->data);
    if (!a->data)
        return plumb_fail(diag, PLUMB_ENOMEM, "out of memory for %s", name);
    a->shape = r.shape, a->size = r.size;
    for (size_t i = 0; i < r.size; i++)
        a->data[row_major(&r, i)] = number(kind, size, bits_at(r.bytes + r.data + i * size, size, big));
    return PLUMB_OK;
}

void
plumb_npy_clear(plumb_npy *a)
{
    plumb_release(a->data);
    *a = (plumb_npy){ .data = NULL };
}

/* ---- text ---- */

static void
put_utf8(FILE *f, uint32_t c)
{
    if (c < 0x80)
        fputc((int)c, f);
    else if (c < 0x800)
        fprintf(f, "%c%c", 0xc0 | c >> 6, 0x80 | (c & 63));
    else if (c < 0x10000)
        fprintf(f, "%c%c%c", 0xe0 | c >> 12, 0x80 | (c >> 6 & 63), 0x80 | (c & 63));
    else
        fprintf(f, "%c%c%c%c", 0xf0 | (c >> 18 & 7), 0x80 | (c >> 12 & 63), 0x80 | (c >> 6 & 63), 0x80 | (c & 63));
}

plumb_status
plumb_npy_text(const char *name, const void *bytes, size_t length, char **text, plumb_diag *diag)
{
    reader r = { .name = name, .bytes = bytes, .length = length, .diag = diag };
    size_t used, each;
    FILE *f;
    const char *d;
    plumb_status st = read_header(&r);
    *text = NULL;
    if (st)
        return st;
    d = r.descr + (strchr("<>|=", *r.descr) && *r.descr);
    each = *d == 'U' ? 4 : *d == 'S' ? 1 : 0;
    if (!each || r.size != 1 || strtoul(d + 1, NULL, 10) * each != length - r.data)
        return refuse(&r, "one text was expected (np.array(\"...\"))");
    f = open_memstream(text, &used);
    if (!f)
        return PLUMB_ENOMEM;
    for (size_t i = r.data; i < length; i += each)
        if (bits_at(r.bytes + i, each, *r.descr == '>'))
            put_utf8(f, (uint32_t)bits_at(r.bytes + i, each, *r.descr == '>'));
    return fclose(f) ? PLUMB_ENOMEM : PLUMB_OK;
}

/* ---- files ---- */

plumb_status
plumb_file_bytes(const char *path, size_t most, char **bytes, size_t *length, plumb_diag *diag)
{
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);     /* a pipe without a writer must not be waited for */
    FILE *f = fd < 0 ? NULL : fdopen(fd, "rb");
    struct stat is;
    plumb_status st = PLUMB_OK;
    *bytes = NULL, *length = 0;
    if (!f || fstat(fileno(f), &is))
        st = plumb_fail(diag, PLUMB_EINPUT, "cannot read %s: %s", path, strerror(errno));
    else if (!S_ISREG(is.st_mode))
        st = plumb_fail(diag, PLUMB_EINPUT, "cannot read %s: not a regular file", path);
    else if ((unsigned long long)is.st_size > most)
        st = plumb_fail(diag, PLUMB_EINPUT, "%s: %lld bytes, more than the %zu that are read", path, (long long)is.st_size, most);
    else if (!(*bytes = plumb_alloc((size_t)is.st_size + 1, 1)))
        st = plumb_fail(diag, PLUMB_ENOMEM, "out of memory for %s", path);
    else if (fread(*bytes, 1, (size_t)is.st_size, f) != (size_t)is.st_size)
        st = plumb_fail(diag, PLUMB_EINPUT, "cannot read %s: it became shorter", path);
    else
        *length = (size_t)is.st_size;
    if (f)
        fclose(f);
    else if (fd >= 0)
        close(fd);
    if (st)
        plumb_release(*bytes), *bytes = NULL;
    return st;
}

plumb_status
plumb_npy_load(const char *path, int bf16, plumb_npy *a, plumb_diag *diag)
{
    char *bytes;
    size_t length;
    plumb_status st = plumb_file_bytes(path, (size_t)PLUMB_NPY_MOST * 8 + 65536, &bytes, &length, diag);
    *a = (plumb_npy){ .data = NULL };
    st |= st ? st : plumb_npy_read(path, bytes, length, bf16, a, diag);
    plumb_release(bytes);
    return st;
}
