/* check.h - verdicts, and the check of a subject by every route and law
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLUMBLINE_CHECK_H
#define PLUMBLINE_CHECK_H
#include <stdint.h>
#include "plumbline/route.h"

#ifdef __cplusplus
extern "C" {
#endif

/* name, exit status of a run whose worst verdict it is, what it means */
#define PLUMB_VERDICT_LIST(X)                                                                       \
    X(CORRECT, "correct", 0, "agrees within the error bars")                                        \
    X(KINK, "kink", 0, "a legitimate subgradient at a point without a derivative")                  \
    X(WRONG, "wrong", 1, "disagrees beyond the error bars")                                         \
    X(UNSTABLE, "unstable", 1, "the right formula with more rounding than it is entitled to")       \
    X(NONDETERMINISTIC, "nondeterministic", 1, "the same call gave another answer")                 \
    X(NONFINITE, "nonfinite", 1, "not finite where the reference is")                               \
    X(CRASHED, "crashed", 3, "the subject's own code failed")                                       \
    X(NOISY, "noisy", 4, "cannot be told: below the noise of the subject")                          \
    X(DOMAIN, "domain", 4, "cannot be told: neither side is finite here")                           \
    X(UNRESOLVED, "unresolved", 4, "cannot be told: the error bars are too wide")
typedef enum plumb_verdict {
#define X(name, text, exit, meaning) PLUMB_##name,
    PLUMB_VERDICT_LIST(X)
#undef X
    PLUMB_VERDICTS
} plumb_verdict;
const char *plumb_verdict_text(plumb_verdict);
const char *plumb_verdict_meaning(plumb_verdict);
int plumb_verdict_exit(plumb_verdict);
/* The exit status of a run from how often each verdict was given: 1 before 3 before 4 before 0. */
int plumb_exit_status(const size_t count[PLUMB_VERDICTS], int allow_undecided);

/* ---- comparing two numbers ---- */

typedef enum plumb_relation { PLUMB_AGREE, PLUMB_DISAGREE, PLUMB_UNDECIDED } plumb_relation;
/* Why undecided. */
typedef enum plumb_doubt {
    PLUMB_NO_DOUBT, PLUMB_FOREIGN, PLUMB_NEITHER_FINITE, PLUMB_NO_VALUE, PLUMB_SHARED_RULE, PLUMB_NO_BAR, PLUMB_TOO_WIDE
} plumb_doubt;
const char *plumb_doubt_text(plumb_doubt);
typedef struct plumb_side {
    mpfr_srcptr value;
    double bar;                 /* absolute; NaN or infinite: none */
    plumb_status status;
    const char *via;
} plumb_side;
typedef struct plumb_comparison {
    plumb_relation relation;
    plumb_doubt doubt;
    double gap, slack;          /* |a - b| rounded up, and the sum of the bars */
} plumb_comparison;
/* AGREE is the last branch, behind positive comparisons: a NaN anywhere cannot fall into it.  size:
 * what accuracy is relative to, besides |a| and |b|; wanted: the relative accuracy at which
 * agreement means something (a number equal to an exact one, of bar 0, agrees all the same).  The gap is formed in the wider of the two precisions. */
plumb_comparison plumb_compare(const plumb_side *a, const plumb_side *b, double size, double wanted);
/* Do two via texts name a common rule? */
int plumb_via_meet(const char *a, const char *b);

/* ---- what a check says ---- */

enum { PLUMB_NUMBER_TEXT = 100, PLUMB_MAXWITNESSES = 8 };
/* One route's word on the entry that a finding is about, and on the whole tensor. */
typedef struct plumb_witness {
    const plumb_route *route;
    char value[PLUMB_NUMBER_TEXT];      /* decimal, to the digits that it holds; nan, inf, -inf */
    double bar;
    plumb_bound bound;
    const char *via;
    plumb_status status;
    size_t agree, disagree, undecided;  /* entries, against the finding's route */
    plumb_doubt doubt;                  /* a reason for undecided ones */
} plumb_witness;

typedef struct plumb_finding {
    char id[17];
    const char *subject, *part, *what, *route, *against, *replay;
    plumb_verdict verdict;
    int both_not_finite;        /* nonfinite on both sides: counts as undecided */
    int law;                    /* of a law, not of a tensor */
    int witnesses;
    plumb_witness witness[PLUMB_MAXWITNESSES];
    size_t entries, rows;       /* of the leaf that were looked at, by themselves or in a sum; products */
    size_t directions;          /* how many numbers of each product were compared: entries, and signed sums of them */
    double error, bar;          /* of the worst entry: the gap and the slack */
    double resolution;          /* smallest error, relative to the largest entry, that would have been caught */
    int has_worst;
    plumb_shape shape;          /* of the tensor */
    size_t worst, worst_row;    /* flat index; which product */
    size_t column, members;     /* which direction; of a sum: how many entries it has (worst is its first) */
    double point;               /* the value of the leaf there */
    char got[PLUMB_NUMBER_TEXT], want[PLUMB_NUMBER_TEXT];
    double z_max, z_median;     /* rounding in units of its sigma; NaN where not known */
    char why[PLUMB_DIAG_LENGTH];
    size_t evaluations;
    double seconds;
} plumb_finding;

/* ---- checking ---- */

typedef struct plumb_sink plumb_sink;
typedef struct plumb_check_options {
    uint64_t seed;
    int quick;                  /* a dozen numbers of each tensor: 8 entries, and signed sums that cover the rest */
    int all;                    /* every entry of a large tensor by itself; else 64 of them and signed sums of all */
    int team;                   /* threads; 0 means 1 */
    double alpha;               /* chance of a false alarm per tensor and route; 0 means 1e-6 */
    int modules;                /* check every module of a graph of several nodes on its own, too */
} plumb_check_options;

/* Every checked tensor of the subject by every route that can, and every law; each finding goes to
 * sink (borrowed).  The status is not OK only when something could not be done at all, with a
 * sentence: ENOMEM, EINPUT. */
plumb_status plumb_check_subject(const plumb_subject *, const plumb_check_options *, plumb_sink *, plumb_diag *)
    PLUMB_MUST_USE;

#ifdef __cplusplus
}
#endif
#endif
