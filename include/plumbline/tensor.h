/* tensor.h - dtypes of foreign numbers, and arrays in files
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLUMBLINE_TENSOR_H
#define PLUMBLINE_TENSOR_H
#include "plumbline/op.h"

#ifdef __cplusplus
extern "C" {
#endif

/* name, its text, bits of the significand (0: whole numbers), exponents of the largest binade and of the smallest subnormal */
#define PLUMB_DTYPE_LIST(X) \
    X(F64, "f64", 53, 1023, -1074) X(F32, "f32", 24, 127, -149) X(F16, "f16", 11, 15, -24) X(BF16, "bf16", 8, 127, -133) X(I64, "i64", 0, 63, 0)
typedef enum plumb_dtype {
#define X(name, text, bits, top, tiny) PLUMB_##name,
    PLUMB_DTYPE_LIST(X)
#undef X
    PLUMB_DTYPES
} plumb_dtype;
const char *plumb_dtype_text(plumb_dtype);
int plumb_dtype_bits(plumb_dtype);
/* The value of the dtype nearest to x (ties to even; beyond its range: infinity).  Whole numbers: rounded. */
double plumb_dtype_round(plumb_dtype, double x);
/* Distance of the values of the dtype at |x|, at least its smallest subnormal; 0 for whole numbers. */
double plumb_dtype_spacing(plumb_dtype, double x);

/* ---- .npy ---- */

typedef struct plumb_npy {
    plumb_shape shape;
    plumb_dtype dtype;
    size_t size;
    double *data;               /* row-major whatever the file's order; owned */
} plumb_npy;
enum { PLUMB_NPY_MOST = 1 << 26 };      /* numbers in one array */
/* Reads the bytes of a .npy file, format 1 to 3: little- or big-endian f8 f4 f2 and integers, C or Fortran order; 2-byte unsigned integers are taken
 * as bf16 where bf16 is 1.  A text ("|S" or "<U") is not an array: see plumb_npy_text.  EINPUT with a sentence that begins with name and says what is wrong where:
 * no .npy, truncated, pickled objects, structured or complex dtype, more than 6 dims, more numbers than PLUMB_NPY_MOST, bytes left over. */
plumb_status plumb_npy_read(const char *name, const void *bytes, size_t length, int bf16, plumb_npy *, plumb_diag *) PLUMB_MUST_USE;
/* The same of a file. */
plumb_status plumb_npy_load(const char *path, int bf16, plumb_npy *, plumb_diag *) PLUMB_MUST_USE;
/* A text array of one element (np.array("...")) as UTF-8; the caller frees it with free(); EINPUT. */
plumb_status plumb_npy_text(const char *name, const void *bytes, size_t length, char **text, plumb_diag *) PLUMB_MUST_USE;
void plumb_npy_clear(plumb_npy *);

/* A whole regular file of at most `most` bytes, released by the library that called.  EINPUT with a sentence that names the path. */
plumb_status plumb_file_bytes(const char *path, size_t most, char **bytes, size_t *length, plumb_diag *) PLUMB_MUST_USE;

#ifdef __cplusplus
}
#endif
#endif
