/* plumb_subject.h - a C function and its backward pass as a subject of plumb (docs/protocol.md)
 * SPDX-License-Identifier: MIT
 *
 * A subject is either a program that calls plumb_serve in its main, checked by `plumb check -- ./program`, or a shared object that
 * exports the functions of the ABI below, checked by `plumb check ./layers.so`.  Both have the same functions with the same contract, so that
 * one can become the other.  C99 and its library, and nothing to link with. */
#ifndef PLUMB_SUBJECT_H
#define PLUMB_SUBJECT_H
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- the ABI of a shared object ---- */

#ifdef __cplusplus
extern "C" {
#endif

/* The version of this ABI: returns 1.  Needed. */
int plumb_abi(void);

/* The names of the subjects in this object, one a line; `./layers.so:NAME` picks one.  A static text.  Optional: one subject without a name. */
const char *plumb_subjects(void);

/* A new instance of the subject of that name ("" is the first one), or NULL.  An instance is used by one thread at a time; several
 * instances may be used at once where hello says `copies`.  Needed. */
void *plumb_open(const char *subject);

/* What the instance computes, in the words of the protocol: "in x:4,6 W:6,3 out y:4,3 at ...", without the leading "= ".  The text belongs to the
 * instance and holds until the next call of hello, sample or close.  Goes back to the first case after a sample.  Needed. */
const char *plumb_hello(void *self);

/* y = f(x).  x: all inputs in the order of hello, each row-major, read only; y: room for all outputs, written in full.  Both belong to the caller and
 * are not kept, so what backward needs is copied here.  Returns 0, or another number when f has no value at x.  Needed. */
int plumb_forward(void *self, const double *x, double *y);

/* gx = J^T gy at the x of the last forward.  gy: as many numbers as there are outputs, read only; gx: as many as there are inputs, written
 * in full, with zeros for inputs that are fixed.  May be called several times after one forward.  Returns as forward.  Needed. */
int plumb_backward(void *self, const double *gy, double *gx);

/* The same two in single precision, asked where all dtypes of hello are f32.  Optional. */
int plumb_forward_f32(void *self, const float *x, float *y);
int plumb_backward_f32(void *self, const float *gy, float *gx);

/* t = J v at the x of the last forward; lengths of x and y.  Returns as forward.  Optional. */
int plumb_tangent(void *self, const double *v, double *t);

/* Another case of the region that f is meant for, drawn from the seed: as hello, and the lengths change with it.  NULL: only the given
 * point is meant.  Optional. */
const char *plumb_sample(void *self, uint64_t seed);

/* A sentence for the last status that was not 0; belongs to the instance.  Optional. */
const char *plumb_error(void *self);

/* Frees an instance.  NULL is fine.  Needed. */
void plumb_close(void *self);

#ifdef __cplusplus
}
#endif

/* ---- a program ---- */

/* The functions of a program, with the contracts of the ABI; those that it does not have are NULL. */
typedef struct plumb_served {
    const char *(*hello)(void *self);
    int (*forward)(void *self, const double *x, double *y);
    int (*backward)(void *self, const double *gy, double *gx);
    int (*tangent)(void *self, const double *v, double *t);     /* optional */
    const char *(*sample)(void *self, uint64_t seed);           /* optional */
    const char *(*error)(void *self);                           /* optional */
    void (*seed)(void *self, uint64_t seed);                    /* optional: freezes randomness for the forwards that follow */
} plumb_served;

typedef struct plumb_talk {
    FILE *from, *to;
    char *line;
    double *a, *b;
    size_t room, numbers, inputs, outputs;      /* of line, in bytes; of a and b, each */
    int frames;
} plumb_talk;

static inline void *
plumb_grown(void *old, size_t bytes)
{
    void *p = realloc(old, bytes ? bytes : 1);
    if (!p) {
        fputs("! out of memory\n", stdout);
        exit(1);
    }
    return p;
}

static inline void
plumb_room(plumb_talk *t, size_t n)
{
    if (n <= t->numbers)
        return;
    t->numbers = n;
    t->a = (double *)plumb_grown(t->a, n * sizeof(double)), t->b = (double *)plumb_grown(t->b, n * sizeof(double));
}

/* Says a description, and learns from it how many numbers go in and out. */
static inline void
plumb_describe(plumb_talk *t, const char *text)
{
    size_t count[2] = { 0, 0 };
    int which = -1;
    for (const char *word = text; *word; word += strspn(word, " \t\r\n")) {
        size_t length = strcspn(word, " \t\r\n"), size = 1, name = strcspn(word, ":");
        const char *dims = name < length && (*word < '0' || *word > '9') ? word + name + 1 : word;
        if (length == 2 && !strncmp(word, "in", 2))
            which = 0;
        else if (length == 3 && !strncmp(word, "out", 3))
            which = 1;
        else if (which < 0 || *dims < '0' || *dims > '9')
            break;
        else {
            for (char *end;; dims = end + 1) {
                size *= (size_t)strtoull(dims, &end, 10);
                if (*end != ',')
                    break;
            }
            count[which] += size;
        }
        word += length;
    }
    t->inputs = count[0], t->outputs = count[1];
    plumb_room(t, (count[0] > count[1] ? count[0] : count[1]) + 4);
    fprintf(t->to, "= %s%s\n", text, strstr(text, " binary") ? "" : " binary");
}

