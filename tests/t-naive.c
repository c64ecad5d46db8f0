/* t-naive.c - the structural ops of the engine in f64 against the plain loops of tests/naive
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Each problem is one op on random numbers: y = op(x..), and every input's cotangent for a random
 * cotangent of y.  Once more with each input alone asked for, and once more in the graph
 * op(x..) - square(op(x..)), in which every input has two consumers and must get the sum:
 * the cotangent of y by the naive vjp at g (1 - 2y).
 *
 * An argument is another seed. */
#include <string.h>
#include "plumbline/run.h"
#include "tests/naive/naive.h"
#include "tests/tap.h"

#define S(...) { sizeof((size_t[]){ __VA_ARGS__ }) / sizeof(size_t), { __VA_ARGS__ } }
#define SCALAR { 0, { 0 } }
#define LENGTH(a) (sizeof(a) / sizeof *(a))

enum { MAXIN = 3, ALL = -1, DIRT = 600 };
static const double tolerance = 1e-13;

/* ---- random numbers: splitmix64 ---- */

static uint64_t state = 20240229;

static uint64_t
draw(void)
{
    uint64_t z = state += 0x9e3779b97f4a7c15;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
}

static double
draw_between(double lo, double hi)
{
    return lo + (hi - lo) * ((double)(draw() >> 11) * 0x1p-53);
}

/* signed, and never small enough to hide a factor */
static double
draw_cotangent(void)
{
    double size = draw_between(0.5, 2);
    return draw() & 1 ? size : -size;
}

/* ---- problems ---- */

typedef struct problem problem;

/* The numbers of a problem: of the engine, and what the reference makes of them. */
typedef struct numbers {
    double *x[MAXIN], *y, *g, *x_bar[MAXIN];
    int64_t *label;
} numbers;

typedef struct reference {
    const char *op;
    void (*forward)(const problem *, numbers *);        /* y of x */
    void (*vjp)(const problem *, numbers *);            /* x_bar of x and g */
    int labels;                                         /* input 1 is labels */
} reference;

/* plan: what the attributes ask for, in the reference's own terms.  same: every input is one value. */
struct problem {
    const reference *ref;
    const char *attrs;
    plumb_shape in[MAXIN], out;
    int plan[NAIVE_MAXRANK];
    double lo, hi;                                      /* of the inputs; both 0: (-2, 2) */
    int same, team;
};

static naive_shape
naive(const plumb_shape *s)
{
    naive_shape n = { .rank = (size_t)s->rank };
    memcpy(n.dim, s->dim, n.rank * sizeof *n.dim);
    return n;
}

static naive_mm
mm_of(const problem *p)
{
    const plumb_shape *a = &p->in[0], *b = &p->in[1];
    naive_mm s = { 1, a->dim[a->rank - 2], a->dim[a->rank - 1], b->dim[b->rank - 1], b->rank == 2 };
    for (int i = 0; i < a->rank - 2; i++)
        s.batch *= a->dim[i];
    return s;
}

static void
matmul_forward(const problem *p, numbers *v)
{
    naive_mm s = mm_of(p);
    naive_matmul(&s, v->x[0], v->x[1], v->y);
}

static void
matmul_vjp(const problem *p, numbers *v)
{
    naive_mm s = mm_of(p);
    naive_matmul_vjp(&s, v->x[0], v->x[1], v->g, v->x_bar[0], v->x_bar[1]);
}

static naive_layer
layer_of(const problem *p)
{
    naive_layer s = { 1, p->in[1].dim[1], p->in[1].dim[0] };
    for (int i = 0; i < p->in[0].rank - 1; i++)
        s.rows *= p->in[0].dim[i];
    return s;
}

static void
linear_forward(const problem *p, numbers *v)
{
    naive_layer s = layer_of(p);
    naive_linear(&s, v->x[0], v->x[1], v->x[2], v->y);
}

static void
linear_vjp(const problem *p, numbers *v)
{
    naive_layer s = layer_of(p);
    naive_linear_vjp(&s, v->x[0], v->x[1], v->g, v->x_bar[0], v->x_bar[1], v->x_bar[2]);
}

static void
transpose_forward(const problem *p, numbers *v)
{
    naive_shape s = naive(&p->in[0]);
    size_t perm[NAIVE_MAXRANK];
    for (int i = 0; i < NAIVE_MAXRANK; i++)
        perm[i] = (size_t)p->plan[i];
    naive_transpose(&s, perm, v->x[0], v->y);
}

static void
transpose_vjp(const problem *p, numbers *v)
{
    naive_shape s = naive(&p->in[0]);
    size_t perm[NAIVE_MAXRANK];
    for (int i = 0; i < NAIVE_MAXRANK; i++)
        perm[i] = (size_t)p->plan[i];
    naive_transpose_vjp(&s, perm, v->g, v->x_bar[0]);
}

static void
reshape_forward(const problem *p, numbers *v)
{
    naive_reshape(plumb_shape_size(&p->in[0]), v->x[0], v->y);
}

static void
reshape_vjp(const problem *p, numbers *v)
{
    naive_reshape_vjp(plumb_shape_size(&p->in[0]), v->g, v->x_bar[0]);
}

static void
sum_forward(const problem *p, numbers *v)
{
    naive_shape s = naive(&p->in[0]);
    naive_reduce(&s, p->plan, 0, v->x[0], v->y);
}

