/* walk.h - the walk of the check of a box, and what its parts tell each other
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLUMB_BOX_WALK_H
#define PLUMB_BOX_WALK_H
#include "checkers/box/bench.h"

/* What a direction says of one row of claims. */
typedef enum plumb_word { PLUMB_AGREES, PLUMB_PARTS, PLUMB_WIDE, PLUMB_AT_KINK, PLUMB_FAINT, PLUMB_STAIRS, PLUMB_NOT_SMOOTH, PLUMB_OFF_DOMAIN } plumb_word;

/* The worst place that was found. */
typedef struct plumb_place_found {
    int there;
    int stairs;                 /* digits lost inside may explain it, or a staircase of rounding: no accusation */
    size_t row, element;        /* of all inputs */
    double got, want, gap, slack;
} plumb_place_found;

/* One tensor at the given point. */
typedef struct plumb_tensor_trial {
    size_t said[PLUMB_OFF_DOMAIN + 1];  /* rows of directions, by what they said */
    double widest, narrowest;           /* relative slack of those that agree */
    double error, bar;                  /* of the one with the largest gap/slack that agrees */
    double faint;                       /* the largest relative difference that is too small to accuse */
    double wide;                        /* the relative slack of the widest that is too wide */
    size_t directions, entries, parted; /* entries looked at by themselves; of them (or, beside a twin, of all) not right */
    int kink_wrong;                     /* no subgradient */
    int kink_unsure;                    /* it looks like none, and rounding hides the slopes on the sides */
    int unstable;                       /* right formula, more rounding than its twin's arithmetic is entitled to */
    plumb_place_found worst;
    char note[PLUMB_DIAG_LENGTH / 2];   /* which other convention fits */
} plumb_tensor_trial;

typedef struct plumb_twin plumb_twin;
typedef struct plumb_walk {
    plumb_bench bench;
    plumb_station here;                 /* the given point */
    plumb_tensor_trial *tensor;         /* nin */
    double scale;                       /* learnt: the step at which the function is smooth, relative to the natural sizes */
    double *times;                      /* learnt: rows; noise by its floor */
    double noise;                       /* largest noise relative to |u.y| */
    double curve[3 * PLUMB_RAY_POINTS]; /* the Taylor table of the first direction */
    size_t points, shown;
    double noise_at_curve;
    plumb_twin *twin;                   /* NULL: none */
    plumb_bench *forward;               /* whose forward is differenced at the given point: its own, or the twin's */
    const double *base;                 /* its value there */
    int forward_noisy, backward_unsure; /* the same call gave another answer */
    int learnt_of_twin;                 /* scale and times are of another forward than the box's own */
    size_t region_points, region_undecided;
    plumb_diag *diag;
} plumb_walk;

/* A difference that is smaller, relative to the largest entry, may come from constants inside that are ill-conditioned: no shaking of the
 * arguments shows those.  It is no accusation. */
static inline double
plumb_faint(double unit_roundoff)
{
    return __builtin_pow(unit_roundoff, 0.625);
}

static inline double
plumb_wanted(double unit_roundoff)
{
    double w = 64 * __builtin_sqrt(unit_roundoff);
    return w < 1e-4 ? 1e-4 : w > 0.3 ? 0.3 : w;
}

/* A bar that is larger than this part of what it is the bar of tells nothing of it. */
static inline double
plumb_vague(double unit_roundoff)
{
    return __builtin_fmax(0.1, plumb_wanted(unit_roundoff));
}

/* judge.c: the verdict of one direction on row r; gap and slack are along v. */
plumb_word plumb_weigh(const plumb_station *, const double *v, size_t r, const plumb_slope *, double *gap, double *slack, double *relative);
/* Does it part again, with fresh jitter, by the same amount (1)?  -1: it does, but so erratically from point to point, and so little, that it is no formula's fault. */
plumb_status plumb_confirm(plumb_ray *, const plumb_slope *first, size_t r, int *again) PLUMB_MUST_USE;
/* Where the function stands still at the steps of that slope: does it move at larger ones, much as row r of the claim says? */
plumb_status plumb_moves_farther(plumb_ray *, const plumb_slope *, size_t r, int *moves) PLUMB_MUST_USE;
/* locate.c: the entry of inputs from..to-1 where row r is farthest off, starting from a direction that parts. */
plumb_status plumb_locate(plumb_ray *, size_t r, size_t from, size_t to, const plumb_slope *, plumb_place_found *) PLUMB_MUST_USE;
/* convention.c: which other convention the claim on tensor k fits exactly, row r; want[i], bar[i] for the `n` entries element[i].  1: it is one that another point
 * could refute. */
int plumb_other_convention(const plumb_station *, size_t r, int k, size_t n, const size_t *element, const double *want, const double *bar, char *text, size_t room);
/* kink.c: at a point with kinks, is the claim a subgradient?  Marks tensors that are not. */
plumb_status plumb_judge_kinks(plumb_walk *) PLUMB_MUST_USE;
/* region.c: other points of the region; reports the law. */
plumb_status plumb_walk_region(plumb_walk *) PLUMB_MUST_USE;
/* contract.c: the laws of the contract; deterministic first, before anything else is believed. */
plumb_status plumb_walk_determinism(plumb_walk *) PLUMB_MUST_USE;
plumb_status plumb_walk_contract(plumb_walk *) PLUMB_MUST_USE;
/* twin.c: opens what the hello or the options name; compares values and claims with it. */
plumb_status plumb_twin_open(plumb_walk *) PLUMB_MUST_USE;
void plumb_twin_close(plumb_twin *);
/* Before the point is judged: a twin that is a box is asked there, and is what differences are taken of from then on. */
plumb_status plumb_twin_values(plumb_walk *) PLUMB_MUST_USE;
/* Afterwards: a twin that is a graph judges entry by entry; a forward that is not the twin's is told. */
plumb_status plumb_twin_judge(plumb_walk *) PLUMB_MUST_USE;
/* point.c: the directions and entries of the given point, by the forward that the walk has; clears what was said before. */
plumb_status plumb_walk_point(plumb_walk *) PLUMB_MUST_USE;
/* tell.c */
void plumb_tell_law(plumb_walk *, const char *law, plumb_verdict, const char *format, ...) PLUMB_PRINTF(4, 5);
void plumb_tell_tensor(plumb_walk *, int k);
void plumb_tell_crash(plumb_walk *, const char *where);
void plumb_tell_note(plumb_walk *, const char *format, ...) PLUMB_PRINTF(2, 3);
void plumb_tell_stage(plumb_walk *, const char *format, ...) PLUMB_PRINTF(2, 3);
void plumb_tell_taylor(plumb_walk *);
/* "W[2,3]" of an element of all inputs, in the tensor's own order of axes. */
void plumb_element_text(const plumb_hello *, size_t element, char *text, size_t room);
/* Flat row-major index in its tensor. */
size_t plumb_element_index(const plumb_hello *, int k, size_t element);
int plumb_tensor_of(const plumb_hello *, size_t element);
#endif
