/* random.h - counter-based random numbers: the i-th number of a stream is a function of
 * (seed, stream, i) alone, so that neither the order of the draws nor the threads matter
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The mixer is SplitMix64 (Steele, Lea, Flood 2014) applied twice. */
#ifndef PLUMB_BASE_RANDOM_H
#define PLUMB_BASE_RANDOM_H
#include <stddef.h>
#include <stdint.h>

typedef struct plumb_random {
    uint64_t seed, stream, next;
} plumb_random;

/* A stream named by a text: the same seed and name give the same numbers. */
plumb_random plumb_random_named(uint64_t seed, const char *name);
uint64_t plumb_hash_text(uint64_t seed, const char *text);      /* FNV-1a, then mixed */
uint64_t plumb_random_bits(plumb_random *);
double plumb_random_unit(plumb_random *);                       /* uniform in (0, 1) */
double plumb_random_between(plumb_random *, double lo, double hi);
/* Both signs, size uniform in [1/2, 3/2]: a probe that hides nothing by being small or positive. */
double plumb_random_signed(plumb_random *);
double plumb_random_normal(plumb_random *);
size_t plumb_random_below(plumb_random *, size_t n);            /* 0 .. n-1; n > 0 */
#endif
