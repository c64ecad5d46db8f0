/* box.h - somebody else's function and backward pass: a box that is asked, and what it declares
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A box is a function y = f(x) of all its inputs in one row of numbers, with a backward pass that claims x_bar = J^T y_bar.  What
 * is in it (a program, a plugin, a C function, recorded arrays) is a matter of its kind; what it says of itself (shapes,
 * dtypes, its region, its conventions) is one description, written in one grammar (docs/protocol.md). */
#ifndef PLUMBLINE_BOX_H
#define PLUMBLINE_BOX_H
#include <stdio.h>
#include "plumbline/check.h"
#include "plumbline/subject.h"
#include "plumbline/tensor.h"

#ifdef __cplusplus
extern "C" {
#endif

/* One input or output. */
typedef struct plumb_tensor {
    char name[48];
    plumb_shape shape;
    plumb_dtype dtype;
    size_t from, size;          /* its place in the row of all inputs (or outputs) */
    int fixed;                  /* an input that has no gradient */
    int batch;                  /* the axis over which samples are independent, or -1 */
} plumb_tensor;

/* What a box declares.  Owned pointers; plumb_hello_clear frees them. */
typedef struct plumb_hello {
    int nin, nout;
    plumb_tensor *in, *out;
    size_t inputs, outputs;     /* numbers in all */
    double *lo, *hi;            /* inputs: the open box in which forward is defined */
    double *at;                 /* inputs: the point to check; NULL: the checker draws one */
    double *scale;              /* inputs: typical size; NULL: it is taken from the point */
    double *inner;              /* inputs: diagonal of the inner product whose Riesz representative is returned; NULL: ones */
    double eps;                 /* spacing at 1 of the arithmetic inside; 0: that of the dtypes */
    double factor;              /* the code returns this times the gradient (sign -1 is a factor, too) */
    double rate;                /* of a trainer: backward returns x after one step of this rate; 0: it is none */
    double solver_tol;          /* an iterative solver inside; 0: none */
    int adds, noisy, state, nudges, batches, column_major, binary, copies;
    size_t samples;             /* of a trainer that makes steps: in a batch; 0: not said */
    char twin[200], where[200];
    char step[200], data[200];  /* the step that it makes; the file of its samples */
} plumb_hello;

/* Reads the text of a hello ("in x:4,6 W:6,3 out 4,3 at ..."), taking "@FILE.npy" relative to the working directory.  EFOREIGN with a sentence that
 * names the word: not in the grammar, more than PLUMB_BOX_MOST numbers, a count that does not fit, an option given twice. */
enum { PLUMB_BOX_MOST = 1 << 26 };
plumb_status plumb_hello_read(const char *text, plumb_hello *, plumb_diag *) PLUMB_MUST_USE;
void plumb_hello_clear(plumb_hello *);
/* The point, rounded to its dtypes, must be finite and inside the box, inner and scale above 0: EFOREIGN with the element where not. */
plumb_status plumb_hello_look(plumb_hello *, plumb_diag *) PLUMB_MUST_USE;

typedef struct plumb_box plumb_box;

/* What a kind of box can do.  x has inputs numbers, y and g outputs, d inputs; all are values of their dtypes.  A status:
 * EDOMAIN, the code said that it cannot (a sentence, and it goes on); EFOREIGN, it died, hung or broke the protocol; EUNABLE, it does not
 * know such a request; ENOMEM. */
typedef struct plumb_box_kind {
    const char *name;
    plumb_status (*hello)(plumb_box *, plumb_hello *, plumb_diag *);
    plumb_status (*sample)(plumb_box *, uint64_t seed, plumb_hello *, plumb_diag *);            /* optional */
    plumb_status (*forward)(plumb_box *, const double *x, double *y, plumb_diag *);             /* optional: recorded gradients */
    plumb_status (*backward)(plumb_box *, const double *g, double *d, plumb_diag *);            /* at the x of the last forward */
    plumb_status (*tangent)(plumb_box *, const double *v, double *t, plumb_diag *);             /* optional */
    plumb_status (*reseed)(plumb_box *, uint64_t seed, plumb_diag *);                           /* optional */
    plumb_status (*many)(plumb_box *, size_t n, const double *x, double *y, plumb_status *each, plumb_diag *);      /* optional: n forwards */
    plumb_status (*restart)(plumb_box *, plumb_diag *);                                         /* optional: after EFOREIGN */
    /* optional: what was seen beside the numbers: inputs that were written to, a changed MXCSR; "" for nothing */
    plumb_status (*report)(plumb_box *, char *text, size_t room, plumb_diag *);
    /* optional: up to *n instances at the same time, all at x with cotangent g; d: what each returned; *n: how many there were */
    plumb_status (*threads)(plumb_box *, size_t *n, const double *x, const double *g, double *d, plumb_diag *);
    /* optional: the recorded cotangents, rows of `outputs` numbers, where backward knows no other; returns how many */
    size_t (*recorded)(plumb_box *, const double **g);
    void (*free)(plumb_box *);
} plumb_box_kind;

/* The common head of every kind; a kind's struct begins with it. */
struct plumb_box {
    const plumb_box_kind *kind;
    char *name, *target;        /* as shown, and what to type after `plumb check` to see it again */
};

/* A program that speaks docs/protocol.md: argv[0] is found in PATH; argv ends at NULL and is copied. */
typedef struct plumb_program_options {
    double start_timeout, timeout;      /* seconds; 0: 120, and 20 times the slowest call, at least 10 */
    size_t limit_memory;                /* bytes of resident memory at which it is ended; 0: none */
    int copies;                         /* at most so many at once, where the program allows it; 0: one */
    int attached, in, out;              /* carrier: where attached is 1, descriptors to read from and write to instead of starting anything */
    int worker;                         /* it is a plumb_plugin_serve: it knows "report" and "threads", too */
    const char *fifo;                   /* carrier: a folder for two named pipes (PLUMB_IN, PLUMB_OUT in its environment); NULL: none */
    void (*log)(void *with, const char *line);  /* optional: gets the program's own lines */
    void *with;
} plumb_program_options;
plumb_box *plumb_box_program(const char *const *argv, const plumb_program_options *, plumb_diag *) PLUMB_MUST_USE;
/* An array folder or .npz of gradients that somebody recorded (docs/arrays.md); EINPUT. */
plumb_box *plumb_box_arrays(const char *path, plumb_diag *) PLUMB_MUST_USE;
void plumb_box_free(plumb_box *);       /* NULL is fine */
/* Opens a shared object of the C interface of docs/protocol.md in this process and answers requests from one stream on the other until its end. name: of
 * its subjects; "?" writes their names, one a line, and returns. What stands in the way is said as the first reply, "! sentence". Returns 0, or 1 when
 * the output cannot be written. Meant for a process of its own: the object may do anything to it. */
int plumb_plugin_serve(const char *path, const char *name, FILE *from, FILE *to);
int plumb_box_rename(plumb_box *, const char *name, const char *target);        /* 0 without memory */

/* ---- checking ---- */

/* Opens the twin that a hello names in text: a graph of ours with the same inputs, in order.  Only "op:", "model:" and formulas;
 * anything else is EINPUT with a sentence. */
typedef struct plumb_catalogue {
    plumb_subject *(*open)(void *with, const char *name, const plumb_hello *, plumb_diag *);
    void *with;
} plumb_catalogue;

typedef struct plumb_box_options {
    uint64_t seed;
    int quick, all;             /* about 10 forwards; every entry by itself */
    size_t calls;               /* budget in forward and backward calls; 0: 1000 */
    double seconds;             /* budget in time; 0: 30 */
    int team;
    const plumb_catalogue *catalogue;   /* may be NULL: no twins by name */
    plumb_box *twin;            /* another box of the same function, or NULL; borrowed */
    const char *twin_name;      /* a twin by name, instead of the one that hello names; NULL: none */
    int given_only;             /* look at no other point */
    int silent;                 /* do not tell the plan */
    const char *again;          /* more options of the command that makes a finding again, with a blank in front; NULL: none */
    volatile int *stop;         /* set from outside: say what is known and end; may be NULL */
} plumb_box_options;

/* The routes that a box's findings name: backward, regression, twin; ends with a NULL name. */
extern const plumb_route plumb_box_routes[];
/* Checks a box: its gradient, tensor by tensor, against differences of its own forward (and against its twin), at its point
 * and in its region; and the laws of the contract.  Findings go to sink; one box's failure is a finding.  The status is not OK only for
 * ENOMEM and for a box that cannot be asked at all (EFOREIGN from hello is a finding, too). */
plumb_status plumb_check_box(plumb_box *, const plumb_box_options *, plumb_sink *, plumb_diag *) PLUMB_MUST_USE;

#ifdef __cplusplus
}
#endif
#endif