static void
sum_vjp(const problem *p, numbers *v)
{
    naive_shape s = naive(&p->in[0]);
    naive_reduce_vjp(&s, p->plan, 0, v->g, v->x_bar[0]);
}

static void
mean_forward(const problem *p, numbers *v)
{
    naive_shape s = naive(&p->in[0]);
    naive_reduce(&s, p->plan, 1, v->x[0], v->y);
}

static void
mean_vjp(const problem *p, numbers *v)
{
    naive_shape s = naive(&p->in[0]);
    naive_reduce_vjp(&s, p->plan, 1, v->g, v->x_bar[0]);
}

static void
softmax_forward(const problem *p, numbers *v)
{
    naive_shape s = naive(&p->in[0]);
    naive_softmax(&s, (size_t)p->plan[0], v->x[0], v->y);
}

static void
softmax_vjp(const problem *p, numbers *v)
{
    naive_shape s = naive(&p->in[0]);
    naive_softmax_vjp(&s, (size_t)p->plan[0], v->x[0], v->g, v->x_bar[0]);
}

static void
cross_entropy_forward(const problem *p, numbers *v)
{
    naive_cross_entropy(p->in[0].dim[0], p->in[0].dim[1], p->plan[0], v->x[0], v->label, v->y);
}

static void
cross_entropy_vjp(const problem *p, numbers *v)
{
    naive_cross_entropy_vjp(p->in[0].dim[0], p->in[0].dim[1], p->plan[0], v->x[0], v->label, v->g, v->x_bar[0]);
}

static void
mse_forward(const problem *p, numbers *v)
{
    naive_mse(plumb_shape_size(&p->in[0]), v->x[0], v->x[1], v->y);
}

static void
mse_vjp(const problem *p, numbers *v)
{
    naive_mse_vjp(plumb_shape_size(&p->in[0]), v->x[0], v->x[1], v->g, v->x_bar[0], v->x_bar[1]);
}

static naive_binary
binary_of(const problem *p)
{
    static const char ops[] = "add+sub-mul*div/";
    char op = strstr(ops, p->ref->op)[3];
    return (naive_binary){ op, naive(&p->in[0]), naive(&p->in[1]), naive(&p->out) };
}

static void
binary_forward(const problem *p, numbers *v)
{
    naive_binary b = binary_of(p);
    naive_broadcast(&b, v->x[0], v->x[1], v->y);
}

static void
binary_vjp(const problem *p, numbers *v)
{
    naive_binary b = binary_of(p);
    naive_broadcast_vjp(&b, v->x[0], v->x[1], v->g, v->x_bar[0], v->x_bar[1]);
}

static const reference matmul = { "matmul", matmul_forward, matmul_vjp, 0 };
static const reference linear = { "linear", linear_forward, linear_vjp, 0 };
static const reference transpose = { "transpose", transpose_forward, transpose_vjp, 0 };
static const reference reshape = { "reshape", reshape_forward, reshape_vjp, 0 };
static const reference sum = { "sum", sum_forward, sum_vjp, 0 };
static const reference mean = { "mean", mean_forward, mean_vjp, 0 };
static const reference softmax = { "softmax", softmax_forward, softmax_vjp, 0 };
static const reference cross_entropy = { "cross_entropy", cross_entropy_forward, cross_entropy_vjp, 1 };
static const reference mse = { "mse", mse_forward, mse_vjp, 0 };
static const reference add = { "add", binary_forward, binary_vjp, 0 };
static const reference sub = { "sub", binary_forward, binary_vjp, 0 };
static const reference mul = { "mul", binary_forward, binary_vjp, 0 };
static const reference divide = { "div", binary_forward, binary_vjp, 0 };

#define ADD_MUL(...) { &add, __VA_ARGS__ }, { &mul, __VA_ARGS__ }
#define SUB_DIV(...) { &sub, __VA_ARGS__ }, { &divide, __VA_ARGS__, .lo = 0.3, .hi = 3 }
#define SUM_MEAN(...) { &sum, __VA_ARGS__ }, { &mean, __VA_ARGS__ }

