/* model.h - the lecture's models as subjects, and their data
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLUMBLINE_MODEL_H
#define PLUMBLINE_MODEL_H
#include "plumbline/subject.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Labelled samples: x is (n, features), row-major, scaled to 0..1. */
typedef struct plumb_dataset {
    size_t n, features;
    int64_t classes;
    double *x;
    int64_t *label;
} plumb_dataset;
/* Reads lines of numbers with commas between: `features` values 0..scale, then a label below
 * `classes`; a first line with letters in it is a heading.  NULL with a sentence that names the file and the line: missing, short, not numeric, out of
 * range, empty; ENOMEM. */
plumb_dataset *plumb_dataset_read(const char *path, size_t features, double scale, int64_t classes, plumb_diag *)
    PLUMB_MUST_USE;
void plumb_dataset_free(plumb_dataset *);

typedef struct plumb_model {
    const char *name, *summary, *options;       /* options: what stands in the parentheses, for people */
    const char *const *variants;                /* of "model:NAME" without options; ends at NULL */
    const char *data;                           /* the file it is tried on, below the data folder; NULL: none is needed */
    /* data is NULL for a model that needs none.  NULL with a sentence for an option that does not exist or fit. */
    plumb_subject *(*open)(const char *options, const plumb_dataset *, uint64_t seed, plumb_diag *);
    plumb_dataset *(*load)(const char *path, plumb_diag *);
} plumb_model;
extern const plumb_model *const plumb_models[];         /* NULL-terminated */
const plumb_model *plumb_model_find(const char *name);

/* Trains a model's subject on the data by mini-batch descent without replacement, in f64, from the
 * parameters it holds; its batch is the mini-batch.  Leaves the trained parameters, rounded to f32,
 * in the subject; log[epochs] gets the mean loss and accuracy seen during each epoch. */
typedef struct plumb_epoch {
    double loss, accuracy;
} plumb_epoch;
plumb_status plumb_train(plumb_subject *, const plumb_dataset *, int epochs, double rate, uint64_t seed, plumb_epoch *log,
    plumb_diag *) PLUMB_MUST_USE;

#ifdef __cplusplus
}
#endif
#endif
