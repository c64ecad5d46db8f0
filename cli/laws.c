/* laws.c - what must hold without any reference: the one table of laws, for list and explain
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include <string.h>
#include "cli/cli.h"

/* of: what it is tried on */
static const struct {
    const char *name, *of, *line, *text;
} laws[] = {
    { "zero", "all", "a zero cotangent gives exactly zero", "A zero cotangent gives exactly zero: a backward pass is linear in its cotangent. What fails here adds "
        "something of its own, or reads memory that was never written." },
    { "doubling", "all", "minus twice the cotangent (of a box: -2^20 and 2^-20 times) gives minus twice the gradient, bit for bit", "A power of two times the cotangent gives that times "
        "the gradient, bit for bit: such a factor commutes with every rounding. What fails here is not linear, forgets the cotangent's sign, or has a threshold." },
    { "linearity", "all", "J^T(w1 + w2) = J^T w1 + J^T w2", "J^T(w1 + w2) = J^T w1 + J^T w2, to the rounding that sums are entitled to. What fails here depends on the sign or "
        "size of its cotangent." },
    { "accumulation", "all", "adding onto b gives b + J^T w; a box adds or overwrites exactly as declared", "Adding onto what is there gives b + J^T w: where a value has several "
        "consumers their cotangents must add up. A plugin or callback overwrites its buffer, or adds to it, exactly as it declares." },
    { "adjoint", "all", "<J v, w> = <v, J^T w>, forward mode against reverse", "<J v, w> = <v, J^T w>: forward mode and the backward pass are transposes of each other "
        "(Claerbout's dot product test)." },
    { "chain", "graphs", "the product of the modules' Jacobians along the graph is the end-to-end derivative; names the first stage where not", "From the output backwards, the row "
        "vector dC/dy [1 x dg] times each module's Jacobian [dg x df] gives dC/dx [1 x df]. Each product is compared with the end-to-end derivative through that edge, a difference "
        "of the rest of the graph in 256 bits. The first stage where the two part is named." },
    { "fan-out", "graphs", "the cotangent of a value with several consumers is the sum of what they send back", "The cotangent of a value with several consumers (a shared weight, a "
        "skip connection) is the sum of what each of them sends back." },
    { "taylor", "graphs", "|f(x+hv) - f(x) - h g.v| falls like h^2 over 20 octaves and more, in 512 bits", "|f(x + hv) - f(x) - h g.v| falls like h^2 if g is the gradient. In 512 "
        "bits the slope 2 is seen over more than 20 octaves; an error e of the gradient bends it to slope 1 at a step of the size of e, and tells e." },
    { "batch", "all", "the gradient over a batch is the sum of those over its parts; samples do not reach each other", "The gradient of a loss over samples is the sum (for a mean: the "
        "weighted mean) of the gradients over the parts of the batch. Of a box with batch axes: a cotangent of one sample reaches no other sample." },
    { "permutation", "boxes", "the order of the samples does not matter", "With the samples in reverse order the gradients come in reverse order, and those of what the samples share "
        "stay the same." },
    { "determinism", "boxes", "the same forward and backward give the same bits", "The same forward and backward give the same bits. A spread inside the rounding (sums in another order) "
        "is a note; one of the forward beyond it is noise, to be declared or frozen by seed; one of the backward alone is wrong." },
    { "seed", "boxes", "after seed N two forwards agree", "After seed N the randomness is frozen, and two forwards at one point agree." },
    { "repeat", "boxes", "a second backward on one forward returns what the first did", "A second backward on one forward returns what the first did. What fails here uses up what it has "
        "saved, or adds." },
    { "cache", "boxes", "after a forward elsewhere and back, the gradient is that of the last forward", "After a forward at another point and one back at this one, the gradient is that of the "
        "last forward: what was saved belongs to it." },
    { "threads", "boxes", "several instances at once return what one alone does", "Several instances at once, others at another point beside them, return what one alone does: they share no "
        "buffer. Tried where copies are declared." },
    { "purity", "boxes", "inputs and cotangent stay as they are, and nothing is written beside a buffer", "Of a plugin or callback: inputs and cotangent are the same after every call, and the "
        "canaries on both sides of every buffer still sing." },
    { "output", "boxes", "every output is written", "Of a plugin or callback: outputs are poisoned before a call, and no poison is left after it." },
    { "value", "boxes", "an objective has one value, with its gradient or without", "An objective of the signature that optimisers use returns the same value whether its gradient is wanted or "
        "not. What fails here descends along the gradient of another function." },
    { "forward", "boxes", "the forward pass is that of its twin", "The forward pass is that of its twin, to the rounding of its arithmetic. Where not, the gradient tells which of the two is "
        "another function." },
    { "region", "boxes", "right at other points, shapes and batch sizes, too", "The gradient is right at other points of the region that the code is meant for: its samples, points of its box, "
        "or neighbours of the given point." },
    { "protocol", "boxes", "it answers, in time, in the grammar", "It answers every request, in time, in the grammar of docs/protocol.md, and does not die." },
};
enum { LAWS = sizeof laws / sizeof *laws };

void
cli_list_laws(void)
{
    for (int i = 0; i < LAWS; i++)
        printf("%-14s %-7s %s\n", laws[i].name, laws[i].of, laws[i].line);
}

int
cli_explain_law(const char *name)
{
    for (int i = 0; i < LAWS; i++)
        if (!strcmp(laws[i].name, name)) {
            printf("law:%s (%s)\n  %s\n", name, laws[i].of, laws[i].text);
            return 1;
        }
    return 0;
}

int
cli_law_names(const char **names, int room)
{
    for (int i = 0; i < LAWS && i < room; i++)
        names[i] = laws[i].name;
    return LAWS < room ? LAWS : room;
}
