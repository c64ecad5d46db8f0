/* judge.h - the parts of a check of one tensor
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLUMB_JUDGE_JUDGE_H
#define PLUMB_JUDGE_JUDGE_H
#include "plumbline/check.h"
#include "plumbline/run.h"
#include "plumbline/sink.h"

enum { PLUMB_MAXROUTES = 8 };

/* What two routes say to each other, over all entries that no tie touches. */
typedef struct plumb_pair {
    int there;                          /* both ran, and they share no rule */
    size_t agree, disagree, undecided;
    plumb_doubt doubt;
    double widest;                      /* the largest slack among the entries that agree */
    double worst;                       /* the largest gap/slack, and where */
    size_t at;
} plumb_pair;

/* One tensor under trial. */
typedef struct plumb_trial {
    const plumb_subject *subject;
    const plumb_check_options *options;
    plumb_probe probe;
    size_t *entry, *start;              /* as in the probe; start and weight may be NULL */
    double *weight, *cotangent;
    size_t covered;                     /* entries of the leaf in any direction */
    size_t n;                           /* rows x entries */
    int routes;                         /* as in plumb_routes */
    plumb_estimate estimate[PLUMB_MAXROUTES];
    char ran[PLUMB_MAXROUTES];
    double most[PLUMB_MAXROUTES];       /* the largest entry of each */
    plumb_pair pair[PLUMB_MAXROUTES][PLUMB_MAXROUTES];
    unsigned culprits;                  /* routes whose rules the partings are blamed on, a bit each */
    unsigned rough;                     /* routes that part from others though their rules are right */
    double size;                        /* |cotangent||y|/|x| */
    plumb_events ties;
    int steps;                          /* a tie is one of a choice: the function jumps */
    char *tied;                         /* n: the entry depends on a tie */
    double share[PLUMB_MAXTIES];        /* the subgradient that was found, a share per tie */
    char *swung;                        /* n: the f32 subject fell on the other side of a near tie */
    int swings;
    plumb_estimate other_side;          /* the reference where it did */
} plumb_trial;

plumb_side plumb_trial_side(const plumb_trial *, const plumb_estimate *, size_t at, mpfr_ptr storage);
/* directions.c: chooses what is asked of the n entries in list (NULL: 0..n-1): each by itself, or some and signed
 * sums of all; ENOMEM */
plumb_status plumb_trial_directions(plumb_trial *, const size_t *list, size_t n) PLUMB_MUST_USE;
/* The direction of several members in which routes part the most, or -1: it is to be looked into. */
ptrdiff_t plumb_trial_suspect(const plumb_trial *);
/* pairs.c: fills in pair[][] and culprits */
plumb_status plumb_trial_compare(plumb_trial *) PLUMB_MUST_USE;
/* kinks.c: finds the ties, and judges a claim on the entries that depend on them: 1 when it is a
 * legitimate subgradient, else 0 with the worst entry */
plumb_status plumb_trial_ties(plumb_trial *, plumb_diag *) PLUMB_MUST_USE;
plumb_status plumb_trial_kink(plumb_trial *, int route, int *legitimate, size_t *worst, double *want, plumb_diag *) PLUMB_MUST_USE;
plumb_status plumb_trial_swings(plumb_trial *, plumb_diag *) PLUMB_MUST_USE;
/* findings.c: a finding for each claim, and for each witness that is a culprit */
plumb_status plumb_trial_findings(plumb_trial *, plumb_sink *, plumb_diag *) PLUMB_MUST_USE;
void plumb_finding_id(plumb_finding *);
/* The command that makes a finding of the subject again, into text; returned. */
enum { PLUMB_REPLAY_TEXT = 1900 };
const char *plumb_replay_text(const plumb_subject *, const plumb_check_options *, char *text);
void plumb_number_text(char text[PLUMB_NUMBER_TEXT], mpfr_srcptr x, long bits);

/* figures.c: of a trial over the whole subject, a map of its errors; ENOMEM */
plumb_status plumb_trial_heat(const plumb_trial *, plumb_sink *) PLUMB_MUST_USE;
/* How many numbers each pair of routes compared and agreed in, over all tensors of a subject. */
typedef struct plumb_tally {
    size_t agree[PLUMB_MAXROUTES][PLUMB_MAXROUTES], all[PLUMB_MAXROUTES][PLUMB_MAXROUTES];
} plumb_tally;
void plumb_trial_tally(const plumb_trial *, plumb_tally *);
void plumb_tally_tell(const plumb_tally *, const plumb_subject *, plumb_sink *);

/* audit.c: the claims of plumb_audited[] on a few entries of a leaf, added to rows */
enum { PLUMB_AUDITED = 2 };
typedef struct plumb_audit_row {
    size_t numbers, held;
    double worst, claimed;              /* relative */
} plumb_audit_row;
plumb_status plumb_audit(plumb_audit_row rows[PLUMB_AUDITED], const plumb_subject *, int leaf, const double *cotangent, plumb_diag *)
    PLUMB_MUST_USE;
void plumb_audit_tell(const plumb_audit_row rows[PLUMB_AUDITED], const plumb_subject *, plumb_sink *);

/* laws.c: what must hold without any reference */
plumb_status plumb_check_laws(const plumb_subject *, const plumb_check_options *, plumb_sink *, plumb_diag *) PLUMB_MUST_USE;
#endif
