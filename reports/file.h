/* file.h - a report appears whole or not at all
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLUMB_REPORTS_FILE_H
#define PLUMB_REPORTS_FILE_H
#include <stdio.h>
#include "plumbline/status.h"

/* Calls write with a stream onto a temporary file beside path, which then takes path's place.  On
 * failure, EINPUT with a sentence, the temporary file is gone and path is as it was. */
plumb_status plumb_file_replace(const char *path, plumb_status (*write)(FILE *, void *), void *with, plumb_diag *);
#endif
