/* op.c - the catalogue, and the reading of attributes
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "lib/ops/ops.h"

const plumb_op *const plumb_ops[] = {
#define OP(name) &plumb_op_##name,
#include "lib/ops/ops.def"
#undef OP
    NULL,
};

const plumb_op *
plumb_op_find(const char *name)
{
    for (int i = 0; plumb_ops[i]; i++)
        if (!strcmp(plumb_ops[i]->name, name))
            return plumb_ops[i];
    return NULL;
}

int
plumb_case_of(const plumb_case *table, int n, int i, plumb_case *c)
{
    if (i >= n)
        return 0;
    *c = table[i];
    if (!c->attrs)
        c->attrs = "";
    return 1;
}

static plumb_status
read_value(const plumb_op *op, const plumb_attr_spec *spec, const char *text, plumb_attr *a, plumb_diag *diag)
{
    char *end = NULL;
    *a = (plumb_attr){ .n = 0 };
    if (spec->type == PLUMB_ATTR_TEXT) {
        snprintf(a->text, sizeof a->text, "%s", text);
        return PLUMB_OK;
    }
    if (spec->type == PLUMB_ATTR_REAL) {
        a->real = strtod(text, &end);
        if (end != text && !*end)
            return PLUMB_OK;
    } else
        for (const char *p = text;; p = end + 1) {
            if (!*p && p == text)
                return PLUMB_OK;
            if (a->n == PLUMB_MAXRANK)
                break;
            a->ints[a->n++] = strtol(p, &end, 10);
            if (end == p || (*end && *end != ':'))
                break;
            if (!*end)
                return PLUMB_OK;
        }
    return plumb_fail(diag, PLUMB_EINPUT, "op:%s: %s=%s is not %s", op->name, spec->name, text,
        spec->type == PLUMB_ATTR_REAL ? "a number" : "a list of whole numbers with colons between (0:2)");
}

/* one "name=value" of the text */
static plumb_status
read_one(const plumb_op *op, const char *text, plumb_attr *attr, plumb_diag *diag)
{
    const char *equals = strchr(text, '=');
    for (int i = 0; i < PLUMB_MAXATTRS && op->attrs[i].name; i++)
        if (equals && strlen(op->attrs[i].name) == (size_t)(equals - text) &&
            !strncmp(text, op->attrs[i].name, (size_t)(equals - text)))
            return read_value(op, &op->attrs[i], equals + 1, &attr[i], diag);
    return plumb_fail(diag, PLUMB_EINPUT, "op:%s has no attribute \"%s\"%s%s%s", op->name, text,
        op->attrs[0].name ? "; it has " : "", op->attrs[0].name ? op->attrs[0].name : "",
        op->attrs[0].name && op->attrs[1].name ? " and others" : "");
}

plumb_status
plumb_attrs_parse(const plumb_op *op, const char *text, plumb_attr *attr, plumb_diag *diag)
{
    char copy[256], *rest;
    plumb_status st = PLUMB_OK;
    for (int i = 0; i < PLUMB_MAXATTRS && op->attrs[i].name && !st; i++)
        st = read_value(op, &op->attrs[i], op->attrs[i].fallback, &attr[i], diag);
    if (!text || !*text || st)
        return st;
    if ((size_t)snprintf(copy, sizeof copy, "%s", text) >= sizeof copy)
        return plumb_fail(diag, PLUMB_EINPUT, "op:%s: the attributes are too long", op->name);
    for (char *one = strtok_r(copy, ",", &rest); one && !st; one = strtok_r(NULL, ",", &rest))
        st = read_one(op, one, attr, diag);
    return st;
}
