/* protocol.c - what a hostile program answers to a check
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The input is cut at bytes 0x1e.  The first letter of a piece says which requests it answers: those that begin with it, as `forward` and the frame f
 * do with "f"; of several pieces of a letter each is said once, the last one from then on.  "@" in front of an answer sends the request's numbers
 * back before it, so that echoes and fences can be got right.  A packet is a request. */
#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>
#include "fuzz/scratch.h"
#include "plumbline/box.h"
#include "plumbline/sink.h"

enum { MOST_REPLIES = 2000, PACKET = 1024, CUT = 0x1e };

typedef struct program {
    int fd;
    const uint8_t *from, *end;
    size_t asked[256];                          /* how often, by letter */
} program;

static void
say(int fd, const uint8_t *bytes, size_t n)
{
    for (size_t k; n; bytes += k, n -= k) {
        k = n < PACKET ? n : PACKET;
        if (send(fd, bytes, k, MSG_NOSIGNAL) < 0)
            return;
    }
}

static void
send_back(int fd, uint8_t *request, size_t n)
{
    uint8_t *space = memchr(request, ' ', n);
    if (n && request[n - 1] != '\n')            /* a frame */
        space = request + 1;
    if (!space)
        return;
    space[-1] = '=';
    say(fd, space - 1, n - (size_t)(space - 1 - request) - (request[n - 1] == '\n'));
}

/* The piece that answers the k-th request of a letter; NULL: there is none. */
static const uint8_t *
piece(const program *p, uint8_t letter, size_t k, const uint8_t **to)
{
    const uint8_t *found = NULL;
    for (const uint8_t *at = p->from, *cut; at < p->end; at = cut + 1) {
        cut = memchr(at, CUT, (size_t)(p->end - at));
        cut = cut ? cut : p->end;
        if (*at == letter) {
            found = at + 1, *to = cut;
            if (k-- == 0)
                break;
        }
    }
    return found;
}

static void *
answer(void *with)
{
    program *p = with;
    static uint8_t request[1 << 18];
    ssize_t n;
    for (int replies = 0; (n = recv(p->fd, request, sizeof request, 0)) > 0 && replies < MOST_REPLIES; replies++) {
        const uint8_t *to = NULL, *at = piece(p, *request, p->asked[*request]++, &to);
        if (!at)
            at = (const uint8_t *)"! no\n", to = at + 5;
        if (at < to && *at == '@')
            send_back(p->fd, request, (size_t)n), at++;
        say(p->fd, at, (size_t)(to - at));
    }
    shutdown(p->fd, SHUT_RDWR);
    return NULL;
}

/* Sizes of more than four digits only take time. */
static int
too_large(const uint8_t *bytes, size_t n)
{
    size_t digits = 0, dims = 0;
    for (size_t i = 0; i < n; i++) {
        digits = bytes[i] >= '0' && bytes[i] <= '9' ? digits + 1 : 0;
        dims = bytes[i] == ',' ? dims + 1 : bytes[i] == ' ' ? 0 : dims;
        if (digits + 2 * dims > 5 && digits > 1)
            return 1;
    }
    return 0;
}

static void
check(int fd, int quick)
{
    plumb_diag why = { "" };
    plumb_program_options options = { .start_timeout = 0.1, .timeout = 0.1, .attached = 1, .in = fd, .out = fd };
    plumb_box_options how = { .seed = 1, .quick = quick, .calls = 400, .seconds = 0.5, .silent = 1 };
    plumb_box *box = plumb_box_program(NULL, &options, &why);
    size_t count[PLUMB_VERDICTS] = { 0 };
    char *text = NULL;
    size_t length;
    FILE *f = open_memstream(&text, &length);
    plumb_sink *sink = plumb_sink_text(f, 2, 0);
    expect(box && f && sink);
    if (plumb_check_box(box, &how, sink, &why))
        expect(*why.text != 0);
    expect(!sink->end(sink, count, &why));
    plumb_sink_free(sink), plumb_box_free(box);
    fclose(f);
    if (getenv("FUZZ_SHOW"))
        fputs(text, stderr);
    free(text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    program p = { .from = bytes + (n > 0), .end = bytes + n };
    pthread_t thread;
    int fd[2];
    if (too_large(p.from, (size_t)(p.end - p.from)))
        return -1;
    signal(SIGPIPE, SIG_IGN);
    expect(!socketpair(AF_UNIX, SOCK_SEQPACKET, 0, fd));
    p.fd = fd[1];
    expect(!pthread_create(&thread, NULL, answer, &p));
    check(fd[0], n && *bytes & 1);
    shutdown(fd[0], SHUT_RDWR);
    pthread_join(thread, NULL);
    close(fd[0]), close(fd[1]);
    return 0;
}
