/* twin.h - the graph that a box names as its twin
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLUMB_SUBJECTS_TWIN_H
#define PLUMB_SUBJECTS_TWIN_H
#include "plumbline/box.h"

/* "op:NAME", "op:NAME(attributes)", a formula of the inputs' names (all of one shape), or, through the catalogue, "model:...", as a graph whose
 * leaves are the inputs in order.  *formula: it is a formula and has no slopes.  NULL with a sentence: unknown, or shapes that do not fit.  Freed by
 * plumb_twin_graph_free. */
plumb_subject *plumb_twin_graph(const char *name, const plumb_hello *, const plumb_catalogue *, int *formula, plumb_diag *) PLUMB_MUST_USE;
void plumb_twin_graph_free(plumb_subject *, int formula);
#endif
