/* sgd.c - a step of descent, and the order of the samples
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "lib/base/random.h"
#include "plumbline/descent.h"

plumb_status
plumb_sgd_step(plumb_run *run, int root, double rate)
{
    plumb_array bar = plumb_run_cotangent(run, root, 0);
    plumb_set_d(plumb_run_num(run), &bar, 0, 1);
    return plumb_run_forward(run) | plumb_run_reverse(run) | plumb_run_update(run, -rate);
}

void
plumb_epoch_order(uint64_t seed, uint64_t epoch, size_t n, size_t *order)
{
    plumb_random r = plumb_random_named(plumb_hash_text(seed, "epochs") + epoch, "order");
    for (size_t i = 0; i < n; i++)
        order[i] = i;
    for (size_t i = n; i > 1; i--) {
        size_t j = plumb_random_below(&r, i), t = order[i - 1];
        order[i - 1] = order[j], order[j] = t;
    }
}
