/* graph.c - building a graph, and the shape errors that name node, op and shapes
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include "lib/base/alloc.h"
#include "plumbline/formula.h"
#include "plumbline/graph.h"

struct plumb_graph {
    plumb_value *value;
    plumb_node *node;
    int values, nodes, value_room, node_room;
    plumb_status status;
    plumb_diag diag;
};

plumb_graph *
plumb_graph_new(void)
{
    return plumb_alloc(1, sizeof(plumb_graph));
}

void
plumb_graph_free(plumb_graph *g)
{
    if (!g)
        return;
    for (int i = 0; i < g->values; i++) {
        plumb_release((char *)g->value[i].name);
        plumb_release((double *)g->value[i].data);
    }
    for (int i = 0; i < g->nodes; i++) {
        plumb_release((char *)g->node[i].name);
        plumb_release((char *)g->node[i].attrs);
        plumb_release((plumb_compiled *)g->node[i].compiled);
    }
    plumb_release(g->value);
    plumb_release(g->node);
    plumb_release(g);
}

static int
out_of_memory(plumb_graph *g)
{
    g->status |= plumb_fail(&g->diag, PLUMB_ENOMEM, "out of memory for the graph");
    return -1;
}

static int
room_for_values(plumb_graph *g, int more)
{
    int want = g->value_room ? 2 * g->value_room : 16;
    plumb_value *grown;
    if (g->values + more <= g->value_room)
        return 1;
    grown = plumb_realloc(g->value, (size_t)want, sizeof *grown);
    if (!grown)
        return 0;
    g->value = grown, g->value_room = want;
    return 1;
}

static int
room_for_a_node(plumb_graph *g)
{
    int want = g->node_room ? 2 * g->node_room : 16;
    plumb_node *grown;
    if (g->nodes < g->node_room)
        return 1;
    grown = plumb_realloc(g->node, (size_t)want, sizeof *grown);
    if (!grown)
        return 0;
    g->node = grown, g->node_room = want;
    return 1;
}

static int
add_value(plumb_graph *g, const char *name, plumb_value v)
{
    if (g->status)
        return -1;
    if (!room_for_values(g, 1) || !(v.name = plumb_text_copy(name)))
        return out_of_memory(g);
    g->value[g->values] = v;
    return g->values++;
}

int
plumb_graph_input(plumb_graph *g, const char *name, plumb_shape shape)
{
    return add_value(g, name, (plumb_value){ .role = PLUMB_INPUT, .shape = shape, .node = -1 });
}

int
plumb_graph_param(plumb_graph *g, const char *name, plumb_shape shape)
{
    return add_value(g, name, (plumb_value){ .role = PLUMB_PARAM, .shape = shape, .node = -1 });
}

int
plumb_graph_label(plumb_graph *g, const char *name, plumb_shape shape, int64_t below)
{
    return add_value(g, name, (plumb_value){ .role = PLUMB_LABEL, .element = PLUMB_INDEX, .shape = shape, .node = -1,
        .below = below });
}

int
plumb_graph_constant(plumb_graph *g, const char *name, plumb_shape shape, const double *data)
{
    size_t n = plumb_shape_size(&shape);
    double *copy = g->status ? NULL : plumb_alloc(n, sizeof *copy);
    int id;
    if (!copy)
        return g->status ? -1 : out_of_memory(g);
    memcpy(copy, data, n * sizeof *copy);
    id = add_value(g, name, (plumb_value){ .role = PLUMB_CONSTANT, .shape = shape, .node = -1, .data = copy });
    if (id < 0)
        plumb_release(copy);
    return id;
}

static const plumb_compiled *
compile(plumb_graph *g, const plumb_op *op, const plumb_attr *attr)
{
    static const char *const vars[] = { "x", "y" }, *const back[] = { "x", "y", "z", "z_bar" };
    plumb_compiled *c = plumb_alloc(1, sizeof *c);
    plumb_constants named = { .n = 0 };
    plumb_status st;
    if (!c) {
        out_of_memory(g);
        return NULL;
    }
    for (int i = 0; i < PLUMB_MAXATTRS && op->attrs[i].name; i++)
        if (op->attrs[i].type == PLUMB_ATTR_REAL)
            named.name[named.n] = op->attrs[i].name, named.value[named.n++] = attr[i].real;
    st = plumb_formula_bind(op->formula, vars, op->nin, &named, 0, &c->value, &g->diag);
    for (int i = 0; i < op->nin && !st; i++)
        st = plumb_formula_bind(op->slope[i], back, 4, &named, 1, &c->pullback[i], &g->diag);
    g->status |= st;
    return c;
}

/* "node h (op:linear) of (3,4), (5,6), (5): " and then what does not fit */
static plumb_status
shape_error(plumb_graph *g, const char *name, const plumb_op *op, const plumb_shape *in, const plumb_diag *why,
    plumb_status st)
{
    char shapes[PLUMB_MAXIN * (PLUMB_SHAPE_TEXT + 2)] = "", one[PLUMB_SHAPE_TEXT];
    for (int i = 0; i < op->nin; i++) {
        size_t used = strlen(shapes);
        snprintf(shapes + used, sizeof shapes - used, "%s%s", i ? ", " : "", plumb_shape_text(&in[i], one));
    }
    return plumb_fail(&g->diag, st, "node %s (op:%s) of %s: %s", name, op->name, shapes,
        why->text[0] ? why->text : plumb_status_text(st));
}

