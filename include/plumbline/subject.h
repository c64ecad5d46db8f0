/* subject.h - what is checked: a function with a derivative that somebody claims
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLUMBLINE_SUBJECT_H
#define PLUMBLINE_SUBJECT_H
#include "plumbline/run.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A graph at a point.  Every number of the point is a value of f32, so that the subject can be judged
 * in f32 and in f64 at bit-exact inputs. */
typedef struct plumb_subject {
    char *name;                 /* as a user would type it: "op:softmax(axis=1)", "model:mlp(act=tanh)" */
    char *part;                 /* "" for the whole, else the module: "linear2" */
    char *target;               /* what to type after `plumb check` to see it again, quoted for a shell */
    plumb_graph *graph;
    int output;                 /* the value that is differentiated */
    double **point;             /* per value: of the real leaves, else NULL */
    int64_t **label;            /* per value: of the labels, else NULL */
    char *checked;              /* per value: is this leaf differentiated? */
    char *samples;              /* per value: does its first axis count independent samples?  none: no batch */
    int average;                /* the output is a mean over the samples, not a sum */
} plumb_subject;

/* Appends text in single quotes, for a shell; into room bytes, cut where it does not fit. */
void plumb_shell_quote(char *to, size_t room, const char *text);

/* Takes the graph over (it is freed with the subject, or at once on failure).  The point is zeros,
 * every real leaf is checked but constants.  NULL with a sentence: the graph's own error, ENOMEM. */
plumb_subject *plumb_subject_new(const char *name, const char *part, const char *target, plumb_graph *graph, int output,
    plumb_diag *diag) PLUMB_MUST_USE;
void plumb_subject_free(plumb_subject *);
/* The point and the labels of a subject into a run of its graph (labels are borrowed). */
void plumb_subject_load(const plumb_subject *, plumb_run *);
int plumb_subject_rename(plumb_subject *, const char *name);     /* 0 without memory */
int plumb_subject_retarget(plumb_subject *, const char *target); /* 0 without memory */

/* Draws the point of a subject from the seed: real leaves uniform in the box of the op that reads
 * them, never closer to a declared kink than 2^-10 unless the case asks for it; labels below their bound. */
plumb_status plumb_subject_draw(plumb_subject *, uint64_t seed, int on_kink) PLUMB_MUST_USE;

/* Test case i of op as a subject of one node at a drawn point; NULL without a sentence when there is
 * no i-th case. */
plumb_subject *plumb_subject_op(const plumb_op *op, int i, uint64_t seed, plumb_diag *diag) PLUMB_MUST_USE;

/* One node of a subject as a subject of its own, at the values that an f64 forward of the whole
 * brings to it, rounded to f32.  Its inputs are named as in the whole. */
plumb_subject *plumb_subject_module(const plumb_subject *whole, int node, plumb_diag *diag) PLUMB_MUST_USE;

/* The subject on samples from .. from+count-1 alone: every leaf with samples is cut along its first axis.  NULL with
 * the sentence of the shapes where the graph does not work for another number of samples. */
plumb_subject *plumb_subject_part(const plumb_subject *, size_t from, size_t count, plumb_diag *diag) PLUMB_MUST_USE;

/* A copy of a subject with one op of its graph in place of another (a planted backward pass); the
 * point is copied. */
plumb_subject *plumb_subject_with_op(const plumb_subject *, const plumb_op *old, const plumb_op *fresh, plumb_diag *diag)
    PLUMB_MUST_USE;

/* The same for one node alone. */
plumb_subject *plumb_subject_with_node(const plumb_subject *, int node, const plumb_op *fresh, plumb_diag *diag) PLUMB_MUST_USE;

/* A pointwise formula with its claimed slopes as an op and a subject at `n` points of x (and y), drawn
 * from the seed where the formula is finite (and, where there are such points, of a size that f32 holds):
 * magnitudes from 2^-6 to 2^3, both signs; first, for one input, kinks at 0, +-1/2, +-1, +-2.  slope[1] NULL: y
 * is not checked; uses of y are found by themselves.  The formula object owns all of it. */
typedef struct plumb_formula_subject {
    plumb_op op;
    char *text[3];
    plumb_subject *subject;
} plumb_formula_subject;
plumb_formula_subject *plumb_subject_formula(const char *formula, const char *const slope[2], size_t n, uint64_t seed,
    plumb_diag *diag) PLUMB_MUST_USE;
void plumb_formula_subject_free(plumb_formula_subject *);

#ifdef __cplusplus
}
#endif
#endif
