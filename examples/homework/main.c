/* main.c - answers plumb's requests for one of the layers: nothing to do here
 * SPDX-License-Identifier: MIT
 *
 *   cc -o layers main.c layers.c -lm
 *   plumb check --hint 1 -- ./layers relu */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "layers.h"

enum { MOST = 4096 };

static int
numbers(char *text, double *to)
{
    int n = 0;
    for (char *end; n < MOST; text = end, n++) {
        to[n] = strtod(text, &end);
        if (end == text)
            break;
    }
    return n;
}

static void
reply(const double *x, int n)
{
    printf("=");
    for (int i = 0; i < n; i++)
        printf(" %.17g", x[i]);
    printf("\n");
}

int
main(int argc, char **argv)
{
    static double x[MOST], y[MOST], given[MOST];
    char *line = NULL;
    size_t room = 0;
    const layer *l = layers;
    while (l->name && (argc < 2 || strcmp(l->name, argv[1])))
        l++;
    if (!l->name) {
        fprintf(stderr, "which layer?");
        for (l = layers; l->name; l++)
            fprintf(stderr, " %s", l->name);
        fprintf(stderr, "\n");
        return 2;
    }
    while (getline(&line, &room, stdin) > 0) {
        if (!strncmp(line, "hello", 5))
            printf("= %s\n", l->hello);
        else if (!strncmp(line, "forward", 7)) {
            numbers(line + 7, x);
            l->forward(x, y);
            reply(y, l->outputs);
        } else if (!strncmp(line, "backward", 8)) {
            static double d[MOST];
            numbers(line + 8, given);
            if (l->backward(x, given, d))
                reply(d, l->inputs);
            else
                printf("! the backward pass of %s is not written yet\n", l->name);
        } else
            printf("! unknown request\n");
        fflush(stdout);
    }
    free(line);
    return 0;
}
