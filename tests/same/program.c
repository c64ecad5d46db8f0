/* program.c - the layer as a program and, with -DPLUGIN, as a plugin
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "layer.h"

static double x[2 * N];
#ifdef PLUGIN
int plumb_abi(void) { return 1; }
void *plumb_open(const char *name) { (void)name; return x; }
const char *plumb_hello(void *self) { (void)self; return hello; }
int plumb_forward(void *self, const double *at, double *y) { memcpy(self, at, sizeof x); *y = cost(at); return 0; }
int plumb_backward(void *self, const double *g, double *d) { gradient(self, *g, d); return 0; }
void plumb_close(void *self) { (void)self; }
#else
int
main(void)
{
    char word[32];
    double g[4], d[2 * N];
    while (scanf("%31s", word) == 1) {
        int n = !strcmp(word, "forward") ? 2 * N : !strcmp(word, "backward") ? 1 : !strcmp(word, "echo") ? 4 : 0;
        double *to = n == 2 * N ? x : g;
        for (int i = 0; i < n; i++)
            if (scanf("%lf", to + i) != 1)
                return 1;
        if (!strcmp(word, "hello"))
            printf("= %s\n", hello);
        else if (n == 2 * N)
            printf("= %.17g\n", cost(x));
        else if (n == 4)
            printf("= %.17g %.17g %.17g %.17g\n", g[0], g[1], g[2], g[3]);
        else if (n == 1) {
            gradient(x, *g, d);
            printf("=");
            for (int i = 0; i < 2 * N; i++)
                printf(" %.17g", d[i]);
            printf("\n");
        } else
            printf("! unknown\n");
        fflush(stdout);
    }
    return 0;
}
#endif
