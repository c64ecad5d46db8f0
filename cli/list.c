/* list.c - plumb list ops|models|routes|laws|numbers|steps|experiments|lecture
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include <string.h>
#include "cli/cli.h"

static void
ops(void)
{
    for (int i = 0; plumb_ops[i]; i++)
        printf("%-14s %-46s %s\n", plumb_ops[i]->name, plumb_ops[i]->formula, plumb_ops[i]->summary);
}

static void
models(void)
{
    for (int i = 0; plumb_models[i]; i++)
        printf("%-14s %s\n%-14s options: %s\n", plumb_models[i]->name, plumb_models[i]->summary, "", plumb_models[i]->options);
}

static void
routes(void)
{
    for (int i = 0; plumb_routes[i]; i++)
        printf("%-14s %-8s %s\n", plumb_routes[i]->name, plumb_routes[i]->claim ? "judged" : "witness", plumb_routes[i]->summary);
    for (int i = 0; plumb_box_routes[i].name; i++)
        printf("%-14s %-8s %s\n", plumb_box_routes[i].name, plumb_box_routes[i].claim ? "judged" : "witness", plumb_box_routes[i].summary);
    for (int i = 0; plumb_audited[i]; i++)
        printf("%-14s %-8s %s\n", plumb_audited[i]->name, "audited", plumb_audited[i]->summary);
}

static void
numbers(void)
{
    printf("f64, f32       hardware floats, products by OpenBLAS\n"
        "mpfr:P         P bits, 24 to 10000\n"
        "dual(R)        value and tangents: forward mode; over the reverse pass: Hessian-vector products\n"
        "complex(R)     exact complex formulas: the complex step\n"
        "rounding(R)    value and variance of the rounding error it is entitled to\n"
        "debug(R)       fault injection for tests\n");
}

static const struct {
    const char *name;
    void (*print)(void);
} lists[] = { { "ops", ops }, { "models", models }, { "routes", routes }, { "laws", cli_list_laws }, { "numbers", numbers },
    { "steps", cli_list_steps }, { "experiments", cli_list_experiments }, { "lecture", cli_lecture } };
enum { LISTS = sizeof lists / sizeof *lists };

int
cli_list(int argc, char **argv)
{
    const char *names[LISTS + 1] = { NULL }, *near;
    for (int i = 0; i < LISTS; i++)
        names[i] = lists[i].name;
    if (argc == 2 && (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-?"))) {
        printf("Usage: plumb list [ops|models|routes|laws|numbers|steps|experiments|lecture]\n");
        return 0;
    }
    if (argc > 2)
        return cli_refuse("plumb list takes one name, not \"%s\" as well", argv[2]);
    for (int i = 0; i < LISTS; i++)
        if (argc < 2 || !strcmp(argv[1], lists[i].name)) {
            if (argc < 2)
                printf("%s%s\n", i ? "\n" : "", lists[i].name);
            lists[i].print();
            if (argc >= 2)
                return 0;
        }
    if (argc < 2)
        return 0;
    near = cli_nearest(argv[1], names);
    return cli_refuse("there is no list \"%s\"%s%s%s; there are ops, models, routes, laws, numbers, steps, experiments, lecture", argv[1], near ? "; did you mean " : "",
        near ? near : "", near ? "?" : "");
}
