/* plots.h - what the writers of gnuplot's scripts share
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLUMB_REPORTS_PLOTS_H
#define PLUMB_REPORTS_PLOTS_H
#include <jansson.h>
#include <stdio.h>

/* The script of a figure; checks: the findings of the record. */
typedef void plumb_plot(FILE *, const json_t *figure, const json_t *checks);
plumb_plot plumb_plot_semilog, plumb_plot_loglog, plumb_plot_plane, plumb_plot_bars;    /* courses.c */

extern const char plumb_plot_head[];            /* size, font, grid */
extern const char *const plumb_plot_colours[];  /* five */
void plumb_plot_data(FILE *, const json_t *figure);                     /* as $data */
void plumb_plot_axis(FILE *, const char *which, const json_t *column);  /* "name, unit" */
const json_t *plumb_plot_column(const json_t *figure, size_t c);
#endif
