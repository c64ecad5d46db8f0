/* junit.c - JUnit XML, as CI servers read it, from the record: a suite per subject, a case per finding
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <string.h>
#include "reports/escape.h"
#include "reports/json.h"

typedef struct tally {
    size_t tests, failures, errors, skipped;
    double seconds;
} tally;

static tally
tally_of(const json_t *checks, const char *subject)
{
    tally t = { 0, 0, 0, 0, 0 };
    size_t i;
    json_t *check;
    json_array_foreach((json_t *)checks, i, check) {
        int exit = plumb_json_exit(plumb_json_string(check, "verdict"));
        double seconds = plumb_json_number(check, "seconds");
        if (subject && strcmp(plumb_json_string(check, "subject"), subject))
            continue;
        t.tests++, t.failures += exit == 1, t.errors += exit == 3, t.skipped += exit == 4;
        t.seconds += isfinite(seconds) ? seconds : 0;
    }
    return t;
}

static void
counts(FILE *f, const tally *t)
{
    fprintf(f, " tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" skipped=\"%zu\" time=\"%.3f\"", t->tests, t->failures, t->errors, t->skipped,
        t->seconds);
}

static void
attribute(FILE *f, const char *name, const char *text)
{
    fprintf(f, " %s=\"", name);
    plumb_put_xml(f, text);
    fputc('"', f);
}

static void
outcome(FILE *f, const json_t *check, int exit)
{
    const char *tag = exit == 1 ? "failure" : exit == 3 ? "error" : "skipped";
    const json_t *worst = json_object_get(check, "worst");
    fprintf(f, "<%s", tag);
    if (exit != 4)
        attribute(f, "type", plumb_json_string(check, "verdict"));
    attribute(f, "message", *plumb_json_string(check, "why") ? plumb_json_string(check, "why") : plumb_json_string(check, "verdict"));
    fputc('>', f);
    if (*plumb_json_string(worst, "got")) {
        fprintf(f, "got ");
        plumb_put_xml(f, plumb_json_string(worst, "got"));
        fprintf(f, ", want ");
        plumb_put_xml(f, plumb_json_string(worst, "want"));
        fprintf(f, "; ");
    }
    fprintf(f, "again: ");
    plumb_put_xml(f, plumb_json_string(check, "replay"));
    fprintf(f, "</%s>", tag);
}

static void
testcase(FILE *f, const json_t *check)
{
    int exit = plumb_json_exit(plumb_json_string(check, "verdict"));
    double seconds = plumb_json_number(check, "seconds");
    fprintf(f, "  <testcase classname=\"");
    plumb_put_xml(f, plumb_json_string(check, "subject"));
    if (*plumb_json_string(check, "part")) {
        fputc('.', f);
        plumb_put_xml(f, plumb_json_string(check, "part"));
    }
    fprintf(f, "\" name=\"");
    plumb_put_xml(f, plumb_json_string(check, "what"));
    fprintf(f, " by ");
    plumb_put_xml(f, plumb_json_string(check, "route"));
    fprintf(f, "\" time=\"%.3f\">", isfinite(seconds) ? seconds : 0);
    if (exit)
        outcome(f, check, exit);
    fprintf(f, "</testcase>\n");
}

static int
seen_before(const json_t *checks, size_t at)
{
    const char *own = plumb_json_string(json_array_get(checks, at), "subject");
    for (size_t i = at; i-- > 0;)
        if (!strcmp(plumb_json_string(json_array_get(checks, i), "subject"), own))
            return 1;
    return 0;
}

plumb_status
plumb_junit_write(FILE *f, const json_t *record)
{
    const json_t *checks = json_object_get(record, "checks");
    tally all = tally_of(checks, NULL);
    fprintf(f, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"plumbline\"");
    counts(f, &all);
    fprintf(f, ">\n");
    for (size_t i = 0; i < json_array_size(checks); i++) {
        const char *subject = plumb_json_string(json_array_get(checks, i), "subject");
        tally own;
        if (seen_before(checks, i))
            continue;
        own = tally_of(checks, subject);
        fprintf(f, " <testsuite");
        attribute(f, "name", subject);
        counts(f, &own);
        fprintf(f, ">\n");
        for (size_t k = i; k < json_array_size(checks); k++)
            if (!strcmp(plumb_json_string(json_array_get(checks, k), "subject"), subject))
                testcase(f, json_array_get(checks, k));
        fprintf(f, " </testsuite>\n");
    }
    fprintf(f, "</testsuites>\n");
    return ferror(f) ? PLUMB_EINPUT : PLUMB_OK;
}