static plumb_status
check_inputs(plumb_graph *g, const plumb_op *op, const char *name, const int *in, plumb_shape *shape)
{
    for (int i = 0; i < op->nin; i++) {
        if (in[i] < 0 || in[i] >= g->values)
            return plumb_fail(&g->diag, PLUMB_EINPUT, "node %s (op:%s): input %d is value %d, which does not exist", name,
                op->name, i, in[i]);
        if (g->value[in[i]].element != op->element[i])
            return plumb_fail(&g->diag, PLUMB_EINPUT, "node %s (op:%s): input %d must be %s", name, op->name, i,
                op->element[i] == PLUMB_INDEX ? "labels (int64)" : "numbers, not labels");
        shape[i] = g->value[in[i]].shape;
    }
    return PLUMB_OK;
}

/* The sizes that follow from a shape must be computable, whatever the op says. */
static int
too_large(const plumb_shape *s)
{
    double n = 1;
    for (int i = 0; i < s->rank; i++)
        n *= (double)s->dim[i];
    return n > 0x1p40;
}

int
plumb_graph_apply(plumb_graph *g, const plumb_op *op, const char *name, const char *attrs, const int *in)
{
    char made[64];
    plumb_shape shape[PLUMB_MAXIN] = { { 0 } }, out[PLUMB_MAXOUT] = { { 0 } };
    plumb_node node = { .op = op, .out = g->values };
    plumb_diag why = { "" };
    plumb_status st;

    if (g->status)
        return -1;
    if (!name && op && op->name) {
        snprintf(made, sizeof made, "%s%d", op->name, g->nodes);
        name = made;
    }
    if (!op || !op->name || !op->shape || !op->forward || !op->vjp || op->nin < 1 || op->nin > PLUMB_MAXIN || op->nout < 1 ||
        op->nout > PLUMB_MAXOUT || (op->structure == PLUMB_POINTWISE && (!op->formula || !op->slope[0] || (op->nin > 1 && !op->slope[1]))))
        g->status |= plumb_fail(&g->diag, PLUMB_EINPUT, "node %s: the op %s is not complete: name, shape, forward, vjp, nin, nout and, pointwise, "
            "formula and slopes", name ? name : "", op && op->name ? op->name : "");
    if (g->status)
        return -1;
    g->status |= check_inputs(g, op, name, in, shape);
    g->status |= g->status ? PLUMB_OK : plumb_attrs_parse(op, attrs, node.attr, &g->diag);
    if (g->status)
        return -1;
    st = op->shape(shape, node.attr, out, &why);
    for (int k = 0; k < op->nout && !st; k++)
        if (too_large(&out[k]))
            st = plumb_fail(&why, PLUMB_ESHAPE, "the result would have more than 2^40 elements");
    if (st) {
        g->status |= shape_error(g, name, op, shape, &why, st);
        return -1;
    }
    if (!room_for_a_node(g) || !(node.name = plumb_text_copy(name)))
        return out_of_memory(g);
    memcpy(node.in, in, (size_t)op->nin * sizeof *in);
    node.attrs = plumb_text_copy(attrs ? attrs : "");
    node.compiled = node.attrs && op->structure == PLUMB_POINTWISE ? compile(g, op, node.attr) : NULL;
    if (!node.attrs)
        out_of_memory(g);
    g->node[g->nodes++] = node;
    for (int k = 0; k < op->nout; k++)
        add_value(g, name, (plumb_value){ .role = PLUMB_COMPUTED, .element = op->makes, .shape = out[k],
            .node = g->nodes - 1 });
    return g->status ? -1 : node.out;
}

plumb_status
plumb_graph_done(const plumb_graph *g, plumb_diag *diag)
{
    if (g->status)
        plumb_fail(diag, g->status, "%s", g->diag.text);
    return g->status;
}

int
plumb_graph_values(const plumb_graph *g)
{
    return g->values;
}

const plumb_value *
plumb_graph_value(const plumb_graph *g, int value)
{
    return &g->value[value];
}

int
plumb_graph_find(const plumb_graph *g, const char *name)
{
    for (int i = 0; i < g->values; i++)
        if (!strcmp(g->value[i].name, name))
            return i;
    return -1;
}

int
plumb_graph_nodes(const plumb_graph *g)
{
    return g->nodes;
}

const plumb_node *
plumb_graph_node(const plumb_graph *g, int node)
{
    return &g->node[node];
}
