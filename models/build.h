/* build.h - what the models share: their options, layers, costs and the drawing of weights
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLUMB_MODELS_BUILD_H
#define PLUMB_MODELS_BUILD_H
#include "plumbline/model.h"

enum { PLUMB_MAXLAYERS = 20 };
typedef struct plumb_settings {
    char act[16], cost[16], reduction[8];
    size_t batch, stored, blocks, boundary, bias, sizes[PLUMB_MAXLAYERS + 1];
    int layers;
} plumb_settings;

/* Reads "act=relu,batch=4" over the defaults that *s holds.  A model has the options that its `options`
 * text names.  EINPUT with a sentence for any other, for a value that does not fit, for an act that
 * is no pointwise op of one input, for a cost or reduction that does not exist. */
plumb_status plumb_settings_read(const plumb_model *, const char *text, plumb_settings *s, plumb_diag *) PLUMB_MUST_USE;

/* y = x W^T + b with parameters named W<suffix> (n, k) and b<suffix> (n); the result is called name. */
int plumb_layer(plumb_graph *, const char *name, const char *suffix, int x, size_t n, size_t k);
/* The cost C of outputs (batch, n): cross-entropy against labels t, or squared distances to rows t, summed or
 * averaged over the samples as settings say.  t is a label or an input of the same name. */
int plumb_cost(plumb_graph *, const plumb_settings *, int y, size_t batch, size_t n);

/* The subject "model:NAME(options)" of a graph whose last value is the cost (freed with it, or on failure);
 * parameters are checked and x where check_x.  Inputs and labels whose first axis is of s->batch are samples. */
plumb_subject *plumb_model_subject(const plumb_model *, const char *options, const plumb_settings *, plumb_graph *, int check_x,
    plumb_diag *) PLUMB_MUST_USE;
/* Parameters: uniform with the variance gain/fan-in for matrices (Glorot and Bengio 2010; gain 2 for
 * ReLU: He et al. 2015), below 0.1 for the rest.  Every number is a value of f32. */
void plumb_draw_parameters(plumb_subject *, const char *act, uint64_t seed);
/* Rows of the data into the inputs: `batch` samples from a start drawn from the seed; x gets the first
 * columns, a label t the labels, an input t of as many columns as there are classes 1 in the label's and 0
 * elsewhere.  EINPUT when there are fewer samples. */
plumb_status plumb_draw_samples(plumb_subject *, const plumb_settings *, const plumb_dataset *, uint64_t seed, plumb_diag *) PLUMB_MUST_USE;

plumb_dataset *plumb_load_digits(const char *path, plumb_diag *);
plumb_dataset *plumb_load_iris(const char *path, plumb_diag *);

#define PLUMB_MODELS(X) X(tiny) X(mlp) X(linear) X(logistic) X(nearest_neighbour) X(linear_stack) X(residual) X(mynet)
#define X(name) extern const plumb_model plumb_model_##name;
PLUMB_MODELS(X)
#undef X
#endif
