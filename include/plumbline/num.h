/* num.h - number systems: a route to a derivative is a system to run the same code in
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A number system is a const table.  An array of its numbers is a few planes: f64, f32 and mpfr have
 * one; dual(R), complex(R) have the planes of R twice (value and tangent, real and imaginary part);
 * rounding(R) has value and variance.  All planes of a tower hold elements of one leaf system
 * (f64, f32 or mpfr), so a tower is a flat list of planes and a workspace is a stack of leaf
 * elements. */
#ifndef PLUMBLINE_NUM_H
#define PLUMBLINE_NUM_H
#include <stddef.h>
#include <mpfr.h>
#include "plumbline/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* SET overwrites (the storage may hold anything, NaN included); ADD adds to what is there. */
typedef enum plumb_mode { PLUMB_SET, PLUMB_ADD } plumb_mode;
typedef enum plumb_truth { PLUMB_FALSE, PLUMB_TRUE, PLUMB_UNKNOWN } plumb_truth;

/* The functions of the interface: name, its text in a formula, and the error in ulps that a good
 * library is entitled to (0: exact).  abs, step, sign, max and min are of the real part in complex
 * systems; step is [x > 0]; atan2 is the angle of (b, a), as in C; erf has no complex formula here. */
#define PLUMB_FN1_LIST(X)                                                                   \
    X(NEG, "neg", 0) X(ABS, "abs", 0) X(STEP, "step", 0) X(SIGN, "sign", 0)                 \
    X(SQRT, "sqrt", 1) X(EXP, "exp", 1) X(EXPM1, "expm1", 1) X(LOG, "log", 1)               \
    X(LOG1P, "log1p", 1) X(SIN, "sin", 1) X(COS, "cos", 1) X(TANH, "tanh", 2) X(ERF, "erf", 1)
#define PLUMB_FN2_LIST(X)                                                                   \
    X(ADD, "add", 1) X(SUB, "sub", 1) X(MUL, "mul", 1) X(DIV, "div", 1)                     \
    X(MAX, "max", 0) X(MIN, "min", 0) X(ATAN2, "atan2", 1) X(POW, "pow", 1)
typedef enum plumb_fn {
    PLUMB_FN_CONST,
#define X(name, text, ulps) PLUMB_FN_##name,
    PLUMB_FN1_LIST(X) PLUMB_FN2_LIST(X)
#undef X
    PLUMB_FN_COUNT
} plumb_fn;
#define PLUMB_FN_IS_BINARY(fn) ((fn) >= PLUMB_FN_ADD)
const char *plumb_fn_text(plumb_fn fn);         /* static storage; "const" for PLUMB_FN_CONST */
double plumb_fn_ulps(plumb_fn fn);

enum { PLUMB_MAXPLANES = 8 };

/* Element i of tangent lane l is plane[p][off + i*inc + l*lane], counted in leaf elements; lane
 * applies to the planes in plumb_num.laned only.  inc 0 repeats one element.  An input's plane may
 * be NULL: zeros.  A plane of an output may be NULL: not wanted.  Borrowed pointers. */
typedef struct plumb_array {
    void *plane[PLUMB_MAXPLANES];
    ptrdiff_t off, inc, lane;
} plumb_array;

/* op(A) is m x k, op(B) is k x n, C is m x n; row-major with leading dimensions; ta, tb: the stored
 * matrix is the transpose.  The arrays have inc 1.  k = 0 makes C zero (SET) or leaves it (ADD). */
typedef struct plumb_mm {
    int ta, tb;
    size_t m, n, k, lda, ldb, ldc;
} plumb_mm;

/* A pointwise formula as a straight-line program: registers 0..nin-1 are the inputs, instruction i
 * writes register nin+i once, the last one is the result. */
enum { PLUMB_MAXINS = 64, PLUMB_MAXVARS = 6, PLUMB_BLOCK = 256 };
typedef struct plumb_ins {
    plumb_fn fn;
    int a, b;                                   /* registers of the operands; of a constant, a = 1: times pi */
    double c;                                   /* of a constant */
} plumb_ins;
typedef struct plumb_program {
    int nin, nins;
    plumb_ins ins[PLUMB_MAXINS];
} plumb_program;

typedef struct plumb_num plumb_num;
typedef struct plumb_work plumb_work;           /* plumbline/work.h */
typedef enum plumb_kind {
    PLUMB_NATIVE, PLUMB_MPFR, PLUMB_DUAL, PLUMB_COMPLEX, PLUMB_ROUNDING, PLUMB_DEBUG
} plumb_kind;

/* Immutable once made and shareable between threads (debug counts, and is one thread's). */
struct plumb_num {
    const char *name;
    plumb_kind kind;
    int planes;
    int constants;              /* leading planes that a computed constant needs; the others are 0 */
    unsigned laned;             /* bit p: plane p has the tangent lanes */
    size_t lanes;
    long precision;             /* bits of a leaf element; the unit roundoff is 2^-precision */
    const plumb_num *base;      /* NULL for a leaf */
    const plumb_num *leaf;
    double grain;               /* leaf: a product of fewer flops is not cut into tiles */
    size_t tile;                /* leaf: tiles of a larger one are at most tile x 2 tile */
    void *data;                 /* what a derived system keeps */

    /* Leaf systems: storage, exact conversion, order. */
    size_t size;                /* of one element */
    size_t (*bytes)(const plumb_num *, size_t n);       /* of n elements with all that belongs to them */
    void (*start)(const plumb_num *, void *memory, size_t n);           /* n elements of value 0 */
    void (*set_d)(const plumb_num *, void *plane, ptrdiff_t i, double);
    double (*get_d)(const plumb_num *, const void *plane, ptrdiff_t i);
    void (*set_mpfr)(const plumb_num *, void *plane, ptrdiff_t i, mpfr_srcptr);
    void (*get_mpfr)(const plumb_num *, const void *plane, ptrdiff_t i, mpfr_ptr);

