/* numbers.h - the numbers that the programs of the bench and their peers start from
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLUMB_BENCH_NUMBERS_H
#define PLUMB_BENCH_NUMBERS_H
#include <stdint.h>

/* element i of stream `stream` in [0, 1): SplitMix64 (Steele, Lea and Flood 2014) at a place of its sequence */
static inline double
uniform(uint64_t stream, uint64_t i)
{
    uint64_t z = (stream << 32) + (i + 1) * 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return (double)((z ^ z >> 31) >> 11) * 0x1p-53;
}

#endif
