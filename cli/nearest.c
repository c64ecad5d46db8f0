/* nearest.c - "did you mean"
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>
#include "cli/cli.h"

enum { LONGEST = 40 };

/* Levenshtein 1966 */
static int
distance(const char *a, const char *b)
{
    int row[LONGEST + 1], n = (int)strlen(b);
    if (strlen(a) > LONGEST || n > LONGEST)
        return LONGEST;
    for (int j = 0; j <= n; j++)
        row[j] = j;
    for (int i = 1; a[i - 1]; i++) {
        int diagonal = row[0];
        row[0] = i;
        for (int j = 1; j <= n; j++) {
            int cost = diagonal + (a[i - 1] != b[j - 1]);
            diagonal = row[j];
            row[j] = row[j] + 1 < row[j - 1] + 1 ? row[j] + 1 : row[j - 1] + 1;
            row[j] = cost < row[j] ? cost : row[j];
        }
    }
    return row[n];
}

const char *
cli_nearest(const char *word, const char *const *candidates)
{
    const char *best = NULL;
    int least = (int)strlen(word) / 2 + 1;
    for (int i = 0; candidates[i]; i++) {
        int d = distance(word, candidates[i]);
        if (d <= least)
            least = d - 1, best = candidates[i];
    }
    return best;
}