static const problem problems[] = {
    { &matmul, .in = { S(3, 5), S(5, 2) }, .out = S(3, 2) },
    { &matmul, .in = { S(2, 3, 4), S(4, 3) }, .out = S(2, 3, 3) },
    { &matmul, .in = { S(2, 1, 3, 4), S(4, 5) }, .out = S(2, 1, 3, 5) },
    { &matmul, .in = { S(1, 2, 1, 2, 3, 2), S(2, 5) }, .out = S(1, 2, 1, 2, 3, 5) },
    { &matmul, .in = { S(2, 3, 4), S(2, 4, 5) }, .out = S(2, 3, 5) },
    { &matmul, .in = { S(3, 1, 4), S(3, 4, 1) }, .out = S(3, 1, 1) },
    { &matmul, .in = { S(1, 3, 1), S(1, 1, 2) }, .out = S(1, 3, 2) },
    { &matmul, .in = { S(1, 7), S(7, 1) }, .out = S(1, 1) },
    { &matmul, .in = { S(7, 1), S(1, 5) }, .out = S(7, 5) },
    { &matmul, .in = { S(1, 9), S(9, 4) }, .out = S(1, 4) },
    { &matmul, .in = { S(9, 4), S(4, 1) }, .out = S(9, 1) },
    { &matmul, .in = { S(1, 1), S(1, 1) }, .out = S(1, 1) },
    { &matmul, .in = { S(3, 0), S(0, 2) }, .out = S(3, 2) },
    { &matmul, .in = { S(0, 3), S(3, 2) }, .out = S(0, 2) },
    { &matmul, .in = { S(3, 2), S(2, 0) }, .out = S(3, 0) },
    { &matmul, .in = { S(2, 0, 3), S(3, 4) }, .out = S(2, 0, 4) },
    { &matmul, .in = { S(0, 3, 4), S(0, 4, 2) }, .out = S(0, 3, 2) },
    { &matmul, .in = { S(2, 3, 0), S(2, 0, 4) }, .out = S(2, 3, 4) },
    { &matmul, .in = { S(2, 0, 3), S(2, 3, 4) }, .out = S(2, 0, 4) },
    { &matmul, .in = { S(129, 131), S(131, 257) }, .out = S(129, 257), .team = 2 },
    { &matmul, .in = { S(4, 4), S(4, 4) }, .out = S(4, 4), .same = 1 },
    { &matmul, .in = { S(3, 2, 2), S(3, 2, 2) }, .out = S(3, 2, 2), .same = 1 },

    { &linear, .in = { S(4, 5), S(3, 5), S(3) }, .out = S(4, 3) },
    { &linear, .in = { S(2, 3, 4), S(5, 4), S(5) }, .out = S(2, 3, 5) },
    { &linear, .in = { S(2, 1, 2, 1, 3, 2), S(3, 2), S(3) }, .out = S(2, 1, 2, 1, 3, 3) },
    { &linear, .in = { S(6), S(1, 6), S(1) }, .out = S(1) },
    { &linear, .in = { S(6), S(3, 6), S(3) }, .out = S(3) },
    { &linear, .in = { S(1, 1), S(7, 1), S(7) }, .out = S(1, 7) },
    { &linear, .in = { S(5, 7), S(1, 7), S(1) }, .out = S(5, 1) },
    { &linear, .in = { S(5, 1), S(1, 1), S(1) }, .out = S(5, 1) },
    { &linear, .in = { S(0, 3), S(2, 3), S(2) }, .out = S(0, 2) },
    { &linear, .in = { S(3, 0), S(2, 0), S(2) }, .out = S(3, 2) },
    { &linear, .in = { S(3, 2), S(0, 2), S(0) }, .out = S(3, 0) },
    { &linear, .in = { S(2, 0, 3), S(4, 3), S(4) }, .out = S(2, 0, 4) },
    { &linear, .in = { S(130, 129), S(257, 129), S(257) }, .out = S(130, 257), .team = 2 },

    { &transpose, .in = { S(3, 5) }, .out = S(5, 3), .plan = { 1, 0 } },
    { &transpose, "axes=0:1", .in = { S(3, 5) }, .out = S(3, 5), .plan = { 0, 1 } },
    { &transpose, .in = { S(2, 3, 4) }, .out = S(4, 3, 2), .plan = { 2, 1, 0 } },
    { &transpose, "axes=1:2:0", .in = { S(2, 3, 4) }, .out = S(3, 4, 2), .plan = { 1, 2, 0 } },
    { &transpose, "axes=2:0:1", .in = { S(2, 3, 4) }, .out = S(4, 2, 3), .plan = { 2, 0, 1 } },
    { &transpose, "axes=1:0:2", .in = { S(2, 3, 4) }, .out = S(3, 2, 4), .plan = { 1, 0, 2 } },
    { &transpose, "axes=0:3:1:2", .in = { S(2, 1, 3, 2) }, .out = S(2, 2, 1, 3), .plan = { 0, 3, 1, 2 } },
    { &transpose, "axes=3:1:4:0:2", .in = { S(2, 3, 1, 4, 2) }, .out = S(4, 3, 2, 2, 1), .plan = { 3, 1, 4, 0, 2 } },
    { &transpose, "axes=5:3:1:0:2:4", .in = { S(2, 3, 2, 1, 2, 3) }, .out = S(3, 1, 3, 2, 2, 2),
        .plan = { 5, 3, 1, 0, 2, 4 } },
    { &transpose, .in = { S(1, 6) }, .out = S(6, 1), .plan = { 1, 0 } },
    { &transpose, .in = { S(7) }, .out = S(7), .plan = { 0 } },
    { &transpose, .in = { SCALAR }, .out = SCALAR },
    { &transpose, .in = { S(4, 0) }, .out = S(0, 4), .plan = { 1, 0 } },
    { &transpose, "axes=1:0:2", .in = { S(2, 0, 3) }, .out = S(0, 2, 3), .plan = { 1, 0, 2 } },
    { &transpose, .in = { S(3, 301) }, .out = S(301, 3), .plan = { 1, 0 } },

    { &reshape, "dims=2:6", .in = { S(3, 4) }, .out = S(2, 6) },
    { &reshape, "dims=2:-1", .in = { S(3, 4) }, .out = S(2, 6) },
    { &reshape, "dims=4:-1", .in = { S(2, 3, 4) }, .out = S(4, 6) },
    { &reshape, .in = { S(2, 3, 4) }, .out = S(24) },
    { &reshape, "dims=3:1:2:1:4:1", .in = { S(24) }, .out = S(3, 1, 2, 1, 4, 1) },
    { &reshape, "dims=", .in = { S(1, 1) }, .out = SCALAR },
    { &reshape, "dims=1:1:1", .in = { SCALAR }, .out = S(1, 1, 1) },
    { &reshape, "dims=3:0", .in = { S(0, 3) }, .out = S(3, 0) },
    { &reshape, "dims=5:-1", .in = { S(2, 0) }, .out = S(5, 0) },

    SUM_MEAN(.in = { S(3, 5) }, .out = SCALAR, .plan = { 1, 1 }),
    SUM_MEAN("keep=1", .in = { S(3, 5) }, .out = S(1, 1), .plan = { 1, 1 }),
    SUM_MEAN("axes=1", .in = { S(2, 3, 4) }, .out = S(2, 4), .plan = { 0, 1, 0 }),
    SUM_MEAN("axes=-2,keep=1", .in = { S(2, 3, 4) }, .out = S(2, 1, 4), .plan = { 0, 1, 0 }),
    SUM_MEAN("axes=0", .in = { S(2, 3, 4) }, .out = S(3, 4), .plan = { 1, 0, 0 }),
    SUM_MEAN("axes=-1", .in = { S(2, 3, 4) }, .out = S(2, 3), .plan = { 0, 0, 1 }),
    SUM_MEAN("axes=0:-1,keep=1", .in = { S(2, 3, 4) }, .out = S(1, 3, 1), .plan = { 1, 0, 1 }),
    SUM_MEAN("axes=2:0", .in = { S(2, 3, 4) }, .out = S(3), .plan = { 1, 0, 1 }),
    SUM_MEAN("axes=0", .in = { S(1, 4) }, .out = S(4), .plan = { 1, 0 }),
    SUM_MEAN("axes=1:3", .in = { S(2, 1, 3, 2) }, .out = S(2, 3), .plan = { 0, 1, 0, 1 }),
    SUM_MEAN("axes=4:1:2", .in = { S(2, 3, 1, 2, 3, 2) }, .out = S(2, 2, 2), .plan = { 0, 1, 1, 0, 1, 0 }),
    SUM_MEAN(.in = { S(7) }, .out = SCALAR, .plan = { 1 }),
    SUM_MEAN(.in = { SCALAR }, .out = SCALAR),
    SUM_MEAN("axes=1", .in = { S(5, 301) }, .out = S(5), .plan = { 0, 1 }),
    SUM_MEAN("axes=0", .in = { S(301, 3) }, .out = S(3), .plan = { 1, 0 }),
    SUM_MEAN("axes=1", .in = { S(0, 3) }, .out = S(0), .plan = { 0, 1 }),
    SUM_MEAN("axes=0,keep=1", .in = { S(2, 0) }, .out = S(1, 0), .plan = { 1, 0 }),
    { &sum, "axes=0", .in = { S(0, 3) }, .out = S(3), .plan = { 1, 0 } },
    { &sum, .in = { S(0, 3) }, .out = SCALAR, .plan = { 1, 1 } },
    { &sum, "axes=1,keep=1", .in = { S(2, 0, 3) }, .out = S(2, 1, 3), .plan = { 0, 1, 0 } },

    { &softmax, .in = { S(3, 5) }, .out = S(3, 5), .plan = { 1 } },
    { &softmax, "axis=0", .in = { S(2, 3, 4) }, .out = S(2, 3, 4), .plan = { 0 } },
    { &softmax, "axis=1", .in = { S(2, 3, 4) }, .out = S(2, 3, 4), .plan = { 1 } },
    { &softmax, "axis=2", .in = { S(2, 3, 4) }, .out = S(2, 3, 4), .plan = { 2 } },
    { &softmax, "axis=-3", .in = { S(2, 3, 4) }, .out = S(2, 3, 4), .plan = { 0 } },
    { &softmax, "axis=0", .in = { S(4, 2) }, .out = S(4, 2), .plan = { 0 } },
    { &softmax, "axis=2", .in = { S(2, 1, 3, 2, 1, 2) }, .out = S(2, 1, 3, 2, 1, 2), .plan = { 2 } },
    { &softmax, .in = { S(3, 1) }, .out = S(3, 1), .plan = { 1 } },
    { &softmax, .in = { S(1, 6) }, .out = S(1, 6), .plan = { 1 } },
    { &softmax, .in = { S(5) }, .out = S(5), .plan = { 0 } },
    { &softmax, .in = { S(2, 97) }, .out = S(2, 97), .plan = { 1 } },
    { &softmax, .in = { S(3, 4) }, .out = S(3, 4), .plan = { 1 }, .lo = 997, .hi = 1003 },
    { &softmax, "axis=0", .in = { S(3, 4) }, .out = S(3, 4), .plan = { 0 }, .lo = -1003, .hi = -997 },
    { &softmax, .in = { S(0, 4) }, .out = S(0, 4), .plan = { 1 } },
    { &softmax, .in = { S(3, 0) }, .out = S(3, 0), .plan = { 1 } },
    { &softmax, "axis=0", .in = { S(2, 0, 3) }, .out = S(2, 0, 3), .plan = { 0 } },

    { &cross_entropy, .in = { S(4, 5), S(4) }, .out = SCALAR, .plan = { 1 } },
    { &cross_entropy, "reduction=mean", .in = { S(3, 7), S(3) }, .out = SCALAR, .plan = { 1 } },
    { &cross_entropy, "reduction=sum", .in = { S(3, 7), S(3) }, .out = SCALAR, .plan = { 0 } },
    { &cross_entropy, .in = { S(1, 2), S(1) }, .out = SCALAR, .plan = { 1 } },
    { &cross_entropy, .in = { S(3, 1), S(3) }, .out = SCALAR, .plan = { 1 } },
    { &cross_entropy, .in = { S(257, 10), S(257) }, .out = SCALAR, .plan = { 1 } },
    { &cross_entropy, "reduction=sum", .in = { S(2, 301), S(2) }, .out = SCALAR, .plan = { 0 } },
    { &cross_entropy, .in = { S(4, 3), S(4) }, .out = SCALAR, .plan = { 1 }, .lo = 997, .hi = 1003 },
    { &cross_entropy, "reduction=sum", .in = { S(4, 3), S(4) }, .out = SCALAR, .plan = { 0 }, .lo = -1003, .hi = -997 },
    { &cross_entropy, .in = { S(9, 4), S(9) }, .out = SCALAR, .plan = { 1 }, .lo = -300, .hi = 300 },

    { &mse, .in = { S(3, 4), S(3, 4) }, .out = SCALAR },
    { &mse, .in = { S(7), S(7) }, .out = SCALAR },
    { &mse, .in = { S(301), S(301) }, .out = SCALAR },
    { &mse, .in = { SCALAR, SCALAR }, .out = SCALAR },
    { &mse, .in = { S(2, 1, 3), S(2, 1, 3) }, .out = SCALAR },
    { &mse, .in = { S(3, 2), S(3, 2) }, .out = SCALAR, .same = 1 },

    ADD_MUL(.in = { S(7), S(7) }, .out = S(7)),
    ADD_MUL(.in = { S(3, 5), S(5) }, .out = S(3, 5)),
    ADD_MUL(.in = { S(5), S(3, 5) }, .out = S(3, 5)),
    ADD_MUL(.in = { S(3, 1), S(2, 1, 4) }, .out = S(2, 3, 4)),
    ADD_MUL(.in = { S(2, 3, 4), S(1, 3, 1) }, .out = S(2, 3, 4)),
    ADD_MUL(.in = { S(1, 3, 1), S(2, 1, 4) }, .out = S(2, 3, 4)),
    ADD_MUL(.in = { S(2, 1, 3, 1, 2, 1), S(1, 2, 1, 2, 1, 3) }, .out = S(2, 2, 3, 2, 2, 3)),
    ADD_MUL(.in = { S(2, 3, 1, 1, 2, 2), S(2, 1, 2) }, .out = S(2, 3, 1, 2, 2, 2)),
    ADD_MUL(.in = { S(1, 2), S(2, 1) }, .out = S(2, 2)),
    ADD_MUL(.in = { SCALAR, S(2, 3) }, .out = S(2, 3)),
    ADD_MUL(.in = { S(2, 3), SCALAR }, .out = S(2, 3)),
    ADD_MUL(.in = { SCALAR, SCALAR }, .out = SCALAR),
    ADD_MUL(.in = { S(1), S(1, 1, 1) }, .out = S(1, 1, 1)),
    ADD_MUL(.in = { S(1, 3, 1), S(3) }, .out = S(1, 3, 3)),
    ADD_MUL(.in = { S(7, 101), S(7, 1) }, .out = S(7, 101)),
    ADD_MUL(.in = { S(301), S(3, 1) }, .out = S(3, 301)),
    ADD_MUL(.in = { S(1, 4), S(0, 4) }, .out = S(0, 4)),
    ADD_MUL(.in = { S(2, 1), S(1, 0) }, .out = S(2, 0)),
    ADD_MUL(.in = { S(2, 0, 3), S(3) }, .out = S(2, 0, 3)),
    ADD_MUL(.in = { S(0), SCALAR }, .out = S(0)),
    ADD_MUL(.in = { S(3, 4), S(3, 4) }, .out = S(3, 4), .same = 1),
    ADD_MUL(.in = { SCALAR, SCALAR }, .out = SCALAR, .same = 1),
    SUB_DIV(.in = { S(3, 5), S(5) }, .out = S(3, 5)),
    SUB_DIV(.in = { S(3, 1), S(2, 1, 4) }, .out = S(2, 3, 4)),
    SUB_DIV(.in = { S(0, 1), S(1, 3) }, .out = S(0, 3)),
    { &sub, .in = { S(2, 3), S(2, 3) }, .out = S(2, 3), .same = 1 },
};

