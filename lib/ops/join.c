/* join.c - concat, slice and gather: elements side by side, some of them, and those an index names
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Each is a copy of rows; the vjp is the same walk the other way, and where an element was taken
 * more than once its cotangents add up. */
#include "lib/ops/ops.h"

static plumb_status
concat_shape(const plumb_shape *in, const plumb_attr *attr, plumb_shape *out, plumb_diag *diag)
{
    plumb_axis a;
    plumb_status st = plumb_axis_given(&in[0], attr, &a, diag);
    long axis = attr[0].n ? attr[0].ints[0] : 0;
    if (st)
        return st;
    axis += axis < 0 ? in[0].rank : 0;
    *out = in[0];
    for (int i = 0; i < in[0].rank; i++)
        if (in[1].rank != in[0].rank || (i != axis && in[0].dim[i] != in[1].dim[i]))
            return plumb_fail(diag, PLUMB_ESHAPE, "the shapes may differ in axis %ld only", axis);
    out->dim[axis] += in[1].dim[axis];
    return PLUMB_OK;
}

/* The part of the result that input k fills, row by row; back: from the cotangent. */
static plumb_status
concat_walk(const plumb_call *c, int k, int back)
{
    plumb_axis a, all;
    plumb_status st = plumb_axis_of(&c->in[k], c->attr[0].ints[0], &a) && plumb_axis_of(&c->out[0], c->attr[0].ints[0], &all)
        ? PLUMB_OK : PLUMB_ESHAPE;
    size_t width = a.k * a.inner, skip = k ? (all.k - a.k) * a.inner : 0;
    for (size_t o = 0; !st && o < a.outer; o++) {
        plumb_array own = plumb_at(back ? &c->x_bar[k] : &c->x[k], (ptrdiff_t)(o * width));
        plumb_array whole = plumb_at(back ? &c->y_bar[0] : &c->y[0], (ptrdiff_t)(o * all.k * all.inner + skip));
        st |= back ? plumb_pass(c, c->mode[k], &own, &whole, width) : plumb_pass(c, PLUMB_SET, &whole, &own, width);
    }
    return st;
}

static plumb_status
concat_forward(const plumb_call *c)
{
    return concat_walk(c, 0, 0) | concat_walk(c, 1, 0);
}

static plumb_status
concat_vjp(const plumb_call *c)
{
    return (c->want[0] ? concat_walk(c, 0, 1) : PLUMB_OK) | (c->want[1] ? concat_walk(c, 1, 1) : PLUMB_OK);
}

static int
concat_sample(int i, plumb_case *c)
{
    static const plumb_case table[] = {
        { .in = { PLUMB_DIMS(3, 5), PLUMB_DIMS(3, 2) } },
        { .in = { PLUMB_DIMS(2, 3, 4), PLUMB_DIMS(2, 1, 4) }, .attrs = "axis=1" },
        { .in = { PLUMB_DIMS(4), PLUMB_DIMS(3) }, .attrs = "axis=0" },
        { .in = { PLUMB_DIMS(2, 0), PLUMB_DIMS(2, 3) } },
    };
    return plumb_case_of(table, PLUMB_LENGTH(table), i, c);
}

const plumb_op plumb_op_concat = { "concat", "two arrays side by side along an axis", "y = (x, then y)", { NULL }, "definition",
    PLUMB_LINEAR, .nin = 2, .nout = 1, .attrs = { { "axis", PLUMB_ATTR_INTS, "-1", "the axis that grows" } },
    .shape = concat_shape, .forward = concat_forward, .vjp = concat_vjp, .sample = concat_sample };

/* ---- slice ---- */

typedef struct range {
    plumb_axis a;
    size_t start, step, count;
} range;

/* start and stop count from the end where they are negative, as in numpy; no stop: to the end */
static plumb_status
range_of(const plumb_shape *in, const plumb_attr *attr, range *r, plumb_diag *diag)
{
    plumb_status st = plumb_axis_given(in, attr, &r->a, diag);
    long k, start, stop, step;
    if (st)
        return st;
    k = (long)r->a.k, start = attr[1].n ? attr[1].ints[0] : 0, stop = attr[2].n ? attr[2].ints[0] : k;
    step = attr[3].n ? attr[3].ints[0] : 1;
    start += start < 0 ? k : 0, stop += stop < 0 ? k : 0;
    if (start < 0 || start > k || stop < start || stop > k || step < 1)
        return plumb_fail(diag, PLUMB_ESHAPE, "start=%ld, stop=%ld, step=%ld do not fit an axis of %ld", start, stop, step, k);
    r->start = (size_t)start, r->step = (size_t)step, r->count = (size_t)((stop - start + step - 1) / step);
    return PLUMB_OK;
}

static plumb_status
slice_shape(const plumb_shape *in, const plumb_attr *attr, plumb_shape *out, plumb_diag *diag)
{
    range r;
    plumb_status st = range_of(in, attr, &r, diag);
    long axis = attr[0].n ? attr[0].ints[0] : 0;
    *out = *in;
    if (!st)
        out->dim[axis < 0 ? axis + in->rank : axis] = r.count;
    return st;
}

