/* verdict.c - the words of a verdict, and the exit status of many
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "plumbline/check.h"

static const struct {
    const char *text, *meaning;
    int exit;
} verdicts[] = {
#define X(name, text, exit, meaning) { text, meaning, exit },
    PLUMB_VERDICT_LIST(X)
#undef X
};

const char *
plumb_verdict_text(plumb_verdict v)
{
    return verdicts[v].text;
}

const char *
plumb_verdict_meaning(plumb_verdict v)
{
    return verdicts[v].meaning;
}

int
plumb_verdict_exit(plumb_verdict v)
{
    return verdicts[v].exit;
}

int
plumb_exit_status(const size_t count[PLUMB_VERDICTS], int allow_undecided)
{
    static const int order[] = { 1, 3, 4 };
    size_t any = 0;
    for (int v = 0; v < PLUMB_VERDICTS; v++)
        any += count[v];
    if (!any)
        return allow_undecided ? 0 : 4;         /* nothing was decided */
    for (int k = 0; k < 3; k++)
        for (int v = 0; v < PLUMB_VERDICTS; v++)
            if (count[v] && verdicts[v].exit == order[k])
                return order[k] == 4 && allow_undecided ? 0 : order[k];
    return 0;
}
