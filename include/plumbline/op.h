/* op.h - an operation: one const struct says all there is to know about it
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Shape inference, both passes, the test matrix, adversarial inputs and the manual row come from the
 * declaration.  There is no field that can mean "not tested". */
#ifndef PLUMBLINE_OP_H
#define PLUMBLINE_OP_H
#include <stdint.h>
#include "plumbline/num.h"
#include "plumbline/work.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { PLUMB_MAXRANK = 6, PLUMB_MAXIN = 4, PLUMB_MAXOUT = 2, PLUMB_MAXATTRS = 4 };

/* Row-major; rank 0 is a scalar; a dim may be 0. */
typedef struct plumb_shape {
    int rank;
    size_t dim[PLUMB_MAXRANK];
} plumb_shape;
size_t plumb_shape_size(const plumb_shape *);
int plumb_shape_equal(const plumb_shape *, const plumb_shape *);
/* "(3,4)", "()" for a scalar; into text of at least PLUMB_SHAPE_TEXT bytes, which is returned. */
enum { PLUMB_SHAPE_TEXT = 160 };
const char *plumb_shape_text(const plumb_shape *, char *text);

/* Attributes.  An int is a list of one. */
typedef enum plumb_attr_type { PLUMB_ATTR_INTS, PLUMB_ATTR_REAL, PLUMB_ATTR_TEXT } plumb_attr_type;
typedef struct plumb_attr_spec {
    const char *name;
    plumb_attr_type type;
    const char *fallback;       /* as a text: "", "-1", "0:2:1" (lists have colons), "0.5", "mean" */
    const char *summary;
} plumb_attr_spec;
typedef struct plumb_attr {
    int n;                      /* of ints */
    long ints[PLUMB_MAXRANK];
    double real;
    char text[16];
} plumb_attr;

typedef enum plumb_structure { PLUMB_POINTWISE, PLUMB_LINEAR, PLUMB_MULTILINEAR, PLUMB_GENERAL } plumb_structure;
/* An index is an int64 outside every number system: a label.  It has no cotangent. */
typedef enum plumb_element { PLUMB_REAL, PLUMB_INDEX } plumb_element;

typedef struct plumb_op plumb_op;

/* The formulas of a pointwise op, compiled. */
typedef struct plumb_compiled {
    plumb_program value, pullback[2];           /* of (x, y); of (x, y, z, z_bar) */
} plumb_compiled;

/* One application of one op in one run.  Arrays are contiguous and row-major with inc 1.
 * saved: what forward keeps for vjp (op->saved numbers).  x_bar[i] is wanted where want[i]; it is
 * written (SET) or added to (ADD) by mode[i], input 0 first: two inputs may be the same value.
 * ones: as many constants 1 as the largest tensor of the run has elements. */
typedef struct plumb_call {
    const plumb_num *num;
    plumb_work *work;
    const plumb_op *op;
    const plumb_attr *attr;
    const plumb_compiled *compiled;             /* NULL unless pointwise */
    int nin;
    plumb_shape in[PLUMB_MAXIN], out[PLUMB_MAXOUT];
    plumb_array x[PLUMB_MAXIN], y[PLUMB_MAXOUT], y_bar[PLUMB_MAXOUT], x_bar[PLUMB_MAXIN], saved, ones;
    const int64_t *index[PLUMB_MAXIN];
    int64_t *chosen;                            /* the output of an op that makes indices */
    char want[PLUMB_MAXIN];
    plumb_mode mode[PLUMB_MAXIN];
} plumb_call;

/* One test case of an op. */
typedef struct plumb_case {
    plumb_shape in[PLUMB_MAXIN];
    const char *attrs;          /* as in a target: "axes=0:2,keep=1"; "" for the defaults */
    size_t classes;             /* index inputs are drawn below this */
    int kink;                   /* the point is put on a declared kink */
} plumb_case;

struct plumb_op {
    const char *name, *summary;
    const char *formula;        /* pointwise: in x (and y) and the real attributes, it is the code; else for people */
    const char *slope[2];       /* pointwise: d formula/dx, dy, in x, y and the value z; also code */
    const char *origin;         /* where the formula comes from; NULL: typed by somebody, its decimals are rounded */
    plumb_structure structure;
    int nin, nout;
    plumb_element element[PLUMB_MAXIN], makes;  /* of the inputs, and of all outputs */
    plumb_attr_spec attrs[PLUMB_MAXATTRS];      /* ends at a NULL name */
    const char *kinks;          /* pointwise: a formula whose zeros are the kinks; else for people; NULL for none */
    double lo[PLUMB_MAXIN], hi[PLUMB_MAXIN];    /* inputs are drawn in (lo, hi); both 0: (-2, 2) */

    /* ESHAPE with a sentence that says which dims do not fit; the caller adds node and op. */
    plumb_status (*shape)(const plumb_shape *in, const plumb_attr *, plumb_shape *out, plumb_diag *);
    size_t (*saved)(const plumb_shape *in, const plumb_attr *);         /* optional: none */
    plumb_status (*forward)(const plumb_call *);
    plumb_status (*vjp)(const plumb_call *);
    /* The i-th case (from 0): odd shapes, attributes, empty axes; 0 when there is no i-th. */
    int (*sample)(int i, plumb_case *);
    /* optional: with these inputs laned (bit i), are the lanes one more leading axis of each? */
    int (*fold)(const plumb_shape *in, const plumb_attr *, unsigned laned);
    /* optional, of an op that chooses among the elements of its first input: t[i] (as many numbers as that
     * input has) = by how much element i is not the chosen one, 0 for one that might as well have been;
     * less than 0 for the chosen one. */
    plumb_status (*contest)(const plumb_call *, const plumb_array *t);
    /* optional: in a rounding system, better variances than the generic ones of the pass that has
     * just run (reverse: of x_bar, only in mode SET). */
    plumb_status (*roundoff)(const plumb_call *, int reverse);
};

/* What a pointwise op fills its slots with: all of them follow from formula and slope.
 *   static const plumb_op mine = { .name = "xexp", .formula = "x*exp(-x)", .slope = { "exp(-x) - z" },
 *       .structure = PLUMB_POINTWISE, .nin = 1, .nout = 1, .shape = plumb_pointwise_shape,
 *       .forward = plumb_pointwise_forward, .vjp = plumb_pointwise_vjp, .fold = plumb_pointwise_fold };
 * sample: cases for one input, sample2 for two. */
plumb_status plumb_pointwise_shape(const plumb_shape *, const plumb_attr *, plumb_shape *, plumb_diag *);
plumb_status plumb_pointwise_forward(const plumb_call *);
plumb_status plumb_pointwise_vjp(const plumb_call *);
int plumb_pointwise_sample(int i, plumb_case *);
int plumb_pointwise_sample2(int i, plumb_case *);
int plumb_pointwise_fold(const plumb_shape *, const plumb_attr *, unsigned laned);

/* The catalogue: a NULL-terminated table, and a look-up by name (NULL for an unknown one). */
extern const plumb_op *const plumb_ops[];
const plumb_op *plumb_op_find(const char *name);

/* Reads "a=1:2,b=0.5" for op into attr[PLUMB_MAXATTRS], fallbacks for what is not named (text may be
 * NULL).  EINPUT with a sentence for an unknown or malformed one. */
plumb_status plumb_attrs_parse(const plumb_op *op, const char *text, plumb_attr *attr, plumb_diag *) PLUMB_MUST_USE;

#ifdef __cplusplus
}
#endif
#endif
