/* liar.c - a program that breaks the protocol in the way that its argument names
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *how;
static int frames, requests;
static char *volatile taken;    /* seen from outside: no compiler leaves out what is taken */

static int
is(const char *name)
{
    return !strcmp(how, name);
}

static void
frame(char letter, uint64_t count, const double *x, size_t n)
{
    putchar(letter);
    fwrite(&count, sizeof count, 1, stdout);
    fwrite(x, sizeof *x, n, stdout);
    fflush(stdout);
}

static void
hello(void)
{
    static const char *const texts[][2] = { { "banana", "= banana" }, { "no-output", "= in x:2" }, { "no-input", "= in out y:2" }, { "huge", "= in x:99999999,99999999 out y:2" },
        { "dims", "= in x:2,,3 out y:2" }, { "dtype", "= in x:2:f12 out y:2" }, { "twice", "= in x:2 x:2 out y:2" }, { "ranks", "= in x:1,1,1,1,1,1,1 out y:2" },
        { "point", "= in x:2 out y:2 at 1" }, { "box", "= in x:2 out y:2 box 3 1" }, { "outside", "= in x:2 out y:2 box 0 1 at 5 0.5" }, { "nan-point", "= in x:2 out y:2 at nan 1" },
        { "unknown-option", "= in x:2 out y:2 colour blue" }, { "option-twice", "= in x:2 out y:2 noisy noisy" }, { "factor-zero", "= in x:2 out y:2 factor 0" },
        { "fixed-nobody", "= in x:2 out y:2 fixed z" }, { "batch-axis", "= in x:2 out y:2 batch x:3" }, { "at-file", "= in x:2 out y:2 at @/nonexistent.npy" },
        { "twin-program", "= in x:2 out y:2 twin python3" }, { "twin-library", "= in x:2 out y:2 twin ./evil.so:f" }, { "twin-shell", "= in x:2 out y:2 twin $(reboot)" },
        { "twin-op", "= in x:2 out y:2 twin op:reluu" }, { "twin-shape", "= in x:2 out y:3 twin op:relu" }, { "twin-inputs", "= in x:2 u:2 out y:2 twin op:relu" },
        { "twin-model", "= in x:2 out y:2 twin model:nothing" }, { "refused", "! not today" } };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (is(texts[i][0])) {
            printf("%s\n", texts[i][1]);
            return;
        }
    printf("= in x:2 out y:2%s\n", frames ? " binary" : "");
}

/* Gets a text or frame request of two numbers; the word, or its letter. */
static int
read_request(char word[32], double x[4])
{
    int c = getchar();
    uint64_t count;
    if (c == EOF)
        return 0;
    if (frames > 1 && strchr("fb", c)) {
        word[0] = (char)c, word[1] = 0;
        return fread(&count, sizeof count, 1, stdin) == 1 && fread(x, sizeof *x, count & 3, stdin) == (count & 3);
    }
    ungetc(c, stdin);
    if (scanf("%31s", word) != 1)
        return 0;
    for (int i = 0, n = !strcmp(word, "echo") ? 4 : *word == 'f' || !strcmp(word, "backward") ? 2 : 0; i < n; i++)
        if (scanf("%lf", x + i) != 1)
            return 0;
    scanf("%*[^\n]");
    getchar();
    return 1;
}

int
main(int argc, char **argv)
{
    char word[32];
    double x[4], at[2] = { 0 };
    how = argc > 1 ? argv[1] : "";
    frames = !strncmp(how, "frame", 5);
    if (is("ends"))
        return 3;
    if (is("early"))
        printf("= 1 2\n"), fflush(stdout);
    if (is("no-flush"))
        setvbuf(stdout, NULL, _IOFBF, 1 << 16);
    while (read_request(word, x)) {
        int forward = *word == 'f', backward = !strcmp(word, "backward") || !strcmp(word, "b");
        double y[2] = { sin(x[0]), cos(x[1]) }, d[2] = { x[0] * cos(at[0]), -x[1] * sin(at[1]) };
        requests += forward || backward;
        if (!strcmp(word, "hello"))
            hello();
        else if (!strcmp(word, "echo") && is("six"))
            printf("= %g %g %g %g\n", x[0], x[1], x[2], x[3]);
        else if (!strcmp(word, "echo") && is("float"))
            printf("= %.17g %.17g %.17g %.17g\n", (float)x[0], x[1], x[2], x[3]);
        else if (!strcmp(word, "echo"))
            printf("= %.17g %.17g %.17g %.17g\n", x[0], x[1], x[2], x[3]);
        else if (!strcmp(word, "binary"))
            frames = 2, printf("= binary\n");
        else if (!forward && !backward)
            printf("! unknown\n");
        else if (is("third") && requests == 3)
            raise(SIGSEGV);
        else if (is("few"))
            printf("= 1\n");
        else if (is("many"))
            printf("= 1 2 3\n");
        else if (is("fish"))
            printf("= 1 fish\n");
        else if (is("glued"))
            printf("= 1 2x\n");
        else if (is("refuses"))
            printf("! no thanks\n");
        else if (is("hangs") && backward)
            sleep(1000);
        else if (is("floods"))
            for (;;)
                puts("working, still working, and never done with it");
        else if (is("no-end"))                  /* of one line of log */
            for (;;)
                fputs("no end ", stdout);
        else if (is("grows"))
            while ((taken = malloc(1 << 22)))
                memset(taken, 1, 1 << 22);
        else if (is("endless"))
            for (printf("= 1");;)
                printf(" 1");
        else if (is("frame-count"))
            frame('=', (uint64_t)1 << 60, y, 2);
        else if (is("frame-half"))
            frame('=', 2, y, 1), exit(0);
        else if (is("frame-refusal"))
            frame('!', 8, (const double *)"no frame", 1);
        else if (frames > 1)
            frame('=', 2, forward ? y : d, 2);
        else if (is("nan") && backward)
            printf("= NaN -Infinity\n");
        else if (forward || backward)
            printf("chatter before %s\n= %.17g %.17g\n", word, forward ? y[0] : d[0], forward ? y[1] : d[1]);
        if (forward)
            memcpy(at, x, sizeof at);
        if (is("extra") && requests == 5)
            printf("= 1 2\n");
        if (!is("no-flush"))
            fflush(stdout);
    }
    return 0;
}