/* ---- numbers ---- */

static size_t
input_size(const problem *p, int i)
{
    return plumb_shape_size(&p->in[i]);
}

static int
inputs(const problem *p)
{
    return plumb_op_find(p->ref->op)->nin;
}

/* how many different values of numbers the inputs are */
static int
leaves(const problem *p)
{
    return p->same || p->ref->labels ? 1 : inputs(p);
}

static void *
room(size_t n)
{
    void *memory = malloc(n ? n * sizeof(double) : 1);
    if (!memory)
        bail("out of memory");
    return memory;
}

static numbers
numbers_new(const problem *p)
{
    numbers v = { .y = room(plumb_shape_size(&p->out)), .g = room(plumb_shape_size(&p->out)) };
    for (int i = 0; i < inputs(p); i++)
        v.x[i] = room(input_size(p, i)), v.x_bar[i] = room(input_size(p, i));
    v.label = room(input_size(p, 1));
    return v;
}

static void
numbers_free(numbers *v)
{
    for (int i = 0; i < MAXIN; i++)
        free(v->x[i]), free(v->x_bar[i]);
    free(v->y);
    free(v->g);
    free(v->label);
}

static void
numbers_draw(const problem *p, numbers *v)
{
    double lo = p->lo < p->hi ? p->lo : -2, hi = p->lo < p->hi ? p->hi : 2;
    for (int k = 0; k < inputs(p); k++)
        for (size_t i = 0; i < input_size(p, k); i++)
            v->x[k][i] = k && p->same ? v->x[0][i] : draw_between(lo, hi);
    for (size_t i = 0; p->ref->labels && i < input_size(p, 1); i++)
        v->label[i] = (int64_t)(draw() % p->in[0].dim[1]);
    for (size_t i = 0; i < plumb_shape_size(&p->out); i++)
        v->g[i] = draw_cotangent();
}

