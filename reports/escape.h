/* escape.h - no text of a subject reaches an output as anything but text: one function per format
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLUMB_REPORTS_ESCAPE_H
#define PLUMB_REPORTS_ESCAPE_H
#include <stdio.h>

/* For a terminal or TAP: control characters and bytes that are not UTF-8 as \xNN; hash: '#' with a
 * backslash, as TAP descriptions want it. */
void plumb_put_plain(FILE *, const char *text, int hash);
/* For HTML text and quoted attributes. */
void plumb_put_html(FILE *, const char *text);
/* For DOT: a quoted string whole; its beginning, left open; more text of an open one.  Backslashes, which DOT
 * and its labels obey, become slashes, control characters '?', and it is cut after 60 characters. */
void plumb_put_dot(FILE *, const char *text);
void plumb_put_dot_open(FILE *, const char *text);
void plumb_put_dot_text(FILE *, const char *text);
/* For gnuplot, a string in quotes: letters, digits, blanks and a few signs; '?' for anything else. */
void plumb_put_gnuplot(FILE *, const char *text);
/* For XML text and attributes: as HTML, and characters that XML does not have become U+FFFD. */
void plumb_put_xml(FILE *, const char *text);
/* How many bytes a UTF-8 sequence at text has; 0 when it is none. */
int plumb_utf8_length(const char *text);
#endif
