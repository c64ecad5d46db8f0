/* forms.c - what people write instead of a step, and other steps
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include <string.h>
#include "checkers/trainers/causes.h"

/* What people write instead of a step; the settings are the step's own. */
#define G "(g + decay*w)"
#define FADE "m", "beta1*m + (1 - beta1)*"
#define SQUARE "s", "beta2*s + (1 - beta2)*"
static const struct form {
    const char *of, *words;
    struct { const char *to, *formula; } rule[PLUMB_STEP_RULES];
} forms[] = {
    { "sgd", "the weight decay is not times the learning rate", { { "w", "w - rate*g - decay*w" } } },
    { "sgd", "the weight decay is applied behind the step", { { "w", "(w - rate*g)*(1 - rate*decay)" } } },
    { "momentum", "the gradient enters the buffer times (1 - mu)", { { "m", "mu*m + (1 - mu)*" G }, { "w", "w - rate*m" } } },
    { "momentum", "the damping holds at the first step, too", { { "m", "mu*m + (1 - damp)*" G }, { "w", "w - rate*m" } } },
    { "momentum", "the learning rate is inside the buffer", { { "m", "mu*m + rate*" G }, { "w", "w - m" } } },
    { "momentum", "the weight decay is outside the buffer", { { "m", "mu*m + (1 - damp*step(k - 1))*g" }, { "w", "w - rate*(m + decay*w)" } } },
    { "momentum", "the step is made with the buffer of the step before", { { "w", "w - rate*m" }, { "m", "mu*m + (1 - damp*step(k - 1))*" G } } },
    { "momentum", "the buffer fades twice (mu^2)", { { "m", "mu*mu*m + (1 - damp*step(k - 1))*" G }, { "w", "w - rate*m" } } },
    { "nesterov", "the gradient is missing beside the buffer", { { "m", "mu*m + " G }, { "w", "w - rate*mu*m" } } },
    { "nesterov", "the gradient enters the buffer times (1 - mu)", { { "m", "mu*m + (1 - mu)*" G }, { "w", "w - rate*(" G " + mu*m)" } } },
    { "adagrad", "there is no root over the sum of squares", { { "s", "s + " G "^2" }, { "w", "w - rate*" G "/(s + eps)" } } },
    { "adagrad", "eps is inside the root", { { "s", "s + " G "^2" }, { "w", "w - rate*" G "/sqrt(s + eps)" } } },
    { "adagrad", "the squares are not added up", { { "w", "w - rate*" G "/(sqrt(" G "^2) + eps)" } } },
    { "rmsprop", "there is no root over the mean of squares", { { "s", "alpha*s + (1 - alpha)*" G "^2" }, { "w", "w - rate*" G "/(s + eps)" } } },
    { "rmsprop", "eps is inside the root", { { "s", "alpha*s + (1 - alpha)*" G "^2" }, { "w", "w - rate*" G "/sqrt(s + eps)" } } },
    { "rmsprop", "alpha and 1 - alpha are exchanged", { { "s", "(1 - alpha)*s + alpha*" G "^2" }, { "w", "w - rate*" G "/(sqrt(s) + eps)" } } },
    { "rmsprop", "the mean of squares is freed of its zero start, as in adam", { { "s", "alpha*s + (1 - alpha)*" G "^2" }, { "w", "w - rate*" G "/(sqrt(s/(1 - alpha^k)) + eps)" } } },
    { "adam", "the bias correction is missing", { { FADE G }, { SQUARE G "^2" }, { "w", "w - rate*m/(sqrt(s) + eps)" } } },
    { "adam", "the bias correction of the first moment is missing", { { FADE G }, { SQUARE G "^2" }, { "w", "w - rate*m/(sqrt(s)/sqrt(1 - beta2^k) + eps)" } } },
    { "adam", "the bias correction of the second moment is missing", { { FADE G }, { SQUARE G "^2" }, { "w", "w - rate*m/(1 - beta1^k)/(sqrt(s) + eps)" } } },
    { "adam", "the bias correction counts the steps from 0, one too few", { { FADE G }, { SQUARE G "^2" },
        { "w", "w - rate*m/(1 - beta1^max(k - 1,1))/(sqrt(s)/sqrt(1 - beta2^max(k - 1,1)) + eps)" } } },
    { "adam", "the bias correction counts one step too many", { { FADE G }, { SQUARE G "^2" }, { "w", "w - rate*m/(1 - beta1^(k + 1))/(sqrt(s)/sqrt(1 - beta2^(k + 1)) + eps)" } } },
    { "adam", "eps is inside the root", { { FADE G }, { SQUARE G "^2" }, { "w", "w - rate*m/(1 - beta1^k)/sqrt(s/(1 - beta2^k) + eps)" } } },
    { "adam", "eps is added before the bias correction", { { FADE G }, { SQUARE G "^2" }, { "w", "w - rate*m/(1 - beta1^k)*sqrt(1 - beta2^k)/(sqrt(s) + eps)" } } },
    { "adam", "there is no root over the second moment", { { FADE G }, { SQUARE G "^2" }, { "w", "w - rate*m/(1 - beta1^k)/(s/(1 - beta2^k) + eps)" } } },
    { "adam", "the second moment is the largest so far (amsgrad)", { { FADE G }, { SQUARE G "^2" }, { "a", "max(a,s)" },
        { "w", "w - rate*m/(1 - beta1^k)/(sqrt(a)/sqrt(1 - beta2^k) + eps)" } } },
    { "adamw", "the weight decay is part of the gradient, as in adam", { { FADE G }, { SQUARE G "^2" }, { "w", "w - rate*m/(1 - beta1^k)/(sqrt(s)/sqrt(1 - beta2^k) + eps)" } } },
    { "adamw", "the bias correction is missing", { { FADE "g" }, { SQUARE "g^2" }, { "w", "w*(1 - rate*decay) - rate*m/(sqrt(s) + eps)" } } },
    { "adamw", "the weight decay is not times the learning rate", { { FADE "g" }, { SQUARE "g^2" },
        { "w", "w*(1 - decay) - rate*m/(1 - beta1^k)/(sqrt(s)/sqrt(1 - beta2^k) + eps)" } } },
    { "adamw", "the weight decay is applied behind the step", { { FADE "g" }, { SQUARE "g^2" },
        { "w", "(w - rate*m/(1 - beta1^k)/(sqrt(s)/sqrt(1 - beta2^k) + eps))*(1 - rate*decay)" } } },
    { "adamw", "eps is inside the root", { { FADE "g" }, { SQUARE "g^2" }, { "w", "w*(1 - rate*decay) - rate*m/(1 - beta1^k)/sqrt(s/(1 - beta2^k) + eps)" } } },
    { "averaged", "the mean of the points is taken for the point", { { "w", "w - rate*" G }, { "a", "a + (w - a)/k" }, { "w", "a" } } },
};