/* The reference's results; forked: of op(x..) - square(op(x..)). */
static void
numbers_refer(const problem *p, numbers *v, int forked)
{
    p->ref->forward(p, v);
    for (size_t i = 0; forked && i < plumb_shape_size(&p->out); i++)
        v->g[i] *= 1 - 2 * v->y[i], v->y[i] -= v->y[i] * v->y[i];
    p->ref->vjp(p, v);
    for (int k = 1; p->same && k < inputs(p); k++)
        for (size_t i = 0; i < input_size(p, 0); i++)
            v->x_bar[0][i] += v->x_bar[k][i];
}

/* ---- the engine's side ---- */

typedef struct engine {
    plumb_graph *graph;
    plumb_run *run;
    int in[MAXIN], root;
} engine;

static int
apply(plumb_graph *g, const char *op, const char *attrs, int x, int y)
{
    return plumb_graph_apply(g, plumb_op_find(op), NULL, attrs, (int[]){ x, y });
}

static void
engine_start(engine *e, const char *wanted, int team)
{
    plumb_diag diag = { "" };
    e->run = plumb_run_new(e->graph, &plumb_f64,
        &(plumb_run_options){ .wanted = wanted, .root = e->root, .team = team, .poison = 1 }, &diag);
    if (!e->run)
        bail(diag.text);
}

