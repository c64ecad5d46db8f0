/* trainer.c FOLDER FAULT - a trainer of least squares in one file: writes its data into FOLDER, and speaks docs/protocol.md
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
enum { ROWS = 40, IN = 3 };
static double x[ROWS][IN], t[ROWS];

static void
write_npy(const char *folder, const char *name, const double *data, int rows, int columns)
{
    char path[500], header[119];
    FILE *f;
    snprintf(path, sizeof path, "%s/data_%s.npy", folder, name);
    f = fopen(path, "wb");
    if (!f)
        exit(9);
    memset(header, ' ', sizeof header);
    header[snprintf(header, sizeof header, "{'descr': '<f8', 'fortran_order': False, 'shape': (%d, %d), }", rows, columns)] = ' ';
    header[117] = '\n';
    fwrite("\x93NUMPY\x01\x00\x76\x00", 1, 10, f), fwrite(header, 1, 118, f);
    fwrite(data, sizeof *data, (size_t)(rows * columns), f);
    fclose(f);
}

static void
step(double *w, const int *rows, int n, double rate)
{
    double g[IN + 1] = { 0 };
    for (int i = 0; i < n; i++) {
        double e = w[IN] - t[rows[i]];
        for (int j = 0; j < IN; j++)
            e += w[j] * x[rows[i]][j];
        for (int j = 0; j < IN; j++)
            g[j] += 2 * e * x[rows[i]][j] / n;
        g[IN] += 2 * e / n;
    }
    for (int j = 0; j <= IN; j++)
        w[j] -= rate * g[j];
}

int
main(int argc, char **argv)
{
    const char *folder = argv[1], *fault = argc > 2 ? argv[2] : "";
    char line[4000];
    for (int i = 0; i < ROWS; i++) {
        for (int j = 0; j < IN; j++)
            x[i][j] = sin(1 + i * 1.7 + j * j), t[i] = cos(i * 0.3);
    }
    write_npy(folder, "x", &x[0][0], ROWS, IN), write_npy(folder, "t", t, ROWS, 1);
    while (fgets(line, sizeof line, stdin)) {
        if (!strncmp(line, "hello", 5))
            printf(strcmp(fault, "other") ? "= in W:1,3 b:1 out W:1,3 b:1 step sgd(rate=0.1/k) twin model:linear(batch=4) samples 4%s%s\n" : "= in W:1,3 out y:2%s%s\n",
                strcmp(fault, "nodata") ? " data " : "", strcmp(fault, "nodata") ? folder : "");
        else if (!strncmp(line, "step", 4)) {
            char *at = line + 4;
            int k = (int)strtod(at, &at), n = (int)strtod(at, &at), rows[64];
            double w[IN + 1];
            for (int i = 0; i < n; i++)
                rows[i] = (int)strtod(at, &at);
            for (int j = 0; j <= IN; j++)
                w[j] = strtod(at, &at);
            if (k == 5 && !strcmp(fault, "dies"))
                abort();
            step(w, rows, n, 0.1 / (!strcmp(fault, "late") && k > 1 ? k - 1 : k) * (!strcmp(fault, "rate") ? 1 + 1e-12 : 1));
            if (k == 7 && !strcmp(fault, "nan"))
                w[1] = NAN;
            printf("=");
            for (int j = 0; j <= IN - !strcmp(fault, "short"); j++)
                printf(" %.17g", w[j]);
            putchar('\n');
            if (k == 5 && !strcmp(fault, "no"))
                printf("! out of steps\n");
        } else
            printf("! unknown\n");
        fflush(stdout);
    }
}
