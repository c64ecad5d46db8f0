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

/* graph: its last value is the cost; NULL: the caller fills in the gradients of n numbers. ascends: a bit for each parameter, in order. The graph must outlive the
 * course. */
plumb_status plumb_course_open(plumb_course *, const plumb_graph *, unsigned ascends, const plumb_step *, const char *settings, const plumb_num *, size_t n, plumb_diag *)
    PLUMB_MUST_USE;
void plumb_course_close(plumb_course *);
/* An input of the graph, or a vector of the steppers (w, g, m, s, a): these doubles, exactly, in both systems. */
void plumb_course_feed(plumb_course *, int value, const double *);
void plumb_course_fill(plumb_course *, const char *vector, const double *);
/* w = these doubles, exactly. */
void plumb_course_start(plumb_course *, const double *w);
/* The gradient where the point is (w, or the vector named), into g. */
plumb_status plumb_course_gradient(plumb_course *, const char *where) PLUMB_MUST_USE;
/* One gradient and one step. */
plumb_status plumb_course_step(plumb_course *, plumb_diag *) PLUMB_MUST_USE;
/* Number i of a vector of the stepper, and the standard deviation that rounding may have given it. */
void plumb_course_get(const plumb_course *, const char *vector, size_t i, mpfr_ptr x);
double plumb_course_sigma(const plumb_course *, const char *vector, size_t i);

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

/* What is on trial where the experiment's own step is this one: the step of the options where it has its name. */
const plumb_step *plumb_step_on_trial(const plumb_descend_options *, const plumb_step *own);

/* ---- a course beside its law ---- */

enum { PLUMB_JOURNEY_MOST = 128 };
typedef struct plumb_journey {
    const char *what, *settings;
    const plumb_graph *graph;           /* its last value is the cost; NULL: feed fills in the gradient */
    const plumb_step *step;
    size_t n;
    long steps;
    const double *start, *matrix;       /* matrix: n x n, before the gradient; NULL: none */
    const char *shown;                  /* the vector that has a law; NULL: w */
    plumb_status (*feed)(void *with, plumb_course *, long k);   /* before step k; may be NULL */
    void (*law)(void *with, long k, mpfr_t *want);              /* called for k = 1, 2, ...: n numbers */
    plumb_status (*end)(void *with, plumb_course *, plumb_watch *);     /* more to look at; may be NULL */
    void *with;
} plumb_journey;
plumb_status plumb_follow(const plumb_journey *, const plumb_experiment *, const plumb_descend_options *, plumb_sink *, plumb_diag *) PLUMB_MUST_USE;

/* Least squares with rows of two numbers and a bias: params W (1,2) and b (1), inputs x (b,2) and t (b,1), the mean of the squared distances; NULL without memory. */
plumb_graph *plumb_squares_graph(size_t b);
enum { PLUMB_SQUARES_ROWS = 6 };
extern const double plumb_squares_x[PLUMB_SQUARES_ROWS][2], plumb_squares_t[PLUMB_SQUARES_ROWS];
/* f(x) = x H x / 2 of a parameter x (1,n), n <= 8, H symmetric; NULL without memory. */
plumb_graph *plumb_form_graph(size_t n, const double *H);
/* The form of quadratic.c, its spectrum and the reflection in which H is diagonal. */
enum { PLUMB_QUADRATIC = 8 };
plumb_graph *plumb_quadratic_graph(void);
extern const double plumb_quadratic_spectrum[PLUMB_QUADRATIC];
double plumb_quadratic_axis(size_t i, size_t j);
/* A start of n numbers with few bits. */
void plumb_start(const plumb_descend_options *, const plumb_experiment *, size_t n, double *x);

/* ---- numbers of the laws ---- */

mpfr_t *plumb_wide(size_t n);           /* zeros; NULL without memory */
void plumb_wide_free(mpfr_t *, size_t n);
void plumb_wide_set(mpfr_t *, const double *, size_t n);
void plumb_wide_add(mpfr_ptr y, mpfr_srcptr a, mpfr_srcptr b);          /* y += a b */
void plumb_wide_apply(mpfr_t *y, mpfr_t *A, mpfr_t *x, size_t rows, size_t columns);   /* y = A x */
int plumb_wide_solve(mpfr_t *A, mpfr_t *b, size_t n);   /* b = A^-1 b; A is used up; 0: singular */