static engine
engine_bare(void)
{
    engine e = { .graph = plumb_graph_new() };
    if (!e.graph)
        bail("out of memory");
    return e;
}

static const double *
not_a_number(void)
{
    static double x[DIRT];
    for (int i = 0; i < DIRT; i++)
        x[i] = NAN;
    return x;
}

static void
engine_leaves(engine *e, const problem *p)
{
    char name[] = "x0";
    for (int i = 0; i < inputs(p); i++, name[1]++)
        if (i && p->same)
            e->in[i] = e->in[0];
        else if (i && p->ref->labels)
            e->in[i] = plumb_graph_label(e->graph, name, p->in[i], (int64_t)p->in[0].dim[1]);
        else
            e->in[i] = plumb_graph_input(e->graph, name, p->in[i]);
}

/* only: the one input whose cotangent is asked for.  Last in the graph, and not before the root: a
 * softmax of NaN, which leaves a workspace full of NaN to the pass that follows. */
static engine
engine_new(const problem *p, int forked, int only)
{
    const plumb_op *op = plumb_op_find(p->ref->op);
    char wanted[MAXIN + 6] = { 0 };
    engine e = engine_bare();
    int dirt;
    engine_leaves(&e, p);
    for (int i = 0; i < leaves(p); i++)
        wanted[e.in[i]] = only == ALL || only == i;
    e.root = plumb_graph_apply(e.graph, op, NULL, p->attrs, e.in);
    if (forked) {
        int again = plumb_graph_apply(e.graph, op, NULL, p->attrs, e.in);
        e.root = apply(e.graph, "sub", NULL, e.root, apply(e.graph, "square", NULL, again, 0));
    }
    dirt = plumb_graph_input(e.graph, "dirt", (plumb_shape)S(DIRT));
    apply(e.graph, "softmax", NULL, dirt, 0);
    engine_start(&e, wanted, p->team);
    plumb_run_set(e.run, dirt, not_a_number());
    return e;
}

static void
engine_free(engine *e)
{
    plumb_run_free(e->run);
    plumb_graph_free(e->graph);
}

/* Both passes, from the root's cotangent g. */
static plumb_status
engine_pass(const engine *e, const double *g)
{
    plumb_status st = plumb_run_forward(e->run);
    plumb_array bar = plumb_run_cotangent(e->run, e->root, 0);
    size_t n = plumb_shape_size(&plumb_graph_value(e->graph, e->root)->shape);
    for (size_t i = 0; i < n; i++)
        plumb_set_d(&plumb_f64, &bar, i, g[i]);
    return st | plumb_run_reverse(e->run);
}

