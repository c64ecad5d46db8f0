/* choices.h - the wrong backward passes of choices.c, for the table of hands.c
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLUMB_TESTS_CHOICES_H
#define PLUMB_TESTS_CHOICES_H
#include "tests/planted/planted.h"

plumb_status planted_concat_swapped(const plumb_call *);
plumb_status planted_concat_early(const plumb_call *);
plumb_status planted_concat_flat(const plumb_call *);
plumb_status planted_slice_ignores_step(const plumb_call *);
plumb_status planted_slice_ignores_start(const plumb_call *);
plumb_status planted_slice_leaves_garbage(const plumb_call *);
plumb_status planted_gather_replaces(const plumb_call *);
plumb_status planted_gather_one_short(const plumb_call *);
plumb_status planted_amax_to_everyone(const plumb_call *);
plumb_status planted_amax_to_the_last(const plumb_call *);
plumb_status planted_amax_to_the_second(const plumb_call *);
plumb_status planted_amax_to_a_neighbour(const plumb_call *);
plumb_status planted_amax_wrong_axis(const plumb_call *);
plumb_status planted_arg_leaks_first(const plumb_call *);
plumb_status planted_arg_leaks_last(const plumb_call *);
plumb_status planted_arg_straight_through(const plumb_call *);
plumb_status planted_arg_leaves_garbage(const plumb_call *);
#endif
