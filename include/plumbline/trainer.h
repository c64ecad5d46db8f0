/* trainer.h - a trainer as a subject: each of its steps beside the one that it should have made from the same state
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The states of a trainer, one after the other, and the rows of the data that each step has seen. The reference makes every step again *from the trainer's own
 * state*, with the gradient of a twin: nothing grows, and the first wrong step is the one at which something is wrong. */
#ifndef PLUMBLINE_TRAINER_H
#define PLUMBLINE_TRAINER_H
#include "plumbline/box.h"
#include "plumbline/descent.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { PLUMB_MAXDATA = 6, PLUMB_MAXTRAINED = 64 };

/* Numbers of all samples for one input of the twin: row i is sample i. */
typedef struct plumb_data {
    char name[48];
    size_t rows, width;
    double *x;                  /* rows x width */
} plumb_data;

/* What a trainer did. Owned pointers; plumb_trajectory_clear frees them. */
typedef struct plumb_trajectory {
    char *name;                 /* where it is from, for messages and to type it again */
    size_t steps, batch, n;     /* n: numbers of a state */
    size_t first;               /* steps that were made before the first state: its k */
    int params, datas;
    plumb_tensor param[PLUMB_MAXTRAINED];       /* name, shape of one state, from, size; all of one dtype */
    double *w;                  /* (steps + 1) x n; w[0..n-1] is what it started from */
    int64_t *index;             /* steps x batch rows of the data, 0 to data[0].rows - 1; -1 in the rest of a row: a smaller batch */
    double *rate;               /* steps learning rates that it says it used, or NULL */
    double *matrix;             /* n x n, before each gradient, or NULL: a preconditioner */
    plumb_data data[PLUMB_MAXDATA];
    char step[400], twin[400];  /* what it says that it is: "momentum(rate=0.1,mu=0.9)", "model:linear(batch=8)"; "" */
} plumb_trajectory;

/* Reads an .npz or a folder of .npy files (docs/trainers.md): index, data_NAME, optionally rate, k, matrix, step and twin; every other array is a parameter with the states
 * along its first axis. EINPUT with a sentence: no such file, no parameter, another number of states, a k that skips or goes back, a rate or a datum that is not
 * finite, a matrix that is not square, a row that the data do not have. */
plumb_status plumb_trajectory_read(const char *path, plumb_trajectory *, plumb_diag *) PLUMB_MUST_USE;
/* The data of a file alone: its data_NAME arrays, all of as many rows; the rest of the trajectory is empty. EINPUT as above. */
plumb_status plumb_trajectory_data(const char *path, plumb_trajectory *, plumb_diag *) PLUMB_MUST_USE;
void plumb_trajectory_clear(plumb_trajectory *);

typedef struct plumb_trainer_options {
    const char *step;           /* "momentum(rate=0.1,mu=0.9)" instead of what the trajectory says; NULL: that */
    const char *replay;         /* the command that shows the findings again */
    uint64_t seed;              /* of the ensemble */
} plumb_trainer_options;

/* Judges each step; a finding for each parameter, with the first wrong step and its likely cause, and a note on how far the whole course is from the reference's own,
 * measured in the spread of an ensemble with rounding noise. twin: its leaves of those names are trained or fed with the data; the first axis of what is fed is the
 * batch, which must be at least the trajectory's. EINPUT with a sentence where they do not fit, for a step that is not known; EDOMAIN for a rate
 * that is not finite; ENOMEM. */
plumb_status plumb_check_trajectory(const plumb_trajectory *, const plumb_subject *twin, const plumb_trainer_options *, plumb_sink *, plumb_diag *) PLUMB_MUST_USE;

/* Lets a program that speaks docs/protocol.md make `steps` steps (its requests hello and step), on batches drawn from the seed without replacement, and writes down what
 * it did. It starts where hello says (at), or from a point drawn from the seed. t: overwritten, but for its data, which the caller may have filled in; else hello must name
 * a file of them. EFOREIGN with a sentence that names the step: it died, was silent, answered with another count; EINPUT for data that cannot be read. A state that is not
 * finite ends the course. batch: 0: what hello says, or 8. progress is told each step; NULL: nobody is. */
plumb_status plumb_trajectory_drive(const char *const *argv, const plumb_program_options *, size_t steps, size_t batch, uint64_t seed, plumb_trajectory *t, plumb_sink *progress,
    plumb_diag *)
    PLUMB_MUST_USE;

/* The finding "crashed" of a program that plumb_trajectory_drive could not get to its end; why: its sentence. */
void plumb_trainer_crashed(const char *name, const char *replay, const char *why, plumb_sink *);

#ifdef __cplusplus
}
#endif
#endif