static plumb_status
slice_walk(const plumb_call *c, int back)
{
    range r;
    plumb_status st = range_of(&c->in[0], c->attr, &r, NULL);
    for (size_t o = 0; !st && o < r.a.outer; o++)
        for (size_t j = 0; j < r.count; j++) {
            size_t from = (o * r.a.k + r.start + j * r.step) * r.a.inner, to = (o * r.count + j) * r.a.inner;
            plumb_array x = plumb_at(back ? &c->x_bar[0] : &c->x[0], (ptrdiff_t)from);
            plumb_array y = plumb_at(back ? &c->y_bar[0] : &c->y[0], (ptrdiff_t)to);
            st |= back ? plumb_pass(c, c->mode[0], &x, &y, r.a.inner) : plumb_pass(c, PLUMB_SET, &y, &x, r.a.inner);
        }
    return st;
}

static plumb_status
slice_forward(const plumb_call *c)
{
    return slice_walk(c, 0);
}

static plumb_status
slice_vjp(const plumb_call *c)
{
    if (!c->want[0])
        return PLUMB_OK;
    return (c->mode[0] == PLUMB_SET ? plumb_zero(c->num, &c->x_bar[0], plumb_shape_size(&c->in[0])) : PLUMB_OK) | slice_walk(c, 1);
}

static int
slice_sample(int i, plumb_case *c)
{
    static const plumb_case table[] = {
        { .in = { PLUMB_DIMS(3, 5) }, .attrs = "start=1,stop=4" },
        { .in = { PLUMB_DIMS(2, 5, 3) }, .attrs = "axis=1,start=0,stop=5,step=2" },
        { .in = { PLUMB_DIMS(6) }, .attrs = "start=-2" },
        { .in = { PLUMB_DIMS(4, 2) }, .attrs = "axis=0,start=2,stop=2" },
    };
    return plumb_case_of(table, PLUMB_LENGTH(table), i, c);
}

const plumb_op plumb_op_slice = { "slice", "every step-th element of an axis from start to before stop", "y[i] = x[start + step i]",
    { NULL }, "definition", PLUMB_LINEAR, .nin = 1, .nout = 1,
    .attrs = { { "axis", PLUMB_ATTR_INTS, "-1", "the axis that is cut" }, { "start", PLUMB_ATTR_INTS, "0", "the first element" },
        { "stop", PLUMB_ATTR_INTS, "", "one past the last; none: to the end" }, { "step", PLUMB_ATTR_INTS, "1", "at least 1" } },
    .shape = slice_shape, .forward = slice_forward, .vjp = slice_vjp, .sample = slice_sample };

/* ---- gather ---- */

static plumb_status
gather_shape(const plumb_shape *in, const plumb_attr *attr, plumb_shape *out, plumb_diag *diag)
{
    (void)attr;
    if (in[0].rank < 1 || in[0].rank - 1 + in[1].rank > PLUMB_MAXRANK)
        return plumb_fail(diag, PLUMB_ESHAPE, "an array with a first axis to choose from was expected, and at most %d axes in all",
            PLUMB_MAXRANK);
    *out = in[1];
    for (int i = 1; i < in[0].rank; i++)
        out->dim[out->rank++] = in[0].dim[i];
    return PLUMB_OK;
}

static plumb_status
gather_walk(const plumb_call *c, int back)
{
    size_t rows = c->in[0].dim[0], n = plumb_shape_size(&c->in[1]), width = 1;
    plumb_status st = PLUMB_OK;
    if (!plumb_labels_fit(c->index[1], n, rows))
        return PLUMB_EINPUT;
    for (int i = 1; i < c->in[0].rank; i++)
        width *= c->in[0].dim[i];
    for (size_t i = 0; i < n; i++) {
        plumb_array x = plumb_at(back ? &c->x_bar[0] : &c->x[0], (ptrdiff_t)((size_t)c->index[1][i] * width));
        plumb_array y = plumb_at(back ? &c->y_bar[0] : &c->y[0], (ptrdiff_t)(i * width));
        st |= back ? plumb_pass(c, PLUMB_ADD, &x, &y, width) : plumb_pass(c, PLUMB_SET, &y, &x, width);
    }
    return st;
}

static plumb_status
gather_forward(const plumb_call *c)
{
    return gather_walk(c, 0);
}

static plumb_status
gather_vjp(const plumb_call *c)
{
    if (!c->want[0])
        return PLUMB_OK;
    return (c->mode[0] == PLUMB_SET ? plumb_zero(c->num, &c->x_bar[0], plumb_shape_size(&c->in[0])) : PLUMB_OK) | gather_walk(c, 1);
}

static int
gather_sample(int i, plumb_case *c)
{
    static const plumb_case table[] = {
        { .in = { PLUMB_DIMS(3, 4), PLUMB_DIMS(7) }, .classes = 3 },
        { .in = { PLUMB_DIMS(5), PLUMB_DIMS(2, 3) }, .classes = 5 },
        { .in = { PLUMB_DIMS(2, 3, 2), PLUMB_DIMS(1) }, .classes = 2 },
        { .in = { PLUMB_DIMS(4, 2), PLUMB_DIMS(0) }, .classes = 4 },
    };
    return plumb_case_of(table, PLUMB_LENGTH(table), i, c);
}

const plumb_op plumb_op_gather = { "gather", "the rows that indices name, each as often as it is named", "y[i] = x[index[i]]",
    { NULL }, "definition", PLUMB_LINEAR, .nin = 2, .nout = 1, .element = { PLUMB_REAL, PLUMB_INDEX }, .shape = gather_shape,
    .forward = gather_forward, .vjp = gather_vjp, .sample = gather_sample };