static inline void
plumb_refuse(plumb_talk *t, int framed, const char *text)
{
    uint64_t n = strlen(text);
    fputc('!', t->to);
    if (framed)
        fwrite(&n, sizeof n, 1, t->to), fputs(text, t->to);
    else
        fprintf(t->to, " %s\n", text);
}

static inline void
plumb_numbers(plumb_talk *t, int framed, const double *y, size_t n)
{
    uint64_t count = n;
    fputc('=', t->to);
    if (framed) {
        fwrite(&count, sizeof count, 1, t->to), fwrite(y, sizeof *y, n, t->to);
        return;
    }
    for (size_t i = 0; i < n; i++)
        fprintf(t->to, " %.17g", y[i]);
    fputc('\n', t->to);
}

/* forward, backward or tangent of the n numbers in t->a. */
static inline void
plumb_call(plumb_talk *t, const plumb_served *s, void *self, char letter, int framed, size_t n)
{
    int (*f)(void *, const double *, double *) = letter == 'f' ? s->forward : letter == 'b' ? s->backward : letter == 't' ? s->tangent : NULL;
    size_t in = letter == 'b' ? t->outputs : t->inputs, out = letter == 'b' ? t->inputs : t->outputs;
    char text[100];
    const char *why;
    if (!f) {
        plumb_refuse(t, framed, "no such request");
    } else if (n != in) {
        snprintf(text, sizeof text, "%lu numbers came, %lu were expected", (unsigned long)n, (unsigned long)in);
        plumb_refuse(t, framed, text);
    } else if (f(self, t->a, t->b)) {
        why = s->error ? s->error(self) : NULL;
        plumb_refuse(t, framed, why ? why : "it has no value here");
    } else
        plumb_numbers(t, framed, t->b, out);
}

static inline int
plumb_is(const char *line, const char *word)
{
    size_t n = strlen(word);
    return !strncmp(line, word, n) && (line[n] == 0 || line[n] == ' ');
}

static inline void
plumb_line(plumb_talk *t, const plumb_served *s, void *self)
{
    static const uint16_t little = 1;
    size_t n = 0;
    char *at = t->line + strcspn(t->line, " "), *end;
    const char *text;
    for (double v = strtod(at, &end); end != at; at = end, v = strtod(at, &end)) {
        plumb_room(t, n + 1 > t->numbers ? 2 * n + 16 : 0);
        t->a[n++] = v;
    }
    if (plumb_is(t->line, "hello"))
        plumb_describe(t, s->hello(self));
    else if (plumb_is(t->line, "forward") || plumb_is(t->line, "backward") || plumb_is(t->line, "tangent"))
        plumb_call(t, s, self, *t->line, 0, n);
    else if (plumb_is(t->line, "echo"))
        plumb_numbers(t, 0, t->a, n);
    else if (plumb_is(t->line, "sample") && s->sample && n) {
        text = s->sample(self, (uint64_t)t->a[0]);
        if (text)
            plumb_describe(t, text);
        else
            plumb_refuse(t, 0, "only the given point is meant");
    } else if (plumb_is(t->line, "seed") && s->seed && n)
        s->seed(self, (uint64_t)t->a[0]), plumb_numbers(t, 0, t->a, 0);
    else if (plumb_is(t->line, "binary") && *(const unsigned char *)&little)
        t->frames = 1, fputs("= binary\n", t->to);
    else
        plumb_refuse(t, 0, "no such request");
}

/* One request into t->line, or, of a frame, its numbers into t->a: 'l' a line, the letter of a frame, 0 at the end.  A frame is a letter and
 * a count below 2^32: byte 5 is 0, where a line has a letter. */
static inline char
plumb_next(plumb_talk *t, size_t *n)
{
    size_t used = 0;
    uint64_t count;
    for (int c; (c = fgetc(t->from)) != EOF;) {
        if (used + 10 > t->room)
            t->line = (char *)plumb_grown(t->line, t->room = 2 * t->room + 256);
        if (t->frames && used == 5 && c == 0 && strchr("fbtnF", t->line[0])) {
            t->line[used] = 0;
            if (fread(t->line + 6, 1, 3, t->from) != 3)
                return 0;
            memcpy(&count, t->line + 1, sizeof count);
            plumb_room(t, (size_t)count);
            *n = fread(t->a, sizeof *t->a, (size_t)count, t->from);
            return *n == count ? t->line[0] : 0;
        }
        if (c == '\n' && !(t->frames && used < 5 && used && strchr("fbtnF", t->line[0]))) {
            t->line[used] = 0;
            return 'l';
        }
        t->line[used++] = (char)c;
    }
    return 0;
}

/* Answers requests from the standard input (or from the named pipes PLUMB_IN and PLUMB_OUT of `plumb check --fifo`) until it ends.
 * self is handed to the functions.  Returns the exit status of the program. */
static inline int
plumb_serve(const plumb_served *s, void *self)
{
    const char *in = getenv("PLUMB_IN"), *out = getenv("PLUMB_OUT");
    plumb_talk t = { NULL, NULL, NULL, NULL, NULL, 0, 0, 0, 0, 0 };
    size_t n = 0;
    t.from = in && out ? fopen(in, "rb") : stdin, t.to = in && out ? fopen(out, "wb") : stdout;
    if (!t.from || !t.to)
        return 1;
    plumb_room(&t, 16);
    for (char what; (what = plumb_next(&t, &n)) != 0; fflush(t.to))
        if (what == 'l')
            plumb_line(&t, s, self);
        else
            plumb_call(&t, s, self, what, 1, n);
    free(t.line), free(t.a), free(t.b);
    return 0;
}
#endif
