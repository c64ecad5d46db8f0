/* sampler.c - which samples a step sees
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>
#include "lib/base/random.h"
#include "plumbline/descent.h"

static void
with_replacement(uint64_t seed, uint64_t k, size_t n, size_t b, size_t *rows)
{
    plumb_random r = plumb_random_named(plumb_hash_text(seed, "rows") ^ k * 0x9e3779b97f4a7c15u, "rows");
    for (size_t i = 0; i < b; i++)
        rows[i] = plumb_random_below(&r, n);
}

/* Fisher and Yates's first b exchanges. */
static void
without_replacement(uint64_t seed, uint64_t k, size_t n, size_t b, size_t *rows)
{
    plumb_random r = plumb_random_named(plumb_hash_text(seed, "rows") ^ k * 0x9e3779b97f4a7c15u, "rows");
    for (size_t i = 0; i < n; i++)
        rows[i] = i;
    for (size_t i = 0; i < b; i++) {
        size_t j = i + plumb_random_below(&r, n - i), t = rows[i];
        rows[i] = rows[j], rows[j] = t;
    }
}

static void
epochs(uint64_t seed, uint64_t k, size_t n, size_t b, size_t *rows)
{
    size_t each = n / b ? n / b : 1;
    plumb_epoch_order(seed, k / each, n, rows);
    memmove(rows, rows + k % each * b, b * sizeof *rows);
}

static const plumb_sampler iid = { "replacement", "each row by itself, with replacement", with_replacement }, batch = { "batch", "rows of a batch differ; batches do not know each other",
    without_replacement }, order = { "epochs", "whole batches of a new order each epoch: no row twice in it, and where b does not divide n the rest waits for another", epochs };
const plumb_sampler *const plumb_samplers[] = { &iid, &batch, &order, NULL };

const plumb_sampler *
plumb_sampler_find(const char *name)
{
    for (int i = 0; plumb_samplers[i]; i++)
        if (!strcmp(plumb_samplers[i]->name, name))
            return plumb_samplers[i];
    return NULL;
}
