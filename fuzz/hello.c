/* hello.c - any text as the description of a box
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include "fuzz/scratch.h"
#include "plumbline/box.h"

static size_t
whole(const plumb_tensor *list, int n)
{
    size_t at = 0;
    for (int k = 0; k < n; k++) {
        expect(list[k].from == at && list[k].batch < list[k].shape.rank && memchr(list[k].name, 0, sizeof list[k].name));
        at += list[k].size;
    }
    return at;
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    char *text = fuzz_text(bytes, n);
    plumb_hello h;
    plumb_diag why = { "" };
    plumb_status st = plumb_hello_read(text, &h, &why);
    expect((st != PLUMB_OK) == (*why.text != 0) || st == PLUMB_ENOMEM);
    if (!st) {
        expect(whole(h.in, h.nin) == h.inputs && whole(h.out, h.nout) == h.outputs && h.factor != 0);
        for (size_t i = 0; h.at && i < h.inputs; i++)
            expect(h.lo[i] < h.hi[i] && !isnan(h.at[i]));
    }
    plumb_hello_clear(&h);
    free(text);
    return 0;
}
