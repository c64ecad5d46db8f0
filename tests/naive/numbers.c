/* numbers.c - random numbers for a problem, and what its reference makes of them
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/naive/numbers.h"
#include "tests/tap.h"

/* ---- random numbers: splitmix64 ---- */

uint64_t naive_state = 20240229;

uint64_t
naive_draw(void)
{
    uint64_t z = naive_state += 0x9e3779b97f4a7c15;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
}

double
naive_draw_between(double lo, double hi)
{
    return lo + (hi - lo) * ((double)(naive_draw() >> 11) * 0x1p-53);
}

double
naive_draw_cotangent(void)
{
    double size = naive_draw_between(0.5, 2);
    return naive_draw() & 1 ? size : -size;
}

double
naive_draw_whole(void)
{
    return (double)(naive_draw() % 3) - 1;
}

/* ---- the numbers of a problem ---- */

void *
naive_room(size_t n)
{
    void *memory = malloc(n ? n * sizeof(double) : 1);
    if (!memory)
        bail("out of memory");
    return memory;
}

int
naive_leaves(const naive_problem *p)
{
    return p->same || p->ref->labels ? 1 : p->ref->inputs;
}

naive_numbers
naive_numbers_new(const naive_problem *p)
{
    naive_numbers v = { .y = naive_room(naive_size(&p->out)), .g = naive_room(naive_size(&p->out)) };
    for (int i = 0; i < p->ref->inputs; i++)
        v.x[i] = naive_room(naive_size(&p->in[i])), v.x_bar[i] = naive_room(naive_size(&p->in[i]));
    v.label = naive_room(naive_size(&p->in[1]));
    return v;
}

void
naive_numbers_free(naive_numbers *v)
{
    for (int i = 0; i < NAIVE_MAXIN; i++)
        free(v->x[i]), free(v->x_bar[i]);
    free(v->y);
    free(v->g);
    free(v->label);
}

void
naive_numbers_draw(const naive_problem *p, naive_numbers *v)
{
    double lo = p->lo < p->hi ? p->lo : -2, hi = p->lo < p->hi ? p->hi : 2;
    for (int k = 0; k < p->ref->inputs; k++)
        for (size_t i = 0; i < naive_size(&p->in[k]); i++)
            v->x[k][i] = k && p->same ? v->x[0][i] : p->whole ? naive_draw_whole() : naive_draw_between(lo, hi);
    for (size_t i = 0; p->ref->labels && i < naive_size(&p->in[1]); i++)
        v->label[i] = (int64_t)(naive_draw() % p->in[0].dim[p->ref->labels - 1]);
    for (size_t i = 0; i < naive_size(&p->out); i++)
        v->g[i] = naive_draw_cotangent();
}

void
naive_numbers_refer(const naive_problem *p, naive_numbers *v, int forked)
{
    p->ref->forward(p, v);
    for (size_t i = 0; forked && i < naive_size(&p->out); i++)
        v->g[i] *= 1 - 2 * v->y[i], v->y[i] -= v->y[i] * v->y[i];
    p->ref->vjp(p, v);
    for (int k = 1; p->same && k < p->ref->inputs; k++)
        for (size_t i = 0; i < naive_size(&p->in[0]); i++)
            v->x_bar[0][i] += v->x_bar[k][i];
}
