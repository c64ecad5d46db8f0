/* steps.c - the steps that are known: one row each, and its formulas are the code
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Where the literature leaves a choice (where epsilon stands, what the first momentum is, whether decay is part of the gradient) they follow
 * the widely used implementation in PyTorch, so that its trainers can be compared with them. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include "plumbline/descent.h"

#define GRADIENT "(g + decay*w)"
#define DECAY { "decay", 0, 0, INFINITY }
#define CORRECTED "m/(1 - beta1^k)/(sqrt(s)/sqrt(1 - beta2^k) + eps)"
#define BETAS { "beta1", 0.9, 0, 1 }, { "beta2", 0.999, 0, 1 }, { "eps", 1e-8, 0, INFINITY }

static const plumb_step
    sgd = { "sgd", "against the gradient", "Robbins, Monro 1951", { DECAY }, { { "w", "w - rate*" GRADIENT } } },
    momentum = { "momentum", "a sum of gradients that fades", "Polyak 1964", { { "mu", 0.9, 0, 1 }, { "damp", 0, 0, INFINITY }, DECAY },
        { { "m", "mu*m + (1 - damp*step(k - 1))*" GRADIENT }, { "w", "w - rate*m" } } },
    nesterov = { "nesterov", "momentum that looks ahead", "Nesterov 1983; in this form Sutskever, Martens, Dahl, Hinton 2013", { { "mu", 0.9, 0, 1 }, DECAY },
        { { "m", "mu*m + " GRADIENT }, { "w", "w - rate*(" GRADIENT " + mu*m)" } } },
    adagrad = { "adagrad", "steps shrink with the squares seen", "Duchi, Hazan, Singer 2011", { { "eps", 1e-10, 0, INFINITY }, DECAY },
        { { "s", "s + " GRADIENT "^2" }, { "w", "w - rate*" GRADIENT "/(sqrt(s) + eps)" } } },
    rmsprop = { "rmsprop", "steps by the root of a fading mean of squares", "Tieleman, Hinton 2012", { { "alpha", 0.99, 0, 1 }, { "eps", 1e-8, 0, INFINITY }, DECAY },
        { { "s", "alpha*s + (1 - alpha)*" GRADIENT "^2" }, { "w", "w - rate*" GRADIENT "/(sqrt(s) + eps)" } } },
    adam = { "adam", "fading means of gradient and square, freed of their zero start", "Kingma, Ba 2015", { BETAS, DECAY },
        { { "m", "beta1*m + (1 - beta1)*" GRADIENT }, { "s", "beta2*s + (1 - beta2)*" GRADIENT "^2" }, { "w", "w - rate*" CORRECTED } } },
    adamw = { "adamw", "adam with the decay outside the gradient", "Loshchilov, Hutter 2019", { BETAS, { "decay", 0.01, 0, INFINITY } },
        { { "m", "beta1*m + (1 - beta1)*g" }, { "s", "beta2*s + (1 - beta2)*g^2" }, { "w", "w*(1 - rate*decay) - rate*" CORRECTED } } },
    averaged = { "averaged", "descent, and the mean of all its points", "Polyak, Juditsky 1992", { DECAY },
        { { "w", "w - rate*" GRADIENT }, { "a", "a + (w - a)/k" } } };

const plumb_step *const plumb_steps[] = { &sgd, &momentum, &nesterov, &adagrad, &rmsprop, &adam, &adamw, &averaged, NULL };

const plumb_step *
plumb_step_find(const char *name)
{
    for (int i = 0; plumb_steps[i]; i++)
        if (!strcmp(plumb_steps[i]->name, name))
            return plumb_steps[i];
    return NULL;
}

plumb_status
plumb_step_read(const char *text, const plumb_step **step, char *settings, size_t room, plumb_diag *diag)
{
    size_t length = strcspn(text, "("), end = strlen(text);
    char name[40], known[200] = "";
    snprintf(name, sizeof name, "%.*s", (int)(length < 39 ? length : 39), text);
    *step = plumb_step_find(name);
    for (int i = 0; plumb_steps[i]; i++)
        snprintf(known + strlen(known), sizeof known - strlen(known), "%s%s", i ? ", " : "", plumb_steps[i]->name);
    for (int i = 0; plumb_steps[i] && !*step; i++)
        if (!strcasecmp(plumb_steps[i]->name, name))
            return plumb_fail(diag, PLUMB_EINPUT, "there is no step \"%s\"; did you mean %s?", name, plumb_steps[i]->name);
    if (!*step)
        return plumb_fail(diag, PLUMB_EINPUT, "there is no step \"%s\"; there are %s", name, known);
    if (text[length] && text[end - 1] != ')')
        return plumb_fail(diag, PLUMB_EINPUT, "%s: one \")\" was expected, at the end", text);
    if (text[length] && end - length - 2 >= room)
        return plumb_fail(diag, PLUMB_EINPUT, "%s: its settings are longer than %zu characters", name, room - 1);
    snprintf(settings, room, "%.*s", text[length] ? (int)(end - length - 2) : 0, text[length] ? text + length + 1 : "");
    return PLUMB_OK;
}
