/* plumb.c - the process around the program
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <gsl/gsl_errno.h>
#include <mpfr.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>
#include "cli/cli.h"

/* Waiting OpenMP threads spin by default, which makes a product a hundred times slower beside one busy
 * process; the policy is read when the runtime is loaded, so the program starts itself again. */
static void
wait_passively(char **argv)
{
    if (!getenv("OMP_WAIT_POLICY") && !setenv("OMP_WAIT_POLICY", "passive", 1))
        execv("/proc/self/exe", argv);          /* where that fails, go on as we are */
}

int
main(int argc, char **argv)
{
    int status;
    wait_passively(argv);
    signal(SIGPIPE, SIG_IGN);
    gsl_set_error_handler_off();
    status = cli_main(argc, argv);
    mpfr_free_cache();
    return status;
}
