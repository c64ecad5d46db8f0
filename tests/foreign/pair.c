/* pair.c - one function in single and in double precision, right and wrong in its forward or its backward; f16 and bf16 numbers; copies
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { N = 6 };

int
main(int argc, char **argv)
{
    const char *how = argc > 1 ? argv[1] : "f64", *dtype = strstr(how, "bf16") ? "bf16" : strstr(how, "f16") ? "f16" : strstr(how, "f32") ? "f32" : "f64";
    int single = strcmp(dtype, "f64") != 0, forward_wrong = strstr(how, "forward") != NULL, backward_wrong = strstr(how, "backward") != NULL, other = strstr(how, "other") != NULL;
    double x[N] = { 0 }, g[N];
    char word[32];
    while (scanf("%31s", word) == 1) {
        int n = !strcmp(word, "forward") || !strcmp(word, "backward") ? N : !strcmp(word, "echo") ? 4 : 0;
        double *to = *word == 'f' ? x : g;
        for (int i = 0; i < n; i++)
            if (scanf("%lf", to + i) != 1)
                return 1;
        if (!strcmp(word, "hello"))
            printf("= in x:%d:%s out y:%d:%s at -2 -0.5 0.25 0.75 1.5 3%s", N, dtype, N, dtype, strstr(how, "copies") ? " copies 4" : "");
        else if (!n)
            printf("! unknown");
        else
            printf("=");
        for (int i = 0; i < n && *word == 'e'; i++)
            printf(" %.17g", g[i]);
        for (int i = 0; i < n && *word != 'e'; i++) {
            double v, k = other ? 2 : 1;
            if (strstr(how, "flat")) {          /* where 1 - tanh^2 has few digits or none */
                double t = single ? (double)tanhf((float)(4 * x[i])) : tanh(4 * x[i]);
                v = *word == 'f' ? t : single ? (double)((float)g[i] * 4 * (1 - (float)t * (float)t)) : g[i] * 4 * (1 - t * t);
            } else if (strstr(how, "tiny")) {          /* twice: twice the slope */
                double t = single ? (double)tanhf((float)x[i]) : tanh(x[i]);
                v = *word == 'f' ? 1 + 0x1p-23 * t : g[i] * 0x1p-23 * (1 - t * t) * (strstr(how, "twice") ? 2 : 1);
            } else if (*word == 'f')
                v = single ? (double)log1pf(expf((float)(k * x[i]))) : log1p(exp(k * x[i]));
            else
                v = single ? (double)((float)g[i] * (float)k / (1 + expf((float)(-k * x[i])))) : g[i] * k / (1 + exp(-k * x[i]));
            v *= i != 2 ? 1 : forward_wrong && *word == 'f' ? 1.0005 : backward_wrong && *word == 'b' ? 1.002 : 1;
            if (!strcmp(dtype, "bf16") || !strcmp(dtype, "f16")) {
                double step = ldexp(1, ilogb(v != 0 ? v : 1) - (*dtype == 'b' ? 7 : 10));
                v = rint(v / step) * step;
            }
            printf(" %.17g", single ? (double)(float)v : v);
        }
        putchar('\n'), fflush(stdout);
    }
    return 0;
}
