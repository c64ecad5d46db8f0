/* escape.c - see escape.h
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>
#include "reports/escape.h"

int
plumb_utf8_length(const char *text)
{
    const unsigned char *u = (const unsigned char *)text;
    int n = u[0] < 0x80 ? 1 : u[0] >= 0xc2 && u[0] < 0xe0 ? 2 : u[0] >= 0xe0 && u[0] < 0xf0 ? 3 : u[0] >= 0xf0 && u[0] < 0xf5 ? 4 : 0;
    for (int i = 1; i < n; i++)
        if ((u[i] & 0xc0) != 0x80)
            return 0;
    if (n == 3 && ((u[0] == 0xe0 && u[1] < 0xa0) || (u[0] == 0xed && u[1] >= 0xa0)))
        return 0;
    if (n == 4 && ((u[0] == 0xf0 && u[1] < 0x90) || (u[0] == 0xf4 && u[1] >= 0x90)))
        return 0;
    return n;
}

/* a control character: C0, DEL, and C1 (which a terminal may obey, too) */
static int
control(const char *text, int n)
{
    unsigned char c = (unsigned char)text[0];
    return n == 1 ? c < 0x20 || c == 0x7f : n == 2 && c == 0xc2 && (unsigned char)text[1] < 0xa0;
}

void
plumb_put_plain(FILE *f, const char *text, int hash)
{
    while (*text) {
        int n = plumb_utf8_length(text);
        if (n == 0 || control(text, n)) {
            fprintf(f, "\\x%02x", (unsigned char)*text);
            n = n ? n : 1;
            if (n == 2)
                fprintf(f, "\\x%02x", (unsigned char)text[1]);
        } else {
            if (hash && (*text == '#' || *text == '\\'))
                fputc('\\', f);
            fwrite(text, 1, (size_t)n, f);
        }
        text += n;
    }
}

void
plumb_put_html(FILE *f, const char *text)
{
    for (int n; *text; text += n) {
        static const char special[] = "&<>\"'`";
        n = plumb_utf8_length(text);
        if (n == 0 || (n == 1 && strchr(special, *text)) || control(text, n)) {
            fprintf(f, "&#%d;", n == 0 || control(text, n) ? 0xfffd : *text);
            n = n ? n : 1;
        } else
            fwrite(text, 1, (size_t)n, f);
    }
}

void
plumb_put_dot_text(FILE *f, const char *text)
{
    int count = 0;
    for (int n; *text; text += n) {
        n = plumb_utf8_length(text);
        if (++count > 60) {
            fputs("...", f);
            return;
        }
        if (n == 0 || control(text, n)) {
            fputc('?', f);
            n = n ? n : 1;
        } else if (*text == '\\')
            fputc('/', f);
        else if (*text == '"')
            fputc('\'', f);
        else
            fwrite(text, 1, (size_t)n, f);
    }
}

void
plumb_put_dot_open(FILE *f, const char *text)
{
    fputc('"', f);
    plumb_put_dot_text(f, text);
}

void
plumb_put_dot(FILE *f, const char *text)
{
    plumb_put_dot_open(f, text);
    fputc('"', f);
}

void
plumb_put_gnuplot(FILE *f, const char *text)
{
    static const char signs[] = " .,:;()+-*/=|[]_";
    fputc('\'', f);
    for (; *text; text++)
        fputc((*text >= 'a' && *text <= 'z') || (*text >= 'A' && *text <= 'Z') || (*text >= '0' && *text <= '9') || strchr(signs, *text)
            ? *text : '?', f);
    fputc('\'', f);
}

void
plumb_put_xml(FILE *f, const char *text)
{
    plumb_put_html(f, text);
}
