/* random.c - see random.h
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include "lib/base/random.h"

static uint64_t
mix(uint64_t z)
{
    z += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

uint64_t
plumb_hash_text(uint64_t seed, const char *text)
{
    uint64_t h = 0xcbf29ce484222325u ^ mix(seed);
    for (; *text; text++)
        h = (h ^ (unsigned char)*text) * 0x100000001b3u;
    return mix(h);
}

plumb_random
plumb_random_named(uint64_t seed, const char *name)
{
    return (plumb_random){ .seed = mix(seed), .stream = plumb_hash_text(seed, name) };
}

uint64_t
plumb_random_bits(plumb_random *r)
{
    return mix(mix(r->next++ ^ r->stream) + r->seed);
}

double
plumb_random_unit(plumb_random *r)
{
    return ((double)(plumb_random_bits(r) >> 12) + 0.5) * 0x1p-52;
}

double
plumb_random_between(plumb_random *r, double lo, double hi)
{
    return lo + (hi - lo) * plumb_random_unit(r);
}

double
plumb_random_signed(plumb_random *r)
{
    uint64_t bits = plumb_random_bits(r);
    double size = 0.5 + (double)(bits >> 12) * 0x1p-52;
    return bits & 1 ? size : -size;
}

double
plumb_random_normal(plumb_random *r)
{
    double size = sqrt(-2 * log(plumb_random_unit(r)));         /* Box and Muller 1958 */
    return size * cos(6.283185307179586 * plumb_random_unit(r));
}

size_t
plumb_random_below(plumb_random *r, size_t n)
{
    return (size_t)(plumb_random_unit(r) * (double)n);
}
