/* adaptors.c - one face for all references: from a problem's numbers to what each of them is called with
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>
#include "tests/naive/problems.h"

typedef naive_problem problem;
typedef naive_numbers numbers;

static naive_mm
mm_of(const problem *p)
{
    const naive_shape *a = &p->in[0], *b = &p->in[1];
    naive_mm s = { 1, a->dim[a->rank - 2], a->dim[a->rank - 1], b->dim[b->rank - 1], b->rank == 2 };
    for (size_t i = 0; i + 2 < a->rank; i++)
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
    for (size_t i = 0; i + 1 < p->in[0].rank; i++)
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
    size_t perm[NAIVE_MAXRANK];
    for (int i = 0; i < NAIVE_MAXRANK; i++)
        perm[i] = (size_t)p->plan[i];
    naive_transpose(&p->in[0], perm, v->x[0], v->y);
}

static void
transpose_vjp(const problem *p, numbers *v)
{
    size_t perm[NAIVE_MAXRANK];
    for (int i = 0; i < NAIVE_MAXRANK; i++)
        perm[i] = (size_t)p->plan[i];
    naive_transpose_vjp(&p->in[0], perm, v->g, v->x_bar[0]);
}

static void
reshape_forward(const problem *p, numbers *v)
{
    naive_reshape(naive_size(&p->in[0]), v->x[0], v->y);
}

static void
reshape_vjp(const problem *p, numbers *v)
{
    naive_reshape_vjp(naive_size(&p->in[0]), v->g, v->x_bar[0]);
}

static void
sum_forward(const problem *p, numbers *v)
{
    naive_reduce(&p->in[0], p->plan, 0, v->x[0], v->y);
}

static void
sum_vjp(const problem *p, numbers *v)
{
    naive_reduce_vjp(&p->in[0], p->plan, 0, v->g, v->x_bar[0]);
}

static void
mean_forward(const problem *p, numbers *v)
{
    naive_reduce(&p->in[0], p->plan, 1, v->x[0], v->y);
}

static void
mean_vjp(const problem *p, numbers *v)
{
    naive_reduce_vjp(&p->in[0], p->plan, 1, v->g, v->x_bar[0]);
}

static void
softmax_forward(const problem *p, numbers *v)
{
    naive_softmax(&p->in[0], (size_t)p->plan[0], v->x[0], v->y);
}

static void
softmax_vjp(const problem *p, numbers *v)
{
    naive_softmax_vjp(&p->in[0], (size_t)p->plan[0], v->x[0], v->g, v->x_bar[0]);
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
    naive_mse(naive_size(&p->in[0]), v->x[0], v->x[1], v->y);
}

static void
mse_vjp(const problem *p, numbers *v)
{
    naive_mse_vjp(naive_size(&p->in[0]), v->x[0], v->x[1], v->g, v->x_bar[0], v->x_bar[1]);
}

static naive_binary
binary_of(const problem *p)
{
    static const char ops[] = "add+sub-mul*div/";
    char op = strstr(ops, p->ref->op)[3];
    return (naive_binary){ op, p->in[0], p->in[1], p->out };
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

static naive_pair
pair_of(const problem *p)
{
    return (naive_pair){ p->in[0], p->in[1], p->out, (size_t)p->plan[0] };
}

static void
concat_forward(const problem *p, numbers *v)
{
    naive_pair s = pair_of(p);
    naive_concat(&s, v->x[0], v->x[1], v->y);
}

static void
concat_vjp(const problem *p, numbers *v)
{
    naive_pair s = pair_of(p);
    naive_concat_vjp(&s, v->g, v->x_bar[0], v->x_bar[1]);
}

static naive_cut
cut_of(const problem *p)
{
    return (naive_cut){ p->in[0], p->out, (size_t)p->plan[0], (size_t)p->plan[1], (size_t)p->plan[2] };
}

static void
slice_forward(const problem *p, numbers *v)
{
    naive_cut s = cut_of(p);
    naive_slice(&s, v->x[0], v->y);
}

static void
slice_vjp(const problem *p, numbers *v)
{
    naive_cut s = cut_of(p);
    naive_slice_vjp(&s, v->g, v->x_bar[0]);
}

static naive_table
table_of(const problem *p)
{
    naive_table s = { p->in[0].dim[0], 1, naive_size(&p->in[1]) };
    for (size_t i = 1; i < p->in[0].rank; i++)
        s.width *= p->in[0].dim[i];
    return s;
}

static void
gather_forward(const problem *p, numbers *v)
{
    naive_table s = table_of(p);
    naive_gather(&s, v->x[0], v->label, v->y);
}

static void
gather_vjp(const problem *p, numbers *v)
{
    naive_table s = table_of(p);
    naive_gather_vjp(&s, v->label, v->g, v->x_bar[0]);
}

static void
amax_forward(const problem *p, numbers *v)
{
    naive_amax(&p->in[0], (size_t)p->plan[0], v->x[0], v->y);
}

static void
amax_vjp(const problem *p, numbers *v)
{
    naive_amax_vjp(&p->in[0], (size_t)p->plan[0], v->x[0], v->g, v->x_bar[0]);
}

static void
logsumexp_forward(const problem *p, numbers *v)
{
    naive_logsumexp(&p->in[0], (size_t)p->plan[0], v->x[0], v->y);
}

static void
logsumexp_vjp(const problem *p, numbers *v)
{
    naive_logsumexp_vjp(&p->in[0], (size_t)p->plan[0], v->x[0], v->g, v->x_bar[0]);
}

static void
log_softmax_forward(const problem *p, numbers *v)
{
    naive_log_softmax(&p->in[0], (size_t)p->plan[0], v->x[0], v->y);
}

static void
log_softmax_vjp(const problem *p, numbers *v)
{
    naive_log_softmax_vjp(&p->in[0], (size_t)p->plan[0], v->x[0], v->g, v->x_bar[0]);
}

static void
nll_forward(const problem *p, numbers *v)
{
    naive_nll(p->in[0].dim[0], p->in[0].dim[1], p->plan[0], v->x[0], v->label, v->y);
}

static void
nll_vjp(const problem *p, numbers *v)
{
    naive_nll_vjp(p->in[0].dim[0], p->in[0].dim[1], p->plan[0], v->label, v->g, v->x_bar[0]);
}

static void
squared_norm_forward(const problem *p, numbers *v)
{
    naive_squared_norm(naive_size(&p->in[0]), v->x[0], v->y);
}

static void
squared_norm_vjp(const problem *p, numbers *v)
{
    naive_squared_norm_vjp(naive_size(&p->in[0]), v->x[0], v->g, v->x_bar[0]);
}

static naive_rows
rows_of(const problem *p)
{
    return (naive_rows){ p->in[0].dim[0], p->in[1].dim[0], p->in[0].dim[1] };
}

static void
squared_distances_forward(const problem *p, numbers *v)
{
    naive_rows s = rows_of(p);
    naive_squared_distances(&s, v->x[0], v->x[1], v->y);
}

static void
squared_distances_vjp(const problem *p, numbers *v)
{
    naive_rows s = rows_of(p);
    naive_squared_distances_vjp(&s, v->x[0], v->x[1], v->g, v->x_bar[0], v->x_bar[1]);
}

#define X(op, adaptor, inputs, labels) \
    const naive_reference naive_ref_##op = { #op, adaptor##_forward, adaptor##_vjp, inputs, labels };
NAIVE_REFERENCES(X)
