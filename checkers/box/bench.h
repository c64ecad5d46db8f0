/* bench.h - the parts of a check of a box
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLUMB_BOX_BENCH_H
#define PLUMB_BOX_BENCH_H
#include "checkers/routes/regression.h"
#include "plumbline/box.h"
#include "plumbline/sink.h"

/* A box on the bench: asked through here, so that calls are counted, conventions taken off, and a death is survived. */
typedef struct plumb_bench {
    plumb_box *box;
    const plumb_box_options *options;
    plumb_sink *sink;
    plumb_hello given, hello;           /* of the first case, and of the one in hand */
    int sampled;                        /* the case in hand is that of sample(seed) */
    uint64_t seed;
    size_t forwards, backwards, limit, reserve; /* reserve: calls that are kept for the laws */
    double started, spent, seconds;     /* spent: inside the box */
    double *total;                      /* of a box that adds: what it had returned */
    double *extra;                      /* rounding that the last backward had by its convention, inputs */
    double *batch_x, *batch_y;          /* room for several points */
    plumb_status *batch_status;
    size_t batch_room;
    int failed;                         /* it died, hung or broke the protocol: how often */
    plumb_diag failure;                 /* the first time */
    int floats;                         /* every number that came forward so far was a value of f32: 1; one was not: -1 */
} plumb_bench;

double plumb_bench_now(void);
int plumb_bench_late(const plumb_bench *);                      /* its time is over: what is begun is brought to an end */
int plumb_bench_exhausted(const plumb_bench *, size_t wanted);  /* would `wanted` more calls pass the budget? */
/* hello of the first case; EFOREIGN. */
plumb_status plumb_bench_open(plumb_bench *, plumb_box *, const plumb_box_options *, plumb_sink *, plumb_diag *) PLUMB_MUST_USE;
void plumb_bench_close(plumb_bench *);
/* Another case of its region: EUNABLE when there is none, EDOMAIN when the code says no.  first: back to the first one. */
plumb_status plumb_bench_sample(plumb_bench *, uint64_t seed, plumb_diag *) PLUMB_MUST_USE;
/* Started again, at the case in hand, with nothing asked before; EUNABLE where it cannot be. */
plumb_status plumb_bench_afresh(plumb_bench *) PLUMB_MUST_USE;
plumb_status plumb_bench_first(plumb_bench *, plumb_diag *) PLUMB_MUST_USE;
/* y (outputs) at x; EDOMAIN where the code said no, with its sentence; EFOREIGN when it failed (it has been started again). */
plumb_status plumb_bench_forward(plumb_bench *, const double *x, double *y, plumb_diag *) PLUMB_MUST_USE;
/* n points, each its status; y is NaN where there is none. */
plumb_status plumb_bench_many(plumb_bench *, size_t n, const double *x, double *y, plumb_diag *) PLUMB_MUST_USE;
/* d (inputs): the gradient that the code claims, its declared sign, factor, inner product and running total taken off.  The x that the last
 * forward had is needed for a trainer. */
plumb_status plumb_bench_backward(plumb_bench *, const double *x, const double *g, double *d, plumb_diag *) PLUMB_MUST_USE;

/* ---- a point ---- */

enum { PLUMB_SHAKES = 3 };
/* A point with everything that is known there.  Rows are cotangents. */
typedef struct plumb_station {
    plumb_bench *bench;
    double *x, *y;
    size_t rows;
    double *g;                          /* rows x outputs */
    size_t weighed;                     /* 1 + a row that weighs outputs in mixed units each near its size; it only accuses: what cancels is not told from units. 0: none */
    double *unit;                       /* of a row with one element: that element, else 0 */
    double *claim;                      /* rows x inputs: the gradient that the code claims */
    double *shaken[PLUMB_SHAKES];       /* the same at points an ulp or two away: how rough it is */
    double *shaken_y[PLUMB_SHAKES];     /* outputs: the values there */
    double *rough;                      /* rows: the typical change of an entry, relative to it */
    double *extra;                      /* inputs: rounding that the convention adds */
    double *fair;                       /* inputs: rounding at the size of the tensor's largest entry, beside a twin; else 0 */
    double *scale;                      /* inputs: the natural size of a step; 0: not moved */
    double *room_below, *room_above;    /* inputs: to the ends of the box */
    double unit_roundoff;               /* of the arithmetic inside */
    size_t not_finite;                  /* numbers of the claim that are not */
    int shaky;                          /* shaken is filled in */
    char *tensor_finite;                /* nin: the claim on it is */
} plumb_station;

