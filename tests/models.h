/* models.h - a model with its data, for tests
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLUMB_TESTS_MODELS_H
#define PLUMB_TESTS_MODELS_H
#include <stdlib.h>
#include "plumbline/model.h"
#include "tests/tap.h"

static inline plumb_subject *
open_model(const char *name, const char *options)
{
    const plumb_model *m = plumb_model_find(name);
    const char *srcdir = getenv("srcdir");
    char path[1000];
    plumb_diag why = { "" };
    plumb_dataset *data = NULL;
    plumb_subject *s;
    snprintf(path, sizeof path, "%s/models/data/%s", srcdir ? srcdir : ".", m->data ? m->data : "");
    if (m->data && !(data = m->load(path, &why)))
        bail(why.text);
    s = m->open(options, data, 1, &why);
    if (!s)
        bail(why.text);
    plumb_dataset_free(data);
    return s;
}
#endif
