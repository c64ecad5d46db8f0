/* status.h - what can go wrong, and the sentence for a person that goes with it
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLUMBLINE_STATUS_H
#define PLUMBLINE_STATUS_H

#ifdef __cplusplus
extern "C" {
#endif

#if defined __GNUC__
#define PLUMB_MUST_USE __attribute__((warn_unused_result))
#define PLUMB_PRINTF(f, a) __attribute__((format(printf, f, a)))
#else
#define PLUMB_MUST_USE
#define PLUMB_PRINTF(f, a)
#endif

/* A set of bits.  A computation ORs what it meets and the top looks once.  "Does not exist" and
 * "cannot say" are different answers. */
typedef unsigned plumb_status;

#define PLUMB_STATUS_LIST(X)                                                            \
    X(EDOMAIN, 0, "the result does not exist (1/0, a slope at a kink)")                 \
    X(EUNABLE, 1, "the result may exist, this number system cannot say")                \
    X(ESHAPE, 2, "shapes do not fit")                                                   \
    X(ENOMEM, 3, "out of memory")                                                       \
    X(EFOREIGN, 4, "the subject's own code failed")                                     \
    X(EINPUT, 5, "the input cannot be used")

enum {
    PLUMB_OK = 0,
#define X(name, bit, text) PLUMB_##name = 1 << bit,
    PLUMB_STATUS_LIST(X)
#undef X
};

/* The text of the lowest bit that is set, "ok" for none.  Static storage. */
const char *plumb_status_text(plumb_status status);

/* One sentence for a person.  The caller owns the storage; an empty text means nothing was said.
 * The first sentence stays: what fails later is usually a consequence. */
enum { PLUMB_DIAG_LENGTH = 512 };
typedef struct plumb_diag {
    char text[PLUMB_DIAG_LENGTH];
} plumb_diag;

/* Writes the sentence into diag unless one is there already (diag may be NULL) and returns status,
 * so that a function can end in `return plumb_fail(diag, PLUMB_EINPUT, ...)`.  A text longer than
 * the storage is cut. */
plumb_status plumb_fail(plumb_diag *diag, plumb_status status, const char *format, ...) PLUMB_PRINTF(3, 4);

#ifdef __cplusplus
}
#endif
#endif