/* A point in the first case, or of the case in hand: x, drawn or given.  Owned. */
plumb_status plumb_station_point(plumb_bench *, uint64_t seed, double *x) PLUMB_MUST_USE;
/* Forward at x and backward for each cotangent; EDOMAIN where there is no value.  one_row: a dense cotangent only. */
plumb_status plumb_station_open(plumb_station *, plumb_bench *, const double *x, uint64_t seed, int one_row, plumb_diag *) PLUMB_MUST_USE;
void plumb_station_close(plumb_station *);
/* Fills in shaken. */
plumb_status plumb_station_shake(plumb_station *, plumb_diag *) PLUMB_MUST_USE;

/* ---- directions ---- */

/* Steps along v (inputs; 0 outside the direction), remainders of the claim. */
typedef struct plumb_ray {
    plumb_station *at;
    const double *v;
    plumb_bench *forward;               /* whose forward is differenced: its own, or the twin's */
    const double *base;                 /* its value at x */
    double *table;                      /* optional: t, |f(x+tv)-f(x)|, |remainder| of row `shown`, per point with t > 0 */
    size_t shown, points;
    int forbidden;                      /* evaluations at which it said no */
    plumb_diag *diag;
} plumb_ray;
enum { PLUMB_RAY_POINTS = PLUMB_SCALES * PLUMB_PAIRS * 2 };
/* The slope of the remainder along v is that of f less what the claim says: 0 for a right one. */
plumb_status plumb_ray_regress(plumb_ray *, double start, unsigned long seed, plumb_slope *) PLUMB_MUST_USE;
/* At one scale alone, eight pairs; FOUND where the function looks smooth there. */
plumb_status plumb_ray_once(plumb_ray *, double scale, unsigned long seed, plumb_slope *) PLUMB_MUST_USE;
plumb_status plumb_ray_quickly(plumb_ray *, double scale, const double *times, plumb_slope *) PLUMB_MUST_USE;
/* Signed weights times the natural sizes, on inputs from..to-1, fixed ones left out; returns how many move. */
size_t plumb_ray_draw(const plumb_station *, uint64_t seed, size_t from, size_t to, double *v);
int plumb_ray_one_sided(const plumb_station *, const double *v);
/* Does the box hold x + t v and x - t v? */
int plumb_ray_has_room(const plumb_station *, const double *v, double t);
/* What rounding of the claim itself allows along v, row r, as shaking it showed. */
double plumb_station_bar(const plumb_station *, size_t r, const double *v);
/* What rounding at the size of the largest entry allows along v, beside a twin. */
double plumb_station_fair(const plumb_station *, size_t r, const double *v);
/* The sum of |u y| of row r: what a change of the function of ordinary size would be. */
double plumb_station_size(const plumb_station *, size_t r);
/* The root of the sum of (u y)^2: what rounding errors of all outputs by themselves add up to, in units of u. */
double plumb_station_scatter(const plumb_station *, size_t r);
/* What g.y may be off by, as shaking the point by an ulp showed; g: outputs. */
double plumb_station_noise(const plumb_station *, const double *g);
/* The largest |u| of row r. */
double plumb_station_cotangent(const plumb_station *, size_t r);
/* The same station elsewhere, with the cotangent of row r alone; rows 1.  Owned, shaken is not filled in. */
plumb_status plumb_station_beside(plumb_station *, const plumb_station *, size_t r, const double *x, plumb_diag *) PLUMB_MUST_USE;
/* The claim along v. */
double plumb_station_along(const plumb_station *, size_t r, const double *v);

#endif
