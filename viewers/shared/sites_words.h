/* Lines of allocation profiles as all views name them, and the profile that a view is of. */
#pragma once

#include "memprof/viewers/sites_view.h"

/* "main.py:14 connect", without what is not known; "?" without anything. NULL, of a chain that is not known:
 * "[calls not known]". */
void sites_frame_words(struct strbuf *out, const struct sites_frame *frame);

/* "net.py:16 connect (was line 14)" */
void sites_change_words(struct strbuf *out, const struct sites_view *view, const struct sites_change *change);
/* "handlers ← main.py:14 connect" */
void sites_kept_words(struct strbuf *out, const struct sites *s, const struct sites_kept *kept, bool utf8);

const struct sites_source *sites_source_of(const struct sites_view *view, const char *file); /* NULL: there is none */

/* How many lines a source has; a line of it for a screen: tabs are blanks, the carriage return at its end is left out.
 */
size_t sites_source_n_lines(const struct sites_source *source);
void sites_source_words(struct strbuf *out, const char *line, size_t n_bytes);
/* "still allocated at the end": of what is alive. */
void sites_alive_words(struct strbuf *out, const struct sites *s);
