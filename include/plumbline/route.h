/* route.h - ways to learn a derivative, each with an error bar and the rules it rests on
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLUMBLINE_ROUTE_H
#define PLUMBLINE_ROUTE_H
#include "plumbline/subject.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What is asked: the products cotangent^T J v for `rows` cotangents of the output and `entries` directions v
 * of one leaf: single entries, or signed sums of several.  Borrowed pointers. */
enum { PLUMB_MAXTIES = 8 };
typedef struct plumb_nudge {
    int value;
    size_t element;
    double delta;
} plumb_nudge;
typedef struct plumb_probe {
    const plumb_subject *subject;
    int leaf;
    const size_t *entry;        /* flat indices into the leaf */
    size_t entries;             /* directions */
    const size_t *start;        /* direction c has the members entry[start[c]] to before entry[start[c+1]]; NULL: entry[c] alone */
    const double *weight;       /* of each member, multiples of 1/32 within 1/2 and 3/2 in size; NULL: all 1 */
    const double *cotangent;    /* rows x size of the output; values of f32 */
    size_t rows;
    int nudges;                 /* values moved off a tie before anything is differentiated */
    plumb_nudge nudge[PLUMB_MAXTIES];
    int team;                   /* threads that may be used */
    double alpha;               /* chance of a false alarm that the bars are made for, all entries together */
} plumb_probe;

/* Direction c of a probe; borrowed. */
typedef struct plumb_direction {
    const size_t *entry;
    const double *weight;       /* NULL: 1 */
    size_t n;
} plumb_direction;
static inline plumb_direction
plumb_direction_of(const plumb_probe *p, size_t c)
{
    size_t from = p->start ? p->start[c] : c, to = p->start ? p->start[c + 1] : c + 1;
    return (plumb_direction){ p->entry + from, p->weight ? p->weight + from : NULL, to - from };
}
static inline double
plumb_weight(const plumb_direction *d, size_t i)
{
    return d->weight ? d->weight[i] : 1;
}

typedef enum plumb_bound { PLUMB_NO_BOUND, PLUMB_ESTIMATED, PLUMB_PROVED } plumb_bound;
const char *plumb_bound_text(plumb_bound);

/* The answer: rows x entries numbers, held exactly in an MPFR array of at least the route's precision,
 * each with a bar (absolute; NaN: none) and a status.  via: the rules that it rests on, words with
 * commas between ("vjp:linear,vjp:tanh"), "" for differences of the forward. */
typedef struct plumb_route plumb_route;
typedef struct plumb_estimate {
    const plumb_route *route;
    size_t rows, entries;
    plumb_num *num;
    plumb_work *store;
    plumb_array value;
    double *bar;
    plumb_status *status;
    double sigmas;              /* bar / sigma where the bar comes from a variance, else 0 */
    plumb_bound bound;
    char *via;
    size_t evaluations;         /* forward or reverse passes */
    double seconds;
} plumb_estimate;

struct plumb_route {
    const char *name, *summary;
    const char *rule;           /* what its derivative rules are called in via; NULL: it uses none */
    int claim;                  /* 1: a derivative that is judged, 0: a witness only */
    long bits;                  /* precision it works in */
    double wanted;              /* relative accuracy at which its agreement means something */
    /* optional, "Can I?": *why is left NULL, or gets the reason why not (static).  ENOMEM. */
    plumb_status (*refuses)(const plumb_route *, const plumb_subject *, const char **why);
    plumb_status (*estimate)(const plumb_route *, const plumb_probe *, plumb_estimate *, plumb_diag *);
};
/* NULL-terminated; the order is the order of blame when two routes part and no third one tells. */
extern const plumb_route *const plumb_routes[];
/* Methods that others use, with the errors they claim: NULL-terminated; run for comparison, never witnesses. */
extern const plumb_route *const plumb_audited[];
const plumb_route *plumb_route_find(const char *name);

/* Runs a route.  On failure (ENOMEM, or the sentence of what did not work) *out is empty. */
plumb_status plumb_estimate_make(const plumb_route *, const plumb_probe *, plumb_estimate *out, plumb_diag *) PLUMB_MUST_USE;
void plumb_estimate_clear(plumb_estimate *);            /* an empty (zeroed) one is fine */

/* k such that |normal| > k has chance alpha/n: the number of sigmas in a bar over n entries. */
double plumb_sigmas(double alpha, size_t n);

#ifdef __cplusplus
}
#endif
#endif
