/* program.h - a program that draws: text in, text out
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLUMB_REPORTS_PROGRAM_H
#define PLUMB_REPORTS_PROGRAM_H
#include <stddef.h>
#include "plumbline/status.h"

/* Runs argv[0] (found in PATH) with `input` on its standard input; *output gets its standard output, ended by a
 * NUL, which the caller frees with plumb_release; *length its length.  EUNABLE with a sentence: the
 * program is not there or failed; ENOMEM. */
plumb_status plumb_run_program(const char *const *argv, const char *input, size_t input_length, char **output, size_t *length, plumb_diag *)
    PLUMB_MUST_USE;
#endif
