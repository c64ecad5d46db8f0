/* t-same.c - one wrong layer as program, plugin, callback and recorded arrays: the same verdict, entry and numbers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "plumbline/plumbline.h"
#include "tests/same/layer.h"
#include "tests/tap.h"

typedef struct word {
    plumb_sink sink;
    int there;
    plumb_verdict verdict;
    size_t entry;
    char got[PLUMB_NUMBER_TEXT], want[PLUMB_NUMBER_TEXT];
    double error, bar;
} word;

static void
finding(plumb_sink *sink, const plumb_finding *f)
{
    word *w = (word *)sink;
    if (strcmp(f->what, "y"))
        return;
    w->there++;
    w->verdict = f->verdict, w->entry = f->has_worst ? f->worst : 99, w->error = f->error, w->bar = f->bar;
    strcpy(w->got, f->got), strcpy(w->want, f->want);
}

static word
of_box(plumb_box *box)
{
    word w = { .sink = { .finding = finding } };
    plumb_box_options o = { .seed = 1, .silent = 1 };
    plumb_diag diag = { "" };
    if (!box || plumb_check_box(box, &o, &w.sink, &diag))
        w.there = 0;
    plumb_box_free(box);
    return w;
}

static int
forward(const double *x, double *y, void *data)
{
    (void)data;
    *y = cost(x);
    return 0;
}

static int
backward(const double *x, const double *gy, double *gx, void *data)
{
    (void)data;
    gradient(x, *gy, gx);
    return 0;
}

static word
of_callback(plumb_verdict_of *r)
{
    word w = { .sink = { .finding = finding } };
    plumb_gradcheck_options o = { .declare = hello, .name = "layer", .sink = &w.sink };
    *r = plumb_gradcheck(2 * N, point, 1, forward, backward, NULL, &o);
    return w;
}

static void
write_npy(const char *folder, const char *name, const char *descr, const void *bytes, size_t length, const char *shape)
{
    char path[600], header[119];
    FILE *f;
    snprintf(path, sizeof path, "%s/%s.npy", folder, name);
    snprintf(header, sizeof header, "{'descr': '%s', 'fortran_order': False, 'shape': %s, }", descr, shape);
    f = fopen(path, "wb");
    if (!f)
        bail("cannot write an array");
    fprintf(f, "\x93NUMPY%c%c%c%c%-117s\n", 1, 0, 118, 0, header);
    fwrite(bytes, 1, length, f);
    fclose(f);
}

/* what somebody would record: the point, and the gradient that the layer returns for a cotangent of 1 */
static plumb_box *
arrays(const char *folder, plumb_diag *diag)
{
    double d[2 * N];
    char text[sizeof hello], descr[16];
    gradient(point, 1, d);
    write_npy(folder, "y", "<f8", point, N * sizeof *point, "(2, 3)"), write_npy(folder, "t", "<f8", point + N, N * sizeof *point, "(2, 3)");
    write_npy(folder, "grad_y", "<f8", d, N * sizeof *d, "(2, 3)");
    strcpy(text, hello);
    snprintf(descr, sizeof descr, "|S%zu", strlen(text));
    write_npy(folder, "plumb", descr, text, strlen(text), "()");
    return plumb_box_arrays(folder, diag);
}

static void
compare(const char *name, const word *a, const word *b)
{
    ok(b->there == 1 && b->verdict == PLUMB_WRONG && b->entry == 4, "%s: y is wrong, in entry 4 (%s, %zu)", name, plumb_verdict_text(b->verdict), b->entry);
    ok(!strcmp(a->got, b->got) && !strcmp(a->want, b->want), "%s: got %s, want %s", name, b->got, b->want);
    ok(a->error == b->error && a->bar == b->bar, "%s: error %.17g, bar %.17g", name, b->error, b->bar);
}

int
main(void)
{
    const char *plumb = getenv("PLUMB"), *source = getenv("srcdir"), *cc = getenv("CC");
    char folder[] = "/tmp/plumb-same-XXXXXX", command[2000], path[600], arrays_folder[600];
    plumb_diag diag = { "" };
    plumb_program_options o = { 0 }, worker = { .worker = 1 };
    const char *program[] = { path, NULL }, *plugin[] = { plumb, "worker", command, "", NULL };
    word w[4];
    plumb_verdict_of r;
    if (!plumb || !source || !mkdtemp(folder))
        bail("PLUMB, srcdir and a folder are needed");
    snprintf(command, sizeof command, "%s -O1 -o %s/layer %s/tests/same/program.c && %s -O1 -DPLUGIN -shared -fPIC -o %s/layer.so %s/tests/same/program.c", cc ? cc : "cc",
        folder, source, cc ? cc : "cc", folder, source);
    if (system(command))
        bail("the layer does not compile");
    snprintf(path, sizeof path, "%s/layer", folder);
    w[0] = of_box(plumb_box_program(program, &o, &diag));
    compare("program", &w[0], &w[0]);
    snprintf(command, sizeof command, "%s/layer.so", folder);
    w[1] = of_box(plumb_box_program(plugin, &worker, &diag));
    compare("plugin", &w[0], &w[1]);
    w[2] = of_callback(&r);
    compare("callback", &w[0], &w[2]);
    ok(r.verdict == PLUMB_WRONG && r.status == 1 && r.has_worst && r.entry == 4 && r.got == strtod(w[0].got, NULL) && r.want == strtod(w[0].want, NULL), "the verdict struct: %s", r.text);
    snprintf(arrays_folder, sizeof arrays_folder, "%s/arrays", folder);
    mkdir(arrays_folder, 0700);
    w[3] = of_box(arrays(arrays_folder, &diag));
    compare("arrays", &w[0], &w[3]);
    if (*diag.text)
        printf("# %s\n", diag.text);
    snprintf(command, sizeof command, "rm -rf %s", folder);
    if (system(command))
        bail("cannot remove the folder");
    return done();
}