/* Twice, with other numbers: nothing of the first time may be seen in the second. */
static plumb_status
engine_work(const engine *e, const problem *p, numbers *v)
{
    plumb_status st = PLUMB_OK;
    for (int round = 0; round < 2; round++) {
        numbers_draw(p, v);
        for (int i = 0; i < leaves(p); i++)
            plumb_run_set(e->run, e->in[i], v->x[i]);
        if (p->ref->labels)
            plumb_run_set_label(e->run, e->in[1], v->label);
        st |= engine_pass(e, v->g);
    }
    return st;
}

/* ---- comparing ---- */

/* Of the largest element; terms of size 1 may cancel, and where all are zero so must be the engine's. */
static double
allowed(double largest)
{
    return largest > 0 ? tolerance * fmax(largest, 0.1) : 0;
}

/* One point; st: how the engine answered. */
static void
compare(const char *what, plumb_status st, plumb_array got, const double *want, size_t n)
{
    double largest = 0, worst = 0;
    size_t where = 0;
    if (n && !got.plane[0]) {
        ok(0, "%s: the engine keeps none", what);
        return;
    }
    for (size_t i = 0; i < n; i++)
        largest = fmax(largest, fabs(want[i]));
    for (size_t i = 0; i < n; i++) {
        double difference = fabs(plumb_get_d(&plumb_f64, &got, i) - want[i]);
        if (difference <= worst)
            continue;
        worst = difference, where = i;
        if (isnan(difference))
            break;
    }
    if (!ok(!st && isfinite(largest) && worst <= allowed(largest), "%s: worst difference %.2g", what, worst))
        diag("status %u (%s); element %zu of %zu: got %.17g, want %.17g; largest %g", st, plumb_status_text(st), where,
            n, n ? plumb_get_d(&plumb_f64, &got, where) : 0, n ? want[where] : 0, largest);
}

/* "softmax(2,3,4) axis=1" */
static void
title(const problem *p, char *text, size_t length)
{
    char shape[PLUMB_SHAPE_TEXT];
    size_t used = (size_t)snprintf(text, length, "%s", p->ref->op);
    for (int i = 0; i < inputs(p); i++)
        used += (size_t)snprintf(text + used, length - used, "%s", plumb_shape_text(&p->in[i], shape));
    if (p->attrs)
        used += (size_t)snprintf(text + used, length - used, " %s", p->attrs);
    if (p->lo < p->hi)
        used += (size_t)snprintf(text + used, length - used, " of %g to %g", p->lo, p->hi);
    if (p->same)
        snprintf(text + used, length - used, " of one value");
}

static void
compare_shape(const problem *p, const engine *e, const char *head)
{
    const plumb_shape *got = &plumb_graph_value(e->graph, e->root)->shape;
    char a[PLUMB_SHAPE_TEXT], b[PLUMB_SHAPE_TEXT];
    if (!ok(plumb_shape_equal(got, &p->out), "%s gives %s for %s", head, plumb_shape_text(got, a),
            plumb_shape_text(&p->out, b)))
        bail("there is no comparing of different shapes");
}

static void
try(const problem *p, int forked)
{
    char head[256], what[320];
    numbers v = numbers_new(p);
    engine e = engine_new(p, forked, ALL);
    plumb_status st;
    title(p, head, sizeof head);
    if (!forked)
        compare_shape(p, &e, head);
    st = engine_work(&e, p, &v);
    numbers_refer(p, &v, forked);
    snprintf(what, sizeof what, "%s %sforward", head, forked ? "twice, " : "");
    compare(what, st, plumb_run_value(e.run, e.root, 0), v.y, plumb_shape_size(&p->out));
    for (int i = 0; i < leaves(p); i++) {
        snprintf(what, sizeof what, "%s %svjp of input %d", head, forked ? "twice, " : "", i);
        compare(what, st, plumb_run_cotangent(e.run, e.in[i], 0), v.x_bar[i], input_size(p, i));
    }
    engine_free(&e);
    numbers_free(&v);
}

/* one input alone is asked for; the others' cotangents must not be kept */
static void
try_only(const problem *p, int only)
{
    char head[256], what[320];
    numbers v = numbers_new(p);
    engine e = engine_new(p, 0, only);
    plumb_status st = engine_work(&e, p, &v);
    int kept = 0;
    numbers_refer(p, &v, 0);
    title(p, head, sizeof head);
    for (int i = 0; i < leaves(p); i++)
        kept += i != only && plumb_run_cotangent(e.run, e.in[i], 0).plane[0];
    snprintf(what, sizeof what, "%s vjp of input %d alone", head, only);
    if (kept)
        ok(0, "%s: %d others are kept", what, kept);
    else
        compare(what, st, plumb_run_cotangent(e.run, e.in[only], 0), v.x_bar[only], input_size(p, only));
    engine_free(&e);
    numbers_free(&v);
}

/* ---- graphs of several ops ---- */

static void
fill(double *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        x[i] = draw_cotangent();
}

static void
add_to(double *x, const double *more, size_t n)
{
    for (size_t i = 0; i < n; i++)
        x[i] += more[i];
}