static plumb_step
step_of(const plumb_step *own, const struct form *f)
{
    plumb_step made = *own;
    for (int i = 0; i < PLUMB_STEP_RULES; i++)
        made.rule[i].to = f->rule[i].to, made.rule[i].formula = f->rule[i].formula;
    return made;
}

int
plumb_by_form(plumb_trial *t, plumb_told *to)
{
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        plumb_step made = step_of(t->shadow->step, &forms[i]);
        plumb_supposition x = plumb_suppose(t->shadow);
        x.step = &made;
        if (!strcmp(forms[i].of, t->shadow->step->name) && plumb_explains(t, &x, NULL))
            return snprintf(to->text, to->room, "%s", forms[i].words), 1;
    }
    return 0;
}

/* The step itself with the other sign of its weight decay. */
int
plumb_by_sign(plumb_trial *t, plumb_told *to)
{
    static const char *const pairs[][2] = { { "g + decay*w", "g - decay*w" }, { "1 - rate*decay", "1 + rate*decay" } };
    plumb_step made = *t->shadow->step;
    plumb_supposition x = plumb_suppose(t->shadow);
    char text[PLUMB_STEP_RULES][400];
    int changed = 0;
    for (int i = 0; i < PLUMB_STEP_RULES && made.rule[i].to; i++)
        for (size_t p = 0; p < sizeof pairs / sizeof *pairs; p++) {
            size_t length = strlen(pairs[p][0]);
            char *at;
            if (!strstr(made.rule[i].formula, pairs[p][0]) || strlen(made.rule[i].formula) >= sizeof *text)
                continue;
            snprintf(text[i], sizeof text[i], "%s", made.rule[i].formula);
            for (at = text[i]; (at = strstr(at, pairs[p][0])); at += length)
                memcpy(at, pairs[p][1], length), changed = 1;
            made.rule[i].formula = text[i];
        }
    x.step = &made;
    return changed && plumb_explains(t, &x, NULL) ? snprintf(to->text, to->room, "the weight decay has the other sign"), 1 : 0;
}

/* Those of the settings that another step has, too. */
static void
shared_settings(const char *settings, const plumb_step *other, char *text, size_t room)
{
    *text = 0;
    while (*settings) {
        size_t length = 0, name = strcspn(settings, "=");
        int depth = 0, known = !strncmp(settings, "rate=", 5);
        for (; settings[length] && (settings[length] != ',' || depth); length++)
            depth += (settings[length] == '(') - (settings[length] == ')');
        for (int i = 0; i < PLUMB_STEP_SETTINGS && other->setting[i].name; i++)
            known |= strlen(other->setting[i].name) == name && !strncmp(other->setting[i].name, settings, name);
        if (known)
            snprintf(text + strlen(text), room - strlen(text), "%s%.*s", *text ? "," : "", (int)length, settings);
        settings += length + (settings[length] == ',');
    }
}

int
plumb_by_other_step(plumb_trial *t, plumb_told *to)
{
    for (int i = 0; plumb_steps[i]; i++) {
        plumb_supposition x = plumb_suppose(t->shadow);
        x.step = plumb_steps[i];
        if (x.step == t->shadow->step)
            continue;
        shared_settings(t->shadow->settings, x.step, x.settings, sizeof x.settings);
        if (plumb_explains(t, &x, NULL))
            return snprintf(to->text, to->room, "this is a step of %s, not of %s", x.step->name, t->shadow->step->name), 1;
    }
    return 0;
}
