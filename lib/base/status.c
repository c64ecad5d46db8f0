/* status.c - the texts of the statuses, and the sentence that stays
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdarg.h>
#include <stdio.h>
#include "plumbline/status.h"

const char *
plumb_status_text(plumb_status status)
{
#define X(name, bit, text)   \
    if (status & PLUMB_##name) \
        return text;
    PLUMB_STATUS_LIST(X)
#undef X
    return status ? "unknown status" : "ok";
}

plumb_status
plumb_fail(plumb_diag *diag, plumb_status status, const char *format, ...)
{
    va_list args;
    if (diag && !diag->text[0]) {
        va_start(args, format);
        vsnprintf(diag->text, sizeof diag->text, format, args);
        va_end(args);
    }
    return status;
}
