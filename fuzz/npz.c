/* npz.c - any bytes as a .npz file of recorded gradients
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A mutation breaks the checksum of its member, so those of stored members are mended before the file is read; the first byte decides. */
#include "fuzz/scratch.h"
#include "lib/base/alloc.h"
#include "plumbline/box.h"

static uint32_t
word(const uint8_t *b)
{
    return b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
}

static void
put_sum(uint8_t *to, const uint8_t *bytes, size_t n)
{
    uint32_t crc = ~0u;
    for (size_t i = 0; i < n; i++) {
        crc ^= bytes[i];
        for (int k = 0; k < 8; k++)
            crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
    }
    crc = ~crc;
    for (int k = 0; k < 4; k++)
        to[k] = (uint8_t)(crc >> 8 * k);
}

/* the entries of the central directory, wherever they are */
static void
mend(uint8_t *zip, size_t n)
{
    for (size_t i = 0; i + 46 <= n; i++) {
        size_t size = word(zip + i + 20), local = word(zip + i + 42), data;
        if (memcmp(zip + i, "PK\1\2", 4) || zip[i + 10] || local + 30 > n || memcmp(zip + local, "PK\3\4", 4))
            continue;
        data = local + 30 + zip[local + 26] + zip[local + 28];
        if (data + size > n)
            continue;
        put_sum(zip + local + 14, zip + data, size);
        memcpy(zip + i + 16, zip + local + 14, 4);
    }
}

static void
ask(plumb_box *box)
{
    plumb_hello h;
    plumb_diag why = { "" };
    const double *g;
    double *d;
    if (box->kind->hello(box, &h, &why))
        expect(*why.text != 0);
    else {
        d = calloc(h.inputs + 1, sizeof *d);
        box->kind->recorded(box, &g);
        expect(box->kind->backward(box, g, d, &why) == PLUMB_OK || *why.text);
        free(d);
        plumb_hello_clear(&h);
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    char path[40];
    uint8_t *zip = (uint8_t *)fuzz_text(bytes, n);
    long live = plumb_alloc_live();
    plumb_diag why = { "" };
    plumb_box *box;
    int fd;
    if (n && *bytes & 1)
        mend(zip + 1, n - 1);
    fd = fuzz_file(zip + (n > 0), n - (n > 0), path);
    box = plumb_box_arrays(path, &why);
    if (box)
        ask(box);
    else
        expect(*why.text != 0);
    plumb_box_free(box);
    expect(plumb_alloc_live() == live);
    close(fd);
    free(zip);
    return 0;
}