    /* Every system.  Results may overwrite operands element by element; gemm's may not. */
    plumb_status (*copy)(const plumb_num *, const plumb_array *y, const plumb_array *x, size_t n);
    plumb_status (*map1)(const plumb_num *, plumb_fn, const plumb_array *y, const plumb_array *x,
        size_t n, plumb_work *);
    plumb_status (*map2)(const plumb_num *, plumb_fn, const plumb_array *z, const plumb_array *x,
        const plumb_array *y, size_t n, plumb_work *);
    plumb_status (*gemm)(const plumb_num *, plumb_mode, const plumb_mm *, const plumb_array *c,
        const plumb_array *a, const plumb_array *b, plumb_work *);
    /* The largest of n >= 1 values as a constant, a shift that the result does not depend on. */
    plumb_status (*top)(const plumb_num *, const plumb_array *y, const plumb_array *x, size_t n);
    /* Optional: a whole program at once, where the generic one would lose what its instructions
     * share.  Serial; plumb_program_run cuts it into blocks. */
    plumb_status (*program)(const plumb_num *, const plumb_program *, plumb_mode, const plumb_array *out,
        const plumb_array *in, size_t n, plumb_work *);
};

extern const plumb_num plumb_f64, plumb_f32;

/* Makers: NULL where there is no memory or the parameters do not fit (said in diag, may be NULL).
 * The caller frees with plumb_num_free, in the reverse order; a base must outlive what is built on it. */
plumb_num *plumb_mpfr_new(long bits, plumb_diag *diag);                 /* 24 <= bits <= 10000 */
/* Value and `lanes` tangents.  At a tie of max, min or abs the tangent is the directional
 * derivative.  Only one level of a tower may have more than one lane. */
plumb_num *plumb_dual_new(const plumb_num *base, size_t lanes, plumb_diag *diag);
plumb_num *plumb_complex_new(const plumb_num *base, plumb_diag *diag);
/* A value of the leaf system `base` and the variance of the rounding error that a computation of
 * unit roundoff u is entitled to, in units of v = u^2/4: one run serves every u. */
plumb_num *plumb_rounding_new(const plumb_num *base, plumb_diag *diag);
/* base with fault injection: counts the kernel calls, answers EUNABLE and poisons the result at
 * the fail_at-th (1 is the first; 0: never). */
plumb_num *plumb_debug_new(const plumb_num *base, long fail_at, plumb_diag *diag);
long plumb_debug_calls(const plumb_num *debug);
void plumb_num_free(plumb_num *);               /* NULL is fine */

/* sigma of a rounding variance at unit roundoff u = 2^-bits.  It is never below the floor, where a variance
 * of 0 may stand for an error whose square underflowed; at the floor a number counts as exact. */
double plumb_rounding_sigma(double variance, long bits);
double plumb_rounding_floor(long bits);

/* Elements.  set makes the other planes zero; get reads the value. */
void plumb_set_d(const plumb_num *, const plumb_array *, size_t i, double v);
double plumb_get_d(const plumb_num *, const plumb_array *, size_t i);
void plumb_set_mpfr(const plumb_num *, const plumb_array *, size_t i, mpfr_srcptr v);
void plumb_get_mpfr(const plumb_num *, const plumb_array *, size_t i, mpfr_ptr v);
/* x[i] < y[j]; UNKNOWN where one is NaN. */
plumb_truth plumb_less(const plumb_num *, const plumb_array *x, size_t i, const plumb_array *y, size_t j);
/* Zeros in every plane that the array has. */
plumb_status plumb_zero(const plumb_num *, const plumb_array *y, size_t n) PLUMB_MUST_USE;

/* out (SET or ADD) = program(in[0..nin-1]), n elements; may overwrite an input with inc 1. */
plumb_status plumb_program_run(const plumb_num *, const plumb_program *, plumb_mode, const plumb_array *out,
    const plumb_array *in, size_t n, plumb_work *) PLUMB_MUST_USE;
/* The generic program, by map1 and map2: what plumb_program_run does where the slot is empty. */
plumb_status plumb_program_generic(const plumb_num *, const plumb_program *, plumb_mode, const plumb_array *out,
    const plumb_array *in, size_t n, plumb_work *) PLUMB_MUST_USE;
/* R->gemm in tiles that depend on the shape alone, over the threads of the workspace. */
plumb_status plumb_gemm(const plumb_num *, plumb_mode, const plumb_mm *, const plumb_array *c,
    const plumb_array *a, const plumb_array *b, plumb_work *) PLUMB_MUST_USE;

static inline plumb_array
plumb_at(const plumb_array *a, ptrdiff_t i)
{
    plumb_array r = *a;
    r.off += i * a->inc;
    return r;
}

/* element 0 of a, repeated */
static inline plumb_array
plumb_repeat(const plumb_array *a)
{
    plumb_array r = *a;
    r.inc = 0;
    return r;
}

/* the first (0) or the second (1) half of the planes of a tower over base */
static inline plumb_array
plumb_half(const plumb_num *base, const plumb_array *a, int which)
{
    plumb_array r = { .off = a->off, .inc = a->inc, .lane = a->lane };
    for (int p = 0; p < base->planes; p++)
        r.plane[p] = a->plane[which * base->planes + p];
    return r;
}

static inline plumb_array
plumb_lane(const plumb_array *a, size_t lane)
{
    plumb_array r = *a;
    r.off += (ptrdiff_t)lane * a->lane;
    return r;
}

#ifdef __cplusplus
}
#endif
#endif