/* x sum(x): the sum over axis 1 is stretched back over x */
static void
try_row_sums(void)
{
    static const naive_shape xs = S(3, 4), ss = S(3, 1);
    static const int over[] = { 0, 1 };
    const naive_binary product = { '*', xs, ss, xs };
    double x[12], s[3], z[12], g[12], x_bar[12], s_bar[3], more[12];
    engine e = engine_bare();
    plumb_status st;
    e.in[0] = plumb_graph_input(e.graph, "x", (plumb_shape)S(3, 4));
    e.root = apply(e.graph, "mul", NULL, e.in[0], apply(e.graph, "sum", "axes=1,keep=1", e.in[0], 0));
    engine_start(&e, "\1\0", 1);
    fill(x, 12), fill(g, 12);
    plumb_run_set(e.run, e.in[0], x);
    st = engine_pass(&e, g);
    naive_reduce(&xs, over, 0, x, s);
    naive_broadcast(&product, x, s, z);
    naive_broadcast_vjp(&product, x, s, g, x_bar, s_bar);
    naive_reduce_vjp(&xs, over, 0, s_bar, more);
    add_to(x_bar, more, 12);
    compare("x sum(x) forward", st, plumb_run_value(e.run, e.root, 0), z, 12);
    compare("x sum(x) vjp", st, plumb_run_cotangent(e.run, e.in[0], 0), x_bar, 12);
    engine_free(&e);
}

/* softmax(x) x^T, and behind the root branches that it does not depend on: two of x and s, one of u */
static engine
branches(int *sm)
{
    engine e = engine_bare();
    e.in[0] = plumb_graph_input(e.graph, "x", (plumb_shape)S(3, 4));
    e.in[1] = plumb_graph_input(e.graph, "u", (plumb_shape)S(2));
    *sm = apply(e.graph, "softmax", NULL, e.in[0], 0);
    e.root = apply(e.graph, "matmul", NULL, *sm, apply(e.graph, "transpose", NULL, e.in[0], 0));
    apply(e.graph, "square", NULL, *sm, 0);
    apply(e.graph, "exp", NULL, e.in[0], 0);
    apply(e.graph, "square", NULL, e.in[1], 0);
    engine_start(&e, "\1\1\1\0\0\0\0", 1);
    return e;
}

static void
branches_refer(const double *x, const double *g, double *z, double *x_bar, double *s_bar)
{
    static const naive_shape xs = S(3, 4);
    static const naive_mm mm = { 1, 3, 4, 3, 1 };
    static const size_t perm[] = { 1, 0 };
    double s[12], t[12], t_bar[12], more[12];
    naive_softmax(&xs, 1, x, s);
    naive_transpose(&xs, perm, x, t);
    naive_matmul(&mm, s, t, z);
    naive_matmul_vjp(&mm, s, t, g, s_bar, t_bar);
    naive_softmax_vjp(&xs, 1, x, s_bar, x_bar);
    naive_transpose_vjp(&xs, perm, t_bar, more);
    add_to(x_bar, more, 12);
}

static void
try_branches(void)
{
    static const double none[2] = { 0, 0 };
    double x[12], u[2], z[9], g[9], x_bar[12], s_bar[12];
    int sm;
    engine e = branches(&sm);
    plumb_status st;
    fill(x, 12), fill(u, 2), fill(g, 9);
    plumb_run_set(e.run, e.in[0], x);
    plumb_run_set(e.run, e.in[1], u);
    st = engine_pass(&e, g);
    branches_refer(x, g, z, x_bar, s_bar);
    compare("softmax(x) x^T forward", st, plumb_run_value(e.run, e.root, 0), z, 9);
    compare("softmax(x) x^T vjp", st, plumb_run_cotangent(e.run, e.in[0], 0), x_bar, 12);
    compare("softmax(x) x^T vjp of the softmax", st, plumb_run_cotangent(e.run, sm, 0), s_bar, 12);
    compare("softmax(x) x^T vjp of a stranger is zero", st, plumb_run_cotangent(e.run, e.in[1], 0), none, 2);
    engine_free(&e);
}

/* x (x x): three uses of one value */
static void
try_cube(void)
{
    double x[5], z[5], g[5], x_bar[5];
    engine e = engine_bare();
    plumb_status st;
    e.in[0] = plumb_graph_input(e.graph, "x", (plumb_shape)S(5));
    e.root = apply(e.graph, "mul", NULL, e.in[0], apply(e.graph, "mul", NULL, e.in[0], e.in[0]));
    engine_start(&e, "\1\0", 1);
    fill(x, 5), fill(g, 5);
    plumb_run_set(e.run, e.in[0], x);
    st = engine_pass(&e, g);
    for (int i = 0; i < 5; i++)
        z[i] = x[i] * x[i] * x[i], x_bar[i] = 3 * x[i] * x[i] * g[i];
    compare("x (x x) forward", st, plumb_run_value(e.run, e.root, 0), z, 5);
    compare("x (x x) vjp", st, plumb_run_cotangent(e.run, e.in[0], 0), x_bar, 5);
    engine_free(&e);
}

int
main(int argc, char **argv)
{
    if (argc > 1)
        state = strtoull(argv[1], NULL, 0);
    diag("seed %llu", (unsigned long long)state);
    for (size_t i = 0; i < LENGTH(problems); i++) {
        const problem *p = &problems[i];
        try(p, 0);
        try(p, 1);
        for (int only = 0; leaves(p) > 1 && only < leaves(p); only++)
            try_only(p, only);
    }
    try_row_sums();
    try_branches();
    try_cube();
    return done();
}
