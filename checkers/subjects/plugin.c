/* plugin.c - a shared object, opened in a process that may die of it, answering the requests of docs/protocol.md
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "checkers/subjects/callee.h"
#include "lib/base/alloc.h"
#include "plumbline/tensor.h"

enum { ABI = 1, MOST_THREADS = 64 };

typedef int call_two(void *, const void *, void *);
typedef struct plugin {
    void *library, *self;
    const char *path, *name;
    int (*abi)(void);
    const char *(*subjects)(void);
    void *(*open)(const char *);
    const char *(*hello)(void *), *(*sample)(void *, uint64_t), *(*error)(void *);
    call_two *forward[2], *backward[2], *tangent[2];    /* double, float */
    void (*close)(void *);
    int floats;
    plumb_callee callee;
    size_t inputs, outputs;
    double *in, *out;           /* room for the larger of the two, each */
    char note[300];
    FILE *from, *to;
} plugin;

/* ---- opening ---- */

/* An object built with a sanitizer ends the process that opens it. */
static plumb_status
look_before(const char *path, plumb_diag *diag)
{
    static const struct { const char *mark, *name; } runtimes[] = { { "__asan_init", "AddressSanitizer" }, { "__tsan_init", "ThreadSanitizer" },
        { "__msan_init", "MemorySanitizer" } };
    char *bytes;
    size_t length;
    plumb_status st = plumb_file_bytes(path, (size_t)1 << 30, &bytes, &length, diag);
    if (st)
        return st;
    if (length < 4 || memcmp(bytes, "\177ELF", 4))
        st = plumb_fail(diag, PLUMB_EFOREIGN, "%s is no shared object", path);
    for (size_t i = 0; i < sizeof runtimes / sizeof *runtimes && !st; i++)
        if (memmem(bytes, length, runtimes[i].mark, strlen(runtimes[i].mark)))
            st = plumb_fail(diag, PLUMB_EFOREIGN, "%s was built with %s, whose runtime must come first in its process: make it a program (plumb_subject.h, plumb check -- ./program)", path,
                runtimes[i].name);
    plumb_release(bytes);
    return st;
}

static void *
symbol(plugin *p, const char *name)
{
    return dlsym(p->library, name);
}

/* ISO C has no conversion from an object pointer to a function's. */
#define LOOK_UP(p, slot, name) (*(void **)&(p)->slot = symbol(p, name))

static plumb_status
look_up(plugin *p, plumb_diag *diag)
{
    static const char *const needed[] = { "plumb_open", "plumb_hello", "plumb_close" };
    LOOK_UP(p, abi, "plumb_abi");
    if (!p->abi)
        return plumb_fail(diag, PLUMB_EFOREIGN, "%s is no plugin of plumb: it has no function plumb_abi", p->path);
    if (p->abi() != ABI)
        return plumb_fail(diag, PLUMB_EFOREIGN, "%s speaks version %d of the interface, this plumb speaks %d", p->path, p->abi(), ABI);
    LOOK_UP(p, subjects, "plumb_subjects"), LOOK_UP(p, open, "plumb_open"), LOOK_UP(p, hello, "plumb_hello"), LOOK_UP(p, sample, "plumb_sample");
    LOOK_UP(p, error, "plumb_error"), LOOK_UP(p, close, "plumb_close");
    LOOK_UP(p, forward[0], "plumb_forward"), LOOK_UP(p, forward[1], "plumb_forward_f32");
    LOOK_UP(p, backward[0], "plumb_backward"), LOOK_UP(p, backward[1], "plumb_backward_f32");
    LOOK_UP(p, tangent[0], "plumb_tangent"), LOOK_UP(p, tangent[1], "plumb_tangent_f32");
    for (size_t i = 0; i < sizeof needed / sizeof *needed; i++)
        if (!symbol(p, needed[i]))
            return plumb_fail(diag, PLUMB_EFOREIGN, "%s has no function %s", p->path, needed[i]);
    for (int f = 0; f < 2; f++)
        if (p->forward[f] && !p->backward[f])
            return plumb_fail(diag, PLUMB_EFOREIGN, "%s has no function plumb_backward%s", p->path, f ? "_f32" : "");
    return p->forward[0] || p->forward[1] ? PLUMB_OK : plumb_fail(diag, PLUMB_EFOREIGN, "%s has no function plumb_forward", p->path);
}

