/* softplus.c - the layer as a program that plumb asks: one line in, one line out (docs/protocol.md of Plumbline)
 * SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "layer.h"

enum { IN = 4, OUT = 3, WEIGHTS = IN * OUT, ALL = IN + WEIGHTS + OUT };
static double row[ALL];                         /* x, W and b of the last forward */

static void
say(const double *y, int n)
{
    putchar('=');
    for (int i = 0; i < n; i++)
        printf(" %.17g", y[i]);
    putchar('\n');
}

static int
numbers(char *at, double *to, int most)
{
    int n = 0;
    for (char *end; n < most; n++, at = end) {
        to[n] = strtod(at, &end);
        if (end == at)
            break;
    }
    return n;
}

int
main(void)
{
    static char line[4096];
    layer l = { IN, OUT, row + IN, row + IN + WEIGHTS };
    double in[ALL], out[ALL];
    for (; fgets(line, sizeof line, stdin); fflush(stdout)) {
        size_t word = strcspn(line, " \n");
        int n = numbers(line + word, in, ALL);
        line[word] = 0;
        if (!strcmp(line, "hello"))
            puts("= in x:4 W:3,4 b:3 out y:3");
        else if (!strcmp(line, "forward") && n == ALL)
            memcpy(row, in, sizeof row), layer_forward(&l, row, out), say(out, OUT);
        else if (!strcmp(line, "backward") && n == OUT)
            layer_backward(&l, row, in, out, out + IN, out + IN + WEIGHTS), say(out, ALL);
        else if (!strcmp(line, "echo"))
            say(in, n);
        else
            puts("! no such request");
    }
    return 0;
}
