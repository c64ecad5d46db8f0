/* graph.h - a graph holds ops, shapes, attributes and constants, and no other numbers
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Values are numbered from 0 in the order they are made.  A building error is recorded in the
 * graph: later calls do nothing and return -1, and the sentence surfaces in plumb_graph_done. */
#ifndef PLUMBLINE_GRAPH_H
#define PLUMBLINE_GRAPH_H
#include "plumbline/op.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct plumb_graph plumb_graph;
typedef enum plumb_role { PLUMB_INPUT, PLUMB_PARAM, PLUMB_LABEL, PLUMB_CONSTANT, PLUMB_COMPUTED } plumb_role;

plumb_graph *plumb_graph_new(void) PLUMB_MUST_USE;      /* NULL without memory */
void plumb_graph_free(plumb_graph *);

/* Leaves: a value from outside, a trainable parameter, an int64 label or index below `below`.
 * Names are copied. */
int plumb_graph_input(plumb_graph *, const char *name, plumb_shape);
int plumb_graph_param(plumb_graph *, const char *name, plumb_shape);
int plumb_graph_label(plumb_graph *, const char *name, plumb_shape, int64_t below);
/* data: plumb_shape_size(shape) doubles, copied; the constant is these doubles in every system. */
int plumb_graph_constant(plumb_graph *, const char *name, plumb_shape, const double *data);

/* Applies op (borrowed: it must outlive the graph) to op->nin values; attrs as in
 * plumb_attrs_parse or NULL; name may be NULL (op's name and a number).  Returns the first of
 * op->nout values, the others follow it. */
int plumb_graph_apply(plumb_graph *, const plumb_op *op, const char *name, const char *attrs, const int *inputs);

/* ESHAPE, EINPUT or ENOMEM with the sentence of the first error, which names node, op and shapes. */
plumb_status plumb_graph_done(const plumb_graph *, plumb_diag *) PLUMB_MUST_USE;

/* Reading.  Pointers are borrowed and last until the graph is freed or grows. */
int plumb_graph_values(const plumb_graph *);
typedef struct plumb_value {
    const char *name;
    plumb_role role;
    plumb_element element;
    plumb_shape shape;
    int node;                   /* that computes it, or -1 */
    int64_t below;              /* of a label */
    const double *data;         /* of a constant */
} plumb_value;
const plumb_value *plumb_graph_value(const plumb_graph *, int value);
int plumb_graph_find(const plumb_graph *, const char *name);    /* a value by name, or -1 */

int plumb_graph_nodes(const plumb_graph *);
typedef struct plumb_node {
    const char *name;
    const plumb_op *op;
    int in[PLUMB_MAXIN], out;   /* values; the outputs are out .. out+op->nout-1 */
    plumb_attr attr[PLUMB_MAXATTRS];
    const char *attrs;          /* their text */
    const plumb_compiled *compiled;
} plumb_node;
const plumb_node *plumb_graph_node(const plumb_graph *, int node);

#ifdef __cplusplus
}
#endif
#endif