static plumb_status
open_library(plugin *p, plumb_diag *diag)
{
    unsigned was = plumb_float_control();
    const char *change;
    plumb_status st = look_before(p->path, diag);
    if (st)
        return st;
    p->library = dlopen(p->path, RTLD_NOW | RTLD_LOCAL);
    change = plumb_float_change(was, plumb_float_control());
    if (change) {
        plumb_float_restore(was);
        snprintf(p->note, sizeof p->note, "environment note opening the plugin %s; it was put back\n", change);
    }
    return p->library ? look_up(p, diag) : plumb_fail(diag, PLUMB_EFOREIGN, "cannot open the plugin: %s", dlerror());
}

/* ---- a case ---- */

static int
go_forward(void *with, const void *x, void *y)
{
    plugin *p = with;
    return p->forward[p->floats](p->self, x, y);
}

static int
go_backward(void *with, const void *x, const void *gy, void *gx)
{
    plugin *p = with;
    (void)x;
    return p->backward[p->floats](p->self, gy, gx);
}

static int
go_tangent(void *with, const void *v, void *t)
{
    plugin *p = with;
    return p->tangent[p->floats](p->self, v, t);
}

static const char *
words(void *with)
{
    plugin *p = with;
    return p->error ? p->error(p->self) : NULL;
}

static int
all_floats(const plumb_hello *h)
{
    for (int k = 0; k < h->nin + h->nout; k++)
        if ((k < h->nin ? h->in[k].dtype : h->out[k - h->nin].dtype) != PLUMB_F32)
            return 0;
    return 1;
}

/* Buffers that fit the description; what was seen so far is kept. */
static plumb_status
fit(plugin *p, const plumb_hello *h, plumb_diag *diag)
{
    size_t most = h->inputs > h->outputs ? h->inputs : h->outputs;
    char seen[sizeof p->callee.broken];
    memcpy(seen, p->callee.broken, sizeof seen);
    plumb_callee_close(&p->callee);
    plumb_release(p->in), plumb_release(p->out);
    p->floats = p->forward[1] && (all_floats(h) || !p->forward[0]);
    if (!p->floats && !p->forward[0])
        return plumb_fail(diag, PLUMB_EFOREIGN, "%s has only float functions, and declares other dtypes", p->path);
    p->in = plumb_alloc(most, sizeof *p->in), p->out = plumb_alloc(most, sizeof *p->out);
    p->inputs = h->inputs, p->outputs = h->outputs;
    p->callee = (plumb_callee){ .forward = go_forward, .backward = go_backward, .tangent = p->tangent[p->floats] ? go_tangent : NULL, .error = words, .with = p, .adds = h->adds };
    memcpy(p->callee.broken, seen, sizeof seen);
    return p->in && p->out ? plumb_callee_open(&p->callee, h->inputs, h->outputs, p->floats) : PLUMB_ENOMEM;
}

/* Says the description, less the word adds (the buffer is here, and so is that convention), plus frames. */
static void
describe(plugin *p, const char *text)
{
    plumb_hello h;
    plumb_diag diag = { "" };
    char *copy, *rest;
    if (!text) {
        fprintf(p->to, "! no case\n");
        return;
    }
    if (plumb_hello_read(text, &h, &diag) || fit(p, &h, &diag)) {
        fprintf(p->to, "! %s\n", *diag.text ? diag.text : "out of memory");
        plumb_hello_clear(&h);
        return;
    }
    copy = plumb_text_copy(text);
    fputc('=', p->to);
    for (char *word = copy ? strtok_r(copy, " \t\r\n", &rest) : NULL; word; word = strtok_r(NULL, " \t\r\n", &rest))
        if (strcmp(word, "adds") && strcmp(word, "binary"))
            fprintf(p->to, " %s", word);
    fprintf(p->to, " binary\n");
    plumb_release(copy);
    plumb_hello_clear(&h);
}

/* ---- replies ---- */

static void
say(plugin *p, int frame, plumb_status st, const plumb_diag *diag, const double *y, size_t n)
{
    uint64_t count = st ? strlen(diag->text) : n;
    if (frame) {
        fputc(st ? '!' : '=', p->to);
        fwrite(&count, sizeof count, 1, p->to);
        if (st)
            fputs(diag->text, p->to);
        else
            fwrite(y, sizeof *y, n, p->to);
    } else if (st)
        fprintf(p->to, "! %s\n", diag->text);
    else {
        fputc('=', p->to);
        for (size_t i = 0; i < n; i++)
            fprintf(p->to, " %.17g", y[i]);
        fputc('\n', p->to);
    }
}

