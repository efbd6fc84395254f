/* Messages, on stderr. Everything goes through text_visible first. */
#ifndef MEMPROF_MESSAGE_H
#define MEMPROF_MESSAGE_H

#include <stdbool.h>

#include "memprof/base/diag.h"

void message_quiet(bool quiet); /* no warnings and notes from now on */
/* From now on each message goes there, one line without its end, clean: while a screen would be destroyed by
 * it. words is the part of it behind place and severity. NULL: to stderr again. */
void message_redirect(void (*take)(void *of, const char *line, const char *words), void *of);

/* "memprof: error: …" */
void message_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* "crash.log:118:4: error: …", or "memprof: error: …" where there is no place */
void message_diag(const struct diag *diag);
/* "crash.log:118: warning: …"; severity is "warning" or "note" */
void message_at(struct place at, const char *severity, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* Notices of other rooms, as message_at prints them. */
extern const struct notice_sink message_notices;

#endif
