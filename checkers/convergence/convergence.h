/* convergence.h - what the experiments share: a course of steps, and a watch over it
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLUMB_CONVERGENCE_CONVERGENCE_H
#define PLUMB_CONVERGENCE_CONVERGENCE_H
#include "plumbline/experiment.h"

enum { PLUMB_LAW_BITS = 512, PLUMB_COURSE_PARAMS = 4 };

/* Steps along the gradient of a graph, in the number system on trial and, beside it, with the variance of the rounding that it is entitled to. */
typedef struct plumb_course {
    const plumb_num *number[2];         /* on trial; its rounding */
    plumb_num *rounding;
    plumb_run *run[2];
    plumb_stepper *stepper[2];
    plumb_work *work[2];
    int params, value[PLUMB_COURSE_PARAMS], ascends[PLUMB_COURSE_PARAMS];       /* values of the graph; a player that goes up */
    size_t n, size[PLUMB_COURSE_PARAMS];
} plumb_course;

/* graph: its last value is the cost. ascends: a bit for each parameter, in order. The graph must outlive the course. */
plumb_status plumb_course_open(plumb_course *, const plumb_graph *, unsigned ascends, const plumb_step *, const char *settings, const plumb_num *, plumb_diag *)
    PLUMB_MUST_USE;
void plumb_course_close(plumb_course *);
/* w = these doubles, exactly. */
void plumb_course_start(plumb_course *, const double *w);
/* The gradient where the point is (w, or the vector named), into g. */
plumb_status plumb_course_gradient(plumb_course *, const char *where) PLUMB_MUST_USE;
/* One gradient and one step. */
plumb_status plumb_course_step(plumb_course *, plumb_diag *) PLUMB_MUST_USE;
/* Number i of w, and the standard deviation that rounding may have given it. */
void plumb_course_get(const plumb_course *, size_t i, mpfr_ptr w);
double plumb_course_sigma(const plumb_course *, size_t i);

/* One part of an experiment: numbers that must be what the law says. */
typedef struct plumb_watch {
    const plumb_experiment *experiment;
    const plumb_descend_options *options;
    char what[64];
    double error, bar, resolution;      /* of the worst number that agrees; the smallest relative error of the rate that would show */
    long wrong;                         /* the first step that is not what it must be; 0: none */
    size_t element, compared, n;        /* n: numbers of a point */
    char got[PLUMB_NUMBER_TEXT], want[PLUMB_NUMBER_TEXT];
    plumb_verdict verdict;
    char why[PLUMB_DIAG_LENGTH / 2];    /* more words for a wrong one */
} plumb_watch;
plumb_watch plumb_watch_new(const plumb_experiment *, const plumb_descend_options *, size_t n, const char *what);
/* Number `element` of step k; sigma: of its rounding; slope: by how much it would change with the logarithm of the rate (0: not asked). */
void plumb_watch_number(plumb_watch *, long k, size_t element, mpfr_srcptr got, mpfr_srcptr want, double sigma, double slope);
void plumb_watch_tell(const plumb_watch *, plumb_sink *);

/* What a displacement d of n numbers from w is, where -rate g was due, in an arithmetic of unit roundoff u: words such as "it is 1.05 times the step"; ""
 * where nothing simple fits. */
void plumb_name_step(size_t n, const double *w, const double *g, const double *d, double rate, double u, char *text, size_t room);
#endif