static void
compute(plugin *p, char letter, int frame, size_t n)
{
    plumb_diag diag = { "" };
    size_t want = letter == 'b' ? p->outputs : p->inputs, made = letter == 'b' ? p->inputs : p->outputs;
    plumb_status st;
    if (!p->in)
        st = plumb_fail(&diag, PLUMB_EDOMAIN, "hello comes first");
    else if (n != want)
        st = plumb_fail(&diag, PLUMB_EDOMAIN, "%zu numbers were expected, %zu came", want, n);
    else
        st = letter == 'f' ? plumb_callee_forward(&p->callee, p->in, p->out, &diag) : letter == 'b' ? plumb_callee_backward(&p->callee, p->in, p->out, &diag)
            : plumb_callee_tangent(&p->callee, p->in, p->out, &diag);
    if (st & PLUMB_EUNABLE)
        plumb_fail(&diag, st, "there is no plumb_tangent");
    say(p, frame, st, &diag, p->out, made);
}

/* ---- several instances at once ---- */

typedef struct worker {
    plugin *p;
    pthread_t thread;
    pthread_barrier_t *together;
    const void *x, *g;
    void *y, *d;
    int failed;
} worker;

static void *
one_instance(void *with)
{
    worker *w = with;
    plugin *p = w->p;
    void *self = p->open(p->name);
    const char *text = self ? p->hello(self) : NULL;
    pthread_barrier_wait(w->together);
    for (int round = 0; round < 40 && text; round++) {  /* the first gradient that is not the one of a single instance is kept */
        w->failed |= p->forward[p->floats](self, w->x, w->y) || p->backward[p->floats](self, w->g, w->d);
        if (w->x == p->callee.x.data && memcmp(w->d, p->callee.gx.data, p->inputs * (p->floats ? sizeof(float) : sizeof(double))))
            break;
    }
    w->failed |= !text;
    if (self)
        p->close(self);
    return NULL;
}

/* "threads K": K instances in K threads at the x and the cotangent of the last calls, and as many beside them at another x, to disturb; K
 * gradients, one after the other */
static void
threads(plugin *p, size_t k)
{
    worker team[MOST_THREADS];
    pthread_barrier_t together;
    size_t width = p->floats ? sizeof(float) : sizeof(double), each = p->inputs + p->outputs;
    char *memory = k && 2 * k <= MOST_THREADS && p->in ? plumb_alloc((2 * k * each + p->inputs) + 1, width) : NULL, *other = memory ? memory + 2 * k * each * width : NULL;
    if (!memory || pthread_barrier_init(&together, NULL, (unsigned)(2 * k))) {
        fprintf(p->to, "! threads: cannot\n");
        plumb_release(memory);
        return;
    }
    for (size_t i = 0; i < p->inputs; i++)
        if (p->floats)
            ((float *)other)[i] = ((float *)p->callee.x.data)[i] * 0.9921875f;
        else
            ((double *)other)[i] = ((double *)p->callee.x.data)[i] * 0.9921875;
    for (size_t i = 0; i < 2 * k; i++) {
        char *mine = memory + i * each * width;
        team[i] = (worker){ p, 0, &together, i < k ? p->callee.x.data : other, p->callee.gy.data, mine + p->inputs * width, mine, 0 };
        if (pthread_create(&team[i].thread, NULL, one_instance, &team[i]))
            _exit(71);                          /* the others wait at the barrier */
    }
    for (size_t i = 0; i < 2 * k; i++)
        pthread_join(team[i].thread, NULL);
    fputc('=', p->to);
    for (size_t i = 0; i < k; i++)
        for (size_t j = 0; j < p->inputs; j++)
            if (team[i].failed)
                fprintf(p->to, " nan");
            else
                fprintf(p->to, " %.17g", p->floats ? (double)((float *)team[i].d)[j] : ((double *)team[i].d)[j]);
    fputc('\n', p->to);
    pthread_barrier_destroy(&together);
    plumb_release(memory);
}

/* ---- the loop ---- */

static size_t
numbers(const char *text, double *to, size_t most)
{
    size_t n = 0;
    for (char *end; (strtod(text, &end), end != text); text = end, n++)
        if (n < most)
            to[n] = strtod(text, NULL);
    return n;
}

