/* cli.h - what the files of the program share
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLUMB_CLI_CLI_H
#define PLUMB_CLI_CLI_H
#include <argp.h>
#include "plumbline/plumbline.h"

/* Exit statuses: 0 holds, 1 wrong, 2 usage or input, 3 the subject's code failed, 4 undecided. */
enum { EXIT_USAGE = 2 };

enum { MAXTARGETS = 64, MAXOUTPUTS = 8 };
/* Other people's code: what follows "--", a plugin, recorded arrays.  boxes.c */
typedef struct cli_options cli_options;
struct cli_options {
    const char *target[MAXTARGETS];
    int targets;
    const char *math, *slope[2];
    const char *output[MAXOUTPUTS];
    int outputs;
    const char *format, *data, *baseline, *report;
    uint64_t seed;
    int hint, check, run;       /* hint: -1 none */
    const plumb_sink *excused;  /* the baseline's counter, or NULL */
    /* boxes */
    plumb_program_options program;
    const char *twin, *twin_program;
    const char *number, *step;  /* of descend */
    size_t steps, batch;
    size_t calls;
    double seconds;
    int point_only;
    int quick, all, level, team, allow_undecided, anonymous, colour;
    char command[400];
    plumb_diag diag;
};

/* The program, without what belongs to a process (signals, GSL's handler, re-execution). */
int cli_main(int argc, char **argv);
int cli_check(int argc, char **argv);
int cli_demo(int argc, char **argv);
int cli_descend(int argc, char **argv);
void cli_list_experiments(void);
void cli_list_steps(void);
int cli_walk(int argc, char **argv);
int cli_show(int argc, char **argv);
int cli_render(int argc, char **argv);
int cli_explain(int argc, char **argv);
int cli_replay(int argc, char **argv);
void cli_lecture(void);                 /* prints the list */
int cli_list(int argc, char **argv);
int cli_worker(int argc, char **argv);
void cli_list_laws(void);
int cli_explain_law(const char *name);                  /* 0: there is none of that name */
int cli_law_names(const char **names, int room);        /* how many */

/* One sentence on stderr; returns EXIT_USAGE. */
int cli_refuse(const char *format, ...) PLUMB_PRINTF(1, 2);
/* The candidate nearest to word by edit distance, or NULL when none is near. */
const char *cli_nearest(const char *word, const char *const *candidates);

/* Reads the options of a command; 0 or EXIT_USAGE (said). */
int cli_parse(const struct argp *, int argc, char **argv, cli_options *);
extern const struct argp_option cli_common_options[];
error_t cli_parse_common(int key, char *arg, struct argp_state *);
/* One more word of the command line; what: targets, experiments, as a sentence calls them when there are too many. */
error_t cli_add_target(cli_options *, const char *arg, const char *what);

/* The sinks that the options ask for, as one tee; NULL (said) when a format is unknown. */
plumb_sink *cli_sinks(cli_options *);
/* begin, and end with the exit status. */
void cli_begin(const cli_options *, plumb_sink *);
int cli_end(const cli_options *, plumb_sink *, plumb_status, plumb_diag *);

/* The format that a file's ending or a word names, as plumb_render takes it; NULL (said) when there is none. */
const char *cli_format_of(const char *path);
const char *cli_format_named(const char *word);
/* Can this file be written?  A picture: has it an ending that dot knows, too?  0: no, and that is said. */
int cli_writable(const char *path);
int cli_picture_name(const char *path);

/* Runs check on each subject that a target means; EINPUT with a sentence for an unknown one. */
typedef plumb_status cli_visit(const plumb_subject *, void *with, plumb_diag *);
plumb_status cli_each_subject(const cli_options *, const char *target, cli_visit *, void *with, plumb_diag *);
/* The same for the first subject that the target means. */
plumb_status cli_one_subject(const cli_options *, const char *target, cli_visit *, void *with, plumb_diag *);
plumb_dataset *cli_load(const cli_options *, const plumb_model *, plumb_diag *);
plumb_check_options cli_check_options(const cli_options *);

/* boxes.c: other people's code.  Is this target a plugin (./layers.so[:name]) or recorded arrays (a folder, .npz)? */
int cli_is_box(const char *target);
/* Opens and checks it; program: the words after "--", or NULL for a target.  EINPUT with a sentence when it cannot be started. */
plumb_status cli_check_box(const cli_options *, const char *target, char **program, plumb_sink *, plumb_diag *);
plumb_program_options cli_program_options(const cli_options *);
/* The words after "--", or NULL; they are cut off argv. */
char **cli_program_of(int *argc, char **argv);
extern const struct argp_option cli_box_options[];
error_t cli_parse_box(int key, char *arg, struct argp_state *);

/* trainers.c: a recorded course, and a program that makes steps. */
plumb_status cli_check_run(const cli_options *, const char *path, plumb_sink *, plumb_diag *);
plumb_status cli_check_trainer(const cli_options *, char **program, plumb_sink *, plumb_diag *);
extern const struct argp_option cli_trainer_options[];
error_t cli_parse_trainer(int key, char *arg, struct argp_state *);
#endif
