/* npy.c - any bytes as a .npy file, and as a text in one
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "fuzz/scratch.h"
#include "plumbline/tensor.h"

static void
read_array(const void *bytes, size_t n, int bf16)
{
    plumb_npy a;
    plumb_diag why = { "" };
    size_t size = 1;
    volatile double sum = 0;
    plumb_status st = plumb_npy_read("fuzz", bytes, n, bf16, &a, &why);
    expect(!st == !*why.text);
    for (int i = 0; i < a.shape.rank && !st; i++)
        size *= a.shape.dim[i];
    expect(st || size == a.size);
    for (size_t i = 0; i < a.size && !st; i++)
        sum += a.data[i];
    plumb_npy_clear(&a);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    char *copy = malloc(n ? n : 1), *text;      /* exactly as long as the input: one byte too far is seen */
    plumb_diag why = { "" };
    memcpy(copy, bytes, n);
    read_array(copy, n, 0);
    read_array(copy, n, 1);
    if (plumb_npy_text("fuzz", copy, n, &text, &why))
        expect(*why.text != 0);
    else
        expect(strlen(text) <= 4 * n);
    free(text);
    free(copy);
    return 0;
}
