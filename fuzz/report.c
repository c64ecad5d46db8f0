/* report.c - any text as a JSON report, rendered in every format, and as a baseline
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "fuzz/scratch.h"
#include "plumbline/sink.h"

int LLVMFuzzerInitialize(int *, char ***);

/* Pictures are made by programs; they are not looked for. */
int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc, (void)argv;
    return setenv("PATH", "/nowhere", 1);
}

static void
render(const char *report, const char *format)
{
    char *text = NULL;
    size_t length = 0;
    FILE *f = open_memstream(&text, &length);
    plumb_diag why = { "" };
    plumb_status st = plumb_render(report, NULL, f, format, &why);
    expect(st ? *why.text != 0 : !fclose(f) && length > 0);
    if (st)
        fclose(f);
    free(text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    static const char *const formats[] = { "json", "html", "xml", "tap", "text" };
    char path[40];
    int fd = fuzz_file(bytes, n, path);
    plumb_diag why = { "" };
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
        render(path, formats[i]);
    plumb_sink_free(plumb_sink_baseline(path, &why));
    close(fd);
    return 0;
}