static void
line(plugin *p, char *text)
{
    size_t most = p->inputs > p->outputs ? p->inputs : p->outputs, n = strcspn(text, " \n");
    char *rest = text + n;
    double echo[64];
    if (!strncmp(text, "hello", n))
        describe(p, p->hello(p->self));
    else if (!strncmp(text, "sample", n) && p->sample)
        describe(p, p->sample(p->self, strtoull(rest, NULL, 10)));
    else if (!strncmp(text, "echo", n)) {
        size_t k = numbers(rest, echo, 64);
        say(p, 0, 0, NULL, echo, k < 64 ? k : 64);
    } else if (!strncmp(text, "forward", n) || !strncmp(text, "backward", n) || !strncmp(text, "tangent", n))
        compute(p, *text, 0, numbers(rest, p->in, most));
    else if (!strncmp(text, "binary", n))
        fprintf(p->to, "= binary\n");
    else if (!strncmp(text, "threads", n))
        threads(p, strtoul(rest, NULL, 10));
    else if (!strncmp(text, "report", n)) {
        for (char *c = p->callee.broken; *c; c++)
            *c = *c == '\n' ? '\t' : *c;
        p->note[strcspn(p->note, "\n")] = 0;
        fprintf(p->to, "= %s%s%s\n", p->note, *p->note ? "\t" : "", p->callee.broken);
        *p->note = *p->callee.broken = 0;
    } else
        fprintf(p->to, "! unknown request\n");
}

/* A frame's count has zeros among its bytes, and a word has none: how many letters of one of the words follow? */
static int
is_word(const unsigned char *bytes, size_t n)
{
    static const char *const all[] = { "forward", "backward", "binary", "tangent", "threads" };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (n <= strlen(all[i]) && !memcmp(bytes, all[i], n))
            return n < 5 ? 1 : 2;
    return 0;
}

static int
request(plugin *p)
{
    unsigned char head[9];
    size_t n = 0, length = 0;
    int c = 0, word = 1;
    char *text = NULL;
    while (n < 9 && word == 1 && (c = fgetc(p->from)) != EOF && (c != '\n' || n == 1)) {
        head[n++] = (unsigned char)c;
        word = n == 1 ? 1 + !strchr("fbt", c) : is_word(head, n);
    }
    if (c == EOF)
        return 0;
    if (word == 0) {
        uint64_t count = 0, most = p->inputs > p->outputs ? p->inputs : p->outputs;
        if (fread(head + n, 1, 9 - n, p->from) != 9 - n)
            return 0;
        memcpy(&count, head + 1, sizeof count);
        if (count > most || fread(p->in, sizeof *p->in, count, p->from) != count)
            return 0;
        compute(p, (char)head[0], 1, (size_t)count);
        return 1;
    }
    if (c != '\n' && getline(&text, &length, p->from) < 0)
        return free(text), 0;
    {
        char *whole = plumb_alloc(n + (text ? strlen(text) : 0) + 1, 1);
        if (whole) {
            memcpy(whole, head, n);
            strcpy(whole + n, text && c != '\n' ? text : "");
            line(p, whole);
        }
        plumb_release(whole);
    }
    free(text);
    return 1;
}

/* Where there is a list, a name is on it; "" is the code's own choice. */
static int
listed(const plugin *p, const char *name)
{
    const char *list = p->subjects && *name ? p->subjects() : NULL;
    size_t n = strlen(name);
    for (const char *at = list; at && *at; at += strcspn(at, "\n"), at += *at == '\n')
        if (strcspn(at, "\n") == n && !strncmp(at, name, n))
            return 1;
    return !list;
}

int
plumb_plugin_serve(const char *path, const char *name, FILE *from, FILE *to)
{
    plugin p = { .path = path, .name = name, .from = from, .to = to };
    plumb_diag diag = { "" };
    plumb_status st = open_library(&p, &diag);
    if (!st && !strcmp(name, "?")) {            /* the names alone, one a line */
        const char *names = p.subjects ? p.subjects() : NULL;
        fprintf(to, "%s", names ? names : "");
        return fflush(to) != 0;
    }
    if (!st && (!listed(&p, name) || !(p.self = p.open(name))))
        st = plumb_fail(&diag, PLUMB_EFOREIGN, "%s has no subject \"%.60s\"%s%.200s", path, name, p.subjects ? "; it has " : "", p.subjects ? p.subjects() : "");
    if (st) {
        for (char *c = diag.text; *c; c++)
            *c = *c == '\n' ? ' ' : *c;
        fprintf(to, "! %s\n", diag.text);
        return fflush(to) != 0;
    }
    while (request(&p) && !fflush(to))
        ;
    p.close(p.self);
    plumb_callee_close(&p.callee);
    plumb_release(p.in), plumb_release(p.out);
    return 0;
}