/* ---- tests ---- */

/* What samples of size n say: how likely something as odd is where the law holds, in words what is odd, and the smallest relative error of what the law says that would
 * be found with a chance of 95 %. */
typedef struct plumb_statistic {
    double p, resolution;
    char words[160];
} plumb_statistic;
enum { PLUMB_TESTS = 8, PLUMB_SUITE = 64 };
/* Draws n samples from the seed and fills in one statistic for each test. */
typedef plumb_status plumb_sampling(void *with, uint64_t seed, size_t n, plumb_statistic *, plumb_diag *);
/* Runs it and keeps the outcome for the judgement over all tests of the run; names: of the tests. */
plumb_status plumb_try_samples(const plumb_experiment *, const plumb_descend_options *, int tests, const char *const *names, plumb_sampling *, void *with, size_t n, plumb_diag *)
    PLUMB_MUST_USE;
typedef struct plumb_outcome {
    const plumb_experiment *experiment;
    char what[64];
    double e, p, resolution;    /* product of the e-values; p of the first sample */
    size_t samples;             /* of the last stage */
    int stages, doubted;        /* doubted: at the end, or too much in between */
    char words[160];
} plumb_outcome;
struct plumb_suite {
    int n;
    plumb_outcome outcome[PLUMB_SUITE];
};
void plumb_suite_tell(const struct plumb_suite *, const plumb_descend_options *, plumb_sink *);

/* n rows of d numbers. mean: chi-square, C is the law's covariance of one row (d x d, positive definite). spread: of all whitened squares, two-sided, for normal rows.
 * hotelling: the covariance is the sample's own. counts: how often each of d outcomes came beside their probabilities. what: "the mean", "the variance". */
plumb_statistic plumb_test_mean(size_t n, size_t d, const double *x, const double *mean, const double *C, double level, const char *what);
plumb_statistic plumb_test_spread(size_t n, size_t d, const double *x, const double *mean, const double *C, double level, const char *what);
plumb_statistic plumb_test_hotelling(size_t n, size_t d, const double *x, const double *mean, double level, const char *what);
plumb_statistic plumb_test_counts(size_t n, size_t d, const double *count, const double *probability, double level, const char *what);
double plumb_level(const plumb_descend_options *);      /* at which a first sample is doubted */

/* ---- many courses at once ---- */

/* In f64 where the number is mpfr. graphed: 0 where the caller fills g; graph (taken over; NULL, where there should be one: out of memory): its parameter w is (chains, d), its last value the sum of all costs. */
typedef struct plumb_chains {
    plumb_graph *graph;
    const plumb_num *number;
    plumb_run *run;
    plumb_stepper *stepper;
    size_t chains, d;
} plumb_chains;
plumb_status plumb_chains_open(plumb_chains *, int graphed, plumb_graph *, const plumb_step *, const char *settings, const plumb_descend_options *, size_t chains, size_t d, plumb_diag *)
    PLUMB_MUST_USE;
void plumb_chains_close(plumb_chains *);
/* A vector of the stepper: chains x d numbers; or d numbers, the same for each chain. */
void plumb_chains_put(plumb_chains *, const char *vector, const double *);
void plumb_chains_put_all(plumb_chains *, const char *vector, const double *one);
void plumb_chains_get(const plumb_chains *, const char *vector, double *);
plumb_status plumb_chains_step(plumb_chains *, plumb_diag *) PLUMB_MUST_USE;

/* affine.c: steps that are one of `maps` maps A (m x m each) of z = (w, 1), m <= 4, with chances p, from a start of m - 1 numbers. Tests mean and covariance of n rows w after
 * them. */
typedef struct plumb_affine {
    size_t m, maps;
    const double *A, *p, *start;
    int steps;
} plumb_affine;
plumb_status plumb_affine_test(const plumb_affine *, size_t n, const double *w, const plumb_descend_options *, plumb_statistic *mean, plumb_statistic *second, plumb_diag *)
    PLUMB_MUST_USE;

/* What a displacement d of n numbers from w is, where another was due, in an arithmetic of unit roundoff u: words such as "it is 1.05 times the step"; "" where nothing
 * simple fits. */
void plumb_name_step(size_t n, const double *w, const double *due, const double *d, double u, char *text, size_t room);
#endif
